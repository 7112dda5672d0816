"""`import FILE`: a report becomes a round with its issues, or is merged into one after a preview."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.tables import import_rows
from engine.cli.differences import difference_lines
from engine.cli.files import opened
from engine.cli.home import Home, at_home, day
from engine.documents.encodings import MOST_BYTES
from engine.documents.reading import read_report
from engine.documents.report import Report
from engine.services.importing import apply_import, preview
from engine.text.sentences import done, reconciliation_line

TABLES = (".csv", ".tsv")


def import_(said: Namespace) -> Answer:
    """With `--dry-run` nothing is saved, and what is shown is what would be."""
    home = at_home(said)
    data, filename = _bytes(said.file, home), Path(said.file).name
    if said.workflow or said.inspection or filename.lower().endswith(TABLES):
        return import_rows(home, said, data, filename)
    report = read_report(data, filename)
    principal = home.principal(said)
    feedback = day(said.feedback)
    if said.dry_run:
        with home.writing() as uow:
            shown = preview(uow, principal, report, home.now, feedback_on=feedback)
        facts = shown.as_json()
        lines = [*_reading_lines(report), *_issue_lines(report), *_merge_lines(home, facts)]
        seen = done("import_seen", {"digest": facts["merge"]["digest"]})
        return answer(facts, [*lines, seen])
    with home.writing() as uow:
        result = apply_import(uow, principal, report, home.now, feedback_on=feedback, seen=said.seen)
    facts = {
        **result.preview.as_json(),
        "imported": {
            "inspection": result.inspection,
            "opened": list(result.opened),
            "changed": list(result.changed),
            "repeated": [row.as_json() for row in result.repeated],
        },
    }
    told = {"inspection": result.inspection, "opened": len(result.opened), "changed": len(result.changed)}
    kind = "imported" if result.opened or result.changed or result.preview.has_changes else "imported_nothing"
    hints = [done("alike_line", row.as_json()) for row in result.repeated]
    hints += [done("milestones_offered", told)] if result.preview.inspection is None else []
    return answer(facts, [*_reading_lines(report), *_merge_lines(home, facts), done(kind, told), *hints])


def _bytes(path: str, home: Home) -> bytes:
    """One byte more than is taken is enough to refuse the file."""
    with opened(path, home.database_file) as source:
        return source.read(MOST_BYTES + 1)


def _reading_lines(report: Report) -> list[str]:
    """The reconciliation: what the report says it holds, and what was read."""
    facts: dict[str, Any] = report.as_json()
    said, totals = facts["inspection"], facts["reconciliation"]
    measures = sum(len(row["measures"]) for row in facts["issues"])
    lines = [
        done("import_inspection", said),
        done(
            "import_totals",
            {"stated": totals["stated_total"], "parsed": totals["parsed_total"], "measures": measures},
        ),
    ]
    lines += [done("import_aspect", row) for row in totals["by_aspect"]]
    lines += [reconciliation_line(row["code"], row["facts"], row["line"]) for row in totals["problems"]]
    return lines


def _issue_lines(report: Report) -> Iterator[str]:
    """What was read of each issue, for whoever holds it against the paper."""
    for row in report.issues:
        facts = {
            "number": row.number,
            "title": row.title,
            "claimed": None if row.claimed_status == "unknown" else row.claimed_status,
            "measures": str(len(row.measures)),
            "deliverables": [
                done(
                    "import_deliverable",
                    {"name": each.name, "count": each.count, "per_person": each.per_person},
                )
                for each in row.deliverables
            ],
        }
        yield done("import_issue", facts)


def _merge_lines(home: Home, facts: dict[str, Any]) -> list[str]:
    merge = facts["merge"]
    lines = [done("import_merge", {**merge["counts"], "inspection": merge["inspection"]}, home.names)]
    if merge["round"]:
        lines += [done("merge_round", merge), *difference_lines(merge["round"])]
    for row in merge["issues"]:
        if row["outcome"] in ("changed", "kept", "missing"):
            lines += [done(f"merge_{row['outcome']}", row, home.names), *difference_lines(row["differences"])]
    lines += [
        done("unresolved_line", {"name": row["name"], "cases": row["issues"]}) for row in merge["unresolved"]
    ]
    return lines
