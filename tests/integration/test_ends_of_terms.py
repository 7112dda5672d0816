"""The end of a term in a post: what was so on a past day stays so, and no end lies before an act."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.core.refusal import Refused
from engine.errors import NotFound
from engine.services.handover import Handover, hand_over
from engine.services.moves import Assign, assign
from engine.services.people import Appointment, NewPerson, add_person, appoint, end_holding, leave
from engine.store.places import load_posts
from tests.kit.databases import MONDAY, OWNER, SINCE, Home
from tests.kit.verbs import codes, do, operator

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
NEXT_WEEK = MONDAY + 7 * DAY


def held(home: Home, day: date, post: str = OWNER) -> tuple[int, ...]:
    with home.begin(writing=False) as uow:
        return load_posts(uow, home.organisation).holders(home.posts[post], day)


def test_an_end_that_is_over_is_not_made_earlier(home: Home) -> None:
    do(home, end_holding, operator(home), OWNER, OWNER, until=TODAY)
    with pytest.raises(Refused) as refused:
        do(home, end_holding, operator(home), OWNER, OWNER, until=TODAY - 9 * DAY, now=NEXT_WEEK)
    assert ["end_already_over"] == codes(refused.value)
    assert (home.people[OWNER],) == held(home, TODAY - DAY)


def test_an_end_is_not_before_the_beginning(home: Home) -> None:
    for verb, words in ((end_holding, (OWNER, OWNER)), (leave, (OWNER,))):
        said = {"until": SINCE - 9 * DAY} if verb is end_holding else {"last_day": SINCE - 9 * DAY}
        with pytest.raises(Refused) as refused:
            do(home, verb, operator(home), *words, **said)
        assert {"end_before_start"} == set(codes(refused.value))
    assert (home.people[OWNER],) == held(home, SINCE)


def test_a_term_that_did_not_begin_is_taken_back_today_but_not_in_the_past(home: Home) -> None:
    do(home, end_holding, operator(home), OWNER, OWNER)
    do(home, appoint, operator(home), Appointment("stranger", OWNER, TODAY + DAY))
    with pytest.raises(Refused) as refused:
        do(home, leave, operator(home), "stranger", last_day=date(2020, 1, 1))
    assert ["end_before_start"] == codes(refused.value)
    do(home, end_holding, operator(home), "stranger", OWNER)
    assert () == held(home, TODAY + DAY)


def test_an_end_is_not_before_the_last_act(home: Home) -> None:
    key = home.open_issue(1).key
    do(home, assign, home.principal("office"), key, Assign(home.posts[OWNER]))
    ends = {"until": TODAY - 3 * DAY}
    with pytest.raises(Refused) as refused:
        do(home, end_holding, operator(home), "office", "office", now=NEXT_WEEK, **ends)
    assert ["acted_after_end"] == codes(refused.value)
    assert "2026-03-02" == refused.value.refusals.unmet[0].facts["day"]
    with pytest.raises(Refused) as refused:
        do(home, leave, operator(home), "office", now=NEXT_WEEK, last_day=TODAY - 3 * DAY)
    assert ["acted_after_end"] == codes(refused.value)
    do(home, end_holding, operator(home), "office", "office", now=NEXT_WEEK, until=TODAY)
    assert ((home.people["office"],), ()) == (held(home, TODAY, "office"), held(home, TODAY + DAY, "office"))


def test_an_act_in_another_post_is_no_act_in_this_one(home: Home) -> None:
    do(home, appoint, operator(home), Appointment("secretary", OWNER, TODAY - 30 * DAY))
    key = home.open_issue(1).key
    do(home, assign, home.principal("secretary"), key, Assign(home.posts[OWNER]))
    do(home, end_holding, operator(home), "secretary", OWNER, until=TODAY - 3 * DAY)
    assert (home.people[OWNER],) == held(home, TODAY - 2 * DAY)


def test_what_was_decided_today_does_not_keep_an_authority(home: Home) -> None:
    key = home.open_issue(1).key
    do(home, assign, home.principal("office"), key, Assign(home.posts[OWNER]))
    do(home, end_holding, operator(home), "office", "office")
    assert () == held(home, TODAY, "office")


def test_who_left_does_not_leave_on_another_day(home: Home) -> None:
    joined = do(home, add_person, operator(home), NewPerson("王一", posts=(OWNER,)))
    do(home, leave, operator(home), joined.key)
    for last in (TODAY - DAY, TODAY + DAY):
        with pytest.raises(Refused) as refused:
            do(home, leave, operator(home), joined.key, last_day=last, now=NEXT_WEEK)
        assert ["left_already"] == codes(refused.value)
    do(home, leave, operator(home), joined.key, last_day=TODAY, now=NEXT_WEEK)


def test_nobody_leaves_before_they_joined(home: Home) -> None:
    joined = do(home, add_person, operator(home), NewPerson("王一"))
    with pytest.raises(Refused) as refused:
        do(home, leave, operator(home), joined.key, last_day=TODAY - 9 * DAY)
    assert ["end_before_joining"] == codes(refused.value)


def test_a_post_is_not_handed_over_before_the_last_act(home: Home) -> None:
    key = home.open_issue(1).key
    do(home, assign, home.principal("office"), key, Assign(home.posts[OWNER]))
    with pytest.raises(Refused) as refused:
        do(home, hand_over, operator(home), Handover("office", "office", "stranger", TODAY - 9 * DAY))
    assert ["acted_after_end"] == codes(refused.value)


def test_nothing_of_nobody_is_still_not_found(home: Home) -> None:
    with pytest.raises(NotFound, match="holding_not_found"):
        do(home, end_holding, operator(home), "stranger", OWNER, until=TODAY - 9 * DAY)
