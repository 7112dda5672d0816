"""Whether one guard asks for at least what another does, by the direction that each of its parameters declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.definition import GROUPS, GuardUse
from engine.core.vocabulary import Vocabulary, parameters_of


@dataclass(frozen=True, slots=True)
class Less:
    """What asks for less than before at `place`, or, where `is_sure` is False, cannot be compared with it."""

    place: str
    old: object
    new: object
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing said in two definitions: whether the new one asks for no less, and the old one for no more."""

    place: str
    old: object
    new: object
    no_less: bool
    no_more: bool


def least(pairs: Iterable[Pair]) -> Less | None:
    """What is less in the new one. Less here and more there cannot be weighed, and is never sure."""
    found = list(pairs)
    less = next((pair for pair in found if not pair.no_less), None)
    if less is None:
        return None
    is_mixed = any(pair.no_less and not pair.no_more for pair in found)
    return Less(less.place, less.old, less.new, is_sure=less.no_more and not is_mixed)


def at_most(place: str, old: float, new: float) -> Pair:
    """A number of which less is stricter."""
    return Pair(place, old, new, new <= old, old <= new)


def loosened(
    new: Iterable[GuardUse], old: Iterable[GuardUse], vocabulary: Vocabulary
) -> Iterator[str | Less]:
    """What of the old guards the new ones hold no more: the name of a guard that is gone, or where it asks less."""
    conjuncts = list(_conjuncts(new))
    for use in _conjuncts(old):
        if not any(_implies(each, use, vocabulary) for each in conjuncts):
            yield _told(use, conjuncts, vocabulary)


def _told(old: GuardUse, conjuncts: list[GuardUse], vocabulary: Vocabulary) -> str | Less:
    kin = [use for use in conjuncts if use.name == old.name]
    if old.name in GROUPS:
        names = {leaf.name for use in conjuncts for leaf in use.leaves()}
        gone = sorted({leaf.name for leaf in old.leaves()} - names)
        return gone[0] if gone else Less(old.name, _said(old), [_said(use) for use in kin], is_sure=False)
    same = [use for use in kin if _is_about_the_same(use, old, vocabulary)]
    return next((less for use in same if (less := _less(use, old, vocabulary))), old.name)


def _said(use: GuardUse) -> object:
    return {use.name: [_said(part) for part in use.parts] or dict(use.params)}


def _conjuncts(uses: Iterable[GuardUse]) -> Iterator[GuardUse]:
    for use in uses:
        if use.name == "all_of":
            yield from _conjuncts(use.parts)
        else:
            yield use


def _implies(new: GuardUse, old: GuardUse, vocabulary: Vocabulary) -> bool:
    """Whether whatever fulfils the new one fulfils the old one, as far as their names and parameters show."""
    if old.name == "all_of":
        return all(_implies(new, part, vocabulary) for part in old.parts)
    if new.name == "any_of":
        return all(_implies(part, old, vocabulary) for part in new.parts)
    if new.name == "all_of" and any(_implies(part, old, vocabulary) for part in new.parts):
        return True
    if old.name == "any_of":
        return any(_implies(new, part, vocabulary) for part in old.parts)
    if new.name == old.name == "not":
        forbidden = list(_conjuncts(old.parts))
        return all(
            any(_implies(row, part, vocabulary) for row in forbidden) for part in _conjuncts(new.parts)
        )
    if new.name != old.name or new.name in GROUPS:
        return False
    return _less(new, old, vocabulary) is None


def _less(new: GuardUse, old: GuardUse, vocabulary: Vocabulary) -> Less | None:
    return least(_pairs(new, old, vocabulary))


def _is_about_the_same(new: GuardUse, old: GuardUse, vocabulary: Vocabulary) -> bool:
    """Whether they differ in nothing but what has a direction: a length of another text is another guard."""
    floors, ceilings = vocabulary.bounds(old.name)
    return all(
        pair.no_less
        for pair in _pairs(new, old, vocabulary)
        if pair.place.split(".")[-1] not in (*floors, *ceilings)
    )


def _pairs(new: GuardUse, old: GuardUse, vocabulary: Vocabulary) -> Iterator[Pair]:
    floors, ceilings = vocabulary.bounds(old.name)
    function = vocabulary.guards.get(old.name)
    defaults: Mapping[str, Any] = (
        {name: row.default for name, row in parameters_of(function).items()} if function else {}
    )
    for name in dict.fromkeys((*defaults, *old.params, *new.params)):
        was, now = (use.params.get(name, defaults.get(name)) for use in (old, new))
        place = f"{old.name}.{name}"
        if name in floors:
            yield Pair(place, was, now, _reaches(now, was), _reaches(was, now))
        elif name in ceilings:
            yield Pair(place, was, now, _reaches(was, now), _reaches(now, was))
        else:
            yield Pair(place, was, now, was == now, was == now)


def _reaches(more: Any, less: Any) -> bool:
    """Whether a value is at least another: a number, a list that has all of it, a word where none was said."""
    if isinstance(more, list) and isinstance(less, list):
        return set(more) >= set(less)
    if isinstance(more, str) or isinstance(less, str):
        return less in ("", more)
    return bool(more >= less)
