"""How a date was counted, line by line: month ends, Spring Festival, make-up days, a year without notice."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from engine.core.calendar_files import read_calendar
from engine.core.counting import NewDeadline, Origin, counted
from engine.core.definition import DeadlineRule
from engine.core.explain_due import explain_due
from engine.core.inspection_file import inspection_of
from engine.core.periods import Frequency, parse_key
from engine.core.recurrence import Recurrence, occurrence_dates
from engine.core.school_year import SchoolCalendar
from engine.core.workdays import WorkCalendar
from engine.core.yaml_text import load
from engine.text.sentences import date_reason
from tests.kit.worlds import ROOT, in_progress

PATH = ROOT / "workflows" / "calendars" / "china.yaml"
CHINA = read_calendar(load(PATH.read_text(encoding="utf-8"), "china"))
PLAIN = WorkCalendar("plain", {})

# (rule, counted from, the day)
TABLE = (
    ({"months": 1}, "2026-01-31", "2026-02-28"),
    ({"months": 1}, "2028-01-31", "2028-02-29"),
    ({"months": 6}, "2026-08-31", "2027-02-28"),
    ({"months": 12}, "2028-02-29", "2029-02-28"),
    ({"months": 1, "days": 1}, "2026-01-31", "2026-03-01"),
    ({"days": 30}, "2026-12-15", "2027-01-14"),
    # Spring Festival 2026: 15 to 23 February are closed, 14 and 28 February are worked.
    ({"workdays": 5}, "2026-02-12", "2026-02-26"),
    ({"workdays": 7}, "2026-02-12", "2026-02-28"),
    # Over the year's end: 1 to 3 January 2026 are closed, Sunday the 4th is worked.
    ({"workdays": 3}, "2025-12-30", "2026-01-05"),
    ({"days": 4, "closed_day": "next"}, "2026-02-13", "2026-02-24"),
    ({"days": 4, "closed_day": "previous"}, "2026-02-13", "2026-02-14"),
    ({"days": 4, "closed_day": "none"}, "2026-02-13", "2026-02-17"),
    ({"months": 3, "closed_day": "next"}, "2026-11-30", "2027-03-01"),
)


@pytest.mark.parametrize(("rule", "since", "due"), TABLE)
def test_a_rule_gives_the_day(rule: dict[str, Any], since: str, due: str) -> None:
    assert due == counted(DeadlineRule(**rule), date.fromisoformat(since), CHINA).isoformat()


@pytest.mark.parametrize(("rule", "since", "due"), TABLE)
def test_the_explanation_arrives_at_the_same_day(rule: dict[str, Any], since: str, due: str) -> None:
    last = explain_due(fact(rule, since, due), CHINA)[-1]
    assert ("due_is", due) == (last.code, last.facts["day"])


def fact(rule: dict[str, Any], since: str, due: str, basis: str = "assigned") -> dict[str, Any]:
    return {"due_on": due, "basis": basis, "counted_from": since, "rule": rule, "calendar": CHINA.version}


def told(facts: dict[str, Any], calendar: WorkCalendar = CHINA) -> list[str]:
    return [date_reason(row.code, row.facts) for row in explain_due(facts, calendar)]


def test_a_month_that_is_too_short_is_told() -> None:
    assert [
        "从分派之日2026年1月31日算起",
        "加1个月，到2026年2月28日",
        "当月没有31日，取月底2026年2月28日",
        "时限是2026年2月28日，周六",
    ] == told(fact({"months": 1}, "2026-01-31", "2026-02-28"))


def test_every_closed_day_and_every_make_up_day_has_its_line() -> None:
    lines = told(fact({"workdays": 7}, "2026-02-12", "2026-02-28"))
    assert "2026年2月14日周六，调休上班，算工作日" in lines
    assert "2026年2月17日周二，放假不算" in lines
    assert "2026年2月15日周日，周末不算" in lines
    assert 9 == sum(line.endswith("不算") for line in lines)
    assert "数满7个工作日，到2026年2月28日" in lines
    assert "2026年放假安排已公布" in lines


def test_a_year_without_notice_is_told_to_be_provisional() -> None:
    lines = told(fact({"workdays": 5}, "2026-12-30", "2027-01-06"))
    assert "2027年放假安排还没有公布，暂定，公布后可能调整" in lines


def test_a_date_stays_where_the_calendar_came_later() -> None:
    """Set while the year was plain weekdays; the notice of today would say another day."""
    assert (
        "时限是2026年2月19日，周四；按现在的日历会是2026年2月26日，已定的日期不变"
        == (told(fact({"workdays": 5}, "2026-02-12", "2026-02-19"))[-1])
    )


def test_of_an_old_event_nothing_is_made_up() -> None:
    assert ["当时没有记下怎样算的", "时限是2026年8月27日，周四"] == told({"due_on": "2026-08-27"})
    assert ["还没有定日期"] == told({"due_on": None})


def test_a_pause_is_explained_from_the_old_date() -> None:
    assert [
        "经批准中止，从原时限2026年5月29日顺延",
        "加28天，到2026年6月26日",
        "时限是2026年6月26日，周五",
    ] == told(fact({"days": 28}, "2026-05-29", "2026-06-26", "paused"))


def test_every_event_that_a_case_writes_explains_itself() -> None:
    bench = in_progress()
    events = [event for event in bench.events if event.type == "deadline_set" and event.payload.get("armed")]
    reasons = [explain_due(event.payload, PLAIN) for event in events]
    assert len(events) > 3
    assert {"due_is"} == {rows[-1].code for rows in reasons}
    assert "due_basis_unknown" not in {row.code for rows in reasons for row in rows}


def test_every_step_of_a_round_explains_its_day() -> None:
    """With a rhythm the first day moves off closed days, and the later ones are counted from it."""
    text = (ROOT / "workflows" / "inspections" / "party_inspection.yaml").read_text(encoding="utf-8")
    steps = inspection_of(load(text, "party_inspection")).milestones.values()
    feedback = date(2025, 12, 29)
    found = [(day, origin) for step in steps for day, origin in step.days(feedback, CHINA)]
    assert 9 == len(found)
    for day, origin in found:
        facts = (
            NewDeadline("milestone", "", day, True, "milestone", origin=origin, calendar=CHINA.version)
            .event()
            .payload
        )
        lines = explain_due(facts, CHINA)
        assert ("due_basis_feedback", "due_is") == (lines[0].code, lines[-1].code)
        assert (day.isoformat(), CHINA.version) == (lines[-1].facts["day"], facts["calendar"])


def test_a_day_that_comes_again_is_counted_from_the_first() -> None:
    facts = fact(
        {"months": 1, "closed_day": "next", "then_months": 3}, "2026-04-01", "2026-08-06", "feedback"
    )
    assert [
        "从反馈之日2026年4月1日算起",
        "加1个月，到2026年5月1日",
        "2026年5月1日休息，顺延到2026年5月6日",
        "加3个月，到2026年8月6日",
        "按工作日历" + CHINA.version + "计算",
        "2026年放假安排已公布",
        "时限是2026年8月6日，周四",
    ] == told(facts)


def test_the_period_of_a_duty_explains_its_day() -> None:
    february = parse_key("2026-02", SchoolCalendar("none"))
    dates = occurrence_dates(Recurrence(Frequency.MONTHLY), february, CHINA, SchoolCalendar("none"))
    origin = Origin("period", february.starts, steps=dates.steps)
    deadline = NewDeadline(
        "occurrence", "", dates.due_on, True, "occurrence", origin=origin, calendar=CHINA.version
    )
    assert [
        "本期从2026年2月1日开始，按例行事项的规定",
        "按本期最后一天算",
        "按工作日历" + CHINA.version + "计算",
        "2026年放假安排已公布",
        "时限是2026年2月28日，周六",
    ] == told(deadline.event().payload)


def test_what_is_only_announced_says_that_there_is_no_day_yet() -> None:
    facts = NewDeadline("plan", "", None, False, "default").event().payload
    assert ["还没有定日期"] == told(facts)
    assert {"basis", "calendar"} & set(facts) == set()


def test_one_place_alone_writes_the_event() -> None:
    """So that no deadline gets a day without saying why."""
    written = [
        path.relative_to(ROOT).as_posix()
        for folder in ("engine", "workflows")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"NewEvent\(\s*\"deadline_set\"", path.read_text(encoding="utf-8"))
    ]
    assert ["engine/core/counting.py"] == written
