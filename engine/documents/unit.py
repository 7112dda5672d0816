"""The name of the unit a report is about, from its head or its signature."""

from __future__ import annotations

from collections.abc import Sequence

from engine.documents.closing import Ending
from engine.documents.lines import Line
from engine.documents.vocabulary import word, words

_HEAD_LINES = 6
_LONGEST = 60


def unit_of(opening: Sequence[Line], ending: Ending) -> tuple[str | None, int]:
    """(name, line): a head line that is a unit's name, else what the title says before its subject, else the
    signature."""
    subject = word("labels", "unit", "before_subject")
    for line in opening[:_HEAD_LINES]:
        if len(line.text) <= _LONGEST and subject not in line.text and _is_unit(line.text):
            return line.text, line.number
    for line in opening[:_HEAD_LINES]:
        before, found, _ = line.text.partition(subject)
        if (
            found
            and before.strip()
            and len(before) <= _LONGEST
            and line.text.endswith(words("labels", "unit", "subject_ends"))
        ):
            return before.strip(), line.number
    if ending.signature is not None:
        return ending.signature.text, ending.signature.number
    return None, 0


def _is_unit(text: str) -> bool:
    return text.endswith(words("labels", "unit", "ends"))
