"""Spawning: series whose moment has come open their periods, keep their rosters in step and miss what lapsed.

A series wakes by one indexed instant: the next opening, the day after an open period lapses, or, while people
may still join a roster, the next morning. After any downtime each period gets its row; the last one speaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from engine.core.case import Case, Field
from engine.core.counting import NewDeadline, Origin
from engine.core.counts import Counts
from engine.core.decide import decide
from engine.core.definition import MISSES, OPENS
from engine.core.history import NewEvent, Stamp
from engine.core.periods import Period, frequency_of, parse_key
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal, system
from engine.core.recurrence import Dates, first_period, next_period, occurrence_dates
from engine.core.refusal import Refusals, Refused
from engine.core.school_year import SchoolCalendar
from engine.core.workdays import ONE_DAY
from engine.core.world import Ask, MakeMove, World
from engine.errors import NotFound
from engine.services.duties import midnight
from engine.services.each import act_alone
from engine.services.moves import needs_of
from engine.store.apply import apply, open_case
from engine.store.database import Database
from engine.store.definitions import current
from engine.store.duties import (
    OccurrenceFacts,
    Series,
    add_occurrence,
    change_series,
    due_series,
    has_occurrence,
    occurrences_of,
    staff_on_roll,
)
from engine.store.offices import (
    Office,
    PublishedDuty,
    load_office,
    pinned_duty,
    published_duties,
    published_school,
)
from engine.store.places import load_posts
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds
from engine.text.dates import period_words

BATCH = 50
MOST_PERIODS = 60


@dataclass(frozen=True, slots=True)
class Spawned(Counts):
    """Counts of one spawning. `failed` series were recorded and are looked at again later."""

    series: int = 0
    opened: int = 0
    missed: int = 0
    failed: int = 0


def spawn_duties(database: Database, now: datetime, *, batch: int = BATCH) -> Spawned:
    """Spawn for every series whose moment has come by `now`, one transaction per batch."""
    total = Spawned()
    while True:
        with database.begin(Scope.whole()) as uow:
            found = due_series(uow, now, batch)
            if not found:
                return total
            for series in found:
                total += _spawn_safely(uow, series, now)
            uow.commit()


def _spawn_safely(uow: UnitOfWork, series: Series, now: datetime) -> Spawned:
    spawned = act_alone(
        uow,
        f"series:{series.id}",
        partial(spawn_series, uow, series, now),
        lambda later: change_series(uow, series.id, next_at=later),
        now,
    )
    return Spawned(series=1, failed=1) if spawned is None else spawned


@dataclass(frozen=True, slots=True)
class _Desk:
    """What spawning one series has at hand."""

    uow: UnitOfWork
    series: Series
    found: PublishedDuty
    office: Office
    school: SchoolCalendar
    now: datetime

    @property
    def today(self) -> date:
        return self.office.place.local_day(self.now)

    @property
    def begins_at(self) -> datetime | None:
        """When the home goes live, while that is yet to come."""
        go_live = self.office.place.go_live
        return midnight(go_live, self.office) if go_live is not None and self.today < go_live else None

    @property
    def principal(self) -> Principal:
        return system(self.series.organisation)


def spawn_series(uow: UnitOfWork, series: Series, now: datetime) -> Spawned:
    """Open every period of one series whose opening day has come, then miss what lapsed."""
    uow.sign(Stamp.of(system(series.organisation)), now)
    desk = _desk_of(uow, series, now)
    if desk.begins_at is not None:
        change_series(uow, series.id, next_at=desk.begins_at)
        return Spawned(series=1)
    opened, upcoming = _open_periods(desk)
    still_open = occurrences_of(uow, series.organisation, series=series.id, only_open=True)
    missed = _miss_lapsed(desk, still_open)
    still_open = [row for row in still_open if row.case not in missed]
    if desk.found.duty.has_roster:
        _keep_rosters(desk, still_open)
    _note_next(desk, upcoming, _next_look(desk, upcoming, still_open))
    return Spawned(1, opened, len(missed))


def latest_look(uow: UnitOfWork, series: Series, now: datetime) -> datetime | None:
    """When a series has to be looked at again, as its next period, what is open and the files say now.

    None: nothing of it is to come. Raises NotFound `duty_not_found`.
    """
    desk = _desk_of(uow, series, now)
    upcoming = next(_periods(desk), None)
    rows = occurrences_of(uow, series.organisation, series=series.id, only_open=True)
    return desk.begins_at or _next_look(desk, upcoming, rows)


def _desk_of(uow: UnitOfWork, series: Series, now: datetime) -> _Desk:
    office = load_office(uow, series.organisation)
    found = published_duties(uow, office.place.key).get(series.duty) or pinned_duty(
        uow, series.definition, series.duty
    )
    if found is None:
        raise NotFound("duty_not_found", duty=series.duty, nearest=None)
    return _Desk(uow, series, found, office, published_school(uow, office), now)


def _note_next(desk: _Desk, upcoming: tuple[Period, Dates] | None, next_at: datetime | None) -> None:
    """What the register answers for is written where it changed: most looks change the moment alone."""
    series, period = desk.series, upcoming[0].key if upcoming else None
    values = {"definition": desk.found.digest} if desk.found.digest != series.definition else {}
    following = {"next_period": period} if period != series.next_period else {}
    change_series(desk.uow, series.id, next_at=next_at, **values, **following)


def _open_periods(desk: _Desk) -> tuple[int, tuple[Period, Dates] | None]:
    """How many periods were opened, and the next one that is still to come (None: the series has ended)."""
    opened = 0
    for at, (period, dates) in enumerate(_periods(desk)):
        if dates.opens_on > desk.today or at >= MOST_PERIODS:
            return opened, (period, dates)
        if _is_wanted(desk, period, dates):
            _open_occurrence(desk, period, dates)
            opened += 1
    return opened, None


def _periods(desk: _Desk) -> Iterator[tuple[Period, Dates]]:
    """The periods of the series from its next one on, until it was switched off; endless otherwise."""
    recurrence, until = desk.found.duty.recurrence, desk.series.active_until
    period = _next_of(desk)
    while period is not None and (until is None or period.starts <= until):
        yield period, occurrence_dates(recurrence, period, desk.office.place.calendar, desk.school)
        period = next_period(recurrence, period, desk.school)


def _next_of(desk: _Desk) -> Period | None:
    """The next period; where the frequency was changed, the first one of the new rhythm at that border."""
    key, recurrence = desk.series.next_period, desk.found.duty.recurrence
    if key is None:
        return None
    period = parse_key(key, desk.school)
    if frequency_of(key) is recurrence.frequency:
        return period
    return first_period(recurrence, period.starts, desk.school)


def _is_wanted(desk: _Desk, period: Period, dates: Dates) -> bool:
    is_over = not _is_armed(desk, dates) and dates.lapses_on < desk.today
    if dates.is_paused or is_over:
        return False
    return not has_occurrence(desk.uow, desk.series, period.key)


def _is_armed(desk: _Desk, dates: Dates) -> bool:
    """What fell due before the duty or the home began may still be entered while its period lasts; it is never late."""
    beginning = max(desk.series.active_from, desk.office.place.go_live or desk.series.active_from)
    return dates.due_on >= beginning


def _open_occurrence(desk: _Desk, period: Period, dates: Dates) -> None:
    """Open the case of one period under the workflow that rules now, and let the system start it."""
    uow, duty = desk.uow, desk.found.duty
    published = current(uow, desk.office.place.key, "workflow", duty.workflow)
    workflow = uow.database.workflow(uow, published.digest)
    initial = workflow.definition.initial
    owner = load_posts(uow, desk.series.organisation).posts.get(duty.post)
    facts = {
        "key": f"{desk.series.key}@{period.key}",
        "kind": workflow.definition.case,
        "workflow": duty.workflow,
        "state": initial,
        "opened_on": desk.today.isoformat(),
        "waits_for": workflow.definition.states[initial].waits_for[0],
        "owner": owner.id if owner else None,
        "fields": _fields(desk, period, dates),
    }
    title = {"title": f"{period_words(period.key)}{duty.label}"}
    more = [_deadline(desk, period, dates), *_roster(desk)]
    stamp = Stamp.of(desk.principal)
    case = open_case(
        uow, desk.office.place, workflow, NewEvent("case_opened", facts, title), more, stamp, desk.now
    )
    add_occurrence(uow, desk.series, period.key, case.id, (period.starts, dates.due_on, dates.lapses_on))
    if OPENS in workflow.definition.moves:
        _start(desk, case)


def _fields(desk: _Desk, period: Period, dates: Dates) -> dict[str, Field]:
    """The dates as it opened, with the calendars they rest on; later they move by an event alone."""
    duty = desk.found.duty
    fields: dict[str, Field] = {
        "series": desk.series.key,
        "duty": desk.series.duty,
        "duty_definition": desk.found.digest,
        "label": duty.label,
        "period": period.key,
        "starts_on": period.starts.isoformat(),
        "ends_on": period.ends.isoformat(),
        "due_on": dates.due_on.isoformat(),
        "lapses_on": dates.lapses_on.isoformat(),
        "accepted_by": duty.accepted_by,
        "calendar": desk.office.place.calendar.version,
        "school_calendar": desk.school.version,
    }
    if duty.group:
        fields["group"] = duty.group
    fields.update({f"evidence_{proof.kind}": proof.count for proof in duty.evidence})
    return fields


def _deadline(desk: _Desk, period: Period, dates: Dates) -> NewEvent:
    origin, armed = Origin("period", period.starts, steps=dates.steps), _is_armed(desk, dates)
    calendar, ladder = desk.office.place.calendar.version, desk.found.duty.ladder
    return NewDeadline(
        "occurrence", "", dates.due_on, armed, ladder, origin=origin, calendar=calendar
    ).event()


def _roster(desk: _Desk) -> Iterator[NewEvent]:
    if desk.found.duty.has_roster:
        people = staff_on_roll(desk.uow, desk.series.organisation, desk.today)
        if people:
            yield NewEvent("roster_joined", {"people": list(people), "on": desk.today.isoformat()})


def _start(desk: _Desk, case: Case) -> None:
    answer, world = _decided(desk, case.id, OPENS)
    if isinstance(answer, Refusals):
        raise Refused(answer)
    apply(desk.uow, world, answer, desk.now)


def _decided(desk: _Desk, case: int, move: str) -> tuple[Plan | Refusals, World]:
    world = load_worlds(desk.uow, [case], partial(needs_of, moves=(move,)))[0]
    return decide(Ask(world, desk.principal, MakeMove(move), desk.now)), world


def _miss_lapsed(desk: _Desk, rows: list[OccurrenceFacts]) -> frozenset[int]:
    """Miss what lapsed undone. Only the last one is told of: the others are history by now."""
    lapsed = [row for row in rows if row.lapses_on is not None and row.lapses_on < desk.today]
    plans = []
    for row in lapsed:
        answer, world = _decided(desk, row.case, MISSES)
        if isinstance(answer, Plan):
            plans.append((row.case, world, answer))
    for at, (_, world, plan) in enumerate(plans, start=1):
        apply(desk.uow, world, plan if at == len(plans) else replace(plan, prompts=()), desk.now)
    return frozenset(case for case, _, _ in plans)


def _keep_rosters(desk: _Desk, rows: list[OccurrenceFacts]) -> None:
    """Who came to the school joins the open rosters, who went leaves them; ticks stay as they are."""
    staff = frozenset(staff_on_roll(desk.uow, desk.series.organisation, desk.today))
    for world in load_worlds(desk.uow, [row.case for row in rows]):
        listed = frozenset(line.person for line in world.case.roster if line.left_on is None)
        on = desk.today.isoformat()
        joined, left = sorted(staff - listed), sorted(listed - staff)
        events = [NewEvent("roster_joined", {"people": joined, "on": on})] if joined else []
        events += [NewEvent("roster_left", {"people": left, "on": on})] if left else []
        if events:
            apply(desk.uow, world, make_plan(world, desk.principal, desk.now, events), desk.now)


def _next_look(
    desk: _Desk, upcoming: tuple[Period, Dates] | None, rows: list[OccurrenceFacts]
) -> datetime | None:
    """The soonest of the next opening, the day after an open period lapses, tomorrow for a roster."""
    tomorrow = desk.today + ONE_DAY
    days = [max(row.lapses_on + ONE_DAY, tomorrow) for row in rows if row.lapses_on is not None]
    if rows and desk.found.duty.has_roster:
        days.append(tomorrow)
    if upcoming is not None:
        days.append(upcoming[1].opens_on)
    if not days:
        return None
    soonest = midnight(min(days), desk.office)
    # More periods than one run opens: the rest follows at once, in the next batch.
    return soonest if soonest > desk.now else desk.now
