"""Soundness of the ways: every state is reached and left, and no loop can be walked for ever by itself.

All of it is linear in states and moves.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.definition import Move
from engine.core.sound.logic import asks_each_round
from engine.core.sound.sheet import NOBODY, SYSTEM, Sheet
from engine.core.vocabulary import EachRound
from engine.errors import Problem

HELD = frozenset({EachRound.NEW, EachRound.OTHERS})
"""What holds a loop, whoever goes round."""
MOST_ROLES = 40
"""Roles of one file that are looked at for going round alone."""


def unreachable(sheet: Sheet) -> Iterator[Problem]:
    """`state_unreachable`: no sequence of moves leads there from the first state."""
    reached = sheet.reached_from(sheet.definition.initial)
    for state in sheet.definition.states:
        if state not in reached:
            yield sheet.error("state_unreachable", "states", state, state=state)


def dead_ends(sheet: Sheet) -> Iterator[Problem]:
    """`state_trap`: a state that is not final and cannot be left. `no_way_to_final`: left, but never to an end.

    What only leads into a trap is told once, at the trap.
    """
    final = sheet.definition.final
    traps = [name for name, moves in sheet.leaving.items() if not moves and name not in final]
    for state in traps:
        yield sheet.error("state_trap", "states", state, state=state)
    ending = sheet.leading_to(*final, *traps)
    for state in sheet.definition.states:
        if state not in ending:
            yield sheet.error("no_way_to_final", "states", state, state=state)


def unbounded_loops(sheet: Sheet) -> Iterator[Problem]:
    """`unbounded_return_loop`: states between which people can go round for ever.

    A loop is held by any move in it that somebody has to decide, that only the clock makes, or a guard of which asks
    for something new or another's word each round. A reason that the mover writes holds it where it takes two to go
    round, not where one role can do it alone. Moves that stay are no loop: nothing goes back.
    """
    told: list[set[str]] = []
    for free in _free(sheet):
        for loop in _loops(free):
            states = [state for state in sheet.definition.states if state in loop]
            if not any(loop <= other for other in told):
                yield sheet.warning("unbounded_return_loop", "states", states[0], states=states)
            told.append(loop)


def _free(sheet: Sheet) -> Iterator[dict[str, list[str]]]:
    """The steps that nothing holds: first those of all people together, then those that one role can make alone."""
    vocabulary = sheet.known.vocabulary
    unheld = {name: move for name, move in sheet.definition.moves.items() if not _is_held(sheet, move)}
    plain = {
        name
        for name, move in unheld.items()
        if not asks_each_round(move.guards, vocabulary, frozenset({EachRound.REASON}))
    }
    alone: dict[str, set[str]] = {}
    for name, move in unheld.items():
        for role in move.by:
            alone.setdefault(role, set()).add(name)
    several = [names for names in alone.values() if len(names) > 1 and not names <= plain]
    for names in [plain, *several[:MOST_ROLES]]:
        yield {
            state: [move.target(state) for name, move in moves if name in names]
            for state, moves in sheet.leaving.items()
        }


def _is_held(sheet: Sheet, move: Move) -> bool:
    if move.decision or move.approval or set(move.by) <= {SYSTEM, NOBODY}:
        return True
    return asks_each_round(move.guards, sheet.known.vocabulary, HELD)


def _loops(steps: dict[str, list[str]]) -> Iterator[set[str]]:
    """The strongly connected parts with more than one state (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    for root, first in steps.items():
        work = [(root, iter(first))] if root not in index else []
        while work:
            state, rest = work[-1]
            if state not in index:
                index[state] = low[state] = len(index)
                stack.append(state)
                waiting.add(state)
            following = next((target for target in rest if target not in index or target in waiting), None)
            if following is not None and following not in index:
                work.append((following, iter(steps[following])))
                continue
            if following is not None:
                low[state] = min(low[state], index[following])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[state])
            if low[state] == index[state]:
                part = _pop_until(stack, state)
                waiting -= part
                if len(part) > 1:
                    yield part


def _pop_until(stack: list[str], state: str) -> set[str]:
    part: set[str] = set()
    while state not in part:
        part.add(stack.pop())
    return part
