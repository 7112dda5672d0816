"""What time and people do to requests that wait: they expire, pass on, or are decided by who is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.core.counts import Counts
from engine.core.principal import system
from engine.core.requests import attend_request
from engine.core.world import World
from engine.errors import Unavailable
from engine.services.moves import needs_of
from engine.store.apply import apply
from engine.store.database import Database
from engine.store.requests import note_looked, requests_to_look_at
from engine.store.scope import Scope
from engine.store.ticks import forget_failure, note_failure
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds

BATCH = 50


@dataclass(frozen=True, slots=True)
class Attended(Counts):
    """Counts of one round. `failed` requests were recorded and are looked at again later."""

    looked: int = 0
    changed: int = 0
    failed: int = 0


def attend_requests(database: Database, now: datetime, *, batch: int = BATCH) -> Attended:
    """Look at every pending request that people or time may have changed by `now`, a transaction a batch."""
    total = Attended()
    while True:
        with database.begin(Scope.whole()) as uow:
            found = requests_to_look_at(uow, now, batch)
            if not found:
                return total
            total += _attend_batch(uow, found, now)
            uow.commit()


def _attend_batch(uow: UnitOfWork, found: Sequence[tuple[int, int]], now: datetime) -> Attended:
    total = Attended()
    worlds = _worlds(uow, [case for case, _ in found])
    for case, number in found:
        try:
            with uow.savepoint():
                world = worlds.get(case) or load_worlds(uow, [case], needs_of)[0]
                total += _attend(uow, world, number, now)
            continue
        except Unavailable:
            raise
        except Exception as error:  # recorded here, looked at again later: one bad case stops no other
            note_failure(uow, f"request:{case}:{number}", error, now)
        roster = worlds[case].place.roster_version if case in worlds else 0
        note_looked(uow, case, number, roster, now)
        total += Attended(looked=1, failed=1)
    return total


def _worlds(uow: UnitOfWork, cases: Sequence[int]) -> dict[int, World]:
    """The cases in one load; where that fails each is loaded by itself, to find the broken one."""
    try:
        with uow.savepoint():
            return {world.case.id: world for world in load_worlds(uow, cases, needs_of)}
    except Unavailable:
        raise
    except Exception:  # said again, and recorded, by the one case that it belongs to
        return {}


def _attend(uow: UnitOfWork, world: World, number: int, now: datetime) -> Attended:
    plan = attend_request(world, system(world.place.id), number, now)
    forget_failure(uow, f"request:{world.case.id}:{number}")
    if plan is not None:
        apply(uow, world, plan, now)
    note_looked(uow, world.case.id, number, world.place.roster_version, now)
    return Attended(looked=1, changed=plan is not None)
