"""What the head of a line says: a level mark, a label, a status that stands alone, or nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from engine.documents.lines import Line
from engine.documents.status import status_alone
from engine.documents.vocabulary import (
    any_of,
    chinese_numeral,
    entry,
    groups,
    number_of,
    numeral,
    words,
)

Role = Literal["problem", "measures", "progress", "status", "deadline", "goal", "responsible"]
LONGEST_NUMBER = 3
_CIRCLED = re.compile(r"[\u2460-\u249b\u3220-\u3229\u24ea-\u24ff\u2776-\u2793\u3280-\u3289]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A level mark: its kind (see `zh/marks.yaml`), its number, and how it is written."""

    kind: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A line with what its head says taken off: `rest` is the line behind mark and label."""

    rest: Line
    mark: Mark | None = None
    role: Role | None = None
    label: str = ""
    is_status: bool = False
    has_colon: bool = False


def sign_of(line: Line) -> Sign:
    """Read the head of one line. Labels count at the start only, alone or before a colon."""
    mark, behind = _mark(line)
    labelled = _label(behind)
    if labelled:
        role, label, rest, has_colon = labelled
        return Sign(rest, mark, role, label, has_colon=has_colon)
    if mark is None and status_alone(line.text):
        return Sign(line, is_status=True)
    return Sign(behind, mark)


def label_of_cell(cell: str) -> Role | None:
    """The role of a label that fills a table cell."""
    for role, labels in _labels().items():
        if cell.strip().rstrip("".join(words("labels", "colons"))).replace(" ", "") in labels:
            return role
    return None


def _mark(line: Line) -> tuple[Mark | None, Line]:
    text = line.text
    if _CIRCLED.match(text):
        number = int(unicodedata.numeric(text[0]))
        return Mark(_circled_kind(text[0]), number, text[0]), _behind(line, 1)
    for kind, pattern in _patterns():
        found = pattern.match(text)
        if not found:
            continue
        number_text = found.group("number")
        value = number_of(number_text)
        if value is None or len(number_text) > LONGEST_NUMBER:
            continue
        return Mark(kind, value, found.group("mark")), _behind(line, found.end())
    return None, line


def _behind(line: Line, offset: int) -> Line:
    rest = line.text[offset:].lstrip(" " + "".join(words("marks", "separators")))
    return Line(line.number, rest, line.is_whole, line.level, line.is_after_blank)


def _circled_kind(character: str) -> str:
    return "circled_" + unicodedata.name(character).split(" ")[0].lower()


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    numerals = {"cn": chinese_numeral(), "arabic": r"\d{1,3}", "any": numeral()}
    # “1.5” is a number and “6.18” a date, but “1.2017 …” is a mark before a year.
    behind = {"digit_point": r"(?!\d(?!\d{3}\D))"}
    return tuple(
        (
            str(mark["kind"]),
            re.compile(
                f"(?P<mark>{any_of(mark['before'])}\\s*(?P<number>{numerals[mark['numeral']]})\\s*"
                f"{any_of(mark['after'])})\\s*{behind.get(mark['kind'], '')}"
            ),
        )
        for mark in entry("marks", "marks")
    )


def _label(line: Line) -> tuple[Role, str, Line, bool] | None:
    found = _label_pattern().match(line.text)
    if not found:
        return None
    label = found.group("label").replace(" ", "")
    has_colon = bool(found.group("colon")) or bool(found.group("open") and found.group("shut"))
    if not has_colon and (found.end() < len(line.text) or label in words("labels", "labels_with_colon_only")):
        return None
    role = next(role for role, labels in _labels().items() if label in labels)
    rest = Line(line.number, line.text[found.end() :].strip(), is_after_blank=line.is_after_blank)
    return role, label, rest, has_colon


@cache
def _label_pattern() -> re.Pattern[str]:
    labels = any_of(label for many in _labels().values() for label in many)
    opens, shuts = any_of(words("status", "opens")), any_of(words("status", "shuts"))
    colon = any_of(words("labels", "colons"))
    return re.compile(f"(?P<open>{opens})?(?P<label>{labels})\\s*(?P<shut>{shuts})?(?P<colon>{colon})?\\s*")


@cache
def _labels() -> dict[Role, tuple[str, ...]]:
    return groups("labels", "labels")  # type: ignore[return-value]  # the file's keys are the roles
