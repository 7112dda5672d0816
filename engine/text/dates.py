"""Dates as the office says them: day, weekday and how long is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from engine.text.books import words


def day_words(day: date, today: date | None = None) -> str:
    """A local date; the year is left out when it is the one of `today`."""
    form = "day" if today is not None and today.year == day.year else "day_of_year"
    return _said(form, year=day.year, month=day.month, day=day.day)


def weekday_words(day: date) -> str:
    return _said(f"weekday_{day.weekday()}")


def left_words(days_left: int) -> str:
    """How long is left in days; a negative number is late by that many."""
    if days_left == 0:
        return _said("due_today")
    return _said("days_left", days=days_left) if days_left > 0 else _said("late", days=-days_left)


def due_words(due_on: date, today: date) -> str:
    """Day, weekday, and how long is left: the one form in which a deadline is told."""
    parts = (day_words(due_on, today), weekday_words(due_on), left_words((due_on - today).days))
    return _said("comma").join(parts)


def period_words(period: str, today: date | None = None) -> str:
    """A period key (`2026-11`, `2026-Q4`, `2026-2027-T1` …) in words; a key without a form stays as it is.

    Months and quarters of the year of `today` are told without the year.
    """
    for form, pattern in _PERIODS:
        match = re.fullmatch(pattern, period)
        if match is None:
            continue
        facts = dict(_facts(match))
        short = today is not None and facts.get("year") == today.year and words("dates", f"{form}_this_year")
        return _said(f"{form}_this_year" if short else form, **facts)
    return period


_YEAR = r"(?P<year>\d{4})"
_PERIODS = (
    ("period_week", _YEAR + r"-W(?P<number>\d{2})"),
    ("period_month", _YEAR + r"-(?P<number>0[1-9]|1[0-2])"),
    ("period_first_half_month", _YEAR + r"-(?P<number>0[1-9]|1[0-2])-A"),
    ("period_second_half_month", _YEAR + r"-(?P<number>0[1-9]|1[0-2])-B"),
    ("period_quarter", _YEAR + r"-Q(?P<number>[1-4])"),
    ("period_first_half", _YEAR + r"-S1"),
    ("period_second_half", _YEAR + r"-S2"),
    ("period_year", _YEAR),
    ("period_school_year", _YEAR + r"-(?P<until>\d{4})"),
    ("period_first_term", _YEAR + r"-(?P<until>\d{4})-T1"),
    ("period_second_term", _YEAR + r"-(?P<until>\d{4})-T2"),
)


def _facts(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    return ((name, int(value)) for name, value in match.groupdict().items())


def _said(form: str, **facts: int) -> str:
    return (words("dates", form) or form).format(**facts)
