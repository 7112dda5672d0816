"""Handing a post over: who holds it when, what is voided and revoked, and the list that goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event

from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.errors import Conflict, NotFound, WrongUsage
from engine.services.access import NewToken, make_token, open_session
from engine.services.decisions import Word, decide_together
from engine.services.handover import HandedOver, Handover, hand_over
from engine.services.messages import messages
from engine.services.moves import Assign, assign, make_move
from engine.services.people import Appointment, appoint
from engine.services.planned_handovers import TakenOver, carry_out_handovers
from engine.store.access import list_access
from engine.store.places import load_posts
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.verbs import codes, do, operator, world_of

TODAY = date(2026, 3, 2)
POST = OWNER


def given(home: Home, *numbers: int) -> list[str]:
    keys = [home.open_issue(number).key for number in numbers]
    for key in keys:
        do(home, assign, home.principal("office"), key, Assign(home.posts[POST]))
    return keys


def handed(
    home: Home, *, post: str = POST, leaver: str = OWNER, successor: str = "stranger", on: date | None = None
) -> HandedOver:
    return do(home, hand_over, home.principal("office"), Handover(post, leaver, successor, on))


def holders(home: Home, day: date, post: str = POST) -> tuple[str, ...]:
    with home.begin(writing=False) as uow:
        posts = load_posts(uow, home.organisation)
    names = {number: key for key, number in home.people.items()}
    return tuple(names[who] for who in posts.holders(home.posts[post], day))


def test_the_one_ends_and_the_other_begins(home: Home) -> None:
    handed(home, on=date(2026, 3, 9))
    days = [holders(home, date(2026, 3, day)) for day in (8, 9)]
    assert days == [(OWNER,), ("stranger",)]


def test_the_list_names_everything_that_goes_with_the_post(home: Home) -> None:
    first, second = given(home, 1, 2)
    do(home, make_move, home.principal(OWNER), first, MakeMove("plan"))
    found = handed(home).as_json()
    assert [(row["case"], row["state"], row["due_on"]) for row in found["cases"]] == [
        (first, "assigned", "2026-03-29"),
        (second, "assigned", "2026-03-29"),
    ]
    assert [row["request"] for row in found["voided"]] == [f"{first}-R1"]
    assert (found["from"], found["to"], found["on"]) == (OWNER, "stranger", "2026-03-02")


def test_what_the_leaver_asked_for_is_void_and_both_sides_are_told(home: Home) -> None:
    (key,) = given(home, 1)
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    handed(home)
    case = world_of(home, key).case
    assert (case.requests[0].status, case.pending) == ("void", None)
    with home.begin(writing=False) as uow:
        told = messages(uow, home.principal("office"), TODAY, case=key)
    people = {home.people["stranger"], home.people["secretary"]}
    assert people == {who for row in told if row.notice.rung == "voided" for who in row.waits_to_tell}
    with pytest.raises(Refused) as refused:
        do(home, decide_together, home.principal("secretary"), Word([f"{key}-R1"], "approve"))
    assert "request_not_pending" in codes(refused.value)


def test_the_successor_asks_again(home: Home) -> None:
    (key,) = given(home, 1)
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    handed(home)
    done = do(home, make_move, home.principal("stranger"), key, MakeMove("plan"))
    assert done.request == 2


def test_what_waits_for_the_post_goes_on_waiting_and_is_listed(home: Home) -> None:
    (key,) = given(home, 1)
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    found = handed(home, post="secretary", leaver="secretary").as_json()
    assert ([row["request"] for row in found["requests"]], found["voided"]) == ([f"{key}-R1"], [])
    do(home, decide_together, home.principal("stranger"), Word([f"{key}-R1"], "approve"))
    assert world_of(home, key).case.state == "planned"


def test_the_successor_gets_one_piece_of_news_for_each_case_and_no_more(home: Home) -> None:
    keys = given(home, 1, 2)
    handed(home)
    handed(home)
    with home.begin(writing=False) as uow:
        told = messages(uow, home.principal("office"), TODAY, person=home.people["stranger"])
    assert sorted(row.notice.case for row in told if row.notice.rung == "handed_over") == keys


def test_stand_ins_of_the_seat_end_with_it(home: Home) -> None:
    do(home, appoint, home.principal("office"), Appointment("member", POST, substitute_for=OWNER))
    assert holders(home, TODAY) == (OWNER, "member")
    assert (handed(home).stand_ins_ended, holders(home, TODAY)) == (1, ("stranger",))


def test_the_stand_in_can_be_the_successor(home: Home) -> None:
    do(home, appoint, home.principal("office"), Appointment("stranger", POST, substitute_for=OWNER))
    handed(home)
    with home.begin(writing=False) as uow:
        posts = load_posts(uow, home.organisation)
    assert posts.represented(home.posts[POST], home.people["stranger"], TODAY) is None


@pytest.mark.parametrize(("keeps_a_post", "standing"), [(True, ["token"]), (False, [])])
def test_sessions_end_and_tokens_too_where_nothing_more_is_held(
    home: Home, keeps_a_post: bool, standing: list[str]
) -> None:
    leaver = OWNER if keeps_a_post else "office"
    do(home, open_session, home.principal(leaver))
    do(home, make_token, operator(home), NewToken(leaver, "script"))
    found = do(home, hand_over, operator(home), Handover(leaver, leaver, "stranger"))
    with home.begin(writing=False) as uow:
        kept = [
            row.kind
            for row in list_access(uow, home.organisation)
            if row.person == home.people[leaver] and row.revoked_at is None
        ]
    assert (kept, found.credentials_ended) == (standing, 2 - len(standing))


def test_a_seat_in_a_body_is_handed_over_too(home: Home) -> None:
    handed(home, post="party_committee", leaver="member")
    seats = holders(home, TODAY, "party_committee")
    assert ("member" in seats, "stranger" in seats, len(seats)) == (False, True, 5)


def test_from_a_later_day_on_the_requests_stay_until_then(home: Home) -> None:
    (key,) = given(home, 1)
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    later = TODAY + timedelta(days=7)
    # Named on the list already, and pending until that day.
    assert [row.number for row in handed(home, on=later).voided] == [1]
    assert world_of(home, key).case.pending is not None
    then = MONDAY + timedelta(days=7)
    again = do(home, hand_over, home.principal("office"), Handover(POST, OWNER, "stranger", later), now=then)
    assert [row.number for row in again.voided] == [1]
    # Said by hand it is done: the tick of that day finds nothing left of it.
    assert carry_out_handovers(home.database, then) == TakenOver()


def test_in_another_post_what_was_asked_for_stays(home: Home) -> None:
    """The leaver keeps the owning post and gives up a seat: their request is still theirs."""
    (key,) = given(home, 1)
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    assert handed(home, post="party_committee").voided == ()


@pytest.mark.parametrize(
    ("how", "error", "code"),
    [
        ({"successor": OWNER}, WrongUsage, "handed_to_oneself"),
        ({"leaver": "member"}, NotFound, "holding_not_found"),
        ({"post": "party_committee", "successor": "secretary"}, Conflict, "already_appointed"),
        ({"successor": "nobody"}, NotFound, "person_not_found"),
        ({"post": "nothing"}, NotFound, "post_not_found"),
    ],
)
def test_what_cannot_be_handed_over(
    home: Home, how: dict[str, str], error: type[Exception], code: str
) -> None:
    with pytest.raises(error, match=code):
        handed(home, **how)  # type: ignore[arg-type]


def test_only_who_keeps_the_files_hands_over(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, hand_over, home.principal(OWNER), Handover(POST, OWNER, "stranger"))
    assert codes(refused.value) == ["wrong_role"]


@contextmanager
def counted(home: Home) -> Iterator[list[str]]:
    """The statements that were sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(home.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(home.database.engine, "before_cursor_execute", note)


def test_thirty_cases_cost_no_more_statements_than_three(home: Home) -> None:
    costs = []
    now: datetime = MONDAY
    for numbers, (leaver, successor) in (
        (range(1, 4), (OWNER, "stranger")),
        (range(4, 31), ("stranger", "member")),
    ):
        given(home, *numbers)
        with counted(home) as sent:
            do(home, hand_over, home.principal("office"), Handover(POST, leaver, successor), now=now)
        costs.append(len(sent))
    assert costs[0] > 0
    assert costs[0] == costs[1]
