"""Who was quicker: a conflict about a case names whoever changed it first, and what they did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.history import Event
from engine.core.principal import Principal
from engine.core.visibility import history_seen_by, seen_by
from engine.core.webhooks import open_facts
from engine.core.world import World
from engine.errors import Conflict, NotFound, Unavailable
from engine.store.database import Database
from engine.store.histories import history
from engine.store.people import people_of
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world

CHANGED = "case_changed"
TELLING = ("moved", "requested", "request_ended")
"""What people mean by what somebody did, where one act left several events."""


@contextmanager
def winner_named(database: Database, principal: Principal) -> Iterator[None]:
    """Around a unit of work, which is over when the question is asked: losing may have broken it."""
    try:
        yield
    except Conflict as lost:
        raise naming_winner(database, principal, lost) from lost


def naming_winner(database: Database, principal: Principal, lost: Conflict) -> Conflict:
    """The same conflict with the fact `winner`, read afresh; as it was where the case is out of the
    principal's scope, or did not change (people or calendar did, or the revision was never there).
    """
    case, expected = lost.facts.get("case"), lost.facts.get("expected")
    if lost.code != CHANGED or not isinstance(case, str) or not isinstance(expected, int):
        return lost
    try:
        with database.begin(Scope.one(principal.organisation), writing=False) as uow:
            world = load_world(uow, principal.organisation, case, lock=False)
            winner = _winner(uow, world, principal, expected)
    except (NotFound, Unavailable):
        return lost
    return Conflict(CHANGED, **{**lost.facts, "revision": world.case.revision}, **winner)


def _winner(uow: UnitOfWork, world: World, principal: Principal, expected: int) -> dict[str, Any]:
    told = tuple(row for row in history(uow, world.case.id) if row.seq > expected)
    if not told:
        return {}
    shown = seen_by(world, principal, world.place.local_day(told[-1].recorded_at))
    act = _first_act(history_seen_by(told, shown))
    event = next((row for name in TELLING for row in act if row.type == name), act[0])
    keys = {person.id: person.key for person in people_of(uow, world.place.id)}
    winner = {
        "person": keys.get(event.stamp.person) if event.stamp.person else None,
        "via": event.stamp.via,
        "type": event.type,
        "move": event.payload.get("move"),
        "seq": event.seq,
        "at": event.recorded_at.astimezone(ZoneInfo(world.place.zone)).isoformat(),
        "facts": open_facts(event.payload),
    }
    return {"winner": winner}


def _first_act(told: Sequence[Event]) -> list[Event]:
    """The events of one commit: of one principal and recorded at one instant."""
    first = told[0]
    same = (first.stamp, first.recorded_at)
    return list(takewhile(lambda row: (row.stamp, row.recorded_at) == same, told))
