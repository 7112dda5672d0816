"""The school year: terms with dates of their own, usual terms where none are given, breaks between them."""

from datetime import date
from pathlib import Path

import pytest

from engine.core.calendar_files import read_school
from engine.core.school_year import Break, BreakKind, MonthDay, SchoolCalendar, Term
from engine.core.workdays import YearStatus
from engine.core.yaml_text import load
from engine.errors import DefinitionError

FILE = Path(__file__).parents[2] / "workflows" / "calendars" / "school.yaml"
TEXT = FILE.read_text(encoding="utf-8")
SCHOOL = read_school(load(TEXT, FILE.name))


def test_a_term_with_dates_is_confirmed():
    expected = Term(2025, 2, date(2026, 3, 2), date(2026, 7, 10), YearStatus.CONFIRMED)
    assert SCHOOL.term(2025, 2) == expected


def test_a_term_without_dates_takes_the_usual_ones_as_provisional():
    assert SCHOOL.term(2031, 1) == Term(2031, 1, date(2031, 9, 1), date(2032, 1, 25), YearStatus.PROVISIONAL)
    assert SCHOOL.term(2031, 2) == Term(2031, 2, date(2032, 2, 24), date(2032, 7, 5), YearStatus.PROVISIONAL)


def test_the_school_year_turns_on_the_first_of_september():
    assert SCHOOL.school_year_of(date(2026, 8, 31)) == 2025
    assert SCHOOL.school_year_of(date(2026, 9, 1)) == 2026
    assert (SCHOOL.first_day(2026), SCHOOL.last_day(2026)) == (date(2026, 9, 1), date(2027, 8, 31))


def test_breaks_are_what_lies_between_terms():
    assert SCHOOL.break_on(date(2026, 2, 14)) == Break(BreakKind.WINTER, date(2026, 1, 31), date(2026, 3, 1))
    assert SCHOOL.break_on(date(2026, 8, 1)) == Break(BreakKind.SUMMER, date(2026, 7, 11), date(2026, 8, 31))
    assert SCHOOL.break_on(date(2026, 3, 2)) is None


def test_summer_break_holds_the_first_days_of_september_before_a_late_start():
    assert SCHOOL.break_on(date(2024, 9, 1)).kind == BreakKind.SUMMER


def test_named_days_are_days_of_the_year_or_edges_of_terms():
    assert SCHOOL.node_day("teachers-day", 2026) == date(2026, 9, 10)
    assert SCHOOL.node_day("before-winter-break", 2026) == date(2026, 1, 30)
    assert SCHOOL.node_day("before-summer-break", 2026) == date(2026, 7, 10)


def test_the_last_of_february_is_a_day_of_every_year():
    assert MonthDay(2, 29).in_year(2027) == date(2027, 2, 28)


def test_without_a_file_there_are_terms_too():
    assert SchoolCalendar("none").term(2026, 1).starts == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2025-09-01..2026-01-30", "2026-01-30..2025-09-01", "term_ends_before_it_begins"),
        ("2026-03-02..2026-07-10", "2026-01-02..2026-07-10", "terms_overlap"),
        ("2024-09-02..2025-01-17", "2023-09-02..2025-01-17", "term_outside_school_year"),
        ("2026-03-02..2026-07-10", "2026-02-30..2026-07-10", "calendar_day_wrong"),
        ("2026-03-02..2026-07-10", "2026-03-02", "calendar_range_wrong"),
        ("  2025-2026:\n    status", "  2025-2027:\n    status", "school_year_wrong"),
        ("teachers-day: 09-10", "teachers-day: 09-31", "calendar_day_wrong"),
        ("teachers-day: 09-10", "teachers-day: term3_ends", "calendar_day_wrong"),
        ("teachers-day: 09-10", "Teachers: 09-10", "node_name_wrong"),
        ("year_starts: 09-01", "year_begins: 09-01", "field_unknown"),
    ],
)
def test_a_wrong_school_calendar_is_refused_with_its_line(old, new, expected):
    with pytest.raises(DefinitionError) as caught:
        read_school(load(TEXT.replace(old, new), "school.yaml"))
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    assert (expected, line) in [(problem.code, problem.line) for problem in caught.value.problems]
