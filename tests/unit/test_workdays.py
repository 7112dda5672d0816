"""Working days are what the State Council says, and the arithmetic on them agrees with counting."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.calendar_files import read_calendar
from engine.core.workdays import Span, Unit, WorkCalendar, YearStatus
from engine.core.yaml_text import load
from engine.errors import DefinitionError

FILE = Path(__file__).parents[2] / "workflows" / "calendars" / "china.yaml"
CHINA = read_calendar(load(FILE.read_text(encoding="utf-8"), FILE.name))
KNOWN_DAYS = [
    date(2015, 1, 1) + timedelta(days=n) for n in range((date(2026, 12, 31) - date(2015, 1, 1)).days + 1)
]
PLAIN = WorkCalendar("plain")

days = st.dates(date(2014, 1, 1), date(2028, 12, 31))


def test_every_day_agrees_with_chinesecalendar():
    different = [day for day in KNOWN_DAYS if CHINA.is_workday(day) != chinese_calendar.is_workday(day)]
    assert different == []


def test_every_day_agrees_with_holidays():
    official = holidays.country_holidays("CN", years=range(2015, 2027))
    different = [day for day in KNOWN_DAYS if CHINA.is_workday(day) != official.is_working_day(day)]
    assert different == []


def test_all_years_of_the_file_are_confirmed_and_name_their_notice():
    assert sorted(CHINA.years) == list(range(2015, 2027))
    assert {year.status for year in CHINA.years.values()} == {YearStatus.CONFIRMED}
    assert [year.year for year in CHINA.years.values() if "发明电" not in year.source] == []


def test_a_year_that_no_notice_covers_has_weekends_off_only():
    assert CHINA.status(2027) == YearStatus.UNKNOWN
    assert CHINA.is_workday(date(2027, 10, 1))
    assert not CHINA.is_workday(date(2027, 10, 2))


def test_make_up_saturday_counts_as_the_next_working_day():
    assert CHINA.next_workday(date(2026, 10, 9), including=False) == date(2026, 10, 10)


def test_national_day_is_seven_closed_days_long():
    closed = [day for day in range(1, 32) if not CHINA.is_workday(date(2026, 10, day))]
    assert closed[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert CHINA.next_workday(date(2026, 10, 1), including=True) == date(2026, 10, 8)


def test_spring_festival_is_jumped_over():
    assert CHINA.add_workdays(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert CHINA.add_workdays(date(2026, 2, 14), 1) == date(2026, 2, 24)
    assert CHINA.add_workdays(date(2026, 2, 24), -2) == date(2026, 2, 13)


def test_zero_working_days_leave_a_closed_day_alone():
    assert CHINA.add_workdays(date(2026, 10, 1), 0) == date(2026, 10, 1)


def test_a_span_of_days_and_one_of_working_days_differ_over_a_weekend():
    friday = date(2026, 3, 6)
    assert Span(3).after(friday, CHINA) == date(2026, 3, 9)
    assert Span(3, Unit.WORKDAYS).after(friday, CHINA) == date(2026, 3, 11)
    assert Span(3, Unit.WORKDAYS).before(date(2026, 3, 11), CHINA) == friday


@given(days)
def test_next_workday_is_the_nearest_open_day_after(day):
    found = CHINA.next_workday(day, including=False)
    assert found > day
    assert CHINA.is_workday(found)
    assert not any(CHINA.is_workday(day + timedelta(days=n)) for n in range(1, (found - day).days))


@given(days)
def test_including_changes_nothing_on_closed_days_and_everything_on_open_ones(day):
    expected = day if CHINA.is_workday(day) else CHINA.next_workday(day, including=False)
    assert CHINA.next_workday(day, including=True) == expected


@given(days)
def test_previous_workday_mirrors_next_workday(day):
    back = CHINA.previous_workday(day, including=False)
    assert back < day
    assert CHINA.next_workday(back, including=False) >= day


@given(days, st.integers(1, 60))
def test_adding_working_days_agrees_with_looking_at_every_day(day, count):
    end = CHINA.add_workdays(day, count)
    looked_at = sum(CHINA.is_workday(day + timedelta(days=n)) for n in range(1, (end - day).days + 1))
    assert (looked_at, CHINA.is_workday(end)) == (count, True)


@given(days, st.integers(1, 60))
def test_subtracting_working_days_agrees_with_looking_at_every_day(day, count):
    start = CHINA.add_workdays(day, -count)
    looked_at = sum(CHINA.is_workday(start + timedelta(days=n)) for n in range((day - start).days))
    assert (looked_at, CHINA.is_workday(start)) == (count, True)


@given(days, st.integers(0, 400))
def test_a_plain_calendar_has_five_working_days_a_week(day, weeks):
    monday = day - timedelta(days=day.weekday())
    assert PLAIN.add_workdays(monday, 5 * weeks) == monday + timedelta(weeks=weeks)


HEAD = 'calendar: x\nversion: "1"\nyears:\n  2026:\n'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    status: sure\n    source: s\n    closed: []\n    makeup: []\n", [("calendar_status_wrong", 5)]),
        ("    status: confirmed\n    closed: []\n    makeup: []\n", [("field_missing", 4)]),
        (
            "    status: confirmed\n    source: s\n    closed: [02-30]\n    makeup: []\n",
            [("calendar_day_wrong", 7)],
        ),
        (
            "    status: confirmed\n    source: s\n    closed: [2-3]\n    makeup: []\n",
            [("calendar_day_wrong", 7)],
        ),
        (
            "    status: confirmed\n    source: s\n    closed: 01-01\n    makeup: []\n",
            [("field_not_a_list", 7)],
        ),
        (
            "    status: confirmed\n    source: s\n    closed: [10-07..10-01]\n    makeup: []\n",
            [("calendar_range_backwards", 7)],
        ),
        (
            "    status: confirmed\n    source: s\n    closed: [10-01..10-07]\n    makeup: [10-03]\n",
            [("calendar_day_off_and_worked", 8)],
        ),
        (
            "    status: confirmed\n    source: s\n    closed: []\n    makeup: [10-09]\n",
            [("calendar_makeup_not_weekend", 8)],
        ),
        (
            "    status: confirmed\n    source: s\n    closed: []\n    makeup: []\n    note: x\n",
            [("field_unknown", 9)],
        ),
    ],
)
def test_a_wrong_calendar_names_the_line_of_each_problem(body, expected):
    with pytest.raises(DefinitionError) as caught:
        read_calendar(load(HEAD + body, "x.yaml"))
    assert [(problem.code, problem.line) for problem in caught.value.problems] == expected


def test_a_calendar_for_no_year_is_refused():
    text = HEAD.replace("2026", "next") + "    status: confirmed\n"
    with pytest.raises(DefinitionError) as caught:
        read_calendar(load(text, "x.yaml"))
    assert [problem.code for problem in caught.value.problems] == ["calendar_year_wrong"]


def test_a_list_is_no_calendar():
    with pytest.raises(DefinitionError):
        read_calendar(load("- 1\n", "x.yaml"))
