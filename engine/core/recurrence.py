"""When an occurrence of a duty opens, is due and lapses, and why: a function of period and calendars."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from engine.core.periods import Frequency, Period, following, node_period, period_from, periods_between
from engine.core.school_year import SchoolCalendar
from engine.core.workdays import NO_TIME, Span, WorkCalendar, YearStatus
from engine.errors import Fact, Facts

DAYS_A_WEEK = 7
_DATELESS = frozenset({Frequency.EVENT, Frequency.AFTER_COMPLETION})
_POINTS = _DATELESS | {Frequency.NODE}  # periods of one day, around which a duty may lie


@dataclass(frozen=True, slots=True)
class Reason:
    """One step in “why this date”: a stable code and its facts, dates as ISO text."""

    code: str
    facts: Facts


class Anchor(Protocol):
    """Where in its period a duty is due, before closed days are looked at."""

    def day_in(self, period: Period, calendar: WorkCalendar) -> tuple[date, Reason]: ...


class Edge(StrEnum):
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True)
class AtEdge:
    """The first or last day of the period, moved by an offset: the Friday of a week is its start + 4 days."""

    edge: Edge = Edge.END
    offset: Span = NO_TIME

    def day_in(self, period: Period, calendar: WorkCalendar) -> tuple[date, Reason]:
        border = period.starts if self.edge is Edge.START else period.ends
        day = self.offset.after(border, calendar)
        return day, _reason(
            f"due_from_period_{self.edge}", day, offset=self.offset.count, unit=self.offset.unit.value
        )


@dataclass(frozen=True, slots=True)
class OnMonthDay:
    """A day of the month; `month` counts from the period's first (1, 2, …) or from its last (-1, -2, …).

    A day that the month or the period does not have becomes the nearest one that it has (31 → 28 February).
    """

    day: int
    month: int = 1

    def day_in(self, period: Period, calendar: WorkCalendar) -> tuple[date, Reason]:
        year, month = _month_of(period, self.month)
        day = _within(period, date(year, month, min(self.day, monthrange(year, month)[1])))
        is_clamped = (day.month, day.day) != (month, self.day)
        code = "due_on_nearest_month_day" if is_clamped else "due_on_month_day"
        return day, _reason(code, day, wanted=self.day)


@dataclass(frozen=True, slots=True)
class OnWeekday:
    """The nth weekday (1 = Monday) of a month of the period; the last one for -1 or where there is no nth."""

    weekday: int
    nth: int = 1
    month: int = 1

    def day_in(self, period: Period, calendar: WorkCalendar) -> tuple[date, Reason]:
        year, month = _month_of(period, self.month)
        first = date(year, month, 1)
        first += timedelta(days=(self.weekday - first.isoweekday()) % DAYS_A_WEEK)
        last_nth = (monthrange(year, month)[1] - first.day) // DAYS_A_WEEK + 1
        nth = last_nth if self.nth < 0 else min(self.nth, last_nth)
        day = _within(period, first + timedelta(days=DAYS_A_WEEK * (nth - 1)))
        return day, _reason("due_on_weekday", day, weekday=self.weekday, nth=self.nth)


class ClosedDays(StrEnum):
    """What becomes of a due day on which nobody works."""

    PREVIOUS = "previous"
    NEXT = "next"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Pause:
    """Periods left out: all their months are named, or they lie in a break, or nobody works in them."""

    months: frozenset[int] = frozenset()
    in_breaks: bool = False
    without_workday: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How a duty recurs.

    `opens_before` is the lead before the due day (None: opens with the period). `grace` is how long after its
    period and due day an occurrence can still be held before it lapses. Neither is negative. `every` takes
    each nth period (from 1). `nodes` are the named days of a duty of frequency `node`.
    """

    frequency: Frequency
    anchor: Anchor = AtEdge()
    closed_days: ClosedDays = ClosedDays.PREVIOUS
    opens_before: Span | None = None
    grace: Span = NO_TIME
    pause: Pause = Pause()
    every: int = 1
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dates:
    """Local days: opens_on <= due_on <= lapses_on; `why` explains them step by step, `steps` the due day alone."""

    opens_on: date
    due_on: date
    lapses_on: date
    is_paused: bool
    why: tuple[Reason, ...]
    steps: tuple[Reason, ...] = ()


def occurrence_dates(
    recurrence: Recurrence, period: Period, calendar: WorkCalendar, school: SchoolCalendar
) -> Dates:
    """The dates of the occurrence of one period. They never go back from one period to the next."""
    anchored, anchor_reason = recurrence.anchor.day_in(period, calendar)
    due, moved = _off_closed_days(anchored, recurrence.closed_days, period, calendar)
    opens, opening = _opening(recurrence, period, due, calendar)
    lapses = recurrence.grace.after(max(due, period.ends), calendar)
    paused = _pause_reasons(recurrence.pause, period, calendar, school)
    why = (anchor_reason, *moved, opening, *_doubts(due, calendar), *paused)
    return Dates(opens, due, lapses, bool(paused), why, (anchor_reason, *moved))


def next_period(recurrence: Recurrence, after: Period, school: SchoolCalendar) -> Period | None:
    """The period of the duty after `after`; None for events and completions, which come by themselves."""
    if recurrence.frequency in _DATELESS:
        return None
    if recurrence.frequency is Frequency.NODE:
        later = _nodes_of(recurrence, after.starts.year, after.starts.year + 1, school)
        return min((found for found in later if _order(found) > _order(after)), key=_order, default=None)
    return following(after, school, count=recurrence.every)


def periods_of(
    recurrence: Recurrence, first: date, last: date, school: SchoolCalendar, *, since: Period | None = None
) -> tuple[Period, ...]:
    """The periods of the duty that share a day with `first`..`last`, in order.

    `since` is the first period of the series: none comes before it, and each nth is counted from it.
    """
    if recurrence.frequency in _DATELESS or last < first:
        return ()
    if recurrence.frequency is Frequency.NODE:
        nodes = _nodes_of(recurrence, first.year, last.year, school)
        inside = (found for found in nodes if first <= found.starts <= last)
        return tuple(sorted((found for found in inside if _is_since(found, since)), key=_order))
    if since is None or recurrence.every == 1:
        start = first if since is None else max(first, since.starts)
        return tuple(periods_between(recurrence.frequency, start, last, school))
    return _every_nth(since, recurrence.every, first, last, school)


def first_period(recurrence: Recurrence, day: date, school: SchoolCalendar) -> Period | None:
    """The period in which `day` lies, or the next one: where a series that starts on `day` begins."""
    if recurrence.frequency in _DATELESS:
        return None
    if recurrence.frequency is Frequency.NODE:
        nodes = _nodes_of(recurrence, day.year, day.year + 1, school)
        return min((found for found in nodes if found.starts >= day), key=_order, default=None)
    return period_from(recurrence.frequency, day, school)


def _every_nth(
    since: Period, every: int, first: date, last: date, school: SchoolCalendar
) -> tuple[Period, ...]:
    found = []
    period = since
    while period.starts <= last:
        if period.ends >= first:
            found.append(period)
        period = following(period, school, count=every)
    return tuple(found)


def _nodes_of(recurrence: Recurrence, first: int, last: int, school: SchoolCalendar) -> list[Period]:
    return [
        node_period(name, year, school) for name in recurrence.nodes for year in range(first - 1, last + 2)
    ]


def _order(period: Period) -> tuple[date, str]:
    return period.starts, period.key


def _is_since(period: Period, since: Period | None) -> bool:
    return since is None or _order(period) >= _order(since)


def _off_closed_days(
    day: date, policy: ClosedDays, period: Period, calendar: WorkCalendar
) -> tuple[date, tuple[Reason, ...]]:
    """Move a due day off closed days; a day inside a stretch of days is not moved back out of it."""
    if policy is ClosedDays.NONE or calendar.is_workday(day):
        return day, ()
    after = calendar.next_workday(day, including=True)
    before = calendar.previous_workday(day, including=True)
    if policy is ClosedDays.NEXT:
        return after, (_reason("moved_after_closed_days", after, planned=day.isoformat()),)
    is_inside = period.frequency not in _POINTS and period.holds(day)
    if not is_inside or period.holds(before):
        return before, (_reason("moved_before_closed_days", before, planned=day.isoformat()),)
    if period.holds(after):
        return after, (_reason("moved_inside_period", after, planned=day.isoformat()),)
    return day, (_reason("kept_without_workday", day),)


def _opening(
    recurrence: Recurrence, period: Period, due: date, calendar: WorkCalendar
) -> tuple[date, Reason]:
    if recurrence.opens_before is None:
        opens = min(period.starts, due)
        return opens, Reason("opens_with_period", {"day": opens.isoformat()})
    opens = recurrence.opens_before.before(due, calendar)
    lead = recurrence.opens_before
    return opens, _reason("opens_before_due", opens, lead=lead.count, unit=lead.unit.value)


def _doubts(due: date, calendar: WorkCalendar) -> tuple[Reason, ...]:
    """A due day in a year without a confirmed calendar may still change (it is then announced)."""
    status = calendar.status(due.year)
    if status is YearStatus.CONFIRMED:
        return ()
    return (Reason("calendar_not_confirmed", {"year": due.year, "status": status.value}),)


def _pause_reasons(
    pause: Pause, period: Period, calendar: WorkCalendar, school: SchoolCalendar
) -> tuple[Reason, ...]:
    reasons = []
    if pause.months and _months_in(period) <= pause.months:
        reasons.append(Reason("paused_in_month", {"months": sorted(_months_in(period))}))
    found = school.break_on(period.starts) if pause.in_breaks else None
    if found and period.ends <= found.ends:
        reasons.append(Reason("paused_in_break", {"break": found.kind.value}))
    if pause.without_workday and calendar.next_workday(period.starts, including=True) > period.ends:
        reasons.append(Reason("paused_without_workday", {}))
    return tuple(reasons)


def _months_in(period: Period) -> frozenset[int]:
    first = period.starts.year * 12 + period.starts.month
    last = period.ends.year * 12 + period.ends.month
    return frozenset((month - 1) % 12 + 1 for month in range(first, last + 1))


def _month_of(period: Period, month: int) -> tuple[int, int]:
    """Year and month of the period's nth month, from its end for a negative n."""
    border, steps = (period.starts, month - 1) if month > 0 else (period.ends, month + 1)
    year, zero_based = divmod(border.year * 12 + border.month - 1 + steps, 12)
    return year, zero_based + 1


def _within(period: Period, day: date) -> date:
    if period.frequency in _POINTS:
        return day
    return max(period.starts, min(day, period.ends))


def _reason(code: str, day: date, **facts: Fact) -> Reason:
    return Reason(code, {"day": day.isoformat(), **facts})
