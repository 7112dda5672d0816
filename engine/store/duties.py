"""Duty series and their occurrences: which opens next, which is open, and who is on roll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, or_, select

from engine.store.register import change_rows, insert_row
from engine.store.register_rows import SERIES
from engine.store.tables import CaseFile, DutySeries, Occurrence, Person, table_of
from engine.store.unit_of_work import UnitOfWork

_SERIES = table_of(DutySeries)
_OCCURRENCES = table_of(Occurrence)
_CASES = table_of(CaseFile)
_PEOPLE = table_of(Person)


@dataclass(frozen=True, slots=True)
class Series:
    """A duty that is switched on. `next_at` is when it is looked at again, None when it is off."""

    id: int
    organisation: int
    key: str
    duty: str
    definition: str
    active_from: date
    active_until: date | None
    next_period: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A series about to be switched on."""

    organisation: int
    key: str
    duty: str
    definition: str
    active_from: date
    next_period: str
    next_at: datetime


@dataclass(frozen=True, slots=True)
class OccurrenceFacts:
    """One period of a series that became a case."""

    case: int
    key: str
    organisation: int
    series: int
    period: str
    starts_on: date
    due_on: date
    lapses_on: date | None
    state: str


_COLUMNS = (
    _SERIES.c.id,
    _SERIES.c.organisation_id,
    _SERIES.c.key,
    _SERIES.c.duty,
    _SERIES.c.definition,
    _SERIES.c.active_from,
    _SERIES.c.active_until,
    _SERIES.c.next_period,
    _SERIES.c.next_at,
)


def series_of(uow: UnitOfWork, organisation: int) -> list[Series]:
    """Every series that was ever switched on, by key."""
    mine = _SERIES.c.organisation_id == organisation
    return _series(uow, mine, order=(_SERIES.c.key,))


def series_called(uow: UnitOfWork, organisation: int, key: str) -> Series | None:
    mine = (_SERIES.c.organisation_id == organisation) & (_SERIES.c.key == key)
    return next(iter(_series(uow, mine, is_locked=uow.writing)), None)


def due_series(uow: UnitOfWork, now: datetime, limit: int) -> list[Series]:
    """The series whose moment has come, the oldest first, at most `limit`, locked; others' are left out."""
    order = (_SERIES.c.next_at, _SERIES.c.id)
    return _series(uow, _SERIES.c.next_at <= now, order=order, limit=limit, is_locked=True)


def _series(
    uow: UnitOfWork,
    condition: Any,
    *,
    order: Sequence[Any] = (),
    limit: int | None = None,
    is_locked: bool = False,
) -> list[Series]:
    wanted = select(*_COLUMNS).where(uow.scope.covers(_SERIES.c.organisation_id), condition)
    if is_locked:
        wanted = wanted.with_for_update(skip_locked=limit is not None)
    found: Any = uow.execute(wanted.order_by(*order).limit(limit))
    return [Series(*row) for row in found]


def add_series(uow: UnitOfWork, new: NewSeries) -> None:
    row = {
        "organisation_id": new.organisation,
        "key": new.key,
        "duty": new.duty,
        "definition": new.definition,
        "active_from": new.active_from,
        "next_period": new.next_period,
        "next_at": new.next_at,
    }
    insert_row(uow, SERIES, row)


def change_series(uow: UnitOfWork, series: int, **values: Any) -> None:
    """Write the given columns of one series."""
    mine = (uow.scope.covers(_SERIES.c.organisation_id), _SERIES.c.id == series)
    change_rows(uow, SERIES, mine, values)


def wake_series(uow: UnitOfWork, now: datetime) -> None:
    """Look at every series of the scope again that looks later: a duty, a calendar or a school year changed."""
    change_rows(
        uow, SERIES, (uow.scope.covers(_SERIES.c.organisation_id), _SERIES.c.next_at > now), {"next_at": now}
    )


def has_occurrence(uow: UnitOfWork, series: Series, period: str, member: str = "") -> bool:
    table = _OCCURRENCES.c
    found: Any = uow.execute(
        select(table.case_id).where(
            uow.scope.covers(table.organisation_id),
            table.organisation_id == series.organisation,
            table.series_id == series.id,
            table.period == period,
            table.member == member,
        )
    )
    return found.first() is not None


def add_occurrence(
    uow: UnitOfWork, series: Series, period: str, case: int, dates: tuple[date, date, date | None]
) -> None:
    """Note that `case` is the period of a series; `dates` are its start, due and lapse days."""
    starts_on, due_on, lapses_on = dates
    uow.execute(
        insert(_OCCURRENCES).values(
            case_id=case,
            organisation_id=series.organisation,
            series_id=series.id,
            period=period,
            member="",
            starts_on=starts_on,
            due_on=due_on,
            lapses_on=lapses_on,
        )
    )


def occurrences_of(
    uow: UnitOfWork, organisation: int, *, series: int | None = None, only_open: bool = False
) -> list[OccurrenceFacts]:
    """The occurrences of an organisation, or of one series, by start; only those still open if wanted."""
    table = _OCCURRENCES.c
    wanted = [uow.scope.covers(table.organisation_id), table.organisation_id == organisation]
    if series is not None:
        wanted.append(table.series_id == series)
    if only_open:
        wanted.append(_CASES.c.is_final.is_(False))
    found: Any = uow.execute(
        select(
            table.case_id,
            _CASES.c.key,
            table.organisation_id,
            table.series_id,
            table.period,
            table.starts_on,
            table.due_on,
            table.lapses_on,
            _CASES.c.state,
        )
        .join(_CASES, _CASES.c.id == table.case_id)
        .where(*wanted)
        .order_by(table.starts_on, table.case_id)
    )
    return [OccurrenceFacts(*row) for row in found]


def staff_on_roll(uow: UnitOfWork, organisation: int, day: date) -> tuple[int, ...]:
    """Who is on roll on a local day, by id; a person without dates always is."""
    table = _PEOPLE.c
    found: Any = uow.execute(
        select(table.id)
        .where(
            uow.scope.covers(table.organisation_id),
            table.organisation_id == organisation,
            or_(table.on_roll_from.is_(None), table.on_roll_from <= day),
            or_(table.on_roll_until.is_(None), table.on_roll_until >= day),
        )
        .order_by(table.id)
    )
    return tuple(row[0] for row in found)
