"""Whoever leaves a post without a successor leaves nothing that waits for a decision."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.services.attending import attend_requests
from engine.services.decisions import Word, decide_together
from engine.services.messages import messages
from engine.services.moves import Assign, assign, make_move
from engine.services.people import end_holding, leave
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.verbs import codes, do, world_of

TODAY = date(2026, 3, 2)
NEXT = MONDAY + timedelta(days=1)


@pytest.fixture
def key(home: Home) -> str:
    """A plan that the owner asked for and nobody decided."""
    key = home.open_issue(1).key
    do(home, assign, home.principal("office"), key, Assign(home.posts[OWNER]))
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    return key


def status(home: Home, key: str) -> str:
    return world_of(home, key).case.requests[0].status


def told(home: Home, key: str, day: date) -> set[int]:
    with home.begin(writing=False) as uow:
        rows = messages(uow, home.principal("office"), day, case=key)
    return {who for row in rows if row.notice.rung == "voided" for who in row.waits_to_tell}


def test_an_end_that_is_over_voids_at_once_and_tells(home: Home, key: str) -> None:
    do(home, end_holding, home.principal("office"), OWNER, OWNER)
    assert (status(home, key), world_of(home, key).case.pending) == ("void", None)
    assert home.people["secretary"] in told(home, key, TODAY)


def test_an_end_in_another_post_leaves_it_alone(home: Home, key: str) -> None:
    do(home, end_holding, home.principal("office"), "secretary", "secretary")
    assert status(home, key) == "pending"


def test_who_leaves_today_still_answers_for_it_today(home: Home, key: str) -> None:
    do(home, leave, home.principal("office"), OWNER)
    attend_requests(home.database, MONDAY)
    assert status(home, key) == "pending"
    do(home, decide_together, home.principal("secretary"), Word([f"{key}-R1"], "approve"))
    assert status(home, key) == "approved"


def test_from_the_day_after_nobody_decides_it_and_the_tick_voids_it(home: Home, key: str) -> None:
    do(home, leave, home.principal("office"), OWNER)
    with pytest.raises(Refused) as refused, home.begin() as uow:
        decide_together(uow, home.principal("secretary"), Word([f"{key}-R1"], "approve"), NEXT)
    assert "request_not_pending" in codes(refused.value)
    attend_requests(home.database, NEXT)
    assert status(home, key) == "void"
    assert home.people["secretary"] in told(home, key, TODAY + timedelta(days=1))
