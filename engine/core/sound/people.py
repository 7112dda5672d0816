"""Soundness of who acts: each state waits for somebody who can do something, and papers can be brought."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.deadlines import OWNER
from engine.core.record import KEEPERS
from engine.core.sound.sheet import ANYONE, NOBODY, SYSTEM, Sheet
from engine.core.sound.walk import Walk, is_made_by_engine
from engine.core.vocabulary import EVIDENCE, Standing
from engine.errors import Problem


def idle_states(sheet: Sheet) -> Iterator[Problem]:
    """`state_without_owner`: it waits for nobody, or for somebody who has no move there; the clock may make one."""
    for name, state in sheet.definition.states.items():
        moves = sheet.leaving[name]
        movers = {role for _, move in moves for role in move.by}
        is_clocked = any(
            SYSTEM in move.by and is_made_by_engine(sheet.definition, key, name) for key, move in moves
        )
        if name in sheet.definition.final or not moves or is_clocked:
            continue
        idle = [role for role in state.waits_for if role == NOBODY or role not in movers]
        if idle or not state.waits_for:
            yield sheet.error("state_without_owner", "states", name, state=name, roles=idle)


def moves_by_nobody(sheet: Sheet) -> Iterator[Problem]:
    """`move_by_nobody`: a move that nobody may make is no way out; no post is `anyone`."""
    for name, move in sheet.definition.moves.items():
        if set(move.by) <= {NOBODY, ANYONE}:
            yield sheet.error("move_by_nobody", "moves", name, "by", move=name)


def ways_without_judge(sheet: Sheet) -> Iterator[Problem]:
    """`way_without_judge`: the owner alone can bring a case to its end, past what others decide elsewhere.

    Where nothing is decided at all, nobody meant it to be.
    """
    if not any(move.decision or move.approval for move in sheet.definition.moves.values()):
        return
    seen, waiting = {sheet.definition.initial}, [sheet.definition.initial]
    while waiting:
        here = waiting.pop()
        for name, move in sheet.leaving[here]:
            there = move.target(here)
            if move.decision or move.approval or OWNER not in move.by or there in seen:
                continue
            if there in sheet.definition.final:
                yield sheet.warning("way_without_judge", "moves", name, move=name, state=there)
                return
            seen.add(there)
            waiting.append(there)


def unbringable_evidence(sheet: Sheet, walked: Walk) -> Iterator[Problem]:
    """`evidence_unattachable`: a move asks for papers, and up to it nobody who may attach any has a part.

    The owner and the office attach; one of them must be waited for, or have a move, in some state before. An
    owner counts from where there can be one.
    """
    theirs = {
        name
        for name, state in sheet.definition.states.items()
        if _keepers(walked, name)
        & {*state.waits_for, *(role for _, move in sheet.leaving[name] for role in move.by)}
    }
    for name, move in sheet.definition.moves.items():
        vocabulary = sheet.known.vocabulary
        asked = [leaf.name for use in move.guards for leaf in use.leaves()]
        wanting = next((word for word in asked if vocabulary.asks_for(word) == EVIDENCE), None)
        if wanting and not theirs & sheet.leading_to(*move.sources):
            yield sheet.error("evidence_unattachable", "moves", name, "guards", move=name, word=wanting)


def _keepers(walked: Walk, state: str) -> set[str]:
    """Who attaches papers in a state that can be reached."""
    is_owned = Standing.OWNER in walked.standing.get(state, ())
    return {role for role in KEEPERS if role != OWNER or is_owned}
