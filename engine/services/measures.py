"""Measures and deliverables by hand: promised, changed, reported done, counted.

What a person worded is marked on an issue that came out of a file, so that a later file leaves it alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from engine.core.history import NewEvent
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.record import (
    ChangeMeasure,
    NewMeasure,
)
from engine.core.record import (
    add_measure as plan_added,
)
from engine.core.record import (
    change_measure as plan_changed,
)
from engine.core.record import (
    count_deliverable as plan_counted,
)
from engine.core.record import (
    finish_measure as plan_finished,
)
from engine.core.refusal import Refusals
from engine.core.vocabulary import Facet
from engine.core.world import World
from engine.services.inspections import EDITED, MEASURES, edited_parts, marked
from engine.services.merging import DELIVERABLES, is_from_file
from engine.services.moves import Done, carry_out
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world

_FACETS = frozenset({Facet.POSTS})
_FINISHING = frozenset({Facet.POSTS, Facet.INSPECTION})


def add_measure(uow: UnitOfWork, principal: Principal, key: str, new: NewMeasure, now: datetime) -> Done:
    """Promise one more action. Raises Refused with everything that stands against it, NotFound."""
    world = load_world(uow, principal.organisation, key, _FACETS)
    return _carry_out(uow, world, principal, plan_added(world, principal, new, now), now, part=MEASURES)


def edit_measure(
    uow: UnitOfWork, principal: Principal, key: str, change: ChangeMeasure, now: datetime
) -> Done:
    """Change or drop a measure. Raises Refused, NotFound."""
    world = load_world(uow, principal.organisation, key, _FACETS)
    return _carry_out(uow, world, principal, plan_changed(world, principal, change, now), now, part=MEASURES)


def finish_measures(
    uow: UnitOfWork,
    principal: Principal,
    key: str,
    numbers: Iterable[int],
    now: datetime,
    *,
    on: date | None = None,
) -> Done:
    """Report measures as done on a local day (None: today); all of them or none. Raises Refused, NotFound."""
    began = world = load_world(uow, principal.organisation, key, _FINISHING)
    made: list[Done] = []
    for number in dict.fromkeys(numbers):
        if made:
            world = load_world(uow, principal.organisation, key, _FINISHING)
        answer = plan_finished(world, principal, number, on or world.place.local_day(now), now)
        made.append(_carry_out(uow, world, principal, answer, now))
    if not made:
        return Done(began.case, make_plan(began, principal, now, ()))
    events = tuple(event for done in made for event in done.plan.events)
    return Done(made[-1].case, replace(made[-1].plan, events=events), decided_on=(began, now))


@dataclass(frozen=True, slots=True)
class CountedPromise:
    """What is to be produced and how many; `number` 0 promises a new one, `name` None leaves it as it is."""

    count: int
    name: str | None = None
    number: int = 0


def count_deliverable(
    uow: UnitOfWork, principal: Principal, key: str, promise: CountedPromise, now: datetime
) -> Done:
    """Say what a promise is and how many. Raises Refused, NotFound."""
    world = load_world(uow, principal.organisation, key, _FACETS)
    answer = plan_counted(world, principal, promise.number, promise.name, promise.count, now)
    return _carry_out(uow, world, principal, answer, now, part=DELIVERABLES)


def _carry_out(
    uow: UnitOfWork,
    world: World,
    principal: Principal,
    answer: Plan | Refusals,
    now: datetime,
    *,
    part: str | None = None,
) -> Done:
    if isinstance(answer, Refusals) or part is None or not is_from_file(world.case):
        return carry_out(uow, world, answer, now)
    if part in edited_parts(world.case):
        return carry_out(uow, world, answer, now)
    mark = NewEvent("fields_set", {"fields": {EDITED: marked(world.case, part)}})
    # Planned anew: the mark is one more event of the same plan.
    events = (*answer.events, mark)
    plan = make_plan(world, principal, now, events, answer.prompts, acting_for=answer.stamp.acting_for)
    return carry_out(uow, world, plan, now)
