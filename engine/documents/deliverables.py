"""The sentence that sums up what came out: is it one, and what does it count?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine.documents.passages import Passage, trimmed
from engine.documents.report import ReportedDeliverable
from engine.documents.vocabulary import any_of, number_of, numeral, word, words

_LONGEST_SUMMARY = 200
_FILE = "deliverables"


def is_summary(sentence: str, *, is_before_list: bool) -> bool:
    """Whether a sentence sums up instead of telling a measure.

    Before a list of measures it is enough to begin with a verb of result or to count; before plain
    text it must do both, or praise the outcome (“more orderly” and its like).
    """
    if len(sentence) > _LONGEST_SUMMARY:
        return False
    counts, begins = bool(_count().search(sentence)), bool(_verbs().match(sentence))
    if _outcome().search(sentence):
        return True
    return counts or begins if is_before_list else counts and begins


def deliverables_of(summary: Passage | None) -> tuple[ReportedDeliverable, ...]:
    """What a summing-up sentence counts; one uncounted entry where it counts nothing.

    An uncounted clause beside counted ones is an entry of its own if it names a paper.
    """
    if summary is None:
        return (ReportedDeliverable(None, None),)
    found = [
        ReportedDeliverable(one.name, one.count, one.unit, one.per_person, summary.line_at(one.offset))
        for one in _entries(summary.text)
    ]
    if any(one.count is not None for one in found):
        return tuple(found)
    return (ReportedDeliverable(trimmed(summary.text), None, source_line=summary.first_line),)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    count: int | None
    unit: str | None
    per_person: bool
    offset: int


def _entries(text: str) -> Iterator[_Entry]:
    carried: _Entry | None = None
    for start, clause in _clauses(trimmed(text)):
        entries = list(_entries_of_clause(clause, start, carried))
        uses_carried = carried is not None and bool(entries) and entries[0].offset == carried.offset
        if carried is not None and not uses_carried and _is_paper(carried.name):
            yield carried
        yield from entries
        carried = None if entries else _uncounted(clause, start)
    if carried is not None and _is_paper(carried.name):
        yield carried


def _entries_of_clause(clause: str, start: int, carried: _Entry | None) -> Iterator[_Entry]:
    pending: list[str] = []
    for offset, chunk in _chunks(clause):
        found = _count().search(chunk)
        if found is None:
            pending.append(chunk)
            continue
        names = [*pending, chunk[: found.start()]]
        behind = chunk[found.end() :].strip()
        if not "".join(names).strip() or _is_only_verbs("".join(names)):
            names = [behind] if behind else names
        count, unit = number_of(found.group("number")), found.group("unit")
        per_person = found.group("how") in words(_FILE, "per_person")
        at = start + offset
        if not any(name.strip() for name in names) and carried is not None:
            names, at = [carried.name], carried.offset
        if found.group("how") in words(_FILE, "each"):
            names = [one for name in names for one in _conjoined().split(name)]
        else:
            names = [word("marks", "sentence", "enumeration").join(names)]
        yield from (_Entry(_name(name), count, unit, per_person, at) for name in names if name.strip())
        pending = []


def _uncounted(clause: str, start: int) -> _Entry | None:
    return (
        _Entry(_name(clause), None, None, per_person=False, offset=start) if _verbs().match(clause) else None
    )


def _name(text: str) -> str:
    """The thing without the verbs before it; where only verbs stand, they are the name."""
    particle = word(_FILE, "aspect_particle")
    text = text.strip()
    found = _verbs().match(text)
    bare = text[found.end() :].strip() if found else text
    return (bare or text).removesuffix(particle).strip()


def _is_only_verbs(text: str) -> bool:
    return bool(_verbs().fullmatch(text.strip()))


def _is_paper(name: str) -> bool:
    return name.endswith(words(_FILE, "papers"))


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    yield from _split(text, words("marks", "sentence", "clause_ends"))


def _chunks(clause: str) -> Iterator[tuple[int, str]]:
    yield from _split(clause, (word("marks", "sentence", "enumeration"),))


def _split(text: str, borders: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Pieces between borders outside quotes and brackets, each with its offset."""
    opening, closing = word("marks", "sentence", "opening"), word("marks", "sentence", "closing")
    depth = start = 0
    for at, character in enumerate(text):
        if character in opening:
            depth += 1
        elif character in closing:
            depth = max(0, depth - 1)
        elif depth == 0 and character in borders:
            yield start, text[start:at]
            start = at + 1
    yield start, text[start:]


@cache
def _count() -> re.Pattern[str]:
    how = any_of((*words(_FILE, "each"), *words(_FILE, "per_person")))
    return re.compile(
        f"(?P<how>{how})?\\s*(?P<number>{numeral()})\\s*(?P<unit>{any_of(words(_FILE, 'units'))})"
    )


@cache
def _verbs() -> re.Pattern[str]:
    kept = any_of(words(_FILE, "verb_is_name_before"))
    verb = f"{any_of(words(_FILE, 'verbs'))}(?!{kept})"
    return re.compile(
        f"(?:{any_of(words(_FILE, 'leading'))}\\s*)*(?:{verb}){{1,4}}{word(_FILE, 'aspect_particle')}?"
    )


@cache
def _outcome() -> re.Pattern[str]:
    return re.compile(
        any_of(words(_FILE, "outcomes", "more")) + any_of(words(_FILE, "outcomes", "qualities"))
    )


@cache
def _conjoined() -> re.Pattern[str]:
    return re.compile(any_of(words(_FILE, "conjunctions")))
