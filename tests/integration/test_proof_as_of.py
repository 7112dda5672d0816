"""A past day looks as it looked then: state, owner, holders, lateness, rules; what came later is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.core.erasing import Erasure
from engine.core.principal import Principal
from engine.errors import NotFound, WrongUsage
from engine.services.as_of import ledger_on, show_case_on
from engine.services.erasing import erase
from engine.services.evidence import About
from engine.services.overriding import drop_override, publish_for
from engine.services.people import Appointment, appoint, end_holding
from engine.services.publishing import check_definitions, publish_checked
from engine.services.views import CaseView, ledger
from engine.store.database import Database
from engine.store.scope import Scope
from tests.kit.cli import CLERK, new_home
from tests.kit.reports import TEXT
from tests.kit.stories import Story, local, shipped
from tests.kit.worlds import vocabulary

CAST = ("secretary", "office", "discipline_commissioner", "vice_principal_teaching", "teaching_director")
CASE = "2026-1"
LEADER = "vice_principal_teaching"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    """Imported on 2 March, assigned on the 4th, plan asked for on the 20th and approved on 6 April."""
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    story.imports(TEXT)
    story.at("2026-03-04").assigns(CASE, LEADER, due="2026-05-29")
    story.at("2026-03-20").does(LEADER, CASE, "plan", "报送方案")
    story.at("2026-04-06").decides("secretary", CASE)
    story.at("2026-06-30", "15:00")
    yield story


def on(story: Story, day: str, who: str | None = "office") -> CaseView:
    person: Principal = story.person(who)
    with story.look() as uow:
        return show_case_on(uow, person, CASE, date.fromisoformat(day), story.now)


@pytest.mark.parametrize(
    ("day", "state", "owner", "requests"),
    [
        ("2026-03-02", "assigned", None, 0),
        ("2026-03-03", "assigned", None, 0),
        ("2026-03-04", "assigned", LEADER, 0),
        ("2026-03-20", "assigned", LEADER, 1),
        ("2026-04-05", "assigned", LEADER, 1),
        ("2026-04-06", "planned", LEADER, 1),
        ("2026-06-30", "planned", LEADER, 1),
    ],
)
def test_a_case_is_what_was_recorded_until_then(
    story: Story, day: str, state: str, owner: str | None, requests: int
) -> None:
    view = on(story, day)
    assert (view.row.case.state, view.row.owner_post, len(view.row.case.requests)) == (state, owner, requests)
    assert view.moves == ()


def test_today_as_of_today_is_today(story: Story) -> None:
    assert on(story, "2026-06-30").row.case == story.case(CASE)


@pytest.mark.parametrize(("day", "days"), [("2026-05-29", 0), ("2026-05-30", 1), ("2026-06-30", 32)])
def test_late_is_counted_for_that_day(story: Story, day: str, days: int) -> None:
    assert on(story, day).row.late_days == days


def test_before_it_was_opened_a_case_is_not_there(story: Story) -> None:
    with pytest.raises(NotFound) as refused:
        on(story, "2026-03-01")
    assert refused.value.code == "case_opened_later"


def test_a_day_that_has_not_come_is_refused(story: Story) -> None:
    with pytest.raises(WrongUsage) as refused:
        on(story, "2026-07-01")
    assert refused.value.code == "day_not_over"


def test_the_ledger_of_a_day_is_that_of_its_evening(story: Story) -> None:
    with story.look() as uow:
        now = ledger(uow, story.organisation, story.today)
        today = ledger_on(uow, story.organisation, story.today, story.now)
        before = ledger_on(uow, story.organisation, date(2026, 3, 1), story.now)
        march = ledger_on(uow, story.organisation, date(2026, 3, 4), story.now)
        late = ledger_on(uow, story.organisation, date(2026, 6, 1), story.now, late=True)
    assert (today, before) == (now, [])
    assert [(row.case.key, row.owner_post) for row in march] == [
        (CASE, LEADER),
        ("2026-2", None),
        ("2026-3", None),
    ]
    assert [row.case.key for row in late] == [CASE]


def test_who_was_entered_later_does_not_change_an_earlier_day(story: Story) -> None:
    """An appointment of today with a first day in March, and an end of today: neither was known in May."""
    before = on(story, "2026-05-30").row.owners
    with story.work() as uow:
        end_holding(uow, story.person("office"), LEADER, LEADER, story.now)
        later = Appointment("teaching_director", LEADER, since=date(2026, 3, 5))
        appoint(uow, story.person("office"), later, story.now)
    today, then = on(story, "2026-06-30").row.owners, on(story, "2026-05-30").row.owners
    with story.look() as uow:
        listed = ledger_on(uow, story.organisation, date(2026, 5, 30), story.now)[0].owners
    assert (then, listed, today == then) == (before, before, False)


def test_what_was_erased_since_is_not_shown_of_any_day(story: Story) -> None:
    for who in ("office", "secretary"):
        with story.work() as uow:
            erase(uow, story.person(who), CASE, Erasure(1, "problem"), "写有学生姓名", story.now)
    assert on(story, "2026-03-02").row.case.texts["problem"] is None


def test_a_hidden_paper_is_hidden_in_the_past_too(story: Story) -> None:
    story.at("2026-06-29").files(LEADER, CASE, "谈话记录", About("record", level="verifier"))
    story.at("2026-06-30", "15:00")
    shown = {who: on(story, "2026-06-29", who).row.case.evidence[0].name for who in ("office", "secretary")}
    assert shown["office"] is None
    assert shown["secretary"] is not None


def test_the_calendar_is_the_one_that_was_published_then(story: Story) -> None:
    (calendar,) = (file for file in shipped() if file.kind == "calendar")
    changed = type(calendar)(
        calendar.kind,
        calendar.name,
        calendar.source,
        re.sub(r"version: .*", 'version: "2026.9"', calendar.text, count=1),
    )
    with story.database.begin(Scope.whole()) as uow:
        publish_checked(uow, check_definitions([changed], vocabulary()), local("2026-04-20", "10:00"))
        uow.commit()
    old, new = on(story, "2026-04-19").world.place.calendar, on(story, "2026-04-20").world.place.calendar
    assert (old.version == new.version, new.version) == (False, "2026.9")


def test_an_own_calendar_that_was_taken_back_rules_its_days_alone(story: Story) -> None:
    (calendar,) = (file for file in shipped() if file.kind == "calendar")
    text = re.sub(r"version: .*", 'version: "2026.8"', calendar.text, count=1)
    own = type(calendar)(calendar.kind, calendar.name, calendar.source, text)
    key = on(story, "2026-06-30").world.place.key
    with story.database.begin(Scope.one(story.organisation)) as uow:
        publish_for(
            uow, key, check_definitions([own], vocabulary()), vocabulary(), local("2026-04-20", "10:00")
        )
        uow.commit()
    with story.database.begin(Scope.one(story.organisation)) as uow:
        drop_override(uow, key, "calendar", calendar.name, local("2026-05-11", "10:00"))
        uow.commit()
    days = ("2026-04-19", "2026-04-20", "2026-05-10", "2026-05-11", "2026-06-30")
    before, first, last, after, today = (on(story, day).world.place.calendar.version for day in days)
    assert (first, last, before == after == today) == ("2026.8", "2026.8", True)


def test_the_command_line_shows_a_past_day(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    assert home("assign", CASE, "--leader", LEADER, "--as", CLERK).code == 0
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    shown, listed = home("show", CASE, "--on", today), home("issues", "--on", today, "--json")
    assert (shown.code, listed.code, len(listed.data["issues"])) == (0, 0, 3)
    assert "当天的情况" in shown.out
    assert home("show", CASE, "--on", "2020-01-01").code == 6
    assert home("issues", "--on", "2200-01-01").code == 2
