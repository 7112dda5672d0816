"""Recurring duties over months: held in time, missed, entered late, and a roll of people who come and go."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from engine.core.deadlines import is_late
from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.services.duties import Sign, grid, sign, switch_on
from engine.services.evidence import About
from engine.services.people import NewPerson, add_person
from engine.store.database import Database
from engine.store.people import change_person_row
from engine.store.worlds import load_world
from tests.kit.databases import signed
from tests.kit.stories import PostOffice, Story

MEETINGS = ("branch_committee", "party_group", "members_assembly", "party_lecture")
PLEDGE = "ethics_pledge@2026-2027"
STAFF = ("secretary", "discipline_commissioner", "office", "moral_education_director")


@pytest.fixture
def quarter(database: Database, tmp_path: Path) -> Story:
    """三会一课 from April 2026 on."""
    story = Story.begin(database, tmp_path, "2026-04-01", cast=STAFF)
    switch(story, *MEETINGS)
    return story


@pytest.fixture
def autumn(database: Database, tmp_path: Path) -> Story:
    """师德承诺 from the first school day of September 2026 on."""
    story = Story.begin(database, tmp_path, "2026-09-01", cast=STAFF)
    switch(story, "ethics_pledge")
    return story


def switch(story: Story, *duties: str) -> None:
    with story.work() as uow:
        for name in duties:
            switch_on(uow, story.person("office"), name, story.today, story.now)


def record(story: Story, key: str, held_on: str, *kinds: str, move: str = "submit") -> None:
    """The secretary records what was held, with its papers."""
    held = date.fromisoformat(held_on)
    for kind in kinds:
        story.keeps_offline("secretary", key, f"{key} {kind}", about=About(kind, None, None, held, held))
    story.does("secretary", key, move, held_on=held_on)


def states(story: Story) -> dict[str, dict[str, str]]:
    with story.look() as uow:
        return {duty: dict(row) for duty, row in grid(uow, story.person("office")).items()}


def was_late(story: Story, key: str) -> bool:
    case = story.case(key)
    return any(is_late(row, story.today, None) for row in case.deadlines)


def test_a_quarter_of_meetings_one_of_them_missed_and_one_entered_late(quarter: Story) -> None:
    story = quarter
    story.run("2026-04-24", "08:45")
    record(story.at("2026-04-24"), "branch_committee@2026-04", "2026-04-23", "minutes")
    record(story, "party_group@2026-04", "2026-04-23", "minutes")
    story.at("2026-04-27").does("office", "branch_committee@2026-04", "accept")
    story.does("office", "party_group@2026-04", "accept")
    story.run("2026-05-25", "08:45")
    record(story.at("2026-05-25"), "party_group@2026-05", "2026-05-22", "minutes")
    story.does("office", "party_group@2026-05", "accept")
    # Nobody holds the 支委会 of May; the quarter's assembly and lecture are held in June.
    story.run("2026-06-26", "08:45")
    record(story.at("2026-06-26"), "members_assembly@2026-Q2", "2026-06-25", "minutes", "sign_in")
    record(story, "party_lecture@2026-Q2", "2026-06-25", "courseware", "sign_in")
    record(story, "party_group@2026-06", "2026-06-25", "minutes")
    # The 支委会 of June was held in time and is entered in July, inside the two weeks of grace.
    story.run("2026-07-06", "08:45")
    record(story.at("2026-07-06"), "branch_committee@2026-06", "2026-06-24", "minutes")
    for key in ("members_assembly@2026-Q2", "party_lecture@2026-Q2", "party_group@2026-06"):
        story.does("office", key, "accept")
    story.does("office", "branch_committee@2026-06", "accept")

    told = states(story)
    assert {
        duty: {period: row[period] for period in sorted(row) if period < "2026-07" or "Q2" in period}
        for duty, row in told.items()
    } == {
        "branch_committee": {"2026-04": "accepted", "2026-05": "missed", "2026-06": "accepted"},
        "party_group": {"2026-04": "accepted", "2026-05": "accepted", "2026-06": "accepted"},
        "members_assembly": {"2026-Q2": "accepted"},
        "party_lecture": {"2026-Q2": "accepted"},
    }
    assert not was_late(story, "branch_committee@2026-06")
    fields = story.case("branch_committee@2026-06").fields
    assert (fields["held_on"], fields["entered_on"]) == ("2026-06-24", "2026-07-06")
    assert was_late(story, "branch_committee@2026-05")
    assert [key for key in all_keys(told) if story.broken(key)] == []


def all_keys(told: dict[str, dict[str, str]]) -> list[str]:
    return [f"{duty}@{period}" for duty, row in told.items() for period in row]


def test_the_owner_and_the_office_hear_of_the_missed_period_once(quarter: Story) -> None:
    story = quarter.run("2026-05-20", "08:45", "09:15", "16:00")
    missed = [
        row.notice.audience
        for row in story.told("branch_committee@2026-04")
        if row.notice.rung == "occurrence_missed" and row.state == "sent"
    ]
    assert sorted(missed) == ["office", "owner"]


def test_a_missed_meeting_entered_late_never_looks_as_if_it_was_in_time(quarter: Story) -> None:
    story = quarter.run("2026-05-15", "08:45")
    key = "branch_committee@2026-04"
    assert story.case(key).state == "missed"
    record(story, key, "2026-05-13", "minutes", move="enter_late")
    story.at("2026-05-18").does("office", key, "accept")
    assert (story.case(key).state, was_late(story, key)) == ("accepted", True)
    assert story.case(key).fields["entered_on"] == "2026-05-16"


def test_who_entered_a_record_does_not_confirm_it(quarter: Story) -> None:
    story = quarter.run("2026-04-24", "08:45").at("2026-04-24")
    key = "branch_committee@2026-04"
    held = date(2026, 4, 23)
    story.keeps_offline("office", key, "会议记录", about=About("minutes", None, None, held, held))
    story.does("office", key, "submit", held_on="2026-04-23")
    with pytest.raises(Refused) as refused:
        story.does("office", key, "accept")
    assert refused.value.refusals.codes == ("four_eyes",)
    story.does("discipline_commissioner", key, "accept")


def test_everybody_on_roll_signs_the_pledge_who_came_later_too_and_who_left_not(autumn: Story) -> None:
    story = autumn.run("2026-09-08", "08:45")
    assert on_roster(story) == set(STAFF)
    ticks(story, "secretary", "office")
    with story.work() as uow:
        new = NewPerson("新老师", "newcomer", address="test://newcomer")
        clerk = Principal(story.organisation, None, Via.CLI, Credential.NONE, "clerk")
        story.people["newcomer"] = add_person(uow, clerk, new, story.now, schemes=PostOffice.schemes).id
    leaves(story, "discipline_commissioner", story.today)
    story.run("2026-09-15", "08:45").at("2026-09-15")
    assert on_roster(story) == {"secretary", "office", "moral_education_director", "newcomer"}

    keep_pledges(story)
    with pytest.raises(Refused) as refused:
        story.does("moral_education_director", PLEDGE, "submit", held_on="2026-09-15")
    assert [(row.code, row.facts["count"]) for row in refused.value.refusals.unmet] == [
        ("roster_incomplete", 2)
    ]
    ticks(story, "moral_education_director", "newcomer")
    story.does("moral_education_director", PLEDGE, "submit", held_on="2026-09-15")
    story.does("office", PLEDGE, "accept")
    assert (story.case(PLEDGE).state, was_late(story, PLEDGE), story.broken(PLEDGE)) == (
        "accepted",
        False,
        [],
    )
    gone = [row for row in story.case(PLEDGE).roster if row.left_on is not None]
    assert [row.person for row in gone] == [story.people["discipline_commissioner"]]


def ticks(story: Story, *who: str) -> None:
    people = tuple(story.people[key] for key in who)
    with story.work() as uow:
        sign(uow, story.person("office"), PLEDGE, Sign(people, story.today), story.now)


def leaves(story: Story, who: str, last_day: date) -> None:
    """Somebody leaves the school: no verb says so yet, the personnel file does."""
    with story.work() as uow:
        change_person_row(signed(uow), story.people[who], {"on_roll_until": last_day})


def keep_pledges(story: Story) -> None:
    today = story.today
    about = About("pledge", None, None, today - timedelta(days=1), today)
    story.keeps_offline("moral_education_director", PLEDGE, "承诺书", 4, about)


def on_roster(story: Story) -> set[str]:
    keys = {number: key for key, number in story.people.items()}
    with story.look() as uow:
        case = load_world(uow, story.organisation, PLEDGE, lock=False).case
    return {keys[row.person] for row in case.roster if row.left_on is None}
