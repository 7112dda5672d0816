"""The steps of an inspection itself: planned from its file, reviewed above, chased when late."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.core.refusal import Refused
from engine.services.inspections import NewInspection, add_inspection
from engine.services.milestones import milestones_of, plan_milestones
from engine.services.views import ledger, show_case
from engine.store.database import Database
from tests.kit.cli import CommandLine
from tests.kit.stories import Story

PLAN = "2026@plan"
REVIEW = {"review_unit": "市委巡察办", "review_on": "2026-03-27", "review_number": "巡办〔2026〕8号"}


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    """Feedback on 26 February; the home went live on 2 March, and the steps are planned that day."""
    story = Story.begin(database, tmp_path, "2026-03-02")
    with story.work() as uow:
        add_inspection(uow, story.person("office"), NewInspection(date(2026, 2, 26)), story.now)
        plan_milestones(uow, story.person("office"), None, None, story.now)
    return story


def files_plan(story: Story, text: str) -> None:
    from engine.services.evidence import About

    story.files("office", PLAN, text, About(kind="plan"))


def test_every_step_has_its_day_and_nothing_stops_at_new_year(story: Story) -> None:
    with story.look() as uow:
        _, rows = milestones_of(uow, story.organisation, None, story.today)
    assert [(row.case.key, str(row.due_on)) for row in rows] == [
        (PLAN, "2026-03-28"),
        ("2026@democratic_life", "2026-04-27"),
        ("2026@leader_report", "2026-08-26"),
        ("2026@phase_report", "2026-08-26"),
        ("2026@publication", "2026-08-26"),
        ("2026@quarterly_report-1", "2026-11-26"),
        ("2026@quarterly_report-2", "2027-02-26"),
        ("2026@quarterly_report-3", "2027-05-26"),
        ("2026@quarterly_report-4", "2027-08-26"),
    ]


def test_planning_again_opens_nothing_twice(story: Story) -> None:
    with story.work() as uow:
        _, opened = plan_milestones(uow, story.person("office"), "2026", None, story.now)
    assert opened == ()


def test_what_fell_due_before_going_live_is_never_late(database: Database, tmp_path: Path) -> None:
    story = Story.begin(database, tmp_path, "2026-06-01")
    with story.work() as uow:
        add_inspection(uow, story.person("office"), NewInspection(date(2026, 2, 26)), story.now)
        plan_milestones(uow, story.person("office"), None, None, story.now)
    armed = [story.case(key).deadlines[0].armed for key in (PLAN, "2026@publication")]
    assert armed == [False, True]


def test_the_way_of_a_paper_that_is_reviewed_above_leads_over_the_review(story: Story) -> None:
    """What the register says of the review is a fact: no way asks to change it to spare a step."""
    keys = (PLAN, "2026@democratic_life")
    with story.look() as uow:
        ways = {key: show_case(uow, story.person("office"), key, story.now).way for key in keys}
    assert {key: [step.move for step in way.steps] for key, way in ways.items()} == {
        PLAN: ["submit", "record_review"],
        "2026@democratic_life": ["complete"],
    }


def test_steps_that_come_several_times_are_told_apart(story: Story) -> None:
    titles = [story.case(f"2026@quarterly_report-{at}").title for at in (1, 2, 3, 4)]
    assert titles == [f"整改进展季度报告（第{at}期）" for at in (1, 2, 3, 4)]
    assert story.case(PLAN).title == "整改方案"


def test_a_plan_that_was_returned_comes_back_and_ends_when_it_is_passed(story: Story) -> None:
    story.at("2026-03-20")
    with pytest.raises(Refused) as error:
        story.does("office", PLAN, "submit")
    assert list(error.value.refusals.codes) == ["too_little_evidence"]
    files_plan(story, "first")
    story.does("office", PLAN, "submit")
    with pytest.raises(Refused) as error:
        story.does("office", PLAN, "return_review", review_unit="市委巡察办")
    assert list(error.value.refusals.codes) == ["fields_missing", "comment_too_short", "due_missing"]
    story.at("2026-03-27").does(
        "office", PLAN, "return_review", comment="措施不具体，请逐条补充责任人", due="2026-04-10", **REVIEW
    )
    back = story.case(PLAN)
    assert (back.state, [(str(row.due_on), row.ended) for row in back.deadlines]) == (
        "open",
        [("2026-03-28", "met"), ("2026-04-10", "")],
    )
    with pytest.raises(Refused) as error:
        story.does("office", PLAN, "submit")
    assert list(error.value.refusals.codes) == ["too_little_evidence", "no_new_evidence"]
    files_plan(story, "second")
    story.does("office", PLAN, "submit")
    story.does("office", PLAN, "record_review", **REVIEW)
    case = story.case(PLAN)
    assert (case.state, case.is_final, case.fields["review_result"], case.texts["review_number"]) == (
        "done",
        True,
        "passed",
        "巡办〔2026〕8号",
    )
    assert story.broken(PLAN) == []


def test_a_late_step_is_chased_in_its_own_words_and_stands_among_what_is_late(story: Story) -> None:
    story.run("2026-04-02", "09:00")
    texts = [row.letter.text for row in story.letters if row.to == "office"]
    assert any("整改节点“整改方案”：请报送材料" in text or "请报送节点材料" in text for text in texts)
    with story.look() as uow:
        late = [row.case.key for row in ledger(uow, story.organisation, story.today, late=True)]
        every = [row.case.key for row in ledger(uow, story.organisation, story.today)]
    assert (late, every) == ([PLAN], [])


def test_a_round_by_hand_has_its_steps_at_once_and_their_reviews_on_one_line(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    for words in (("init", "--demo"), ("people", "add", "赵四", "--post", "office")):
        assert cli(*words).code == 0
    day = "2020-03-02"
    bare = cli("inspection", "add", "--feedback", day, "--no-milestones", "--json")
    assert (bare.code, bare.data["milestones"]) == (0, [])
    added = cli("inspection", "add", "--feedback", date.today().isoformat(), "--json")
    plan = added.data["milestones"][0]
    assert (len(added.data["milestones"]), plan.endswith("@plan")) == (9, True)
    paper = tmp_path / "plan.txt"
    paper.write_text("plan", encoding="utf-8")
    assert cli("evidence", "add", plan, "--file", str(paper), "--kind", "plan", "--as", "p1").code == 0
    assert cli("do", plan, "submit", "--as", "p1").code == 0
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    review = {**REVIEW, "review_on": today.isoformat()}
    said = [word for name, value in review.items() for word in ("--set", f"{name}={value}")]
    assert cli("do", plan, "record_review", "--as", "p1", *said).code == 0
    day_there = f"{today.year}年{today.month}月{today.day}日"
    line = f"审核结果：通过（市委巡察办，{day_there}，巡办〔2026〕8号）"
    told = [cli("show", plan).out, cli("inspection", "show").out]
    assert [line in out for out in told] == [True, True]
    assert "加30天" in cli("show", plan, "--why-due").out
    shown = cli("inspection", "show", "--why-due", "--json").data["milestones"]
    assert "deadlines" not in cli("inspection", "show", "--json").data["milestones"][0]
    reasons = [row["code"] for step in shown for limit in step["deadlines"] for row in limit["why"]]
    assert (reasons.count("due_basis_feedback"), reasons.count("due_basis_unknown")) == (9, 0)
    assert "从反馈之日" in cli("inspection", "show", "--why-due").out


def test_steps_of_an_old_round_are_never_late(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert cli("init", "--demo").code == 0
    assert len(cli("inspection", "add", "--feedback", "2020-03-02", "--json").data["milestones"]) == 9
    assert cli("issues", "--late", "--json").data["issues"] == []
