"""The sweep: deadlines whose next moment has come become notices, in batches, and sleep again.

It costs what is due, not what exists, and may run as often as it likes: what is said follows from the ladder,
the due day and what was said before, never from how often somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from engine.core.backoff import LOOK_AGAIN
from engine.core.case import Deadline
from engine.core.counts import Counts
from engine.core.deadlines import NOBODY, is_confirmation, paused_until
from engine.core.ladder import Chase, Ladder, Moment, Step, due_rungs, next_moment, passed_rungs
from engine.core.sending import instant_of
from engine.core.workdays import ONE_DAY
from engine.core.world import World
from engine.errors import Unavailable
from engine.store.database import Database
from engine.store.offices import Office, load_office, published_ladder
from engine.store.scope import Scope
from engine.store.sweeping import (
    DeadlineName,
    DueDeadline,
    NewNotice,
    Said,
    add_notices,
    already_said,
    armed_at,
    due_deadlines,
    set_next_moment,
    silence_lower,
    still_due,
)
from engine.store.ticks import forget_failure, note_failure
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds

BATCH = 50


@dataclass(frozen=True, slots=True)
class Swept(Counts):
    """Counts of one sweep. `failed` deadlines were recorded and are looked at again later."""

    deadlines: int = 0
    notices: int = 0
    superseded: int = 0
    failed: int = 0


def sweep(database: Database, now: datetime, *, batch: int = BATCH) -> Swept:
    """Sweep everything whose moment has come by `now`, one transaction per batch."""
    total = Swept()
    while True:
        with database.begin(Scope.whole()) as uow:
            found = due_deadlines(uow, now, batch)
            if not found:
                return total
            total += sweep_batch(uow, found, now)
            uow.commit()


def sweep_batch(uow: UnitOfWork, found: Sequence[DueDeadline], now: datetime) -> Swept:
    """Sweep these deadlines in the open unit of work; one that fails is undone alone and looked at later."""
    worlds, broken = _worlds(uow, found)
    rows = still_due(uow, found, now)
    desk = _Desk(uow, now, armed_at(uow, worlds), _by_deadline(already_said(uow, rows)))
    total = Swept()
    for row in rows:
        error = broken.get(row.case)
        if error is None:
            try:
                with uow.savepoint():
                    total += _sweep_one(desk, row, worlds[row.case])
                continue
            except Unavailable:
                raise
            except Exception as caught:  # recorded below, backed off and counted: one bad case stops no other
                error = caught
        total += _put_aside(uow, row, error, now)
    return total


def _worlds(
    uow: UnitOfWork, found: Sequence[DueDeadline]
) -> tuple[Mapping[int, World], Mapping[int, Exception]]:
    """The cases of `found`, locked, in one load; where that fails, one by one, to find the broken one."""
    cases = sorted({row.case for row in found})
    try:
        with uow.savepoint():
            return {world.case.id: world for world in load_worlds(uow, cases)}, {}
    except Unavailable:
        raise
    except Exception:  # said again, and recorded, by the one case that it belongs to
        return _one_by_one(uow, cases)


def _one_by_one(uow: UnitOfWork, cases: Sequence[int]) -> tuple[Mapping[int, World], Mapping[int, Exception]]:
    """The cases that can be loaded, and what stands in the way of the others."""
    worlds: dict[int, World] = {}
    broken: dict[int, Exception] = {}
    for case in cases:
        try:
            with uow.savepoint():
                worlds[case] = load_worlds(uow, [case])[0]
        except Unavailable:
            raise
        except Exception as error:  # recorded by the caller
            broken[case] = error
    return worlds, broken


def _put_aside(uow: UnitOfWork, row: DueDeadline, error: Exception, now: datetime) -> Swept:
    failure = note_failure(uow, f"deadline:{row.id}", error, now)
    set_next_moment(uow, row.id, now + LOOK_AGAIN.pause(failure.times))
    return Swept(deadlines=1, failed=1)


def _by_deadline(said: Sequence[Said]) -> dict[int, list[Said]]:
    grouped: dict[int, list[Said]] = {}
    for row in said:
        grouped.setdefault(row.deadline, []).append(row)
    return grouped


@dataclass(slots=True)
class _Desk:
    """What one batch has at hand; offices and ladders are fetched once each."""

    uow: UnitOfWork
    now: datetime
    armed: Mapping[DeadlineName, datetime]
    said: Mapping[int, list[Said]]
    offices: dict[int, Office] = field(default_factory=dict)
    ladders: dict[tuple[str, str], Ladder] = field(default_factory=dict)

    def office(self, organisation: int) -> Office:
        if organisation not in self.offices:
            self.offices[organisation] = load_office(self.uow, organisation)
        return self.offices[organisation]

    def ladder(self, organisation_key: str, name: str) -> Ladder:
        if (organisation_key, name) not in self.ladders:
            self.ladders[(organisation_key, name)] = published_ladder(self.uow, organisation_key, name)
        return self.ladders[(organisation_key, name)]


def _sweep_one(desk: _Desk, row: DueDeadline, world: World) -> Swept:
    deadline = _version(world, row)
    office = desk.office(row.organisation)
    today = office.place.local_day(desk.now)
    wakes_on = _sleeps_until(world, deadline, today)
    forget_failure(desk.uow, f"deadline:{row.id}")
    if wakes_on is not None or deadline is None or deadline.due_on is None:
        set_next_moment(desk.uow, row.id, _midnight(wakes_on, office))
        return Swept(deadlines=1)
    ladder = desk.ladder(office.place.key, deadline.ladder)
    said = desk.said.get(row.id, [])
    chase = _chase(desk, row, deadline.due_on, office, ladder)
    return _speak(desk, row, chase, said, today)


def _version(world: World, row: DueDeadline) -> Deadline | None:
    """The open, armed deadline that the row stands for."""
    wanted = (row.kind, row.subject, row.version)
    found = (each for each in world.case.open_deadlines if (each.kind, each.subject, each.version) == wanted)
    return next((each for each in found if each.armed), None)


def _sleeps_until(world: World, deadline: Deadline | None, today: date) -> date | None:
    """The day before which nothing is to be said; `date.max` for never, None where the ladder decides."""
    if deadline is None or deadline.due_on is None:
        return date.max
    is_apart = is_confirmation(deadline) or bool(deadline.waits_for)
    if world.case.is_final and not is_apart:
        return date.max
    go_live = world.place.go_live
    if go_live is not None and today < go_live:
        return go_live
    until = paused_until(world.case)
    if until is not None and today < until and deadline.basis == "paused":
        return until
    is_of_case = deadline.kind != "measure" and not is_apart
    if world.case.waits_for == NOBODY and world.case.pending is None and is_of_case:
        return today + ONE_DAY
    return None


def _midnight(day: date | None, office: Office) -> datetime | None:
    if day is None or day == date.max:
        return None
    return instant_of(day, time(0), office.place.zone)


def _chase(desk: _Desk, row: DueDeadline, due_on: date, office: Office, ladder: Ladder) -> Chase:
    armed = desk.armed.get(row.name)
    # What was already late when it was armed is chased from its due day on, not from the arming.
    armed_on = None if armed is None else min(office.place.local_day(armed), due_on)
    return Chase(ladder, due_on, office.place.calendar, office.hours, armed_on)


def _speak(desk: _Desk, row: DueDeadline, chase: Chase, said: Sequence[Said], today: date) -> Swept:
    spoken = _spoken(chase.ladder, said)
    passed = [] if said else passed_rungs(chase)
    due = due_rungs(chase, today, spoken)
    silenced = [
        *(_notice(row, moment, word, "armed_later") for moment in passed for word in moment.rung.audience),
        *(
            _notice(row, each, word, "higher_rung_came")
            for each in due.superseded
            for word in each.rung.audience
        ),
    ]
    superseded = add_notices(desk.uow, silenced, desk.now)
    added = 0
    if due.speaks is not None:
        spoken, rung = due.speaks.step, due.speaks.rung
        superseded += silence_lower(desk.uow, row, rung.name, spoken.n + 1)
        told = [_notice(row, due.speaks, word) for word in rung.audience]
        added = add_notices(desk.uow, told, desk.now)
    following = next_moment(chase, today, spoken)
    at = instant_of(following[0], time(0), chase.hours.zone) if following else None
    set_next_moment(desk.uow, row.id, at)
    return Swept(1, added, superseded)


def _spoken(ladder: Ladder, said: Sequence[Said]) -> Step | None:
    """The highest step that has notices. A rung that the ladder no longer has is no hindrance."""
    place = {rung.name: at for at, rung in enumerate(ladder.rungs)}
    steps = (Step(place[row.rung], row.n - 1) for row in said if row.rung in place)
    return max(steps, default=None)


def _notice(row: DueDeadline, moment: Moment, audience: str, reason: str = "") -> NewNotice:
    return NewNotice(
        organisation=row.organisation,
        case=row.case,
        deadline=row.id,
        rung=moment.rung.name,
        n=moment.step.n + 1,
        audience=audience,
        level=moment.rung.level.value,
        red=moment.rung.red,
        planned_on=moment.planned_on,
        status="superseded" if reason else "pending",
        reason=reason,
    )
