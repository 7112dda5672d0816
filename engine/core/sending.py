"""When people may be spoken to: sending days, the sending window of a day, quiet hours, local days."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from engine.core.workdays import ONE_DAY, WorkCalendar
from engine.errors import BadInput

ONE_SECOND = timedelta(seconds=1)


class SendingDays(StrEnum):
    WORKDAYS = "workdays"
    EVERY_DAY = "every_day"


@dataclass(frozen=True, slots=True)
class SendingHours:
    """Local wall times: messages are planned in `opens`..`closes`; `quiet_from`..`quiet_until` none leaves.

    What could not leave in its window (the machine was off) may still leave later that day until it is quiet.
    Raises BadInput `sending_hours_wrong` unless quiet_until <= opens < closes <= quiet_from, and
    `zone_unknown` for a zone that the time zone database does not hold.
    """

    zone: str = "Asia/Shanghai"
    opens: time = time(8, 10)
    closes: time = time(8, 40)
    quiet_from: time = time(18, 0)
    quiet_until: time = time(8, 0)
    days: SendingDays = SendingDays.WORKDAYS

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if not self.quiet_until <= self.opens < self.closes <= self.quiet_from:
            raise BadInput("sending_hours_wrong", opens=f"{self.opens:%H:%M}", closes=f"{self.closes:%H:%M}")


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        # Unknown, malformed, or the name of a folder of the database: not a zone either way.
        raise BadInput("zone_unknown", zone=name) from error


def local_day(instant: datetime, zone: str) -> date:
    """The date on the wall of `zone` at an instant. Raises ValueError for a time without zone (law 9)."""
    return _aware(instant).astimezone(zone_of(zone)).date()


def is_sending_day(day: date, calendar: WorkCalendar, hours: SendingHours) -> bool:
    return hours.days is SendingDays.EVERY_DAY or calendar.is_workday(day)


def sending_day_on_or_after(day: date, calendar: WorkCalendar, hours: SendingHours) -> date:
    if hours.days is SendingDays.EVERY_DAY:
        return day
    return calendar.next_workday(day, including=True)


def sending_day_on_or_before(day: date, calendar: WorkCalendar, hours: SendingHours) -> date:
    if hours.days is SendingDays.EVERY_DAY:
        return day
    return calendar.previous_workday(day, including=True)


def instant_of(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a wall time: the end of the gap for a skipped one, the first of two equal ones."""
    there = zone_of(zone)
    wall = datetime.combine(day, at, tzinfo=there)
    instant = wall.astimezone(UTC)
    is_skipped = instant.astimezone(there).replace(tzinfo=None) != wall.replace(tzinfo=None)
    return _end_of_gap(wall, there) if is_skipped else instant


def odd_minute(seed: str, hours: SendingHours) -> time:
    """An odd minute of the window, the same for the same seed: never :00 or :30, the busiest ones."""
    first, last = _minutes(hours.opens), _minutes(hours.closes)
    odd = [minute for minute in range(first, last) if minute % 2]
    if not odd:
        return hours.opens
    digest = hashlib.sha256(seed.encode("utf-8")).digest()
    return time(*divmod(odd[int.from_bytes(digest[:8], "big") % len(odd)], 60))


def sending_instant(day: date, seed: str, hours: SendingHours) -> datetime:
    """When messages of a seed (an organisation, a person) are planned to leave on a sending day, in UTC."""
    return instant_of(day, odd_minute(seed, hours), hours.zone)


def next_sending(now: datetime, seed: str, calendar: WorkCalendar, hours: SendingHours) -> datetime:
    """The first planned instant of the seed at or after `now`, in UTC."""
    today = local_day(now, hours.zone)
    day = sending_day_on_or_after(today, calendar, hours)
    if sending_instant(day, seed, hours) < now:
        day = sending_day_on_or_after(day + ONE_DAY, calendar, hours)
    return sending_instant(day, seed, hours)


def is_open(now: datetime, calendar: WorkCalendar, hours: SendingHours) -> bool:
    """May a message whose planned instant has passed leave now: on a sending day, until it is quiet."""
    wall = _aware(now).astimezone(zone_of(hours.zone))
    return is_sending_day(wall.date(), calendar, hours) and hours.opens <= wall.time() < hours.quiet_from


def _aware(instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError("a time without zone")
    return instant


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _end_of_gap(wall: datetime, there: ZoneInfo) -> datetime:
    """The instant at which the clock jumped over `wall`, to the second, found by halving."""
    after, before = wall.replace(fold=1).astimezone(UTC), wall.replace(fold=0).astimezone(UTC)
    old = after.astimezone(there).utcoffset()
    while before - after > ONE_SECOND:
        middle = after + timedelta(seconds=int((before - after).total_seconds()) // 2)
        if middle.astimezone(there).utcoffset() == old:
            after = middle
        else:
            before = middle
    return before
