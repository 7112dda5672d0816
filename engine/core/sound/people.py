"""Soundness of who acts: each state waits for somebody who can do something, and papers can be brought."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.deadlines import OWNER
from engine.core.record import KEEPERS
from engine.core.sound.sheet import ANYONE, NOBODY, SYSTEM, Sheet
from engine.core.vocabulary import EVIDENCE
from engine.errors import Problem


def idle_states(sheet: Sheet) -> Iterator[Problem]:
    """`state_without_owner`: it waits for nobody, or for somebody who has no move there; the clock may have one."""
    for name, state in sheet.definition.states.items():
        moves = sheet.leaving[name]
        movers = {role for _, move in moves for role in move.by}
        if name in sheet.definition.final or not moves or movers & {SYSTEM, ANYONE}:
            continue
        idle = [role for role in state.waits_for if role == NOBODY or role not in movers]
        if idle or not state.waits_for:
            yield sheet.error("state_without_owner", "states", name, state=name, roles=idle)


def moves_by_nobody(sheet: Sheet) -> Iterator[Problem]:
    """`move_by_nobody`: a move that nobody may make is no way out."""
    for name, move in sheet.definition.moves.items():
        if set(move.by) <= {NOBODY}:
            yield sheet.error("move_by_nobody", "moves", name, "by", move=name)


def ways_without_judge(sheet: Sheet) -> Iterator[Problem]:
    """`way_without_judge`: the owner alone can bring a case to its end, past what others decide elsewhere.

    Where nothing is decided at all, nobody meant it to be.
    """
    if not any(move.decision or move.approval for move in sheet.definition.moves.values()):
        return
    alone = {OWNER, ANYONE}
    seen, waiting = {sheet.definition.initial}, [sheet.definition.initial]
    while waiting:
        here = waiting.pop()
        for name, move in sheet.leaving[here]:
            there = move.target(here)
            if move.decision or move.approval or not alone & {*move.by} or there in seen:
                continue
            if there in sheet.definition.final:
                yield sheet.warning("way_without_judge", "moves", name, move=name, state=there)
                return
            seen.add(there)
            waiting.append(there)


def unbringable_evidence(sheet: Sheet) -> Iterator[Problem]:
    """`evidence_unattachable`: a move asks for papers, and up to it nobody who may attach any has a part.

    The owner and the office attach; one of them must be waited for, or have a move, in some state before.
    """
    hands = {*KEEPERS, ANYONE}
    theirs = {
        name
        for name, state in sheet.definition.states.items()
        if hands & {*state.waits_for, *(role for _, move in sheet.leaving[name] for role in move.by)}
    }
    for name, move in sheet.definition.moves.items():
        vocabulary = sheet.known.vocabulary
        asked = [leaf.name for use in move.guards for leaf in use.leaves()]
        wanting = next((word for word in asked if vocabulary.asks_for(word) == EVIDENCE), None)
        if wanting and not theirs & sheet.leading_to(*move.sources):
            yield sheet.error("evidence_unattachable", "moves", name, "guards", move=name, word=wanting)
