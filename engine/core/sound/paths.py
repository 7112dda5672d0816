"""Soundness of the ways: every state is reached and left, and no loop can be walked for ever by itself.

All of it is linear in states and moves.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.definition import Move
from engine.core.sound.sheet import NOBODY, SYSTEM, Sheet
from engine.errors import Problem


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

    A loop is held by any move in it that somebody has to decide, that has a guard, or that only the clock makes:
    each round then needs another's word or something new. Moves that stay are no loop: nothing goes back.
    """
    free: dict[str, list[str]] = {
        state: [move.target(state) for _, move in moves if not _is_held(move)]
        for state, moves in sheet.leaving.items()
    }
    for loop in _loops(free):
        first = next(state for state in sheet.definition.states if state in loop)
        states = [state for state in sheet.definition.states if state in loop]
        yield sheet.warning("unbounded_return_loop", "states", first, states=states)


def _is_held(move: Move) -> bool:
    return bool(move.decision or move.approval or move.guards) or set(move.by) <= {SYSTEM, NOBODY}


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
