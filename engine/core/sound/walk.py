"""A workflow walked with the most willing people: where a case can come to, and what can stand of it there.

Whoever is asked for is there and does what is asked; papers, reasons and days are given. What is not reached then
is reached by nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.core.deadlines import OWNER
from engine.core.definition import MISSES, OPENS, Move, WorkflowDefinition
from engine.core.sound.logic import Formula, asks_each_round, can_hold, formula_of
from engine.core.sound.sheet import ANYONE, NOBODY, SYSTEM, Sheet
from engine.core.vocabulary import Change, EachRound, Standing

Stands = frozenset[Standing]
Node = tuple[str, Stands]


@dataclass(frozen=True, slots=True)
class Step:
    """One move: `roles` could make it if what they need stands, `changes` is what its effects do."""

    name: str
    move: Move
    roles: frozenset[str]
    formula: Formula
    changes: tuple[Change, ...]
    ensured: Stands = frozenset()
    """What stands afterwards because a guard saw that it did, or that the move is told to bring it."""

    def _is_open(self, stands: Stands) -> bool:
        """Whether somebody can make it where just this stands."""
        known = {str(each): each in stands for each in Standing}
        has_mover = bool(self.roles - {OWNER}) or (OWNER in self.roles and Standing.OWNER in stands)
        return has_mover and can_hold(self.formula, known)

    def after(self, stands: Stands) -> frozenset[Stands]:
        """What can stand afterwards; nothing does where nobody can make the move."""
        if not self._is_open(stands):
            return frozenset()
        found = {stands}
        for change in self.changes:
            changed = {(each | set(change.brings)) - set(change.ends) for each in found}
            found = changed if change.is_certain else found | changed
        return frozenset(each for each in found if self.ensured <= each)


@dataclass(frozen=True, slots=True)
class Walk:
    """What was walked: `onward` the nodes behind each that was reached, `made` the moves that were possible there."""

    opened: Stands
    steps: Mapping[str, Step]
    onward: Mapping[Node, frozenset[Node]]
    made: frozenset[str]
    standing: Mapping[str, Stands] = field(default_factory=dict)
    """What can stand in each state that was reached."""

    def stuck(self, final: Iterable[str]) -> frozenset[str]:
        """The states in which a case can be so that it never comes to an end."""
        ends = set(final)
        before: dict[Node, list[Node]] = defaultdict(list)
        for node, targets in self.onward.items():
            for target in targets:
                before[target].append(node)
        waiting = [node for node in self.onward if node[0] in ends]
        found = set(waiting)
        while waiting:
            for node in before[waiting.pop()]:
                if node not in found:
                    found.add(node)
                    waiting.append(node)
        return frozenset(state for state, _ in self.onward.keys() - found)


def walk(sheet: Sheet) -> Walk:
    """Every state with everything that can stand in it, from the opening on."""
    opened = _opened(sheet.definition)
    steps = {name: _step(sheet, name, move) for name, move in sheet.definition.moves.items()}
    leaving = _leaving(sheet.definition, steps)
    known: dict[tuple[str, str, Stands], frozenset[Node]] = {}
    onward: dict[Node, frozenset[Node]] = {}
    waiting: list[Node] = [(sheet.definition.initial, opened)]
    while waiting:
        node = waiting.pop()
        if node in onward:
            continue
        state, stands = node
        targets: set[Node] = set()
        for name, to in leaving[state]:
            reached = known.get((name, to, stands))
            if reached is None:
                reached = known[name, to, stands] = frozenset(
                    (to, each) for each in steps[name].after(stands)
                )
            targets |= reached
        onward[node] = frozenset(targets)
        waiting.extend(targets - onward.keys())
    standing: dict[str, Stands] = defaultdict(frozenset)
    for state, stands in onward:
        standing[state] |= stands
    return Walk(
        opened, steps, onward, frozenset(name for (name, *_), found in known.items() if found), standing
    )


def is_made_by_engine(definition: WorkflowDefinition, name: str, state: str) -> bool:
    """Whether the scheduler makes this move by itself, from this state."""
    is_first = name == OPENS and state == definition.initial
    return definition.is_for_duties and (is_first or name == MISSES)


def _opened(definition: WorkflowDefinition) -> Stands:
    """What stands of a new case: periods and milestones have an owner and their day from the beginning."""
    if definition.is_for_duties:
        return frozenset({Standing.OWNER, Standing.DEADLINE, Standing.PERIOD})
    return frozenset({Standing.OWNER, Standing.DEADLINE} if definition.is_owned_from_start else ())


def _step(sheet: Sheet, name: str, move: Move) -> Step:
    vocabulary = sheet.known.vocabulary
    marks = (vocabulary.mark(use.name) for use in move.effects)
    changes = tuple(mark.change for mark in marks if mark and (mark.change.brings or mark.change.ends))
    brought = {each for change in changes for each in change.brings}
    said = (mark.says for use in move.guards if (mark := vocabulary.mark(use.name)))
    ensured = frozenset(each for each in said if each in brought)
    roles = frozenset(_roles(sheet, name, move))
    return Step(name, move, roles, formula_of(move, vocabulary), changes, ensured)


def _roles(sheet: Sheet, name: str, move: Move) -> Iterator[str]:
    """Who of `by` could ever make the move: whoever owns a case neither decides on it nor confirms it."""
    vocabulary = sheet.known.vocabulary
    is_for_others = move.decision or asks_each_round(move.guards, vocabulary, frozenset({EachRound.OTHERS}))
    for role in move.by:
        if role == SYSTEM:
            if any(is_made_by_engine(sheet.definition, name, state) for state in move.sources):
                yield role
        elif role not in (NOBODY, ANYONE) and not (role == OWNER and is_for_others):
            yield role


def _leaving(
    definition: WorkflowDefinition, steps: Mapping[str, Step]
) -> Mapping[str, list[tuple[str, str]]]:
    """By state the moves that may be tried there, and where each leads."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, step in steps.items():
        for state in dict.fromkeys(step.move.sources):
            if step.roles - {SYSTEM} or is_made_by_engine(definition, name, state):
                found[state].append((name, step.move.target(state)))
    return found
