"""When duties are due: every frequency, month ends, closed days, pauses, and the reasons given."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from dateutil.rrule import DAILY, MO, MONTHLY, WEEKLY, YEARLY, rrule
from dateutil.rrule import FR as FRIDAY
from hypothesis import given
from hypothesis import strategies as st

from engine.core.calendar_files import read_calendar, read_school
from engine.core.periods import Frequency, event_period, node_period, parse_key
from engine.core.recurrence import (
    AtEdge,
    ClosedDays,
    Edge,
    OnMonthDay,
    OnWeekday,
    Pause,
    Recurrence,
    first_period,
    next_period,
    occurrence_dates,
    periods_of,
)
from engine.core.workdays import Span, Unit
from engine.core.yaml_text import load

FILES = Path(__file__).parents[2] / "workflows" / "calendars"
CHINA = read_calendar(load((FILES / "china.yaml").read_text(encoding="utf-8"), "china.yaml"))
SCHOOL = read_school(load((FILES / "school.yaml").read_text(encoding="utf-8"), "school.yaml"))
ANY_DAY = ClosedDays.NONE
FIVE_WORKDAYS = Span(5, Unit.WORKDAYS)

MONTHLY_DUTY = Recurrence(Frequency.MONTHLY)
NODES = Recurrence(
    Frequency.NODE,
    anchor=AtEdge(Edge.START, Span(-5, Unit.WORKDAYS)),
    opens_before=Span(10),
    nodes=("teachers-day", "womens-day", "before-winter-break", "before-summer-break"),
)


def dates_of(recurrence, key, on=None):
    return occurrence_dates(recurrence, parse_key(key, SCHOOL, on=on), CHINA, SCHOOL)


def due_days(recurrence, first, last):
    return [
        occurrence_dates(recurrence, period, CHINA, SCHOOL).due_on
        for period in periods_of(recurrence, first, last, SCHOOL)
    ]


def codes(dates):
    return [reason.code for reason in dates.why]


def test_a_monthly_duty_is_open_for_its_month():
    dates = dates_of(MONTHLY_DUTY, "2026-09")
    assert (dates.opens_on, dates.due_on, dates.lapses_on) == (
        date(2026, 9, 1),
        date(2026, 9, 30),
        date(2026, 9, 30),
    )
    assert codes(dates) == ["due_from_period_end", "opens_with_period"]


def test_a_month_that_ends_on_a_sunday_is_due_on_the_friday_before():
    dates = dates_of(MONTHLY_DUTY, "2026-05")
    assert dates.due_on == date(2026, 5, 29)
    assert dates.lapses_on == date(2026, 5, 31)
    moved = next(reason for reason in dates.why if reason.code == "moved_before_closed_days")
    assert moved.facts == {"day": "2026-05-29", "planned": "2026-05-31"}


def test_the_quarter_that_ends_before_national_day_ends_on_its_last_day():
    assert dates_of(Recurrence(Frequency.QUARTERLY), "2026-Q3").due_on == date(2026, 9, 30)


def test_a_due_day_may_move_to_the_next_working_day_instead():
    later = Recurrence(Frequency.MONTHLY, closed_days=ClosedDays.NEXT)
    assert dates_of(later, "2026-05").due_on == date(2026, 6, 1)


def test_a_pledge_is_due_in_the_first_month_of_the_school_year():
    pledge = Recurrence(Frequency.EACH_SCHOOL_YEAR, OnMonthDay(30, month=1))
    assert dates_of(pledge, "2026-2027").due_on == date(2026, 9, 30)


def test_a_half_year_may_be_due_in_its_last_month():
    topic = Recurrence(Frequency.HALF_YEARLY, OnMonthDay(15, month=-1), ANY_DAY)
    assert due_days(topic, date(2026, 1, 1), date(2026, 12, 31)) == [date(2026, 6, 15), date(2026, 12, 15)]


def test_the_31st_is_the_last_day_of_shorter_months():
    dates = dates_of(Recurrence(Frequency.MONTHLY, OnMonthDay(31), ANY_DAY), "2028-02")
    assert dates.due_on == date(2028, 2, 29)
    assert codes(dates)[0] == "due_on_nearest_month_day"


def test_a_half_month_clamps_to_its_own_half():
    forum = Recurrence(Frequency.HALF_MONTHLY, OnMonthDay(31), ANY_DAY)
    assert dates_of(forum, "2026-11-A").due_on == date(2026, 11, 15)
    assert dates_of(forum, "2026-11-B").due_on == date(2026, 11, 30)


def test_a_party_day_is_the_first_friday_of_the_month():
    party_day = Recurrence(Frequency.MONTHLY, OnWeekday(weekday=5), ANY_DAY)
    assert dates_of(party_day, "2026-05").due_on == date(2026, 5, 1)


def test_a_fifth_friday_that_is_not_there_is_the_last_one():
    assert dates_of(Recurrence(Frequency.MONTHLY, OnWeekday(5, nth=5), ANY_DAY), "2026-06").due_on == date(
        2026, 6, 26
    )


def test_a_weekly_duty_in_a_closed_week_stays_in_its_week():
    patrol = Recurrence(Frequency.WEEKLY, AtEdge(Edge.START, Span(4)))
    dates = dates_of(patrol, "2026-W08")  # the middle week of Spring Festival 2026: all closed
    assert dates.due_on == date(2026, 2, 20)
    assert "kept_without_workday" in codes(dates)


def test_a_week_with_one_working_day_is_due_on_it():
    patrol = Recurrence(Frequency.WEEKLY, AtEdge(Edge.START, Span(2)))
    assert dates_of(patrol, "2026-W41").due_on == date(2026, 10, 8)  # Wednesday the 7th is the last day off


def test_a_week_in_which_nobody_works_may_be_left_out():
    patrol = Recurrence(Frequency.WEEKLY, pause=Pause(without_workday=True))
    assert dates_of(patrol, "2026-W08").is_paused
    assert not dates_of(patrol, "2026-W41").is_paused


def test_holiday_months_may_be_left_out():
    summer_off = Recurrence(Frequency.MONTHLY, pause=Pause(months=frozenset({2, 7, 8})))
    assert [dates_of(summer_off, f"2026-{month:02}").is_paused for month in (1, 2, 6, 7, 8, 9)] == [
        False, True, False, True, True, False,
    ]  # fmt: skip
    assert codes(dates_of(summer_off, "2026-08"))[-1] == "paused_in_month"


def test_a_quarter_is_not_left_out_for_one_holiday_month_in_it():
    assert not dates_of(
        Recurrence(Frequency.QUARTERLY, pause=Pause(months=frozenset({8}))), "2026-Q3"
    ).is_paused


def test_weeks_of_a_break_may_be_left_out():
    patrol = Recurrence(Frequency.WEEKLY, pause=Pause(in_breaks=True))
    assert dates_of(patrol, "2026-W32").is_paused
    assert not dates_of(patrol, "2026-W36").is_paused  # the term begins on Tuesday


def test_a_reminder_of_discipline_comes_five_workdays_before_teachers_day():
    dates = dates_of(NODES, "2026@teachers-day")
    assert dates.due_on == date(2026, 9, 3)
    assert dates.opens_on == date(2026, 8, 24)
    assert dates.lapses_on == date(2026, 9, 10)


def test_a_duty_around_a_named_day_may_be_due_later_in_its_month():
    publicity = Recurrence(Frequency.NODE, OnMonthDay(30), ANY_DAY, nodes=("teachers-day",))
    assert dates_of(publicity, "2026@teachers-day").due_on == date(2026, 9, 30)


def test_named_days_come_in_the_order_of_the_year():
    year = periods_of(NODES, date(2026, 1, 1), date(2026, 12, 31), SCHOOL)
    expected = [
        "2026@before-winter-break", "2026@womens-day", "2026@before-summer-break", "2026@teachers-day",
    ]  # fmt: skip
    assert [period.key for period in year] == expected
    assert next_period(NODES, year[-1], SCHOOL).key == "2027@before-winter-break"
    assert first_period(NODES, date(2026, 3, 9), SCHOOL).key == "2026@before-summer-break"


def test_a_risk_assessment_is_due_before_the_event():
    assessment = Recurrence(Frequency.EVENT, AtEdge(Edge.START, Span(-3, Unit.WORKDAYS)))
    dates = occurrence_dates(assessment, event_period("merger", date(2026, 10, 9)), CHINA, SCHOOL)
    assert dates.due_on == date(2026, 9, 29)
    assert dates.opens_on == dates.due_on
    assert next_period(assessment, event_period("merger", date(2026, 10, 9)), SCHOOL) is None
    assert periods_of(assessment, date(2026, 1, 1), date(2026, 12, 31), SCHOOL) == ()
    assert first_period(assessment, date(2026, 1, 1), SCHOOL) is None


def test_an_election_comes_every_three_years_and_opens_three_months_ahead():
    election = Recurrence(Frequency.YEARLY, opens_before=Span(90), every=3)
    first = parse_key("2024", SCHOOL)
    found = periods_of(election, date(2020, 1, 1), date(2031, 12, 31), SCHOOL, since=first)
    assert [period.key for period in found] == ["2024", "2027", "2030"]
    assert next_period(election, first, SCHOOL).key == "2027"
    assert dates_of(election, "2027").opens_on == date(2027, 10, 2)


def test_a_series_has_nothing_before_its_first_period():
    since = parse_key("2026-05", SCHOOL)
    found = periods_of(MONTHLY_DUTY, date(2026, 1, 1), date(2026, 7, 31), SCHOOL, since=since)
    assert [period.key for period in found] == ["2026-05", "2026-06", "2026-07"]


def test_a_date_in_a_year_without_notice_says_so():
    dates = dates_of(MONTHLY_DUTY, "2027-03")
    doubt = next(reason for reason in dates.why if reason.code == "calendar_not_confirmed")
    assert doubt.facts == {"year": 2027, "status": "unknown"}


def test_grace_lets_a_duty_lapse_later():
    lenient = Recurrence(Frequency.MONTHLY, grace=FIVE_WORKDAYS)
    assert dates_of(lenient, "2026-09").lapses_on == date(2026, 10, 13)


RULES = [
    (
        Recurrence(Frequency.MONTHLY, OnMonthDay(31), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 1, 1), until=date(2026, 12, 31), bymonthday=-1),
    ),
    (
        Recurrence(Frequency.MONTHLY, OnMonthDay(12), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 1, 1), until=date(2026, 12, 31), bymonthday=12),
    ),
    (
        Recurrence(Frequency.MONTHLY, OnWeekday(5, nth=-1), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 1, 1), until=date(2026, 12, 31), byweekday=FRIDAY(-1)),
    ),
    (
        Recurrence(Frequency.MONTHLY, OnWeekday(1, nth=2), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 1, 1), until=date(2026, 12, 31), byweekday=MO(2)),
    ),
    (
        Recurrence(Frequency.QUARTERLY, AtEdge(Edge.END), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 3, 1), until=date(2026, 12, 31), interval=3, bymonthday=-1),
    ),
    (
        Recurrence(Frequency.QUARTERLY, OnMonthDay(15, month=2), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 2, 15), until=date(2026, 12, 31), interval=3),
    ),
    (
        Recurrence(Frequency.HALF_YEARLY, AtEdge(Edge.START), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 1, 1), until=date(2026, 12, 31), interval=6),
    ),
    (
        Recurrence(Frequency.YEARLY, AtEdge(Edge.END), ANY_DAY),
        rrule(YEARLY, dtstart=date(2016, 12, 31), until=date(2026, 12, 31)),
    ),
    (
        Recurrence(Frequency.HALF_MONTHLY, AtEdge(Edge.END), ANY_DAY),
        rrule(MONTHLY, dtstart=date(2016, 1, 1), until=date(2026, 12, 31), bymonthday=(15, -1)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("recurrence", "rule"), RULES)
def test_eleven_years_agree_with_rfc_5545(recurrence, rule):
    expected = [moment.date() for moment in rule]
    assert due_days(recurrence, date(2016, 1, 1), date(2026, 12, 31)) == expected


def test_weeks_agree_with_rfc_5545():
    friday = Recurrence(Frequency.WEEKLY, AtEdge(Edge.START, Span(4)), ANY_DAY)
    rule = rrule(WEEKLY, dtstart=date(2016, 1, 8), until=date(2026, 12, 31), byweekday=FRIDAY)
    assert due_days(friday, date(2016, 1, 4), date(2026, 12, 27)) == [moment.date() for moment in rule]


def test_the_last_workday_of_the_month_agrees_with_looking_at_every_day():
    every_day = [moment.date() for moment in rrule(DAILY, dtstart=date(2016, 1, 1), until=date(2026, 12, 31))]
    last_of_month = {(day.year, day.month): day for day in every_day if CHINA.is_workday(day)}
    assert due_days(MONTHLY_DUTY, date(2016, 1, 1), date(2026, 12, 31)) == list(last_of_month.values())


spans = st.builds(Span, st.integers(0, 30), st.sampled_from(Unit))
anchors = st.one_of(
    st.builds(AtEdge, st.sampled_from(Edge), st.builds(Span, st.integers(-20, 40), st.sampled_from(Unit))),
    st.builds(OnMonthDay, st.integers(1, 31), st.sampled_from([1, 2, 3, -1, -2])),
    st.builds(OnWeekday, st.integers(1, 7), st.sampled_from([1, 2, 3, 4, 5, -1]), st.sampled_from([1, -1])),
)
rhythms = st.sampled_from(
    [frequency for frequency in Frequency if frequency.value not in ("event", "after_completion")]
)
recurrences = st.builds(
    Recurrence, rhythms, anchors, st.sampled_from(ClosedDays), st.one_of(st.none(), spans), spans,
    nodes=st.just(NODES.nodes),
)  # fmt: skip


@given(recurrences, st.dates(date(2015, 1, 1), date(2030, 12, 31)))
def test_dates_are_in_order_and_never_go_back(recurrence, day):
    periods = [first_period(recurrence, day, SCHOOL)]
    for _ in range(6):
        periods.append(next_period(recurrence, periods[-1], SCHOOL))
    found = [occurrence_dates(recurrence, period, CHINA, SCHOOL) for period in periods]
    assert [dates for dates in found if not dates.opens_on <= dates.due_on <= dates.lapses_on] == []
    assert [
        (a, b)
        for a, b in pairwise(found)
        if b.due_on < a.due_on or b.opens_on < a.opens_on or b.lapses_on < a.lapses_on
    ] == []


@given(recurrences, st.dates(date(2015, 1, 1), date(2030, 12, 31)), st.integers(0, 900), st.integers(0, 900))
def test_a_horizon_rolled_in_steps_finds_what_one_look_finds(recurrence, day, one, other):
    middle, end = day + timedelta(days=one), day + timedelta(days=one + other)
    at_once = periods_of(recurrence, day, end, SCHOOL)
    in_steps = dict.fromkeys(
        [*periods_of(recurrence, day, middle, SCHOOL), *periods_of(recurrence, middle, end, SCHOOL)]
    )
    assert tuple(in_steps) == at_once
    walked = [first_period(recurrence, day, SCHOOL)]
    while walked[-1].starts <= end:
        walked.append(next_period(recurrence, walked[-1], SCHOOL))
    assert tuple(walked[:-1]) == at_once


def test_a_named_day_of_the_school_is_where_the_term_ends():
    assert node_period("before-winter-break", 2027, SCHOOL).starts == date(2027, 1, 22)
