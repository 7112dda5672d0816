"""Who has left, or was erased, proves nothing any more and is given nothing (laws 4, 17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from engine.core.refusal import Unmet, refused
from engine.store.people import Someone


def departed(person: Someone, today: date) -> Iterator[Unmet]:
    """What stands against a proof of identity of theirs: `person_erased_already`, or `has_left` once the last day
    is over.
    """
    if person.is_erased:
        yield _erased(person)
    elif person.left_on is not None and person.has_left(today):
        facts = {"person": person.key, "until": person.left_on.isoformat()}
        yield Unmet("has_left", dict(facts), "add_them_anew")


def refuse_departed(person: Someone, today: date, verb: str) -> None:
    unmet = tuple(departed(person, today))
    if unmet:
        raise refused("", verb, *unmet)


def refuse_erased(person: Someone, verb: str) -> None:
    """Nobody is behind that row any more: it gets no post and no channel."""
    if person.is_erased:
        raise refused("", verb, _erased(person))


def _erased(person: Someone) -> Unmet:
    return Unmet("person_erased_already", {"person": person.key})
