"""What was decided: the requests that were approved or returned, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from engine.core.case import Request
from engine.core.workdays import ONE_DAY
from engine.core.world import World
from engine.services.decisions import Waiting, waiting_request
from engine.store.places import load_place
from engine.store.requests import DECIDED, decided_cases
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import each_world

USUAL_DAYS = 30
"""How many local days are listed where nobody names any, today among them."""


def usual_since(uow: UnitOfWork, organisation: int, now: datetime) -> date:
    """The first local day of what is listed where nobody names a day."""
    return load_place(uow, organisation).local_day(now) - (USUAL_DAYS - 1) * ONE_DAY


def list_decided(
    uow: UnitOfWork, organisation: int, since: date | None, until: date | None, now: datetime
) -> Iterator[tuple[date, Waiting]]:
    """Every request that was approved, returned or lapsed from one local day to another, with the day; None is open.

    Case by case: whoever keeps what they need of each has no more in memory than a batch of cases.
    """
    begin = datetime.combine(since, time(0), UTC) - ONE_DAY if since else datetime.min.replace(tzinfo=UTC)
    end = datetime.combine(until or now.date(), time(0), UTC) + 3 * ONE_DAY
    for world in each_world(uow, decided_cases(uow, organisation, begin, end)):
        for request in world.case.requests:
            day = _decided_on(world, request) if request.status in DECIDED else None
            if day is not None and (since or day) <= day <= (until or day):
                yield day, waiting_request(world, request, now)


def _decided_on(world: World, request: Request) -> date | None:
    """The local day of the decision: that on which its deadline was met, else that of the last word; of what
    lapsed its last day.
    """
    if request.status == "expired":
        return request.expires_on
    deadlines = [
        row for row in world.case.deadlines if (row.kind, row.subject) == ("request", str(request.number))
    ]
    met = next((row.met_on for row in reversed(deadlines) if row.met_on), None)
    return met or (world.place.local_day(request.votes[-1].at) if request.votes else None)
