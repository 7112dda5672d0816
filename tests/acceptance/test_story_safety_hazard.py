"""A hidden danger from the day it is found to the day it is gone, told through the program alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.refusal import Refused
from engine.services.intake import receive
from engine.services.kinds import open_directly
from engine.services.names import names_for_case, names_of
from engine.services.opening import NewIssue
from engine.store.database import Database
from engine.text.sentences import refusal_lines
from tests.kit.stories import CAST, Story

HAZARD = "safety-2026-1"
OWNER = "logistics_director"


def opens(story: Story, who: str, title: str, *photos: str, **given: str) -> str:
    from io import BytesIO

    stored = [
        receive(story.blobs, story.organisation, BytesIO(name.encode()), name, largest=1 << 20)
        for name in photos
    ]
    with story.work() as uow:
        issue = NewIssue(title, given=given)
        return open_directly(uow, story.person(who), "安全隐患", issue, story.now, files=stored).key


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    return Story.begin(database, tmp_path, "2026-03-02", cast=(*CAST, "safety_inspector"))


@pytest.fixture
def ordinary(story: Story) -> Story:
    """Found on Tuesday by the safety inspector, given to logistics at once."""
    story.at("2026-03-03")
    opens(
        story,
        "safety_inspector",
        "二楼消防栓没有水",
        "before.jpg",
        level="一般",
        place="教学楼二楼东侧",
        immediate_measures="临时放置灭火器四具",
        photo_before="before.jpg",
    )
    story.assigns(HAZARD, OWNER)
    return story


def refused(error: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [row.code for row in error.value.refusals.unmet]


def test_everything_that_is_missing_or_wrong_is_said_when_it_is_opened(story: Story) -> None:
    with pytest.raises(Refused) as error:
        opens(story, "office", "楼梯扶手松动", level="较大", 部位="三楼", cost="很多")
    assert refused(error) == ["field_not_a_choice", "field_not_money", "fields_missing"]
    assert error.value.refusals.unmet[-1].facts["fields"] == ["immediate_measures"]


def test_whoever_has_no_part_in_safety_opens_none(story: Story) -> None:
    with pytest.raises(Refused) as error:
        opens(story, "union_chair", "楼梯扶手松动")
    assert refused(error) == ["wrong_role"]


def test_an_ordinary_one_is_due_in_three_working_days(ordinary: Story) -> None:
    case = ordinary.case(HAZARD)
    assert [(row.kind, str(row.due_on), row.ladder) for row in case.open_deadlines] == [
        ("rectify", "2026-03-06", "safety")
    ]


def test_it_closes_when_somebody_else_saw_that_it_is_gone(ordinary: Story) -> None:
    story = ordinary.at("2026-03-04")
    story.does(OWNER, HAZARD, "start")
    with pytest.raises(Refused) as error:
        story.does(OWNER, HAZARD, "submit")
    assert refused(error) == ["fields_missing"]
    story.files(OWNER, HAZARD, "after")
    story.does(OWNER, HAZARD, "submit", photo_after="paper.txt", cost="1,200元")
    with pytest.raises(Refused) as error:
        story.does(OWNER, HAZARD, "pass")
    assert refused(error) == ["wrong_role", "four_eyes"]
    story.at("2026-03-05").does("safety_inspector", HAZARD, "pass")
    case = story.case(HAZARD)
    assert (case.state, case.is_final, case.fields["cost"], story.broken(HAZARD)) == (
        "closed",
        True,
        1200,
        [],
    )


def test_the_photo_of_the_danger_is_not_the_one_that_shows_it_gone(ordinary: Story) -> None:
    story = ordinary.at("2026-03-04")
    story.does(OWNER, HAZARD, "start")
    with pytest.raises(Refused) as error:
        story.does(OWNER, HAZARD, "submit", photo_after="before.jpg")
    with story.look() as uow:
        names = names_for_case(uow, story.organisation, HAZARD, names_of(uow, story.organisation), story.now)
    (said,) = refusal_lines(error.value.refusals, names)[1:]
    assert said == (
        "1. 佐证1已经用作“整改前照片”，不能又算“整改后照片”。请另交一张照片：用 --file 一起交，再写文件名。"
    )


def test_what_was_sent_back_needs_a_new_photo(ordinary: Story) -> None:
    story = ordinary.at("2026-03-04")
    story.does(OWNER, HAZARD, "start")
    story.files(OWNER, HAZARD, "after")
    story.does(OWNER, HAZARD, "submit", photo_after="2")
    story.does("safety_inspector", HAZARD, "send_back", comment="水压还是不够，请再检查管道")
    with pytest.raises(Refused) as error:
        story.does(OWNER, HAZARD, "submit")
    assert refused(error) == ["fields_missing"]
    story.files(OWNER, HAZARD, "after again")
    story.does(OWNER, HAZARD, "submit", photo_after="3")
    assert story.case(HAZARD).state == "rechecking"


def test_a_grave_one_needs_a_plan_that_was_approved(story: Story) -> None:
    story.at("2026-03-03")
    opens(
        story,
        "office",
        "锅炉安全阀失灵",
        "before.jpg",
        level="grave",
        place="锅炉房",
        immediate_measures="停用锅炉",
        photo_before="1",
    )
    story.assigns(HAZARD, OWNER)
    due = {row.kind: str(row.due_on) for row in story.case(HAZARD).open_deadlines}
    with pytest.raises(Refused) as error:
        story.does(OWNER, HAZARD, "start")
    assert (due, refused(error)) == (
        {"plan": "2026-03-05", "rectify": "2026-04-02"},
        ["field_says_otherwise"],
    )


def test_letters_speak_of_a_hazard_its_place_and_its_level(ordinary: Story) -> None:
    story = ordinary
    story.run("2026-03-10", "09:00")
    texts = [row.letter.text for row in story.letters if row.to == OWNER]
    assert any(
        "安全隐患1“二楼消防栓没有水”（隐患等级：一般、部位：教学楼二楼东侧）" in text for text in texts
    )
    assert any("请整改隐患" in text or "请完成整改并报请复查" in text for text in texts)


def test_a_late_one_climbs_to_the_secretary_within_two_days(ordinary: Story) -> None:
    story = ordinary
    story.run("2026-03-09", "09:00")
    rungs = [(row.notice.rung, row.notice.audience) for row in story.told(HAZARD)]
    assert ("late_2", "secretary") in rungs
