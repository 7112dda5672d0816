"""The end of a report: contact data is cut off before anything is kept, date and signature are set aside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from engine.documents.dates import full_date, is_mutilated_date
from engine.documents.lines import Line
from engine.documents.passages import is_complete
from engine.documents.signs import sign_of
from engine.documents.vocabulary import any_of, words

_LAST_LINES = 12
_LONGEST_SIGNATURE = 40


@dataclass(frozen=True, slots=True)
class Ending:
    """`body` is what may be stored. `stamp` is the last line that is a date, `signature` the one above."""

    body: tuple[Line, ...]
    stamp: Line | None = None
    signature: Line | None = None


def without_contacts(lines: Sequence[Line]) -> Ending:
    """Cut at the first contact line behind the last finding: personal data never gets further."""
    stamp_at = _stamp(lines)
    stamp = lines[stamp_at] if stamp_at is not None else None
    cut = _first_contact(lines)
    signature = None
    end = len(lines) if cut is None else cut
    if stamp_at is not None:
        above = lines[stamp_at - 1] if stamp_at else None
        if above is not None and _is_signature(above) and not (cut is not None and stamp_at - 1 == cut):
            signature = above
        if stamp_at < end:
            end = stamp_at - 1 if signature is not None else stamp_at
    return Ending(tuple(lines[:end]), stamp, signature)


def _first_contact(lines: Sequence[Line]) -> int | None:
    backwards = range(len(lines) - 1, -1, -1)
    border = next((at for at in backwards if _belongs_to_a_finding(lines[at])), -1)
    for at in range(border + 1, len(lines)):
        if is_contact(lines[at].text):
            return at
    return None


def is_contact(text: str) -> bool:
    """Whether a line invites to write or call, or says where."""
    return bool(_contact().search(text))


def _belongs_to_a_finding(line: Line) -> bool:
    sign = sign_of(line)
    return sign.is_status or (sign.role is not None and sign.role != "responsible")


def _stamp(lines: Sequence[Line]) -> int | None:
    for at in range(len(lines) - 1, max(-1, len(lines) - 1 - _LAST_LINES), -1):
        if full_date(lines[at].text) is not None or is_mutilated_date(lines[at].text):
            return at
    return None


def _is_signature(line: Line) -> bool:
    return (
        len(line.text) <= _LONGEST_SIGNATURE
        and not is_complete(line)
        and not is_contact(line.text)
        and line.text.endswith(words("labels", "unit", "ends"))
    )


@cache
def _contact() -> re.Pattern[str]:
    heads = any_of(words("labels", "contact", "heads"))
    colons = any_of(words("labels", "colons"))
    invites, watch = (
        any_of(words("labels", "contact", "invites")),
        any_of(words("labels", "contact", "watch")),
    )
    return re.compile(f"{heads}\\s*{colons}|(?:\\A){invites}[^\\n]{{0,60}}{watch}")
