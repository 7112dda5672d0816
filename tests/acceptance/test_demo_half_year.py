"""The demonstration keeps its promises on whatever day somebody runs it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from engine.core.calendar_files import read_calendar
from engine.core.workdays import WorkCalendar
from engine.core.yaml_text import load
from tests.kit.demonstration import ZONE, broken_promises, example, play_demo

TODAYS = {
    "an ordinary Monday": "2026-11-23T15:00",
    "the middle of Spring Festival": "2026-02-18T11:00",
    "New Year's Day of a year without a calendar": "2027-01-01T11:00",
    "29 February of a year without a calendar": "2028-02-29T09:00",
    "a Monday before anybody is up, at the end of a quarter": "2025-03-31T00:10",
}


@pytest.mark.parametrize("now", TODAYS.values(), ids=TODAYS.keys())
def test_the_half_year_ends_with_everything_it_promises(now: str, tmp_path: Path) -> None:
    demo = play_demo(tmp_path, datetime.fromisoformat(now).replace(tzinfo=ZONE))
    assert broken_promises(demo) == []


def test_every_step_has_come_by_the_last_day_of_whatever_half_year() -> None:
    calendar, story = working_days(), example().story
    last = max(step.day for step in story.steps)
    todays = [date(2023, 1, 1) + timedelta(days=count) for count in range(365 * 7)]
    ends = {today: start_of(today, story.lasts_weeks) + timedelta(days=last) for today in todays}
    late = [today for today, end in ends.items() if calendar.next_workday(end, including=True) > today]
    assert late == []


def test_the_story_names_nobody_who_is_not_at_the_school() -> None:
    known = {member.key for member in example().school.people}
    named = {person for step in example().story.steps for person in step.by}
    assert named - known == set()


def start_of(today: date, weeks: int) -> date:
    return today - timedelta(days=today.weekday(), weeks=weeks)


def working_days() -> WorkCalendar:
    text = files("workflows").joinpath("calendars", "china.yaml").read_text(encoding="utf-8")
    return read_calendar(load(text, "china.yaml"))
