"""Dates that move: extended, paused, set anew, long-term, looked back at; told day by day, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.core.deadlines import late_deadlines
from engine.core.refusal import Refusals, Refused
from engine.services.evidence import About
from engine.services.views import CaseView, ledger, show_case
from engine.store.database import Database
from engine.text.sentences import refusal_lines
from tests.kit.reports import TEXT
from tests.kit.stories import CAST, Story

CASE = "2026-1"
OWNER, LEADER, VERIFIER = "teaching_director", "vice_principal_teaching", "discipline_commissioner"
WHY = "教师培训排到四月下旬，需要更多时间"
HOW_FAR = {"progress": "计划已经写好，还差两次集中学习"}
GOAL = {"goal": "本学年每月一次集中学习，形成记录"}
TUESDAY_AFTER_QINGMING = "2026-04-07"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    """One case under way, its measures reported, due on the Tuesday after a holiday. Afterwards all is whole."""
    story = Story.begin(database, tmp_path, "2026-03-02", cast=(*CAST, "upper_party"))
    story.imports(TEXT)
    story.names_leader(CASE, LEADER)
    story.assigns(CASE, OWNER, due=TUESDAY_AFTER_QINGMING)
    story.does(OWNER, CASE, "plan")
    story.decides("secretary", CASE)
    story.does(OWNER, CASE, "start")
    story.finishes(OWNER, CASE)
    yield story
    assert (True, []) == (story.proves(), story.broken(CASE))


def versions(story: Story, kind: str, subject: str = "") -> list[tuple[str, str]]:
    """(day, how it ended) of each version of a deadline."""
    rows = (row for row in story.case(CASE).deadlines if (row.kind, row.subject) == (kind, subject))
    return [(str(row.due_on), row.ended) for row in rows if row.armed]


def told(story: Story, since: str, until: str = "9999") -> list[tuple[str, str]]:
    """(day, person) of the reminders of the case that left in a time, in their order."""
    found = ((row.wall.date().isoformat(), row) for row in story.letters)
    return [(day, row.to) for day, row in found if since <= day <= until and row.category != "prompt"]


def prompted(story: Story, day: str) -> list[str]:
    found = (row for row in story.letters if row.wall.date().isoformat() == day)
    return sorted(row.to for row in found if row.category == "prompt")


def refusal(story: Story, who: str, move: str, comment: str, **params: str) -> Refusals:
    with pytest.raises(Refused) as refused:
        story.does(who, CASE, move, comment, HOW_FAR, **params)
    return refused.value.refusals


def shown(story: Story) -> CaseView:
    with story.look() as uow:
        return show_case(uow, story.person("office"), CASE, story.now)


def in_ledger(story: Story) -> tuple[date | None, date | None, int, str | None]:
    """(due, first missed date, days late, whom it waits for)."""
    with story.look() as uow:
        (row,) = (row for row in ledger(uow, story.organisation, story.today) if row.case.key == CASE)
    return row.due_on, row.first_missed_on, row.late_days, row.waits_for


def closes(story: Story) -> None:
    """Evidence, verification and the secretary's signature, on the day of the story."""
    number = len(story.case(CASE).evidence)
    story.keeps_offline(OWNER, CASE, f"学习计划{number}", about=About(deliverable=1))
    story.does(OWNER, CASE, "submit_evidence")
    story.does(VERIFIER, CASE, "verify")
    story.does(OWNER, CASE, "close")
    story.decides("secretary", CASE)
    assert "closed" == story.case(CASE).state


# more time


def extend(story: Story, due: str) -> None:
    story.does(OWNER, CASE, "extend", WHY, HOW_FAR, due=due)


def test_an_extension_asked_on_friday_is_decided_after_the_holiday_and_both_dates_stand(story: Story) -> None:
    story.run("2026-04-02", "08:45")
    story.at("2026-04-03", "15:00")
    extend(story, "2026-04-24")
    story.run("2026-04-08", "08:45")
    # While it waits, the secretary is the one whose word is missing, and late is late.
    assert ("2026-04-07", "secretary") in told(story, "2026-04-03")
    assert OWNER not in {person for _, person in told(story, "2026-04-04")}
    case = story.case(CASE)
    assert {"rectify", "request"} >= {row.kind for row in late_deadlines(case, story.today, None)} > set()
    story.at("2026-04-08", "10:00").decides("secretary", CASE)
    assert [("2026-04-07", "replaced"), ("2026-04-24", "")] == versions(story, "rectify")
    assert () == late_deadlines(story.case(CASE), story.today, None)


def test_the_ladder_begins_anew_for_the_new_date(story: Story) -> None:
    story.run("2026-04-02", "08:45")
    story.at("2026-04-03", "15:00")
    extend(story, "2026-04-24")
    story.at("2026-04-08", "10:00").decides("secretary", CASE)
    story.run("2026-04-27", "08:45")
    assert [
        ("2026-04-14", OWNER),
        ("2026-04-14", LEADER),
        ("2026-04-21", OWNER),
        ("2026-04-24", OWNER),
        ("2026-04-27", OWNER),
        ("2026-04-27", LEADER),
    ] == told(story, "2026-04-09")


def test_the_third_extension_is_refused(story: Story) -> None:
    for due in ("2026-04-24", "2026-05-15"):
        extend(story, due)
        story.decides("secretary", CASE)
    found = refusal(story, OWNER, "extend", WHY, due="2026-05-29")
    assert ("extended_too_often",) == found.codes


def test_asked_a_day_late_it_is_refused_and_a_new_date_is_named_as_the_cure(story: Story) -> None:
    story.at("2026-04-08", "09:00")
    found = refusal(story, OWNER, "extend", WHY, due="2026-04-24")
    (unmet,) = found.unmet
    assert ("due_has_passed", "ask_for_a_new_date", ("secretary",)) == (unmet.code, unmet.cure, unmet.who)
    assert any("请书记重新限期" in row for row in refusal_lines(found))
    assert "redate" in {row.move for row in shown(story).moves}
    story.does("secretary", CASE, "redate", "原时限已过，重新定下日期", due="2026-04-24")


# a pause


def test_nobody_hears_of_a_paused_case_and_the_level_above_hears_once(story: Story) -> None:
    story.run("2026-03-24", "08:45")
    story.at("2026-03-25", "15:00")
    story.does(OWNER, CASE, "pause", "教学楼维修，无法集中学习，请求中止", until="2026-05-18")
    story.decides("secretary", CASE)
    assert [("2026-04-07", "replaced"), ("2026-05-31", "")] == versions(story, "rectify")
    # Twenty days before the new date lie within the pause, too: they wait for its end.
    story.run("2026-05-17", "08:45")
    assert ["upper_party", LEADER] == [row for row in prompted(story, "2026-03-26") if row != OWNER]
    assert [] == told(story, "2026-03-26")
    assert [] == [row.wall for row in story.letters if "2026-03-27" <= row.wall.date().isoformat()]
    story.run("2026-05-20", "08:45")
    assert [OWNER] == [person for _, person in told(story, "2026-05-18")]


def test_who_resumes_early_gets_the_dates_moved_back(story: Story) -> None:
    story.at("2026-03-16", "15:00")
    story.does(OWNER, CASE, "pause", "教学楼维修，无法集中学习，请求中止", until="2026-05-18")
    story.decides("secretary", CASE)
    story.run("2026-03-29", "08:45")
    story.at("2026-03-30", "10:00").does(OWNER, CASE, "resume")
    # Fourteen of 63 days were used.
    assert ("2026-04-21", "") == versions(story, "rectify")[-1]
    story.run("2026-04-21", "08:45")
    assert {"2026-04-10", "2026-04-17", "2026-04-21"} <= {day for day, _ in told(story, "2026-03-31")}


# a new date after a missed one


def test_a_missed_date_stays_missed_and_the_new_one_is_chased_as_such(story: Story) -> None:
    story.run("2026-04-09", "08:45")
    story.at("2026-04-09", "10:00")
    story.does("secretary", CASE, "redate", "原时限已过，限四月底前完成", due="2026-04-30")
    assert [("2026-04-07", "missed"), ("2026-04-30", "")] == versions(story, "rectify")
    assert () == late_deadlines(story.case(CASE), story.today, None)
    story.run("2026-04-28", "08:45")
    last = story.letters[-1]
    assert OWNER == last.to
    assert "重新限期到4月30日，周四，还有3天" in last.letter.text
    story.at("2026-04-28", "10:00")
    closes(story)
    assert (date(2026, 4, 30), date(2026, 4, 7), 0) == in_ledger(story)[:3]
    assert [("2026-04-07", True, "2026-04-28"), ("2026-04-30", False, "2026-04-28")] == [
        (str(row.due_on), row.is_late, str(row.met_on))
        for row in shown(story).deadlines
        if row.kind == "rectify" and row.armed
    ]


# long-term work


def test_long_term_work_is_reviewed_until_it_is_closed(story: Story) -> None:
    story.does(OWNER, CASE, "make_long_term", WHY, GOAL, next_review="2026-06-30")
    story.decides("secretary", CASE)
    assert (GOAL["goal"], "dropped") == (story.case(CASE).texts["goal"], versions(story, "rectify")[-1][1])
    story.run("2026-06-29", "08:45")
    assert {"2026-06-10", "2026-06-18", "2026-06-26"} >= {day for day, _ in told(story, "2026-03-03")} > set()
    story.at("2026-06-29", "10:00").does(
        OWNER, CASE, "review", "每月都学了，记录齐全", next_review="2026-09-30"
    )
    story.decides("secretary", CASE)
    assert [("2026-06-30", "met"), ("2026-09-30", "")] == versions(story, "review")
    story.at("2026-09-28").does(OWNER, CASE, "review", "已经形成制度，可以办结", due="2026-10-30")
    story.decides("secretary", CASE)
    assert ("2026-10-30", "") == versions(story, "rectify")[-1]
    assert False is story.case(CASE).fields["long_term"]
    story.at("2026-10-20")
    closes(story)
    assert {"look_back"} == {row.kind for row in story.case(CASE).open_deadlines}
    assert not any(row.is_late for row in shown(story).deadlines)


# look-backs


def test_a_year_of_look_backs_reminds_whoever_verifies_and_not_the_owner(story: Story) -> None:
    story.at("2026-04-01")
    closes(story)
    months = {row.subject: str(row.due_on) for row in story.case(CASE).open_deadlines}
    assert {"3": "2026-07-01", "6": "2026-10-08", "12": "2027-04-01"} == months
    story.run("2026-07-09", "08:45")
    days = told(story, "2026-04-03")
    assert {VERIFIER, "office"} == {person for _, person in days}
    assert ("2026-07-08", "office") in days and ("2026-07-08", VERIFIER) in days
    assert ["3"] == [row.subject for row in late_deadlines(story.case(CASE), story.today, None)]
    # In the ledger a closed case is late through it, and waits for whoever has to look.
    assert (date(2026, 4, 7), None, 9, VERIFIER) == in_ledger(story)
    story.at("2026-07-10").does(VERIFIER, CASE, "look_back", "抽查三个月记录，都在按制度办", result="held")
    assert (0, None) == in_ledger(story)[2:]
    story.run("2026-10-08", "08:45")
    assert [] == prompted(story, "2026-07-13")
    story.at("2026-10-08", "10:00")
    story.does(VERIFIER, CASE, "look_back", "又出现没有记录的情况，共两次", result="rebound")
    story.run("2026-10-09", "08:45")
    assert ["secretary"] == prompted(story, "2026-10-09")
    story.at("2026-10-09", "10:00")
    story.does("secretary", CASE, "reopen", "回头看发现反弹，重新整改并报进展", due="2026-12-31")
    assert [("2027-04-01", "dropped")] == versions(story, "look_back", "12")
    story.at("2026-12-01")
    closes(story)
    again = {row.subject: str(row.due_on) for row in story.case(CASE).open_deadlines}
    assert {"3": "2027-03-01", "6": "2027-06-01", "12": "2027-12-01"} == again
    story.run("2027-03-01", "08:45")
    late = {person for day, person in told(story, "2027-01-01") if day >= "2027-02-01"}
    assert {VERIFIER} == late
