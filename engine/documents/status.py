"""Status words: what a report claims about an issue, and the flags beside the claim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.documents.passages import Passage
from engine.documents.report import ClaimedStatus
from engine.documents.vocabulary import any_of, groups, words

_LONGEST = 60
_MOST_CLAIMS = 20  # in one passage; beyond it the text is no finding


@dataclass(frozen=True, slots=True)
class Claim:
    """`status` "unknown" with flags is possible: a text may say only “for the long run”."""

    status: ClaimedStatus
    flags: tuple[str, ...] = ()


def status_alone(text: str) -> Claim | None:
    """The claim of a text that holds nothing else (with or without brackets); else None."""
    if len(text) > _LONGEST:
        return None
    whole = text.strip().strip("".join((*words("status", "opens"), *words("status", "shuts"))))
    whole = whole.strip().rstrip("".join(words("marks", "sentence", "trimmed"))).strip()
    exact = _meanings().get(whole)
    if exact:
        return exact
    found: list[Claim] = []
    for piece in _joints().split(whole):
        if not piece:
            continue
        meaning = _meanings().get(piece)
        if meaning is None:
            return None
        found.append(meaning)
    return _together(found) if found else None


def take_claims(passage: Passage) -> tuple[Passage, tuple[tuple[Claim, int], ...]]:
    """The passage without brackets that hold only status words, and each claim with its line."""
    claims: list[tuple[Claim, int]] = []
    at = 0
    while len(claims) < _MOST_CLAIMS and (found := _bracketed().search(passage.text, at)):
        claim = status_alone(found.group(1))
        if claim is None:
            at = found.start() + 1
            continue
        claims.append((claim, passage.line_at(found.start())))
        passage = passage.without(found.start(), found.end())
        at = min(found.start(), len(passage.text))
    return passage, tuple(claims)


def ends_with_claim(text: str) -> bool:
    """Whether a bracket with only status words ends the text."""
    tail = text[-_LONGEST:]
    found = list(_bracketed().finditer(tail))
    return (
        bool(found) and found[-1].end() == len(tail.rstrip()) and status_alone(found[-1].group(1)) is not None
    )


def opening_claim(passage: Passage) -> tuple[Claim | None, Passage]:
    """A status that opens a progress text, and the text behind it."""
    found = _opening().match(passage.text)
    if not found:
        return None, passage
    claim = status_alone(found.group(1))
    return (claim, passage.part(found.end())) if claim else (None, passage)


@cache
def _meanings() -> dict[str, Claim]:
    meanings: dict[str, Claim] = {}
    for status, many in groups("status", "status").items():
        meanings |= {one: Claim(status) for one in many}  # type: ignore[arg-type]  # keys are statuses
    for flag, many in groups("status", "flags").items():
        meanings |= {one: Claim("unknown", (flag,)) for one in many}
    return meanings


def _together(claims: list[Claim]) -> Claim:
    said = [claim.status for claim in claims if claim.status != "unknown"]
    flags = dict.fromkeys(flag for claim in claims for flag in claim.flags)
    return Claim(said[0] if said else "unknown", tuple(flags))


@cache
def _joints() -> re.Pattern[str]:
    return re.compile(f"\\s*{any_of(words('status', 'joints'))}\\s*")


@cache
def _bracketed() -> re.Pattern[str]:
    shuts = "".join(re.escape(one) for one in words("status", "shuts"))
    opens = "".join(re.escape(one) for one in words("status", "opens"))
    return re.compile(f"[{opens}]\\s*([^{opens}{shuts}]{{2,40}})[{shuts}]")


@cache
def _opening() -> re.Pattern[str]:
    short = set(words("status", "only_alone"))
    said = any_of(one for many in groups("status", "status").values() for one in many if one not in short)
    return re.compile(f"({said})(?:{any_of(words('marks', 'sentence', 'trimmed'))}|\\Z)\\s*")
