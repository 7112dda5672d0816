"""May a running case go on on another version of its workflow: pure, complete, and never a way around a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from engine.core.authority import (
    Capacity,
    conflicted,
    first_who_may,
    free_roles,
    has_conflict,
    has_used_hand,
    needs_own_proof,
)
from engine.core.case import request_key
from engine.core.deadlines import OFFICE
from engine.core.definition import WorkflowDefinition
from engine.core.folds.told import Told
from engine.core.history import NewEvent
from engine.core.machine import Workflow
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.record import CLERKS
from engine.core.refusal import Refusals, Unmet
from engine.core.world import World
from engine.errors import Facts

VERB = "migrate"
ALWAYS_THERE = frozenset({"measure", "request"})
"""Deadlines that the engine keeps itself, whatever the file says of them."""


def change_definition(
    world: World,
    principal: Principal,
    target: Workflow,
    states: Mapping[str, str],
    now: datetime,
    *,
    acting_for: int | None = None,
    decided: frozenset[str] = frozenset(),
) -> Plan | Refusals:
    """Put the case on `target`, or every reason why it stays. `states` says where those go that `target` lacks.

    `decided` are the moves that were decided on the way to where a mapped case stands (`decisions_taken`): it goes no
    further than they lead. A pending request stays on the definition under which it was asked (law 6), so such a
    case waits.
    """
    case = world.case
    state = mapped_state(world, target, states) or case.state
    today = world.place.local_day(now)
    unmet = [*_reasons(world, target, state)]
    if state != case.state:
        unmet += [*_undecided(target, state, decided), *_judges(world, principal, acting_for, today)]
    if unmet:
        return Refusals(case.key, VERB, tuple(unmet))
    roles = target.definition.states[state].waits_for
    is_same = state == case.state and roles == world.workflow.definition.states[state].waits_for
    barred = conflicted(case, world.posts, today)
    facts = {
        "from": case.definition,
        "to": target.digest,
        "version": target.definition.version,
        "state": state,
        # Whom it waits for was decided when the state was reached; that is not thought over without need.
        "waits_for": case.waits_for if is_same else first_who_may(case, world.posts, roles, barred, today),
    }
    was = {} if state == case.state else {"was": case.state}
    return make_plan(
        world, principal, now, [NewEvent("definition_changed", {**facts, **was})], acting_for=acting_for
    )


def mapped_state(world: World, target: Workflow, states: Mapping[str, str]) -> str | None:
    """Where `states` puts the case, whose own state `target` lacks; None where it keeps its state."""
    state = world.case.state
    return None if state in target.definition.states else states.get(state)


def decisions_taken(past: Iterable[Told], definitions: Mapping[str, WorkflowDefinition]) -> frozenset[str]:
    """The moves that somebody decided on the way to where the case stands now; what was returned since is undone.

    Each event is read under the definition (by digest) that held then. A move to a state that stands further up in
    its file goes back: then only what had been decided before that state counts.
    """
    trail: list[tuple[str, frozenset[str]]] = []
    for told in past:
        facts = told.payload
        if told.type == "case_opened":
            trail = [(facts["state"], frozenset())]
        elif told.type == "definition_changed":
            trail[-1] = (facts["state"], trail[-1][1])
        elif told.type == "moved" and facts["to"] != trail[-1][0]:
            trail = _after(trail, told, definitions.get(told.definition))
    return trail[-1][1] if trail else frozenset()


def _after(
    trail: list[tuple[str, frozenset[str]]], told: Told, definition: WorkflowDefinition | None
) -> list[tuple[str, frozenset[str]]]:
    """The states with what was decided up to each, after one move."""
    facts = told.payload
    move, state = facts["move"], facts["to"]
    here, decided = trail[-1]
    order = list(definition.states) if definition else []
    if here in order and state in order and order.index(here) < order.index(state):
        rule = definition.moves.get(move) if definition else None
        is_decided = "request" in facts or (rule is not None and rule.decision)
        return [*trail, (state, decided | {move} if is_decided else decided)]
    before = order[: order.index(state)] if state in order else []
    kept = [row for row in trail if row[0] in before or row[0] == state]
    return kept if kept and kept[-1][0] == state else [*kept, (state, kept[-1][1] if kept else frozenset())]


def _undecided(target: Workflow, state: str, decided: frozenset[str]) -> Iterator[Unmet]:
    """`state_beyond_decision`: every way there passes a decision that nobody took on this case."""
    definition = target.definition
    if state not in definition.states or state == definition.initial:
        return
    judged = {name for name, move in definition.moves.items() if move.decision or move.approval}
    missing = judged - decided
    if target.route(definition.initial, (state,), missing):
        return
    way = target.route(definition.initial, (state,))
    facts: Facts = {"state": state, "moves": [name for name in way if name in missing]}
    yield Unmet("state_beyond_decision", facts, "map_before_decision", curable=False)


def _judges(world: World, principal: Principal, acting_for: int | None, today: date) -> Iterator[Unmet]:
    """Whoever says where a case stands says it as themselves, and is no party to it."""
    if not principal.has_own_proof:
        yield needs_own_proof()
    case, posts = world.case, world.posts
    barred = conflicted(case, posts, today)
    acting = Capacity("", acting_for=acting_for)
    if has_conflict(principal, acting, barred) or has_used_hand(principal, case, VERB):
        who = free_roles(case, posts, CLERKS, barred, today)
        cure = "let_others_decide" if who else "appoint_another"
        yield Unmet("four_eyes", {"move": VERB}, cure, who or (OFFICE,))


def _reasons(world: World, target: Workflow, state: str) -> Iterator[Unmet]:
    case, definition = world.case, target.definition
    if definition.case != world.workflow.definition.case:
        yield Unmet(
            "kind_differs", {"kind": case.kind, "other": definition.case}, "stay_on_it", curable=False
        )
    if case.is_final:
        yield Unmet("case_closed", {"state": case.state}, "stay_on_it", curable=False)
    if case.pending is not None:
        facts: Facts = {"request": request_key(case.key, case.pending.number), "move": case.pending.move}
        yield Unmet("request_pending", facts, "await_or_withdraw", (case.pending.decider,))
    if state not in definition.states:
        yield Unmet("state_gone", {"state": state, "states": list(definition.states)}, "map_the_state")
    elif state in definition.final and not case.is_final:
        yield Unmet("state_would_end", {"state": state}, "map_elsewhere")
    kept = {*definition.deadlines, *ALWAYS_THERE}
    gone = sorted({row.kind for row in case.open_deadlines} - kept)
    if gone:
        yield Unmet("deadline_kind_gone", {"kinds": gone}, "keep_the_deadline")
