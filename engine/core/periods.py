"""The one grammar of period keys, and the local dates that each key stands for.

    2026-W45   2026-11   2026-11-A   2026-Q4   2026-S2   2026   2026-2027   2026-2027-T1
    2026@teachers-day   event:<id>   since:<occurrence>

The periods of a fixed rhythm are numbered without gaps, so the following one is the next number. A named day
has one period a year. An event and a completion have keys that carry no date: their day comes from their row.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from engine.core.school_year import SchoolCalendar
from engine.errors import WrongUsage

MIDDLE_OF_MONTH = 15
_YEAR = "([12][0-9]{3})"
_NODE = re.compile(_YEAR + r"@([a-z][a-z0-9]*(?:-[a-z0-9]+)*)")
_OPAQUE = re.compile(r"(event|since):(\S{1,200})")


class Frequency(StrEnum):
    """How often a duty comes up; the words are those of the duty files."""

    WEEKLY = "weekly"
    HALF_MONTHLY = "half_monthly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    EACH_TERM = "each_term"
    EACH_SCHOOL_YEAR = "each_school_year"
    NODE = "node"
    EVENT = "event"
    AFTER_COMPLETION = "after_completion"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of local days, both inclusive, under its key."""

    key: str
    frequency: Frequency
    starts: date
    ends: date

    def holds(self, day: date) -> bool:
        return self.starts <= day <= self.ends


def parse_key(key: str, school: SchoolCalendar, *, on: date | None = None) -> Period:
    """The period of a key. `on` is the day of the event or completion, which such keys need.

    Raises WrongUsage `period_key_wrong` for what is no key, `period_needs_day` for an event or completion
    without `on`, `node_unknown` for a day that the school calendar does not name.
    """
    frequency = frequency_of(key)
    if frequency in (Frequency.EVENT, Frequency.AFTER_COMPLETION):
        if on is None:
            raise WrongUsage("period_needs_day", key=key)
        return Period(key, frequency, on, on)
    if frequency is Frequency.NODE:
        year, name = key.split("@")
        return node_period(name, int(year), school)
    rhythm = _RHYTHMS[frequency]
    return rhythm.period(_number_in(rhythm, key), school)


def frequency_of(key: str) -> Frequency:
    """To which frequency a key belongs. Raises WrongUsage `period_key_wrong` for what is no key."""
    opaque = _OPAQUE.fullmatch(key)
    if opaque:
        return Frequency.EVENT if opaque[1] == "event" else Frequency.AFTER_COMPLETION
    if _NODE.fullmatch(key):
        return Frequency.NODE
    for frequency, rhythm in _RHYTHMS.items():
        if rhythm.pattern.fullmatch(key):
            _number_in(rhythm, key)
            return frequency
    raise WrongUsage("period_key_wrong", key=key)


def period_from(frequency: Frequency, day: date, school: SchoolCalendar) -> Period:
    """The period in which `day` lies, or the next one where `day` lies between two terms."""
    found = _rhythm(frequency).last_until(day, school)
    return found if found.holds(day) else following(found, school)


def following(period: Period, school: SchoolCalendar, *, count: int = 1) -> Period:
    """The `count`-th period after this one (before it if negative); of a named day, the same one years later.

    Raises WrongUsage `period_has_no_following` for an event or completion.
    """
    if period.frequency is Frequency.NODE:
        year, name = period.key.split("@")
        return node_period(name, int(year) + count, school)
    if period.frequency not in _RHYTHMS:
        raise WrongUsage("period_has_no_following", key=period.key)
    rhythm = _RHYTHMS[period.frequency]
    return rhythm.period(_number_in(rhythm, period.key) + count, school)


def periods_between(
    frequency: Frequency, first: date, last: date, school: SchoolCalendar
) -> Iterator[Period]:
    """All periods of a fixed rhythm that share a day with `first`..`last`, in order."""
    period = period_from(frequency, first, school)
    while period.starts <= last and first <= last:
        yield period
        period = following(period, school)


def node_period(name: str, year: int, school: SchoolCalendar) -> Period:
    """The named day of a calendar year, as a period of one day."""
    if name not in school.nodes:
        raise WrongUsage("node_unknown", node=name, known=sorted(school.nodes))
    day = school.node_day(name, year)
    return Period(f"{year:04}@{name}", Frequency.NODE, day, day)


def event_period(event: str, on: date) -> Period:
    """The period of an event by the id of its row; `on` is the day the event takes effect."""
    return _opaque_period("event", event, Frequency.EVENT, on)


def since_period(occurrence: str, on: date) -> Period:
    """The period that begins with the completion of `occurrence` on a day."""
    return _opaque_period("since", occurrence, Frequency.AFTER_COMPLETION, on)


def _opaque_period(kind: str, name: str, frequency: Frequency, on: date) -> Period:
    key = f"{kind}:{name}"
    if not _OPAQUE.fullmatch(key):
        raise WrongUsage("period_key_wrong", key=key)
    return Period(key, frequency, on, on)


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """A fixed rhythm: its keys, and its periods numbered without gaps.

    `number_of` reads the groups of the pattern (ValueError where there is no such period); `last_until` is
    the last period that starts on or before a day.
    """

    pattern: re.Pattern[str]
    number_of: Callable[[tuple[str, ...]], int]
    period: Callable[[int, SchoolCalendar], Period]
    last_until: Callable[[date, SchoolCalendar], Period]


def _rhythm(frequency: Frequency) -> _Rhythm:
    if frequency not in _RHYTHMS:
        raise WrongUsage("frequency_has_no_rhythm", frequency=frequency.value)
    return _RHYTHMS[frequency]


def _number_in(rhythm: _Rhythm, key: str) -> int:
    match = rhythm.pattern.fullmatch(key)
    try:
        if match:
            return rhythm.number_of(match.groups())
    except ValueError:
        pass  # such as week 53 of a year that has 52: wrong like a misspelt key
    raise WrongUsage("period_key_wrong", key=key)


def _week(number: int, _school: SchoolCalendar) -> Period:
    monday = date.fromordinal(number * 7 + 1)  # day 1 of the calendar was a Monday
    year, week, _ = monday.isocalendar()
    return Period(f"{year:04}-W{week:02}", Frequency.WEEKLY, monday, monday + timedelta(days=6))


def _week_number(groups: tuple[str, ...]) -> int:
    return date.fromisocalendar(int(groups[0]), int(groups[1]), 1).toordinal() // 7


def _half_month(number: int, _school: SchoolCalendar) -> Period:
    months, half = divmod(number, 2)
    first, last = _month_border(months, 1)
    middle = first.replace(day=MIDDLE_OF_MONTH)
    key = f"{first.year:04}-{first.month:02}-{'AB'[half]}"
    starts, ends = (middle + timedelta(days=1), last) if half else (first, middle)
    return Period(key, Frequency.HALF_MONTHLY, starts, ends)


def _half_month_number(groups: tuple[str, ...]) -> int:
    return (int(groups[0]) * 12 + int(groups[1]) - 1) * 2 + "AB".index(groups[2])


def _half_month_until(day: date, school: SchoolCalendar) -> Period:
    return _half_month((day.year * 12 + day.month - 1) * 2 + (day.day > MIDDLE_OF_MONTH), school)


def _months(frequency: Frequency, pattern: str, length: int, key: Callable[[int, int], str]) -> _Rhythm:
    """Periods of `length` months that fill the calendar year; `key` takes the year and the part, from 1."""
    parts = 12 // length

    def number_of(groups: tuple[str, ...]) -> int:
        return int(groups[0]) * parts + (int(groups[1]) - 1 if len(groups) > 1 else 0)

    def period(number: int, _school: SchoolCalendar) -> Period:
        year, part = divmod(number, parts)
        starts, ends = _month_border(number * length, length)
        return Period(key(year, part + 1), frequency, starts, ends)

    def last_until(day: date, school: SchoolCalendar) -> Period:
        return period((day.year * 12 + day.month - 1) // length, school)

    return _Rhythm(re.compile(pattern), number_of, period, last_until)


def _month_border(months: int, length: int) -> tuple[date, date]:
    """First and last day of `length` months, counted in months since year 0."""
    (year, month), (last_year, last_month) = divmod(months, 12), divmod(months + length - 1, 12)
    last_day = monthrange(last_year, last_month + 1)[1]
    return date(year, month + 1, 1), date(last_year, last_month + 1, last_day)


def _school_year(year: int, school: SchoolCalendar) -> Period:
    key = f"{year:04}-{year + 1:04}"
    return Period(key, Frequency.EACH_SCHOOL_YEAR, school.first_day(year), school.last_day(year))


def _school_year_number(groups: tuple[str, ...]) -> int:
    if int(groups[1]) != int(groups[0]) + 1:
        raise ValueError(groups)
    return int(groups[0])


def _term(number: int, school: SchoolCalendar) -> Period:
    year, part = divmod(number, 2)
    term = school.term(year, part + 1)
    return Period(f"{year:04}-{year + 1:04}-T{part + 1}", Frequency.EACH_TERM, term.starts, term.ends)


def _term_until(day: date, school: SchoolCalendar) -> Period:
    # A first term may begin shortly before its school year does, so the search begins one year ahead.
    number = (school.school_year_of(day) + 1) * 2
    while (found := _term(number, school)).starts > day:
        number -= 1
    return found


_MONTH = "-(0[1-9]|1[0-2])"
_RHYTHMS: dict[Frequency, _Rhythm] = {
    Frequency.WEEKLY: _Rhythm(
        re.compile(_YEAR + "-W([0-5][0-9])"),
        _week_number,
        _week,
        lambda day, school: _week((day.toordinal() - 1) // 7, school),
    ),
    Frequency.HALF_MONTHLY: _Rhythm(
        re.compile(_YEAR + _MONTH + "-([AB])"), _half_month_number, _half_month, _half_month_until
    ),
    Frequency.MONTHLY: _months(Frequency.MONTHLY, _YEAR + _MONTH, 1, "{:04}-{:02}".format),
    Frequency.QUARTERLY: _months(Frequency.QUARTERLY, _YEAR + "-Q([1-4])", 3, "{:04}-Q{}".format),
    Frequency.HALF_YEARLY: _months(Frequency.HALF_YEARLY, _YEAR + "-S([12])", 6, "{:04}-S{}".format),
    Frequency.YEARLY: _months(Frequency.YEARLY, _YEAR, 12, lambda year, _part: f"{year:04}"),
    Frequency.EACH_SCHOOL_YEAR: _Rhythm(
        re.compile(_YEAR + "-" + _YEAR),
        _school_year_number,
        _school_year,
        lambda day, school: _school_year(school.school_year_of(day), school),
    ),
    Frequency.EACH_TERM: _Rhythm(
        re.compile(_YEAR + "-" + _YEAR + "-T([12])"),
        lambda groups: _school_year_number(groups) * 2 + int(groups[2]) - 1,
        _term,
        _term_until,
    ),
}
