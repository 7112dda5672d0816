"""Whether the guards of a move can hold together: formulas over single rules and over what stands of a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.core.canonical import canonical
from engine.core.definition import GROUPS, GuardUse, Move
from engine.core.vocabulary import EachRound, Standing, Vocabulary

MOST_TRIED = 300
"""Ways through the alternatives of one move that are tried; guards more tangled than that count as possible."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule holds, or does not. Two guards that say the same have one `atom`."""

    atom: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Formula:
    """All of `parts` hold, or (`is_any`) one of them."""

    parts: tuple[Formula | Rule, ...]
    is_any: bool = False


def formula_of(move: Move, vocabulary: Vocabulary) -> Formula:
    """What has to hold for a move, with every `not` pushed down to the single rules."""
    brought = {standing for use in move.effects for standing in _brought(use.name, vocabulary)}
    return Formula(tuple(_normal(use, vocabulary, brought, holds=True) for use in move.guards))


def can_hold(formula: Formula, known: Mapping[str, bool]) -> bool:
    """Whether rules can be so that the formula holds, with the atoms that are `known`."""
    waiting: list[tuple[Formula | Rule, tuple[Formula, ...], dict[str, bool]]]
    waiting = [(formula, (), dict(known))]
    for _ in range(MOST_TRIED):
        if not waiting:
            return False
        first, choices, sure = waiting.pop()
        left = _settled(first, choices, sure)
        if left is None:
            continue
        if not left:
            return True
        waiting.extend((option, left[1:], dict(sure)) for option in reversed(left[0].parts))
    return True


def needed(formula: Formula) -> Iterator[Rule]:
    """The rules without which it never holds: those that stand in no alternative."""
    for part in formula.parts if not formula.is_any else ():
        if isinstance(part, Rule):
            yield part
        else:
            yield from needed(part)


def asks_each_round(uses: Iterable[GuardUse], vocabulary: Vocabulary, kinds: frozenset[EachRound]) -> bool:
    """Whether guards that all have to hold ask anew for one of `kinds` whenever somebody comes round again."""
    return any(_asks(use, vocabulary, kinds) for use in uses)


def _asks(use: GuardUse, vocabulary: Vocabulary, kinds: frozenset[EachRound]) -> bool:
    if use.name in GROUPS:
        found = (_asks(part, vocabulary, kinds) for part in use.parts)
        return use.name != "not" and (all(found) if use.name == "any_of" else any(found))
    mark = vocabulary.mark(use.name)
    return mark is not None and mark.each_round in kinds


def _normal(use: GuardUse, vocabulary: Vocabulary, brought: set[Standing], *, holds: bool) -> Formula | Rule:
    if use.name not in GROUPS:
        return _leaf(use, vocabulary, brought, holds=holds)
    inner = holds is not (use.name == "not")
    parts = tuple(_normal(part, vocabulary, brought, holds=inner) for part in use.parts)
    return Formula(parts, is_any=holds is not (use.name == "all_of"))


def _leaf(use: GuardUse, vocabulary: Vocabulary, brought: set[Standing], *, holds: bool) -> Formula | Rule:
    mark = vocabulary.mark(use.name)
    own = Rule(canonical(use.model_dump(mode="json")), holds)
    if mark is None:
        return own
    if mark.says in brought and mark.params:
        # It also looks at what the move itself is told, and that is what brings it: then it always holds.
        return Formula((), is_any=not holds)
    if mark.says or mark.denies:
        return Rule(str(mark.says or mark.denies), holds is (mark.says is not None))
    return Formula((own, Rule(mark.wants, holds=True))) if mark.wants and holds else own


def _brought(name: str, vocabulary: Vocabulary) -> tuple[Standing, ...]:
    mark = vocabulary.mark(name)
    return mark.change.brings if mark else ()


def _settled(
    first: Formula | Rule, choices: tuple[Formula, ...], known: dict[str, bool]
) -> tuple[Formula, ...] | None:
    """The alternatives that are left when everything that has to hold is taken as such; None: it contradicts."""
    waiting, open_ones = [first], list(choices)
    while waiting:
        part = waiting.pop()
        if isinstance(part, Rule):
            if known.setdefault(part.atom, part.holds) is not part.holds:
                return None
        elif part.is_any and not part.parts:
            return None
        elif part.is_any and len(part.parts) > 1:
            open_ones.append(part)
        else:
            waiting.extend(part.parts)
    return tuple(open_ones)
