"""Rungs come on sending days, only the highest speaks, and how often one looks changes nothing."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.calendar_files import read_calendar
from engine.core.ladder import (
    NOTHING_DUE,
    Chase,
    Ladder,
    Level,
    Rung,
    Step,
    due_rungs,
    falls_silent,
    next_moment,
    passed_rungs,
)
from engine.core.sending import SendingDays, SendingHours, sending_day_on_or_after
from engine.core.workdays import Span, Unit
from engine.core.yaml_text import load

FILE = Path(__file__).parents[2] / "workflows" / "calendars" / "china.yaml"
CHINA = read_calendar(load(FILE.read_text(encoding="utf-8"), FILE.name))
HOURS = SendingHours()
ONE_DAY = timedelta(days=1)


def rung(name, offset, *audience, level=Level.REMINDER, **more):
    return Rung(name, Span(offset), audience, level, **more)


DEFAULT = Ladder(
    "default",
    (
        rung("20 days", -20, "owner", level=Level.HINT),
        rung("10 days", -10, "owner", "leader_in_charge"),
        rung("3 days", -3, "owner"),
        rung("today", 0, "owner"),
        rung("late", 1, "owner", "leader_in_charge", level=Level.URGE),
        rung("3 late", 3, "owner", "leader_in_charge", level=Level.URGE),
        rung("7 late", 7, "secretary", level=Level.SUPERVISE, red=True, repeat_every=7),
    ),
)
WEDNESDAY = date(2026, 6, 17)  # the Dragon Boat holiday 2026 is Friday the 19th to Sunday the 21st


def chase(due_on=WEDNESDAY, ladder=DEFAULT, armed_on=None, hours=HOURS):
    return Chase(ladder, due_on, CHINA, hours, armed_on)


def moments(it, until):
    """All steps planned up to `until`, from the lowest to the highest, superseded ones included."""
    due = due_rungs(it, sending_day_on_or_after(until, it.calendar, it.hours))
    come = (*due.superseded, due.speaks) if due.speaks else ()
    return [moment for moment in come if moment.planned_on <= until]


def story(it, days):
    """Look on each of `days`; answer (day, rung, n) of what spoke and the (rung, n) that were superseded."""
    spoken, told, silenced = None, [], []
    for day in days:
        found = due_rungs(it, day, spoken)
        silenced += [(moment.rung.name, moment.step.n) for moment in found.superseded]
        if found.speaks is not None:
            spoken = found.speaks.step
            told.append((day, found.speaks.rung.name, spoken.n))
    return told, silenced


def every_day(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_a_deadline_nobody_meets_climbs_the_whole_ladder():
    told, silenced = story(chase(), every_day(date(2026, 5, 1), date(2026, 7, 8)))
    assert told == [
        (date(2026, 5, 28), "20 days", 0),
        (date(2026, 6, 5), "10 days", 0),  # Sunday the 7th moves back to Friday
        (date(2026, 6, 12), "3 days", 0),  # Sunday the 14th moves back to Friday
        (date(2026, 6, 17), "today", 0),
        (date(2026, 6, 18), "late", 0),
        (date(2026, 6, 22), "3 late", 0),  # the holiday and the weekend wait for Monday
        (date(2026, 6, 24), "7 late", 0),
        (date(2026, 7, 1), "7 late", 1),
        (date(2026, 7, 8), "7 late", 2),
    ]
    assert silenced == []


def test_a_deadline_in_the_holiday_warns_before_it_and_urges_after_it():
    told, silenced = story(chase(date(2026, 10, 5)), every_day(date(2026, 9, 24), date(2026, 10, 12)))
    assert told == [
        (date(2026, 9, 24), "10 days", 0),
        (date(2026, 9, 30), "today", 0),
        (date(2026, 10, 8), "3 late", 0),
        (date(2026, 10, 12), "7 late", 0),
    ]
    assert silenced == [("20 days", 0), ("3 days", 0), ("late", 0)]


def test_after_forty_days_off_only_the_highest_speaks():
    found = due_rungs(chase(), date(2026, 7, 2), spoken=Step(1, 0))
    assert (found.speaks.rung.name, found.speaks.step.n, found.speaks.planned_on) == (
        "7 late",
        1,
        date(2026, 7, 1),
    )
    assert [(moment.rung.name, moment.step.n) for moment in found.superseded] == [
        ("3 days", 0),
        ("today", 0),
        ("late", 0),
        ("3 late", 0),
        ("7 late", 0),
    ]


def test_nothing_comes_on_a_closed_day():
    assert due_rungs(chase(), date(2026, 6, 20)) == NOTHING_DUE


def test_nothing_speaks_twice():
    first = due_rungs(chase(), WEDNESDAY)
    assert due_rungs(chase(), WEDNESDAY, first.speaks.step) == NOTHING_DUE


def test_the_last_rung_never_falls_silent():
    told, _ = story(chase(), every_day(date(2026, 7, 2), date(2029, 7, 2)))
    assert [(a, b) for (a, _, _), (b, _, _) in pairwise(told) if (b - a).days > 21] == []
    assert len(told) > 140


def test_rungs_that_passed_before_the_deadline_was_armed_do_not_come():
    late_start = chase(armed_on=date(2026, 6, 12))
    assert [moment.rung.name for moment in passed_rungs(late_start)] == ["20 days", "10 days", "3 days"]
    told, silenced = story(late_start, every_day(date(2026, 6, 12), WEDNESDAY))
    assert (told, silenced) == ([(WEDNESDAY, "today", 0)], [])


def test_a_deadline_armed_long_after_it_was_due_goes_on_with_its_repeats():
    very_late = chase(armed_on=date(2026, 12, 1))
    day, moment = next_moment(very_late, date(2026, 12, 1))
    assert (day, moment.rung.name, moment.step.n) == (date(2026, 12, 2), "7 late", 23)


def test_the_next_moment_is_the_day_on_which_something_speaks():
    day, moment = next_moment(chase(), date(2026, 5, 1))
    assert (day, moment.rung.name) == (date(2026, 5, 28), "20 days")
    day, moment = next_moment(chase(), date(2026, 6, 18), Step(4, 0))
    assert (day, moment.rung.name) == (date(2026, 6, 22), "3 late")


def test_a_moment_that_was_missed_comes_on_the_next_sending_day():
    day, moment = next_moment(chase(), date(2026, 6, 26), Step(4, 0))
    assert (day, moment.rung.name, moment.planned_on) == (date(2026, 6, 29), "7 late", date(2026, 6, 24))


def test_a_ladder_without_repeats_has_an_end():
    short = Ladder("short", (rung("today", 0, "owner"),))
    assert falls_silent(short)
    assert not falls_silent(DEFAULT)
    assert next_moment(chase(ladder=short), WEDNESDAY, Step(0, 0)) is None


def test_a_cap_ends_the_nudges_of_a_rung_before_the_next_one():
    ladder = Ladder(
        "capped",
        (
            rung("late", 1, "owner", repeat_every=1, cap=4),
            rung("month late", 30, "secretary", repeat_every=7),
        ),
    )
    told, _ = story(chase(date(2026, 7, 5), ladder), every_day(date(2026, 7, 1), date(2026, 8, 5)))
    assert [name for _, name, _ in told] == ["late"] * 4 + ["month late"]


def test_repeats_stop_when_the_next_rung_comes():
    ladder = Ladder("two", (rung("late", 1, "owner", repeat_every=2), rung("7 late", 7, "secretary")))
    found = moments(chase(date(2026, 7, 5), ladder), date(2026, 8, 5))
    assert [(moment.rung.name, moment.step.n) for moment in found] == [
        ("late", 0),
        ("late", 1),
        ("late", 2),
        ("7 late", 0),
    ]


def test_a_rung_in_workdays_counts_only_those():
    ladder = Ladder("w", (Rung("5 workdays", Span(-5, Unit.WORKDAYS), ("owner",), Level.HINT),))
    found = moments(chase(date(2026, 10, 9), ladder), date(2026, 10, 9))
    assert [moment.planned_on for moment in found] == [date(2026, 9, 24)]  # over National Day and Mid-Autumn


def test_who_sends_every_day_is_not_moved():
    found = moments(
        chase(date(2026, 10, 5), hours=SendingHours(days=SendingDays.EVERY_DAY)), date(2026, 10, 5)
    )
    assert [moment.planned_on for moment in found] == [moment.wanted_on for moment in found]


def test_a_repeat_of_no_days_is_a_mistake():
    with pytest.raises(ValueError, match="repeats"):
        rung("x", 1, "owner", repeat_every=0)


offsets = st.lists(st.integers(-30, 30), min_size=1, max_size=6, unique=True).map(sorted)
dues = st.dates(date(2015, 6, 1), date(2027, 6, 1))


@st.composite
def chases(draw):
    rungs = tuple(
        Rung(
            f"r{at}",
            Span(offset, draw(st.sampled_from(Unit))),
            ("owner",),
            Level.REMINDER,
            repeat_every=draw(st.one_of(st.none(), st.integers(1, 9))),
            cap=draw(st.sampled_from([None, 2, 4])),
        )
        for at, offset in enumerate(draw(offsets))
    )
    due = draw(dues)
    armed = draw(st.one_of(st.none(), st.integers(-40, 40).map(lambda n: due + timedelta(days=n))))
    return Chase(Ladder("any", rungs), due, CHINA, HOURS, armed)


def span_of(it):
    return it.due_on - timedelta(days=70), it.due_on + timedelta(days=100)


def heard(it, days):
    told, silenced = story(it, days)
    return {(name, n) for _, name, n in told} | set(silenced), told, silenced


@given(chases(), st.lists(st.integers(0, 170), max_size=12))
def test_how_often_one_looks_changes_nothing_but_who_was_silenced(it, gaps):
    first, last = span_of(it)
    last = CHINA.next_workday(last, including=True)
    now_and_then = sorted({first + timedelta(days=gap) for gap in gaps} | {last})
    daily, _, _ = heard(it, every_day(first, last))
    rarely, told, silenced = heard(it, now_and_then)
    assert rarely == daily
    assert len(told) + len(silenced) == len(rarely)  # nothing doubled


@given(chases())
def test_what_is_told_climbs_and_keeps_to_sending_days(it):
    told, _ = story(it, every_day(*span_of(it)))
    order = [(int(name[1:]), n) for _, name, n in told]
    assert order == sorted(set(order))
    assert [day for day, _, _ in told if not CHINA.is_workday(day)] == []
    assert [day for day, _, _ in told if it.armed_on and day <= it.armed_on] == []


@given(chases())
def test_every_moment_is_planned_on_the_right_side_of_the_due_day(it):
    for moment in moments(it, span_of(it)[1]):
        assert CHINA.is_workday(moment.planned_on)
        if moment.wanted_on <= it.due_on:
            assert moment.planned_on <= moment.wanted_on
        else:
            assert moment.planned_on >= moment.wanted_on


@given(chases())
def test_waking_only_when_something_speaks_tells_the_same_as_looking_daily(it):
    first, last = span_of(it)
    told, spoken, day = [], None, first - ONE_DAY
    while (found := next_moment(it, day, spoken)) and found[0] <= last:
        day, spoken = found[0], found[1].step
        told.append((day, found[1].rung.name, spoken.n))
    assert told == story(it, every_day(first, last))[0]
