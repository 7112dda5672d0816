"""Reminders with a moving clock: only the highest rung speaks, once, whatever the rhythm of the ticks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from engine.core.history import NewEvent
from engine.core.planning import make_plan
from engine.core.principal import system
from engine.errors import Conflict, WrongUsage
from engine.services.messages import messages
from engine.services.setup import IS_DEMO
from engine.services.sweep import sweep
from engine.services.tick import begin_tick
from engine.store.apply import apply
from engine.store.homes import keep_home_setting
from engine.store.people import end_holding_rows
from engine.store.places import bump_roster
from engine.store.register import change_rows
from engine.store.register_rows import ORGANISATION
from engine.store.scope import Scope
from engine.store.tables import CaseFile, table_of
from engine.store.ticks import failures
from engine.store.worlds import load_world
from tests.kit.databases import OWNER, Home, hold, signed
from tests.kit.running import Running, local, refusing

LATE = "2026-04-10"  # a Friday on which the plan is due


@pytest.fixture
def running(home: Home) -> Running:
    """An issue that was given to its leader in March, its plan due on a Friday in April."""
    running = Running(home).at("2026-03-02", "10:00")
    home.open_issue(measures=0)
    running.assign("2026-1", OWNER, LATE)
    return running


def said_of(running: Running, kind: str) -> list[tuple[str, int, str]]:
    """(rung, n, state) of the notices to whoever is waited for, about one kind of deadline."""
    return [
        (row.notice.rung, row.notice.n, row.state)
        for row in running.messages("2026-1")
        if row.notice.kind == kind and row.notice.audience == "waits_for"
    ]


def test_the_news_of_an_assignment_leaves_in_the_next_window(running: Running) -> None:
    running.at("2026-03-02", "18:30").tick()
    assert running.postman.letters == []
    running.at("2026-03-03", "09:00").tick()
    assert running.postman.recipients == {OWNER: 1}


def test_a_hundred_ticks_a_day_say_no_more_than_one(running: Running) -> None:
    running.at("2026-04-11").tick_daily("2026-04-13")
    for minute in range(100):
        running.now = local("2026-04-13", "09:00") + timedelta(minutes=minute)
        running.tick()
    once = running.postman.recipients[OWNER]
    running.now += timedelta(minutes=1)
    running.tick()
    assert running.postman.recipients[OWNER] == once
    assert [row for row in said_of(running, "rectify") if row[2] == "sent"] == [("late_3", 1, "sent")]


def test_each_rung_of_a_daily_ticker_comes_on_its_sending_day(running: Running) -> None:
    running.at("2026-03-03").tick_daily("2026-04-30")
    days = {
        row.notice.rung: row.sent_at.date().isoformat()
        for row in running.messages("2026-1")
        if row.notice.kind == "rectify" and row.notice.n == 1 and row.sent_at
    }
    assert days == {
        "before_20": "2026-03-20",
        "before_10": "2026-03-31",
        "before_3": "2026-04-07",
        "due": "2026-04-10",
        "late_3": "2026-04-13",  # the day after was a Saturday: late_1 and late_3 came together
        "late_7": "2026-04-17",
        "weekly": "2026-04-24",
    }


def test_after_forty_days_of_silence_only_the_highest_rung_speaks(running: Running) -> None:
    running.at("2026-05-20").tick()
    sent = [row for row in said_of(running, "rectify") if row[2] == "sent"]
    assert sent == [("weekly", 4, "sent")]
    states = {row[2] for row in said_of(running, "rectify")}
    assert states == {"sent", "superseded"}


def test_one_red_message_and_one_prompt_are_all_that_leaves_after_forty_days(running: Running) -> None:
    running.at("2026-05-20").tick()
    assert running.postman.recipients == {OWNER: 2, "secretary": 1}


def test_what_was_met_before_the_morning_is_not_told_any_more(running: Running) -> None:
    running.at("2026-03-03").tick()
    running.at("2026-04-07", "00:05")
    sweep(running.home.database, running.now)
    meet(running, "plan", "rectify")
    running.at("2026-04-07", "09:00").tick()
    assert running.postman.recipients == {OWNER: 1}  # the news of the assignment, a month ago
    assert {row.why for row in running.messages("2026-1") if row.state == "suppressed"} == {"deadline_met"}


def meet(running: Running, *kinds: str) -> None:
    with running.home.begin() as uow:
        world = load_world(uow, running.home.organisation, "2026-1")
        day = world.place.local_day(running.now).isoformat()
        met = [NewEvent("deadline_met", {"kind": kind, "subject": "", "on": day}) for kind in kinds]
        apply(uow, world, make_plan(world, system(world.place.id), running.now, met), running.now)
        uow.commit()


def test_a_person_sees_what_fell_away_on_its_way_to_them(running: Running) -> None:
    running.at("2026-03-03").tick()
    meet(running, "plan")
    running.postman.answers = [refusing()]
    running.at("2026-04-07", "09:00").tick()
    meet(running, "rectify")
    running.at("2026-04-07", "12:00").tick()

    def fell_away(who: str) -> list[tuple[str, str, str]]:
        person = running.home.people[who]
        with running.home.begin(writing=False) as uow:
            rows = messages(uow, running.person("office"), running.now.date(), person=person)
        return [(row.notice.rung, row.why, str(row.sent_at)) for row in rows if row.state == "suppressed"]

    assert fell_away(OWNER) == [("before_3", "deadline_met", "None")]
    assert fell_away("office") == []


def test_what_a_vacant_post_should_hear_the_office_hears(running: Running) -> None:
    running.at("2026-03-03").tick()
    meet(running, "plan")
    leave_post(running, OWNER, "2026-03-31")
    running.at("2026-04-07").tick()
    assert running.postman.recipients == {OWNER: 1, "office": 1}
    reasons = {row.notice.reason for row in running.messages("2026-1") if row.notice.rung == "before_3"}
    assert reasons == {"vacant_post"}


def test_a_message_that_waits_goes_to_whoever_holds_the_post_when_it_leaves(running: Running) -> None:
    running.at("2026-03-03").tick()
    meet(running, "plan")
    running.postman.answers = [refusing()]
    running.at("2026-04-07", "09:00").tick()
    leave_post(running, OWNER, "2026-04-06")
    hold_post(running, OWNER, "stranger")
    running.at("2026-04-07", "09:30").tick()
    running.at("2026-04-07", "09:31").tick()
    assert [letter.recipient for letter in running.postman.letters] == [OWNER, OWNER, "stranger"]


def leave_post(running: Running, post: str, until: str) -> None:
    with running.home.begin() as uow:
        home = running.home
        ended = end_holding_rows(
            signed(uow), home.organisation, home.posts[post], home.people[post], date.fromisoformat(until)
        )
        bump_roster(uow, home.organisation)
        uow.commit()
    assert ended == 1


def hold_post(running: Running, post: str, person: str) -> None:
    with running.home.begin() as uow:
        home = running.home
        hold(uow, home.organisation, home.posts[post], home.people[person])
        bump_roster(uow, home.organisation)
        uow.commit()


def test_a_broken_case_is_recorded_and_stops_no_other(running: Running) -> None:
    running.home.open_issue(2, measures=0)
    running.assign("2026-2", OWNER, LATE)
    break_case(running, "2026-1")
    swept = sweep(running.home.database, local("2026-04-07"))
    assert (swept.failed, swept.notices > 0) == (2, True)
    assert {row.notice.case for row in running.messages()} >= {"2026-2"}
    with running.home.database.begin(Scope.whole(), writing=False) as uow:
        assert {failure.times for failure in failures(uow)} == {1}
    assert sweep(running.home.database, local("2026-04-07", "09:01")).deadlines == 0


def test_a_mended_case_is_swept_again_and_loses_nothing(running: Running) -> None:
    break_case(running, "2026-1")
    sweep(running.home.database, local("2026-04-07"))
    mend_case(running, "2026-1")
    running.at("2026-04-08").tick()
    assert ("before_3", 1, "sent") in said_of(running, "rectify")
    with running.home.database.begin(Scope.whole(), writing=False) as uow:
        assert failures(uow) == []


def break_case(running: Running, key: str) -> None:
    _write_texts(running, key, "not json")


def mend_case(running: Running, key: str) -> None:
    _write_texts(running, key, '{"problem":"a problem"}')


def _write_texts(running: Running, key: str, texts: str) -> None:
    with running.home.begin() as uow:
        cases = table_of(CaseFile)
        mine = (uow.scope.covers(cases.c.organisation_id), cases.c.key == key)
        uow.execute(update(cases).where(*mine).values(texts=texts))
        uow.commit()


def test_before_go_live_nothing_is_said(home: Home) -> None:
    running = Running(home).at("2026-03-02", "10:00")
    with home.begin() as uow:
        mine = [uow.scope.covers(ORGANISATION.table.c.id)]
        change_rows(signed(uow), ORGANISATION, mine, {"go_live": date(2026, 4, 9)})
        uow.commit()
    home.open_issue(measures=0)
    running.assign("2026-1", OWNER, LATE)
    running.tick_daily("2026-04-08")
    assert said_of(running, "rectify") == []
    running.tick_daily("2026-04-10")
    assert [row for row in said_of(running, "rectify") if row[2] == "sent"] == [
        ("before_3", 1, "sent"),
        ("due", 1, "sent"),
    ]


def test_a_tick_never_goes_back(running: Running) -> None:
    running.at("2026-04-07").tick()
    with pytest.raises(Conflict, match="tick_goes_back"):
        running.at("2026-04-06").tick()


def test_a_clock_that_jumps_over_a_year_is_asked_about_before_anything_is_said(running: Running) -> None:
    running.at("2026-04-07").tick()
    with pytest.raises(Conflict, match="clock_jumped"):
        running.at("2099-01-05").tick()
    running.at("2026-04-08").tick()


def test_whoever_says_that_the_date_is_right_goes_on(running: Running) -> None:
    running.at("2026-04-07").tick()
    later = local("2027-09-01")
    begin_tick(running.home.database, later, wall=later)
    running.at("2027-09-02").tick()


def test_a_tick_by_hand_beyond_the_wall_is_for_demo_homes(running: Running) -> None:
    database, wall = running.home.database, local("2026-04-07")
    with pytest.raises(WrongUsage, match="as_of_beyond_now"):
        begin_tick(database, local("2026-04-08"), wall=wall)
    with database.begin(Scope.whole()) as uow:
        keep_home_setting(signed(uow), IS_DEMO, "true")
        uow.commit()
    begin_tick(database, local("2026-04-08"), wall=wall)
    with pytest.raises(Conflict, match="tick_goes_back"):
        begin_tick(database, local("2026-04-08", "08:59"), wall=wall)


def test_nothing_leaves_on_a_day_off(running: Running) -> None:
    running.at("2026-04-04").tick()  # Qingming
    assert running.postman.letters == []
