"""The sweep: deadlines whose next moment has come become notices, in batches, and sleep again.

It costs what is due, not what exists, and may run as often as it likes: what is said follows from the ladder,
the due day and what was said before, never from how often somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any

from engine.core.backoff import LOOK_AGAIN
from engine.core.case import Deadline
from engine.core.counts import Counts
from engine.core.deadlines import NOBODY, is_confirmation, paused_until
from engine.core.ladder import Chase, Ladder, Moment, Step, due_rungs, next_moment, passed_rungs
from engine.core.sending import instant_of
from engine.core.workdays import ONE_DAY
from engine.core.world import World
from engine.services.each import decide_each, load_each, write_each
from engine.store.database import Database
from engine.store.offices import Ladders, Office, ladder_called, office_at, office_facts, published_ladders
from engine.store.scope import Scope
from engine.store.sweeping import (
    Arming,
    DueDeadline,
    NewNotice,
    Said,
    add_notices,
    already_said,
    armed_at,
    armings,
    due_deadlines,
    set_next_moments,
    silence_lower,
    still_due,
)
from engine.store.ticks import forget_failures, note_failure
from engine.store.unit_of_work import UnitOfWork

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
    worlds, broken = load_each(uow, [row.case for row in found])
    rows = still_due(uow, found, now)
    desk = _desk(uow, rows, worlds, now)
    failed = [(row, broken[row.case]) for row in rows if row.case in broken]
    said, wrong = decide_each([row for row in rows if row.case not in broken], desk.judge)
    swept, unwritten = write_each(uow, said, partial(_write, uow, now=now))
    failed += [*wrong, *((each.row, error) for each, error in unwritten)]
    return sum((*swept, *(_put_aside(uow, row, error, now) for row, error in failed)), Swept())


def _put_aside(uow: UnitOfWork, row: DueDeadline, error: Exception, now: datetime) -> Swept:
    failure = note_failure(uow, _name(row), error, now)
    set_next_moments(uow, {row.id: now + LOOK_AGAIN.pause(failure.times)})
    return Swept(deadlines=1, failed=1)


def _name(row: DueDeadline) -> str:
    return f"deadline:{row.id}"


@dataclass(frozen=True, slots=True)
class _Said:
    """What is to be said of one deadline: its next moment, new notices, and the step that speaks now."""

    row: DueDeadline
    next_moment: datetime | None
    notices: tuple[NewNotice, ...] = ()
    speaks: tuple[str, int] | None = None


def _write(uow: UnitOfWork, said: Sequence[_Said], *, now: datetime) -> Swept:
    """As many statements for fifty deadlines as for one."""
    forget_failures(uow, *(_name(each.row) for each in said))
    new = add_notices(uow, [notice for each in said for notice in each.notices], now)
    silenced = silence_lower(uow, [(each.row, *each.speaks) for each in said if each.speaks])
    set_next_moments(uow, {each.row.id: each.next_moment for each in said})
    return Swept(len(said), new.get("pending", 0), new.get("superseded", 0) + silenced)


def _desk(uow: UnitOfWork, rows: Sequence[DueDeadline], worlds: Mapping[int, World], now: datetime) -> _Desk:
    said: dict[int, list[Said]] = {}
    for row in already_said(uow, rows):
        said.setdefault(row.deadline, []).append(row)
    places = {world.place.id: world.place for world in worlds.values()}
    ladders = published_ladders(uow, [place.key for place in places.values()])
    return _Desk(now, worlds, armings(uow, worlds), said, office_facts(uow, places), ladders)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one batch has at hand, read with one statement each."""

    now: datetime
    worlds: Mapping[int, World]
    armings: Mapping[int, list[Arming]]
    said: Mapping[int, list[Said]]
    offices: Mapping[int, Any]
    ladders: Ladders

    def judge(self, row: DueDeadline) -> _Said:
        """Raises whatever stands in the way of this one."""
        world = self.worlds[row.case]
        deadline = _version(world, row)
        office = office_at(world.place, self.offices[row.organisation])
        today = office.place.local_day(self.now)
        wakes_on = _sleeps_until(world, deadline, today)
        if wakes_on is not None or deadline is None or deadline.due_on is None:
            return _Said(row, _midnight(wakes_on, office))
        ladder = ladder_called(self.ladders, office.place.key, deadline.ladder)
        chase = _chase(self, row, deadline.due_on, office, ladder)
        return _speak(row, chase, self.said.get(row.id, []), today)


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
    armed = armed_at(row, desk.armings.get(row.case, ()))
    # What was already late when it was armed is chased from its due day on, not from the arming.
    armed_on = None if armed is None else min(office.place.local_day(armed), due_on)
    return Chase(ladder, due_on, office.place.calendar, office.hours, armed_on)


def _speak(row: DueDeadline, chase: Chase, said: Sequence[Said], today: date) -> _Said:
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
    told, speaks = [], None
    if due.speaks is not None:
        spoken, rung = due.speaks.step, due.speaks.rung
        speaks = (rung.name, spoken.n + 1)
        told = [_notice(row, due.speaks, word) for word in rung.audience]
    following = next_moment(chase, today, spoken)
    at = instant_of(following[0], time(0), chase.hours.zone) if following else None
    return _Said(row, at, (*silenced, *told), speaks)


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
