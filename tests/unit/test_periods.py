"""Period keys: one grammar, read and written alike, and periods without gaps or overlaps."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.calendar_files import read_school
from engine.core.periods import (
    Frequency,
    Period,
    event_period,
    following,
    frequency_of,
    node_period,
    parse_key,
    period_from,
    periods_between,
    since_period,
)
from engine.core.yaml_text import load
from engine.errors import WrongUsage

FILE = Path(__file__).parents[2] / "workflows" / "calendars" / "school.yaml"
SCHOOL = read_school(load(FILE.read_text(encoding="utf-8"), FILE.name))
GAPLESS = [
    Frequency.WEEKLY,
    Frequency.HALF_MONTHLY,
    Frequency.MONTHLY,
    Frequency.QUARTERLY,
    Frequency.HALF_YEARLY,
    Frequency.YEARLY,
    Frequency.EACH_SCHOOL_YEAR,
]
FIXED = [*GAPLESS, Frequency.EACH_TERM]
ONE_DAY = timedelta(days=1)

days = st.dates(date(1950, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("key", "frequency", "starts", "ends"),
    [
        ("2026-W45", Frequency.WEEKLY, date(2026, 11, 2), date(2026, 11, 8)),
        ("2026-W01", Frequency.WEEKLY, date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", Frequency.WEEKLY, date(2026, 12, 28), date(2027, 1, 3)),
        ("2026-11", Frequency.MONTHLY, date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-12", Frequency.MONTHLY, date(2026, 12, 1), date(2026, 12, 31)),
        ("2024-02", Frequency.MONTHLY, date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-11-A", Frequency.HALF_MONTHLY, date(2026, 11, 1), date(2026, 11, 15)),
        ("2024-02-B", Frequency.HALF_MONTHLY, date(2024, 2, 16), date(2024, 2, 29)),
        ("2026-Q4", Frequency.QUARTERLY, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-S2", Frequency.HALF_YEARLY, date(2026, 7, 1), date(2026, 12, 31)),
        ("2026", Frequency.YEARLY, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-2027", Frequency.EACH_SCHOOL_YEAR, date(2026, 9, 1), date(2027, 8, 31)),
        ("2026-2027-T1", Frequency.EACH_TERM, date(2026, 9, 1), date(2027, 1, 22)),
        ("2025-2026-T2", Frequency.EACH_TERM, date(2026, 3, 2), date(2026, 7, 10)),
        ("2026@teachers-day", Frequency.NODE, date(2026, 9, 10), date(2026, 9, 10)),
        ("2026@before-winter-break", Frequency.NODE, date(2026, 1, 30), date(2026, 1, 30)),
    ],
)
def test_a_key_stands_for_its_days(key, frequency, starts, ends):
    assert parse_key(key, SCHOOL) == Period(key, frequency, starts, ends)


@pytest.mark.parametrize(
    "key",
    ["", "26-11", "2026-13", "2026-00", "2026-1", "2026-W00", "2026-W54", "2025-W53", "2026-w45", "2026-Q5",
     "2026-Q0", "2026-S3", "2026-11-C", "2026-2028", "2027-2026", "2026-2027-T3", "2026@", "2026@Teachers",
     " 2026", "2026\n", "0000", "２０２６", "event:", "event:a b", "since:", "11月"],
)  # fmt: skip
def test_what_is_no_key_is_refused(key):
    with pytest.raises(WrongUsage) as caught:
        parse_key(key, SCHOOL)
    assert caught.value.code == "period_key_wrong"


def test_a_day_without_a_name_is_refused_with_the_names_there_are():
    with pytest.raises(WrongUsage) as caught:
        parse_key("2026@childrens-day", SCHOOL)
    assert caught.value.code == "node_unknown"
    assert "teachers-day" in caught.value.facts["known"]


def test_an_event_takes_its_day_from_its_row():
    expected = Period("event:17", Frequency.EVENT, date(2026, 5, 4), date(2026, 5, 4))
    assert event_period("17", date(2026, 5, 4)) == expected
    assert parse_key("event:17", SCHOOL, on=date(2026, 5, 4)) == expected
    with pytest.raises(WrongUsage):
        parse_key("event:17", SCHOOL)


def test_a_completion_takes_its_day_from_its_row():
    period = since_period("branch-election/2023", date(2026, 5, 4))
    assert period.key == "since:branch-election/2023"
    assert frequency_of(period.key) == Frequency.AFTER_COMPLETION
    assert parse_key(period.key, SCHOOL, on=date(2026, 5, 4)) == period


def test_nothing_follows_an_event():
    with pytest.raises(WrongUsage):
        following(event_period("17", date(2026, 5, 4)), SCHOOL)


def test_a_named_day_is_followed_by_that_of_the_next_year():
    assert following(node_period("teachers-day", 2026, SCHOOL), SCHOOL).key == "2027@teachers-day"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("2026-12", "2027-01"),
        ("2026-12-B", "2027-01-A"),
        ("2026-Q4", "2027-Q1"),
        ("2026-S2", "2027-S1"),
        ("2026-W53", "2027-W01"),
        ("2025-W52", "2026-W01"),
        ("2026-2027-T1", "2026-2027-T2"),
        ("2026-2027-T2", "2027-2028-T1"),
        ("2026-2027", "2027-2028"),
        ("2026", "2027"),
    ],
)
def test_nothing_stops_at_the_end_of_a_year(key, expected):
    assert following(parse_key(key, SCHOOL), SCHOOL).key == expected
    assert following(parse_key(expected, SCHOOL), SCHOOL, count=-1).key == key


@given(st.sampled_from(GAPLESS), days)
def test_keys_round_trip(frequency, day):
    period = period_from(frequency, day, SCHOOL)
    assert period.holds(day)
    assert frequency_of(period.key) == frequency
    assert parse_key(period.key, SCHOOL) == period


@given(st.sampled_from(FIXED), days)
def test_the_next_period_at_or_after_a_day_round_trips(frequency, day):
    period = period_from(frequency, day, SCHOOL)
    assert period.ends >= day
    assert following(period, SCHOOL, count=-1).ends < day
    assert parse_key(period.key, SCHOOL) == period


@pytest.mark.parametrize("frequency", GAPLESS)
def test_periods_follow_without_gap_or_overlap_for_ten_years(frequency):
    found = list(periods_between(frequency, date(2020, 1, 1), date(2030, 12, 31), SCHOOL))
    assert [a.key for a, b in pairwise(found) if b.starts != a.ends + ONE_DAY] == []
    assert found[0].starts <= date(2020, 1, 1)
    assert found[-1].ends >= date(2030, 12, 31)
    assert len({period.key for period in found}) == len(found)


def test_terms_follow_in_order_with_the_breaks_between_them():
    found = list(periods_between(Frequency.EACH_TERM, date(2020, 1, 1), date(2030, 12, 31), SCHOOL))
    assert [a.key for a, b in pairwise(found) if b.starts <= a.ends] == []
    assert len(found) == 23  # the first term of 2019–2020 to that of 2030–2031


def test_a_day_in_a_break_lies_in_no_term():
    summer = date(2026, 8, 1)
    terms = periods_between(Frequency.EACH_TERM, date(2025, 9, 1), date(2027, 6, 30), SCHOOL)
    assert [term.key for term in terms if term.holds(summer)] == []
    assert period_from(Frequency.EACH_TERM, summer, SCHOOL).key == "2026-2027-T1"


def test_a_stretch_that_ends_before_it_begins_has_no_periods():
    assert list(periods_between(Frequency.MONTHLY, date(2026, 5, 2), date(2026, 5, 1), SCHOOL)) == []


def test_a_stretch_of_one_day_has_one_period():
    found = periods_between(Frequency.QUARTERLY, date(2026, 5, 2), date(2026, 5, 2), SCHOOL)
    assert [period.key for period in found] == ["2026-Q2"]


def test_events_have_no_rhythm():
    with pytest.raises(WrongUsage):
        period_from(Frequency.EVENT, date(2026, 5, 2), SCHOOL)
