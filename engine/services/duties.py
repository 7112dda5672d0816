"""Recurring duties for people: the catalogue, switching on and off, the plan, ticking a roster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from engine.core.definition_reader import nearest
from engine.core.principal import Principal
from engine.core.record import tick_roster
from engine.core.recurrence import Reason, first_period, occurrence_dates, periods_of
from engine.core.sending import instant_of
from engine.errors import NotFound, WrongUsage
from engine.services.clerks import clerks_desk
from engine.services.moves import Done, carry_out
from engine.store.duties import (
    NewSeries,
    OccurrenceFacts,
    Series,
    add_series,
    change_series,
    occurrences_of,
    series_called,
    series_of,
)
from engine.store.offices import Office, PublishedDuty, load_office, published_duties, published_school
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A duty that an organisation could have, and the series of it where it was ever switched on."""

    name: str
    label: str
    group: str
    frequency: str
    post: str
    has_roster: bool
    series: Series | None

    @property
    def is_on(self) -> bool:
        return self.series is not None and self.series.active_until is None


@dataclass(frozen=True, slots=True)
class Planned:
    """One period of a duty that is switched on: its days, why they are these, and the case that it became."""

    name: str
    label: str
    group: str
    period: str
    opens_on: date
    due_on: date
    lapses_on: date
    is_paused: bool
    why: tuple[Reason, ...]
    case: str | None = None
    state: str | None = None


def catalogue(uow: UnitOfWork, principal: Principal) -> tuple[CatalogueEntry, ...]:
    """Every published duty by name, on or off."""
    office = load_office(uow, principal.organisation)
    series = {row.duty: row for row in series_of(uow, principal.organisation)}
    return tuple(
        CatalogueEntry(
            name=name,
            label=found.duty.label,
            group=found.duty.group,
            frequency=found.duty.frequency.value,
            post=found.duty.post,
            has_roster=found.duty.has_roster,
            series=series.get(name),
        )
        for name, found in sorted(published_duties(uow, office.place.key).items())
    )


def switch_on(uow: UnitOfWork, principal: Principal, name: str, since: date, now: datetime) -> Series:
    """Begin a duty with the period in which `since` lies. A duty that is on already stays as it is.

    Raises NotFound `duty_not_found`, WrongUsage `duty_has_no_rhythm` for one that waits for events.
    """
    clerks_desk(uow, principal, "duty_on", now)
    office = load_office(uow, principal.organisation)
    found = duty_called(uow, office, name)
    known = series_called(uow, principal.organisation, name)
    if known is not None and known.active_until is None:
        return known
    period = first_period(found.duty.recurrence, since, published_school(uow, office))
    if period is None:
        raise WrongUsage("duty_has_no_rhythm", duty=name)
    new = NewSeries(principal.organisation, name, name, found.digest, since, period.key, now)
    if known is None:
        add_series(uow, new)
    else:
        values = {"definition": found.digest, "active_from": since, "next_period": period.key, "next_at": now}
        change_series(uow, known.id, active_until=None, **values)
    return _series(uow, principal.organisation, name)


def switch_off(uow: UnitOfWork, principal: Principal, name: str, until: date, now: datetime) -> Series:
    """End a duty: no period that begins after `until` opens. What is open stays to be done.

    Raises NotFound `duty_not_found` for a duty that was never switched on.
    """
    clerks_desk(uow, principal, "duty_off", now)
    series = _series(uow, principal.organisation, name)
    if series.active_until is None or series.active_until > until:
        change_series(uow, series.id, active_until=until, next_at=now)
    return _series(uow, principal.organisation, name)


def _series(uow: UnitOfWork, organisation: int, name: str) -> Series:
    found = series_called(uow, organisation, name)
    if found is None:
        known = (row.key for row in series_of(uow, organisation))
        raise NotFound("duty_not_found", duty=name, nearest=nearest(name, known))
    return found


def duty_called(uow: UnitOfWork, office: Office, name: str) -> PublishedDuty:
    """The published duty of that name. Raises NotFound `duty_not_found` with the nearest one."""
    known = published_duties(uow, office.place.key)
    if name not in known:
        raise NotFound("duty_not_found", duty=name, nearest=nearest(name, known))
    return known[name]


def plan_duties(uow: UnitOfWork, principal: Principal, first: date, last: date) -> tuple[Planned, ...]:
    """The periods of all duties that are on, from `first` to `last`, by due day. Changes nothing."""
    office = load_office(uow, principal.organisation)
    known = published_duties(uow, office.place.key)
    cases = {(row.series, row.period): row for row in occurrences_of(uow, principal.organisation)}
    planned: list[Planned] = []
    for series in series_of(uow, principal.organisation):
        if series.duty in known:
            rows = _planned(uow, office, series, known[series.duty], (first, last))
            planned.extend(_with_case(row, cases.get((series.id, row.period))) for row in rows)
    return tuple(sorted(planned, key=lambda row: (row.due_on, row.name)))


def _planned(
    uow: UnitOfWork, office: Office, series: Series, found: PublishedDuty, stretch: tuple[date, date]
) -> Iterable[Planned]:
    school, duty = published_school(uow, office), found.duty
    since = first_period(duty.recurrence, series.active_from, school)
    for period in periods_of(duty.recurrence, *stretch, school, since=since):
        if series.active_until is not None and period.starts > series.active_until:
            return
        dates = occurrence_dates(duty.recurrence, period, office.place.calendar, school)
        yield Planned(
            name=series.duty,
            label=duty.label,
            group=duty.group,
            period=period.key,
            opens_on=dates.opens_on,
            due_on=dates.due_on,
            lapses_on=dates.lapses_on,
            is_paused=dates.is_paused,
            why=dates.why,
        )


def _with_case(planned: Planned, occurrence: OccurrenceFacts | None) -> Planned:
    """What became a case keeps the dates that were written when it opened."""
    if occurrence is None:
        return planned
    return replace(
        planned,
        due_on=occurrence.due_on,
        lapses_on=occurrence.lapses_on or planned.lapses_on,
        case=occurrence.key,
        state=occurrence.state,
    )


@dataclass(frozen=True, slots=True)
class Sign:
    """Who has fulfilled an occurrence that everybody has to, by person id, and on which local day."""

    people: tuple[int, ...]
    on: date


def sign(
    uow: UnitOfWork, principal: Principal, key: str, command: Sign, now: datetime, *, dry_run: bool = False
) -> Done:
    """Tick people on the roster of an occurrence. Raises Refused for strangers, future days, wrong roles."""
    world = load_world(uow, principal.organisation, key, lock=not dry_run)
    answer = tick_roster(world, principal, command.people, command.on, now)
    return carry_out(uow, world, answer, now, dry_run=dry_run)


def occurrences(
    uow: UnitOfWork, principal: Principal, *, only_open: bool = False
) -> tuple[OccurrenceFacts, ...]:
    """The occurrences of the organisation, by start."""
    return tuple(occurrences_of(uow, principal.organisation, only_open=only_open))


def grid(uow: UnitOfWork, principal: Principal) -> Mapping[str, Mapping[str, str]]:
    """Duty × period → state of what was opened; what is missing in it is a gap."""
    names = {row.id: row.duty for row in series_of(uow, principal.organisation)}
    rows: dict[str, dict[str, str]] = {}
    for row in occurrences_of(uow, principal.organisation):
        rows.setdefault(names[row.series], {})[row.period] = row.state
    return rows


def midnight(day: date, office: Office) -> datetime:
    """When a local day begins, in UTC."""
    return instant_of(day, time(0), office.place.zone)
