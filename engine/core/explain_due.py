"""Why a date is what it is, line by line, from what its event kept: basis, start, rule, closed days, and the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from engine.core.counting import off_closed_days
from engine.core.deadlines import add_months
from engine.core.recurrence import Reason
from engine.core.workdays import ONE_DAY, SATURDAY, WorkCalendar, YearStatus

ON_WORKDAYS = ("workdays", "closed_day")


def explain_due(facts: Mapping[str, Any], calendar: WorkCalendar) -> tuple[Reason, ...]:
    """The lines of one `deadline_set`, the basis first and the day last.

    `calendar` is today's: where it is no longer the one that was counted by and would say another day, the
    last line tells both, because a date that was set is never moved by a calendar alone (law 7). What an event
    of an older version does not keep is not made up.
    """
    due = _day(facts.get("due_on"))
    if due is None:
        return (Reason("due_not_set", {}),)
    basis, since = facts.get("basis"), _day(facts.get("counted_from"))
    if not basis:
        return (Reason("due_basis_unknown", {}), _result(due))
    lines = [Reason(f"due_basis_{basis}", {"since": since.isoformat() if since else None})]
    rule: Mapping[str, Any] = facts.get("rule") or {}
    if since is not None and facts.get("steps"):
        lines += [Reason(step["code"], step["facts"]) for step in facts["steps"]]
        return (*lines, *_calendar_lines(facts, calendar, since, due), _result(due))
    if since is None or not rule:
        return (*lines, _result(due))
    steps = _Count(since, calendar)
    lines += list(steps.by(rule))
    if any(rule.get(name) for name in ON_WORKDAYS):
        lines += list(_calendar_lines(facts, calendar, since, due))
    return (*lines, _result(due) if steps.day == due else _kept(due, steps.day))


class _Count:
    """A count that walks from its start, telling each step."""

    def __init__(self, start: date, calendar: WorkCalendar) -> None:
        self.day = start
        self._calendar = calendar

    def by(self, rule: Mapping[str, Any]) -> Iterator[Reason]:
        yield from self._months(int(rule.get("months", 0)))
        yield from self._days(int(rule.get("days", 0)))
        yield from self._workdays(int(rule.get("workdays", 0)))
        yield from self._off_closed_days(str(rule.get("closed_day", "none")))
        yield from self._months(int(rule.get("then_months", 0)))

    def _months(self, count: int) -> Iterator[Reason]:
        if not count:
            return
        wanted, self.day = self.day.day, add_months(self.day, count)
        yield Reason("due_plus_months", {"months": count, "day": self.day.isoformat()})
        if self.day.day != wanted:
            yield Reason("due_at_month_end", {"wanted": wanted, "day": self.day.isoformat()})

    def _days(self, count: int) -> Iterator[Reason]:
        if count:
            self.day += timedelta(days=count)
            code = "due_plus_days" if count > 0 else "due_minus_days"
            yield Reason(code, {"days": abs(count), "day": self.day.isoformat()})

    def _workdays(self, count: int) -> Iterator[Reason]:
        """Every closed day on the way, and every weekend day that is worked, stands on a line of its own."""
        if not count:
            return
        left = count
        while left:
            self.day += ONE_DAY
            if self._calendar.is_workday(self.day):
                left -= 1
                if self.day.weekday() >= SATURDAY:
                    yield _on("due_counts_makeup_day", self.day)
            else:
                code = "due_skips_weekend" if self.day.weekday() >= SATURDAY else "due_skips_holiday"
                yield _on(code, self.day)
        yield Reason("due_plus_workdays", {"workdays": count, "day": self.day.isoformat()})

    def _off_closed_days(self, way: str) -> Iterator[Reason]:
        planned, self.day = self.day, off_closed_days(self.day, way, self._calendar)
        if planned != self.day:
            code = "moved_after_closed_days" if way == "next" else "moved_before_closed_days"
            yield Reason(code, {"planned": planned.isoformat(), "day": self.day.isoformat()})


def _calendar_lines(
    facts: Mapping[str, Any], calendar: WorkCalendar, since: date, due: date
) -> Iterator[Reason]:
    """Which calendar it was counted by, and each year of which the holidays are not noticed yet."""
    counted_by = str(facts.get("calendar") or "")
    yield Reason("due_by_calendar", {"calendar": counted_by, "now": calendar.version})
    for year in range(since.year, due.year + 1):
        if calendar.status(year) is not YearStatus.CONFIRMED:
            yield Reason("calendar_not_confirmed", {"year": year, "status": calendar.status(year).value})
        else:
            yield Reason("due_calendar_source", {"year": year, "source": calendar.years[year].source})


def _result(due: date) -> Reason:
    return Reason("due_is", {"day": due.isoformat(), "weekday": str(due.isoweekday())})


def _kept(due: date, counted: date) -> Reason:
    """The date as it was set, where the calendar of today would count another day."""
    return Reason(
        "due_was_kept",
        {"day": due.isoformat(), "weekday": str(due.isoweekday()), "counted": counted.isoformat()},
    )


def _on(code: str, day: date) -> Reason:
    return Reason(code, {"day": day.isoformat(), "weekday": str(day.isoweekday())})


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None
