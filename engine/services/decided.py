"""What was decided: the requests that were approved or returned, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from engine.core.case import Request
from engine.core.workdays import ONE_DAY
from engine.core.world import World
from engine.services.decisions import Waiting, waiting_request
from engine.store.requests import DECIDED, decided_cases
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds


def list_decided(
    uow: UnitOfWork, organisation: int, since: date | None, until: date | None, now: datetime
) -> list[tuple[date, Waiting]]:
    """Every request that was approved, returned or lapsed from one local day to another, the oldest decision first."""
    begin = datetime.combine(since, time(0), UTC) - ONE_DAY if since else datetime.min.replace(tzinfo=UTC)
    end = datetime.combine(until or now.date(), time(0), UTC) + 3 * ONE_DAY
    worlds = load_worlds(uow, decided_cases(uow, organisation, begin, end), frozenset(), lock=False)
    found = [
        (day, waiting_request(world, request, now))
        for world in worlds
        for request in world.case.requests
        if request.status in DECIDED and (day := _decided_on(world, request)) is not None
    ]
    chosen = [row for row in found if (since or row[0]) <= row[0] <= (until or row[0])]
    return sorted(chosen, key=lambda row: (row[0], row[1].request.asked_at))


def _decided_on(world: World, request: Request) -> date | None:
    """The local day of the decision: that on which its time limit was met, else that of the last word; of what
    lapsed its last day.
    """
    if request.status == "expired":
        return request.expires_on
    limits = [
        row for row in world.case.deadlines if (row.kind, row.subject) == ("request", str(request.number))
    ]
    met = next((row.met_on for row in reversed(limits) if row.met_on), None)
    return met or (world.place.local_day(request.votes[-1].at) if request.votes else None)
