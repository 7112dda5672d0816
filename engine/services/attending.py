"""What time and people do to requests that wait: they expire, pass on, or are decided by who is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from engine.core.counts import Counts
from engine.core.plan import Plan
from engine.core.principal import system
from engine.core.requests import attend_request
from engine.core.world import World
from engine.services.each import decide_each, load_each, write_each
from engine.services.moves import needs_of
from engine.store.apply import Decided, apply_all
from engine.store.database import Database
from engine.store.requests import note_looked, requests_to_look_at
from engine.store.scope import Scope
from engine.store.ticks import forget_failures, note_failure
from engine.store.unit_of_work import UnitOfWork

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


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a look at one request came to; `plan` None where it waits on."""

    world: World
    number: int
    plan: Plan | None

    @property
    def row(self) -> tuple[int, int]:
        return self.world.case.id, self.number


def _attend_batch(uow: UnitOfWork, found: Sequence[tuple[int, int]], now: datetime) -> Attended:
    # One request of a case at a time: what becomes of it changes the case for the next one, whose turn comes later.
    rows = list({case: (case, number) for case, number in reversed(found)}.values())
    worlds, broken = load_each(uow, [case for case, _ in rows], needs_of)

    def look(row: tuple[int, int]) -> _Looked:
        world = worlds[row[0]]
        return _Looked(world, row[1], attend_request(world, system(world.place.id), row[1], now))

    failed = [(row, broken[row[0]]) for row in rows if row[0] in broken]
    looked, wrong = decide_each([row for row in rows if row[0] in worlds], look)
    done, unwritten = write_each(uow, looked, partial(_write, uow, now=now))
    failed += [*wrong, *((each.row, error) for each, error in unwritten)]
    for row, error in failed:
        note_failure(uow, _name(row), error, now)
    rosters = {case: world.place.roster_version for case, world in worlds.items()}
    note_looked(uow, {row: rosters.get(row[0], 0) for row, _ in failed}, now)
    return sum((*done, Attended(looked=len(failed), failed=len(failed))), Attended())


def _write(uow: UnitOfWork, looked: Sequence[_Looked], *, now: datetime) -> Attended:
    """As many statements for fifty requests as for one."""
    forget_failures(uow, *(_name(each.row) for each in looked))
    plans = [Decided(each.world, each.plan) for each in looked if each.plan is not None]
    apply_all(uow, plans, now)
    note_looked(uow, {each.row: each.world.place.roster_version for each in looked}, now)
    return Attended(looked=len(looked), changed=len(plans))


def _name(row: tuple[int, int]) -> str:
    return f"request:{row[0]}:{row[1]}"
