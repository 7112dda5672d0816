"""Working days: which days an office works, and arithmetic that counts only those."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

SATURDAY = 5
ONE_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""No day of this program lies outside: what does was mistyped, and could not be counted from."""
_TYPED = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?", re.ASCII)


def read_day(value: object) -> date | None:
    """What somebody said as a day (`2026-03-02`); None where it is none, or none that can be meant."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if is_in_reach(day) else None


def typed_day(word: str) -> date | None:
    """A day as people type it: year, month and day in this order, with anything between them."""
    found = _TYPED.fullmatch(word.strip())
    return read_day("-".join(part.zfill(2) for part in found.groups()) if found else word.strip())


def is_in_reach(day: date) -> bool:
    return FIRST_YEAR <= day.year <= LAST_YEAR


class YearStatus(StrEnum):
    """How sure the days of a year are: noticed officially, guessed by us, or not known at all."""

    CONFIRMED = "confirmed"
    PROVISIONAL = "provisional"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What one year changes about plain weekends: weekdays off and weekend days worked."""

    year: int
    status: YearStatus
    source: str = ""
    off: frozenset[date] = frozenset()
    makeup: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working days of an organisation; a year that is not in it has weekends off only."""

    version: str
    years: Mapping[int, CalendarYear] = field(default_factory=dict, hash=False)

    def is_workday(self, day: date) -> bool:
        known = self.years.get(day.year)
        if day.weekday() >= SATURDAY:
            return known is not None and day in known.makeup
        return known is None or day not in known.off

    def status(self, year: int) -> YearStatus:
        known = self.years.get(year)
        return YearStatus.UNKNOWN if known is None else known.status

    def next_workday(self, day: date, *, including: bool) -> date:
        """The first working day after `day`, or `day` itself if it is one and counts (`including`)."""
        return self._walk(day, ONE_DAY, including=including)

    def previous_workday(self, day: date, *, including: bool) -> date:
        return self._walk(day, -ONE_DAY, including=including)

    def add_workdays(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (before it if negative); `day` itself is never counted.

        Zero answers `day` unchanged, also when it is closed.
        """
        step = ONE_DAY if count > 0 else -ONE_DAY
        for _ in range(abs(count)):
            day = self._walk(day, step, including=False)
        return day

    def _walk(self, day: date, step: timedelta, *, including: bool) -> date:
        if not including:
            day += step
        while not self.is_workday(day):
            day += step
        return day


class Unit(StrEnum):
    DAYS = "days"
    WORKDAYS = "workdays"


@dataclass(frozen=True, slots=True)
class Span:
    """A signed stretch of time in whole days; working days are a unit of their own (law 9)."""

    count: int
    unit: Unit = Unit.DAYS

    def after(self, day: date, calendar: WorkCalendar) -> date:
        """The day that lies this span after `day` (before it for a negative count)."""
        if self.unit is Unit.WORKDAYS:
            return calendar.add_workdays(day, self.count)
        return day + timedelta(days=self.count)

    def before(self, day: date, calendar: WorkCalendar) -> date:
        return Span(-self.count, self.unit).after(day, calendar)


NO_TIME = Span(0)
