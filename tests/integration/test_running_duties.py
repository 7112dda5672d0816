"""Recurring duties with a moving clock: each period once, whatever happened in between."""

from __future__ import annotations

from datetime import date

import pytest

from engine.core.refusal import Refused
from engine.errors import NotFound
from engine.services.duties import Sign, catalogue, occurrences, plan_duties, sign, switch_off, switch_on
from engine.services.views import show_case
from engine.store.histories import history
from engine.store.people import NewSomeone, add_person_row, change_person_row
from engine.store.worlds import load_world
from tests.kit.databases import Home, signed
from tests.kit.running import Running

MEETINGS = ("branch_committee", "party_group", "members_assembly", "party_lecture")


@pytest.fixture
def running(home: Home) -> Running:
    return Running(home).at("2026-03-02", "08:00")


def switch(running: Running, *names: str, since: str = "2026-03-01") -> None:
    with running.home.begin() as uow:
        for name in names:
            switch_on(uow, running.person("office"), name, date.fromisoformat(since), running.now)
        uow.commit()


def periods(running: Running) -> dict[str, str]:
    """Case key → state of every occurrence."""
    with running.home.begin(writing=False) as uow:
        return {row.key: row.state for row in occurrences(uow, running.person("office"))}


def test_the_shipped_duties_are_off(running: Running) -> None:
    with running.home.begin(writing=False) as uow:
        found = {
            row.name: (row.label, row.group, row.is_on) for row in catalogue(uow, running.person("office"))
        }
    assert found == {
        "branch_committee": ("支委会", "三会一课", False),
        "party_group": ("党小组会", "三会一课", False),
        "members_assembly": ("党员大会", "三会一课", False),
        "party_lecture": ("党课", "三会一课", False),
        "ethics_pledge": ("师德承诺", "", False),
    }


def test_a_duty_that_nobody_published_is_not_found(running: Running) -> None:
    with running.home.begin() as uow, pytest.raises(NotFound) as found:
        switch_on(uow, running.person("office"), "branch_comittee", date(2026, 3, 1), running.now)
    assert found.value.facts["nearest"] == "branch_committee"


def test_a_stranger_may_not_switch_duties_on(running: Running) -> None:
    with running.home.begin() as uow, pytest.raises(Refused):
        switch_on(uow, running.person("stranger"), "branch_committee", date(2026, 3, 1), running.now)


def test_each_period_opens_once_whatever_the_rhythm(running: Running) -> None:
    switch(running, *MEETINGS)
    running.tick_daily("2026-05-06", hour="08:00")
    for _ in range(5):
        running.tick()
    assert sorted(periods(running)) == [
        "branch_committee@2026-03",
        "branch_committee@2026-04",
        "branch_committee@2026-05",
        "members_assembly@2026-Q1",
        "party_group@2026-03",
        "party_group@2026-04",
        "party_group@2026-05",
        "party_lecture@2026-Q1",
    ]


def test_a_long_sleep_leaves_a_row_for_each_period_and_one_word(running: Running) -> None:
    switch(running, "branch_committee")
    running.at("2026-08-20").tick()
    assert periods(running) == {
        "branch_committee@2026-03": "missed",
        "branch_committee@2026-04": "missed",
        "branch_committee@2026-05": "missed",
        "branch_committee@2026-06": "missed",
        "branch_committee@2026-07": "missed",
        "branch_committee@2026-08": "open",
    }
    running.at("2026-08-21").tick()
    told = {row.notice.case for row in running.messages() if row.state == "sent"}
    assert told == {"branch_committee@2026-07"}


def test_a_period_that_nobody_held_is_missed_and_told(running: Running) -> None:
    switch(running, "branch_committee")
    running.tick_daily("2026-04-16")
    assert periods(running)["branch_committee@2026-03"] == "missed"
    missed = {
        row.notice.audience
        for row in running.messages("branch_committee@2026-03")
        if row.notice.rung == "occurrence_missed"
    }
    assert missed == {"owner", "office"}


def test_three_meetings_of_a_month_are_one_line_of_one_message(running: Running) -> None:
    switch(running, "branch_committee", "party_group")
    running.at("2026-03-02").tick()
    running.at("2026-03-24").tick()
    (letter,) = running.postman.letters
    assert letter.text.count("三会一课") == 1
    assert "支委会、党小组会" in letter.text


def test_nothing_opens_before_the_series_begins(running: Running) -> None:
    switch(running, "branch_committee", since="2026-05-10")
    running.at("2026-05-20").tick()
    assert list(periods(running)) == ["branch_committee@2026-05"]


def test_a_duty_that_was_switched_off_opens_nothing_more(running: Running) -> None:
    switch(running, "branch_committee")
    running.tick()
    with running.home.begin() as uow:
        switch_off(uow, running.person("office"), "branch_committee", date(2026, 4, 30), running.now)
        uow.commit()
    running.tick_daily("2026-07-01")
    assert list(periods(running)) == ["branch_committee@2026-03", "branch_committee@2026-04"]


def test_opening_writes_the_dates_and_the_calendar_into_history(running: Running) -> None:
    switch(running, "branch_committee")
    running.tick()
    with running.home.begin(writing=False) as uow:
        case = load_world(uow, running.home.organisation, "branch_committee@2026-03", lock=False).case
        opened = history(uow, case.id)[0]
    assert opened.payload["fields"]["due_on"] == "2026-03-31"
    assert opened.payload["fields"]["calendar"] == "2026.1"
    assert (case.title, case.state) == ("2026年3月支委会", "open")


def test_a_plan_lists_what_will_come_without_opening_it(running: Running) -> None:
    switch(running, "branch_committee", "party_lecture")
    with running.home.begin(writing=False) as uow:
        planned = plan_duties(uow, running.person("office"), date(2026, 3, 1), date(2026, 5, 31))
    assert [(row.name, row.period, row.due_on.isoformat()) for row in planned] == [
        ("branch_committee", "2026-03", "2026-03-31"),
        ("party_lecture", "2026-Q1", "2026-03-31"),
        ("branch_committee", "2026-04", "2026-04-30"),
        ("branch_committee", "2026-05", "2026-05-29"),
        ("party_lecture", "2026-Q2", "2026-06-30"),
    ]
    assert periods(running) == {}


def test_a_roster_follows_who_comes_and_who_goes(running: Running) -> None:
    running.at("2026-09-01", "08:00")
    switch(running, "ethics_pledge", since="2026-09-01")
    running.tick()
    before = on_roster(running)
    with running.home.begin() as uow:
        new = add_person_row(
            signed(uow), running.home.organisation, NewSomeone("late", "late", on_roll_from=date(2026, 9, 10))
        )
        change_person_row(uow, running.home.people["member"], {"on_roll_until": date(2026, 9, 9)})
        uow.commit()
    running.at("2026-09-10").tick()
    assert on_roster(running) == (before | {new.id}) - {running.home.people["member"]}
    running.at("2026-09-10", "10:00").tick()
    assert on_roster(running) == (before | {new.id}) - {running.home.people["member"]}


def test_people_are_ticked_on_the_roster_by_the_office_alone(running: Running) -> None:
    running.at("2026-09-01", "08:00")
    switch(running, "ethics_pledge", since="2026-09-01")
    running.tick()
    who, on = running.home.people["stranger"], date(2026, 9, 1)
    key = "ethics_pledge@2026-2027"
    with running.home.begin() as uow, pytest.raises(Refused):
        sign(uow, running.person("stranger"), key, Sign((who,), on), running.now)
    with running.home.begin() as uow:
        sign(uow, running.person("office"), key, Sign((who,), on), running.now)
        uow.commit()
    with running.home.begin(writing=False) as uow:
        roster = load_world(uow, running.home.organisation, key, lock=False).case.roster
    assert [line.person for line in roster if line.ticked_on] == [who]


def on_roster(running: Running) -> set[int]:
    with running.home.begin(writing=False) as uow:
        case = load_world(uow, running.home.organisation, "ethics_pledge@2026-2027", lock=False).case
    return {line.person for line in case.roster if line.left_on is None}


def test_the_day_of_a_period_is_explained_by_its_event(running: Running) -> None:
    running.at("2026-03-02")
    switch(running, "branch_committee", since="2026-03-01")
    running.tick()
    with running.home.begin(writing=False) as uow:
        view = show_case(uow, running.person("office"), "branch_committee@2026-03", running.now)
    [deadline] = view.deadlines
    codes = [row.code for row in deadline.why]
    assert ("due_basis_period", "due_from_period_end", "due_is") == (codes[0], codes[1], codes[-1])
    assert deadline.due_on is not None
    assert deadline.why[-1].facts["day"] == deadline.due_on.isoformat()


def test_before_go_live_no_period_opens(running: Running) -> None:
    switch(running, "branch_committee", since="2025-09-01")
    running.at("2026-03-20").tick()
    assert sorted(periods(running)) == [f"branch_committee@2026-0{month}" for month in (1, 2, 3)]
