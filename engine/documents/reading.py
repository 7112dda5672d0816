"""Bytes of a report → what it says: lines, tree, issues, and how its totals agree with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from engine.documents.closing import Ending, without_contacts
from engine.documents.dates import full_date, inspection_dates, published_in
from engine.documents.encodings import MOST_BYTES, text_of
from engine.documents.findings import findings_of
from engine.documents.issues import issue_of
from engine.documents.lines import Line, lines_of_text
from engine.documents.passages import joined
from engine.documents.reconciliation import reconcile
from engine.documents.report import Report, ReportedInspection
from engine.documents.tree import tree_of
from engine.documents.unit import unit_of
from engine.documents.word import is_zip, lines_of_word
from engine.errors import BadInput

_WORD_SUFFIX = ".docx"


def read_report(data: bytes, filename: str, *, most_bytes: int = MOST_BYTES) -> Report:
    """Read a report (.txt or .md in UTF-8, UTF-16 or GB18030; .docx), judged by content, not by name.

    Raises BadInput: `file_empty`, `file_too_large`, `text_too_long`, `file_binary`, `encoding_unknown`,
    `format_unknown`, `docx_broken`, `docx_encrypted`, `docx_too_large`, `no_issues_found`; each with the
    fact `file`.
    """
    lines = _lines(data, filename, most_bytes)
    if not lines:
        raise BadInput("file_empty", file=filename)
    ending = without_contacts(lines)
    findings = findings_of(tree_of(ending.body))
    if not findings.items:
        raise BadInput("no_issues_found", file=filename)
    owned = {number for finding in findings.items for number in finding.line_numbers()}
    issues = tuple(issue_of(finding) for finding in findings.items)
    outside = [line for line in ending.body if line.number not in owned]
    first = min(finding.node.line for finding in findings.items)
    opening = [line for line in outside if line.number < first]
    inspection = _inspection(opening, ending)
    dated = [*ending.body, *([ending.stamp] if ending.stamp else [])]
    return Report(inspection, issues, reconcile(findings, issues, dated, outside, joined(opening)))


def _lines(data: bytes, filename: str, most_bytes: int) -> tuple[Line, ...]:
    if len(data) > most_bytes:
        raise BadInput("file_too_large", file=filename, bytes=len(data), limit=most_bytes)
    if not data.strip():
        raise BadInput("file_empty", file=filename)
    if is_zip(data):
        return lines_of_word(data, filename)
    text = text_of(data, filename)
    if filename.lower().endswith(_WORD_SUFFIX):
        raise BadInput("docx_broken", file=filename)
    return lines_of_text(text, filename)


def _inspection(opening: Sequence[Line], ending: Ending) -> ReportedInspection:
    unit, unit_line = unit_of(opening, ending)
    dates = inspection_dates(joined(opening))
    published, published_line = _published(opening, ending)
    lines = {
        "unit": unit_line,
        "inspected_from": dates.first.line if dates.first else 0,
        "inspected_to": dates.last.line if dates.last else 0,
        "feedback_on": dates.feedback.line if dates.feedback else 0,
        "published_on": published_line,
    }
    return ReportedInspection(
        unit,
        dates.first.day if dates.first else None,
        dates.last.day if dates.last else None,
        dates.feedback.day if dates.feedback else None,
        published,
        {name: line for name, line in lines.items() if line},
    )


def _published(opening: Sequence[Line], ending: Ending) -> tuple[dt.date | None, int]:
    """The date under the signature, else the one a head line calls the day of publishing."""
    if ending.stamp is not None and (stamped := full_date(ending.stamp.text)):
        return stamped, ending.stamp.number
    for line in opening:
        if day := published_in(line.text):
            return day, line.number
    return None, 0
