"""Sending days, windows and quiet hours, also where clocks change or a day is missing."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.sending import (
    SendingDays,
    SendingHours,
    instant_of,
    is_open,
    local_day,
    next_sending,
    odd_minute,
    sending_day_on_or_after,
    sending_day_on_or_before,
    sending_instant,
)
from engine.core.workdays import WorkCalendar
from engine.errors import BadInput

PLAIN = WorkCalendar("plain")
HOURS = SendingHours()
NIGHT = SendingHours("America/New_York", time(2, 30), time(3, 30), quiet_until=time(1, 0))
FRIDAY, SATURDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9)
ZONES = ["Asia/Shanghai", "Asia/Urumqi", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe",
         "Pacific/Apia", "Africa/Cairo", "America/Sao_Paulo", "UTC"]  # fmt: skip


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_weekend_has_no_sending_day():
    assert sending_day_on_or_after(SATURDAY, PLAIN, HOURS) == MONDAY
    assert sending_day_on_or_before(SATURDAY, PLAIN, HOURS) == FRIDAY
    assert sending_day_on_or_after(FRIDAY, PLAIN, HOURS) == FRIDAY


def test_who_sends_every_day_sends_on_saturday():
    daily = SendingHours(days=SendingDays.EVERY_DAY)
    assert sending_day_on_or_after(SATURDAY, PLAIN, daily) == SATURDAY
    assert sending_day_on_or_before(SATURDAY, PLAIN, daily) == SATURDAY


def window(day, hours):
    return instant_of(day, hours.opens, hours.zone), instant_of(day, hours.closes, hours.zone)


def test_the_window_of_shanghai_is_ten_past_midnight_utc():
    assert window(FRIDAY, HOURS) == (utc(2026, 3, 6, 0, 10), utc(2026, 3, 6, 0, 40))


def test_a_day_is_that_of_the_zone():
    midnight_in_shanghai = utc(2026, 3, 5, 16, 0)
    assert local_day(midnight_in_shanghai, "Asia/Shanghai") == date(2026, 3, 6)
    assert local_day(midnight_in_shanghai - timedelta(seconds=1), "Asia/Shanghai") == date(2026, 3, 5)


def test_a_time_without_zone_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="without zone"):
        local_day(datetime(2026, 3, 6), "Asia/Shanghai")


@pytest.mark.parametrize("zone", ["", "Asia/Atlantis", "Asia", "../etc/passwd", "北京"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(BadInput) as caught:
        SendingHours(zone)
    assert caught.value.code == "zone_unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens": time(9), "closes": time(8)},
        {"opens": time(8), "closes": time(8)},
        {"opens": time(7)},
        {"closes": time(19)},
    ],
)
def test_hours_that_contradict_each_other_are_refused(wrong):
    with pytest.raises(BadInput) as caught:
        SendingHours(**wrong)
    assert caught.value.code == "sending_hours_wrong"


def test_an_odd_minute_is_odd_and_stays():
    minutes = {odd_minute(f"school-{n}", HOURS) for n in range(500)}
    assert minutes == {time(8, minute) for minute in range(11, 40, 2)}
    assert odd_minute("school-1", HOURS) == odd_minute("school-1", HOURS)


def test_a_window_of_one_even_minute_sends_when_it_opens():
    assert odd_minute("x", SendingHours(opens=time(8, 10), closes=time(8, 11))) == time(8, 10)


def test_a_message_waits_for_the_next_window():
    planned = sending_instant(MONDAY, "s", HOURS)
    assert next_sending(utc(2026, 3, 6, 9, 0), "s", PLAIN, HOURS) == planned  # Friday, 17:00 there
    assert next_sending(planned, "s", PLAIN, HOURS) == planned
    assert next_sending(planned + timedelta(seconds=1), "s", PLAIN, HOURS) > planned


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 3, 6, 0, 9, 59), False),  # 08:09:59
        (utc(2026, 3, 6, 0, 10), True),
        (utc(2026, 3, 6, 1, 30), True),  # 09:30: the machine was switched on late
        (utc(2026, 3, 6, 9, 59, 59), True),
        (utc(2026, 3, 6, 10, 0), False),  # 18:00: quiet
        (utc(2026, 3, 7, 0, 20), False),  # Saturday
    ],
)
def test_messages_leave_from_the_window_until_it_is_quiet(now, expected):
    assert is_open(now, PLAIN, HOURS) is expected


def test_a_window_that_begins_in_the_gap_begins_at_its_end():
    # On 2026-03-08 the clocks of New York jumped from 02:00 to 03:00, which is 07:00 UTC.
    assert window(date(2026, 3, 8), NIGHT) == (utc(2026, 3, 8, 7, 0), utc(2026, 3, 8, 7, 30))


def test_of_two_equal_wall_times_the_first_is_meant():
    # On 2026-11-01 01:30 came twice in New York; the first was summer time.
    assert instant_of(date(2026, 11, 1), time(1, 30), "America/New_York") == utc(2026, 11, 1, 5, 30)


def test_a_day_that_never_was_is_the_moment_at_which_it_was_skipped():
    # Samoa went from 2011-12-29 to 2011-12-31.
    assert instant_of(date(2011, 12, 30), time(8, 10), "Pacific/Apia") == utc(2011, 12, 30, 10, 0)


def test_half_an_hour_of_summer_time_makes_a_gap_of_half_an_hour():
    # Lord Howe went from 02:00 (+10:30) to 02:30 (+11) on 2026-10-04.
    assert instant_of(date(2026, 10, 4), time(2, 10), "Australia/Lord_Howe") == utc(2026, 10, 3, 15, 30)


@given(st.sampled_from(ZONES), st.dates(date(2005, 1, 1), date(2035, 12, 31)), st.text(max_size=5))
def test_a_window_never_turns_around_and_holds_the_odd_minute(zone, day, seed):
    hours = SendingHours(zone, time(0, 5), time(2, 45), quiet_until=time(0, 0))
    start, end = window(day, hours)
    assert start <= sending_instant(day, seed, hours) <= end
    assert instant_of(day, time(0, 5), zone) <= instant_of(day, time(2, 45), zone)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2005, 1, 1), datetime(2035, 12, 31)))
def test_the_next_sending_lies_ahead_on_a_sending_day(zone, wall):
    hours, now = SendingHours(zone), wall.replace(tzinfo=UTC)
    planned = next_sending(now, "s", PLAIN, hours)
    assert planned >= now
    assert is_open(planned, PLAIN, hours) or zone == "Pacific/Apia"
    assert planned - now < timedelta(days=5)
