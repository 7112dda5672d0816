"""Who is told what when something is not done: once, climbing, silent again as soon as it is done."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.services.evidence import About
from engine.store.database import Database
from tests.kit.reports import TEXT
from tests.kit.stories import Story

CASE = "2026-1"
OWNER, LEADER = "teaching_director", "vice_principal_teaching"
THE_PLAN = About(deliverable=1)
PLAN_DUE_MONDAY = "2026-02-07"  # thirty days before Monday, 9 March


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    """An issue given on a Friday afternoon to somebody who has a leader in charge; its plan is due on Monday."""
    story = Story.begin(database, tmp_path, "2026-03-02").at("2026-03-06", "15:00")
    story.imports(TEXT)
    story.names_leader(CASE, LEADER)
    story.assigns(CASE, OWNER, since=PLAN_DUE_MONDAY)
    return story


def told_on(story: Story, day: str) -> Counter[tuple[str, str]]:
    """(person, category) of the letters of one day."""
    return Counter((row.to, row.category) for row in story.letters if row.wall.date().isoformat() == day)


def test_issued_on_friday_and_not_planned_by_monday_evening_the_owner_and_the_leader_are_told_once(
    story: Story,
) -> None:
    story.run("2026-03-09", "08:45", "17:30", "22:00")
    assert told_on(story, "2026-03-09") == {(OWNER, "prompt"): 1, (OWNER, "digest"): 1}
    story.run("2026-03-11", "07:30", "08:45", "09:00", "12:00", "17:59", "23:00")
    assert told_on(story, "2026-03-10") == {(OWNER, "digest"): 1, (LEADER, "digest"): 1}
    assert told_on(story, "2026-03-11") == {}


def test_the_letters_say_what_is_late_and_who_has_to_act(story: Story) -> None:
    story.run("2026-03-10", "08:45")
    by_person = {row.to: row.letter.text for row in story.letters}
    assert "第1项“学习次数少”：请报整改方案，3月9日，周一，已超过时限1天" in by_person[OWNER]
    assert "请督促" in by_person[LEADER] and "已超过时限1天" in by_person[LEADER]


def test_it_climbs_to_the_secretary_a_week_late_and_comes_weekly_from_then_on(story: Story) -> None:
    story.run("2026-04-03", "08:45")
    red = sorted((row.wall.date().isoformat(), row.to) for row in story.letters if row.category == "red")
    assert red == [
        ("2026-03-16", "secretary"),
        ("2026-03-16", OWNER),
        ("2026-03-16", LEADER),
        ("2026-03-23", "secretary"),
        ("2026-03-23", OWNER),
        ("2026-03-30", "secretary"),
        ("2026-03-30", OWNER),
    ]
    lowest = {row.notice.level for row in story.told(CASE) if row.state == "sent" and row.notice.red}
    assert lowest == {"supervise"}


def test_planned_in_time_means_silence(story: Story) -> None:
    story.at("2026-03-06", "16:00").does(OWNER, CASE, "plan")
    story.at("2026-03-06", "16:30").decides("secretary", CASE)
    story.run("2026-04-10", "08:45")
    assert told_on(story, "2026-03-09") == {(OWNER, "prompt"): 1}
    after = [(row.to, row.category) for row in story.letters if row.wall.date().isoformat() > "2026-03-09"]
    assert after == []


def test_a_plan_that_was_handed_in_is_chased_from_whoever_has_to_decide_it(story: Story) -> None:
    story.run("2026-03-10", "08:45")
    story.at("2026-03-10", "10:00").does(OWNER, CASE, "plan")
    story.run("2026-03-17", "08:45")
    since = [row for row in story.letters if row.wall.date().isoformat() > "2026-03-10"]
    assert {row.to for row in since} == {"secretary", LEADER}
    assert OWNER not in {row.to for row in since}


def test_a_returned_plan_reaches_its_owner_with_the_reason_in_the_next_window(story: Story) -> None:
    story.at("2026-03-06", "16:00").does(OWNER, CASE, "plan")
    reason = "请写明每次学习的时间和主讲人"
    story.at("2026-03-06", "16:30").decides("secretary", CASE, "return", reason)
    story.run("2026-03-09", "08:45")
    (letter,) = [row for row in story.letters if row.to == OWNER and row.category == "prompt"]
    assert reason in letter.letter.text
    assert story.case(CASE).state == "assigned"
    assert [request.status for request in story.case(CASE).requests] == ["returned"]


def test_returned_evidence_reaches_its_owner_with_the_reason_and_needs_something_new(story: Story) -> None:
    story.does(OWNER, CASE, "plan")
    story.decides("secretary", CASE)
    story.does(OWNER, CASE, "start")
    story.finishes(OWNER, CASE)
    story.keeps_offline(OWNER, CASE, "学习计划", about=THE_PLAN)
    story.does(OWNER, CASE, "submit_evidence")
    reason = "计划没有写时间，请补上再交一次"
    story.at("2026-03-09", "15:00").does("discipline_commissioner", CASE, "return_evidence", reason)
    story.run("2026-03-10", "08:45")
    assert any(reason in row.letter.text for row in story.letters if row.to == OWNER)
    assert story.case(CASE).state == "in_progress"
    story.files(OWNER, CASE, "补好的计划", THE_PLAN)
    story.does(OWNER, CASE, "submit_evidence")
    assert story.case(CASE).state == "evidence_submitted"


def test_what_is_done_between_the_sweep_and_the_morning_is_not_told(story: Story) -> None:
    story.run("2026-03-09", "08:45")
    story.at("2026-03-10", "00:05").tick()
    story.at("2026-03-10", "07:30").does(OWNER, CASE, "plan")
    story.decides("secretary", CASE)
    story.at("2026-03-10", "08:45").tick()
    assert (OWNER, "digest") not in told_on(story, "2026-03-10")
    assert (LEADER, "digest") not in told_on(story, "2026-03-10")
