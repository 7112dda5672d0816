"""May a running case go on on another version of its workflow: pure, complete, and never a way around a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from engine.core.authority import conflicted, first_who_may
from engine.core.case import request_key
from engine.core.history import NewEvent
from engine.core.machine import Workflow
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal
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
) -> Plan | Refusals:
    """Put the case on `target`, or every reason why it stays. `states` says where those go that `target` lacks.

    A pending request stays on the definition under which it was asked (law 6), so such a case waits.
    """
    case = world.case
    state = case.state if case.state in target.definition.states else states.get(case.state, case.state)
    unmet = tuple(_reasons(world, target, state))
    if unmet:
        return Refusals(case.key, VERB, unmet)
    today = world.place.local_day(now)
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
