"""A post handed over from a day to come: the tick of that day carries it out, once, however late it comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from engine.core.world import MakeMove
from engine.errors import Conflict, NotFound
from engine.scheduling.ticker import Ticker
from engine.services.access import NewToken, make_token, open_session
from engine.services.attending import attend_requests
from engine.services.handover import Handover, hand_over
from engine.services.messages import messages
from engine.services.moves import Assign, assign, make_move
from engine.services.people import Appointment, appoint, end_holding, list_people
from engine.services.planned_handovers import TakenOver, carry_out_handovers, withdraw_handover
from engine.services.tick import tick
from engine.services.verifying import Wish, verify
from engine.store.access import list_access
from engine.store.blobs import FolderBlobs
from engine.store.places import load_posts
from engine.store.planned_handovers import Planned, plan_handover
from engine.store.scope import Scope
from engine.store.tables import PlannedHandover, RequestRow, table_of
from tests.kit.databases import OWNER, Home, signed
from tests.kit.running import NeverLocked
from tests.kit.verbs import do, operator, world_of

DAY = date(2026, 3, 9)
BEGINS = datetime(2026, 3, 8, 16, tzinfo=UTC)
"""When that day begins at the school."""
PLANNED = table_of(PlannedHandover)
REQUESTS = table_of(RequestRow)


def asked(home: Home, number: int = 1) -> str:
    """A case of the post whose owner waits for a decision."""
    key = home.open_issue(number).key
    do(home, assign, home.principal("office"), key, Assign(home.posts[OWNER]))
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    return key


def planned(home: Home, *, post: str = OWNER, leaver: str = OWNER, successor: str = "stranger") -> None:
    do(home, hand_over, home.principal("office"), Handover(post, leaver, successor, DAY))


def outcomes(home: Home) -> list[tuple[str, bool]]:
    """How each planned handover ended, and whether it is still looked at."""
    with home.begin(writing=False) as uow:
        mine = select(PLANNED.c.outcome, PLANNED.c.next_at).where(
            PLANNED.c.organisation_id == home.organisation
        )
        rows = uow.execute(mine.order_by(PLANNED.c.id)).all()
    return [(row.outcome, row.next_at is not None) for row in rows]


def told(home: Home, rung: str, day: date = DAY) -> list[tuple[str, set[int]]]:
    with home.begin(writing=False) as uow:
        rows = messages(uow, home.principal("office"), day)
    return sorted((row.notice.case, set(row.waits_to_tell)) for row in rows if row.notice.rung == rung)


def test_nothing_happens_before_the_day_begins_at_the_school(home: Home) -> None:
    key = asked(home)
    planned(home)
    assert carry_out_handovers(home.database, BEGINS - timedelta(seconds=1)) == TakenOver()
    assert world_of(home, key).case.pending is not None
    assert told(home, "handed_over") == []
    assert carry_out_handovers(home.database, BEGINS) == TakenOver(done=1, voided=1)


def test_the_list_tells_what_will_be_void_and_the_people_list_that_it_is_planned(home: Home) -> None:
    """With nothing ended yet: what is decided before the day stays decided."""
    key = asked(home)
    handed = do(home, hand_over, home.principal("office"), Handover(OWNER, OWNER, "stranger", DAY))
    assert [row.case for row in handed.voided] == [key]
    assert world_of(home, key).case.pending is not None
    with home.begin(writing=False) as uow:
        before = list_people(uow, home.principal("office"), BEGINS - timedelta(days=1)).handovers
    assert before == ((OWNER, OWNER, "stranger", DAY),)
    carry_out_handovers(home.database, BEGINS)
    with home.begin(writing=False) as uow:
        assert list_people(uow, home.principal("office"), BEGINS).handovers == ()


def test_what_is_planned_can_be_taken_back_and_planned_again(home: Home) -> None:
    key = asked(home)
    planned(home)
    with pytest.raises(Conflict, match="already_appointed") as early:
        do(home, hand_over, home.principal("office"), Handover(OWNER, OWNER, "stranger"))
    assert early.value.facts["from_day"] == DAY.isoformat()
    command = Handover(OWNER, OWNER, "stranger")
    do(home, withdraw_handover, home.principal("office"), command)
    with pytest.raises(NotFound, match="handover_not_planned"):
        do(home, withdraw_handover, home.principal("office"), command)
    assert holders_on_the_day(home) == (home.people[OWNER],)
    assert carry_out_handovers(home.database, BEGINS) == TakenOver()
    assert world_of(home, key).case.pending is not None
    planned(home)
    assert holders_on_the_day(home) == (home.people["stranger"],)
    assert carry_out_handovers(home.database, BEGINS) == TakenOver(done=1, voided=1)


def holders_on_the_day(home: Home) -> tuple[int, ...]:
    with home.begin(writing=False) as uow:
        return load_posts(uow, home.organisation).holders(home.posts[OWNER], DAY)


def test_on_the_day_requests_end_logins_end_and_both_sides_are_told(home: Home) -> None:
    waiting, other = asked(home), home.open_issue(2).key
    planned(home)
    # What came to the post after it was planned goes along as well.
    do(home, assign, home.principal("office"), other, Assign(home.posts[OWNER]))
    do(home, open_session, home.principal(OWNER))
    do(home, make_token, operator(home), NewToken(OWNER, "script"))
    carry_out_handovers(home.database, BEGINS)
    case = world_of(home, waiting).case
    assert (case.requests[0].status, case.pending) == ("void", None)
    sides = {home.people["stranger"], home.people["secretary"]}
    assert {who for _, people in told(home, "voided") for who in people} == sides
    assert told(home, "handed_over") == [(other, {home.people["stranger"]})]
    with home.begin(writing=False) as uow:
        kept = [row for row in list_access(uow, home.organisation) if row.person == home.people[OWNER]]
    # A seat in the committee is still theirs, so the token stays.
    assert [row.kind for row in kept if row.revoked_at is None] == ["token"]
    assert outcomes(home) == [("done", False)]


def test_a_machine_that_was_off_that_day_catches_up_once(home: Home) -> None:
    key = asked(home)
    planned(home)
    late = BEGINS + timedelta(days=12)
    assert tick(home.database, {}, late).taken_over == TakenOver(done=1, voided=1)
    revision = world_of(home, key).case.revision
    for later in (late, late + timedelta(minutes=1)):
        assert tick(home.database, {}, later).taken_over == TakenOver()
    assert world_of(home, key).case.revision == revision


def test_who_has_no_post_left_by_then_loses_tokens_too(home: Home) -> None:
    do(home, make_token, operator(home), NewToken("office", "script"))
    do(home, hand_over, operator(home), Handover("office", "office", "stranger", DAY))
    carry_out_handovers(home.database, BEGINS)
    with home.begin(writing=False) as uow:
        kept = [row for row in list_access(uow, home.organisation) if row.person == home.people["office"]]
    assert [row.kind for row in kept if row.revoked_at is None] == []


def test_said_twice_it_is_planned_once(home: Home) -> None:
    asked(home)
    planned(home)
    planned(home)
    assert outcomes(home) == [("", True)]
    assert carry_out_handovers(home.database, BEGINS) == TakenOver(done=1, voided=1)


def test_who_was_taken_out_again_takes_nothing_over(home: Home) -> None:
    key = asked(home)
    planned(home)
    do(home, end_holding, home.principal("office"), "stranger", OWNER, until=DAY - timedelta(days=1))
    do(home, appoint, home.principal("office"), Appointment(OWNER, OWNER, since=DAY))
    assert carry_out_handovers(home.database, BEGINS) == TakenOver(dropped=1)
    assert world_of(home, key).case.pending is not None
    assert outcomes(home) == [("dropped", False)]


def test_what_waits_for_the_post_is_looked_at_anew_in_the_same_tick(home: Home) -> None:
    asked(home)
    planned(home, post="secretary", leaver="secretary")
    assert attend_requests(home.database, BEGINS - timedelta(minutes=1)).looked == 1
    assert tick(home.database, {}, BEGINS).attended.looked == 1


def test_the_running_ticker_hands_over_and_looks_at_requests_as_a_tick_by_hand_does(home: Home) -> None:
    asked(home)
    planned(home, post="secretary", leaver="secretary", successor="vice_principal_logistics")
    ticker = Ticker(home.database, {}, lambda: BEGINS, NeverLocked())
    ticker.sweep_tick(BEGINS)
    assert outcomes(home) == [("done", False)]
    # The ticker has looked at the request already: nobody finds it changed again.
    assert attend_requests(home.database, BEGINS).looked == 0


def test_one_that_fails_is_recorded_and_stops_no_other(home: Home) -> None:
    key = asked(home)
    planned(home)
    planned(home, post="party_committee", leaver="member", successor="office")
    _write_voters(home, "no list")
    assert carry_out_handovers(home.database, BEGINS) == TakenOver(done=1, failed=1)
    assert outcomes(home) == [("", True), ("done", False)]
    assert carry_out_handovers(home.database, BEGINS + timedelta(minutes=1)) == TakenOver()
    _write_voters(home, "[]")
    assert carry_out_handovers(home.database, BEGINS + timedelta(days=1)).done == 1
    assert world_of(home, key).case.pending is None


def _write_voters(home: Home, said: str) -> None:
    with home.begin() as uow:
        uow.execute(
            update(REQUESTS).where(REQUESTS.c.organisation_id == home.organisation).values(voters=said)
        )
        uow.commit()


class Killed(BaseException):
    """What no handler of ours catches."""


@contextmanager
def killed_before(home: Home, allowed: int) -> Iterator[None]:
    """The process ends before its next statement, once so many were sent."""
    sent = 0

    def count(*_rest: object) -> None:
        nonlocal sent
        sent += 1
        if sent > allowed:
            raise Killed

    event.listen(home.database.engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(home.database.engine, "before_cursor_execute", count)


def test_killed_before_any_statement_it_is_done_or_not_begun(home: Home, tmp_path: object) -> None:
    key = asked(home)
    planned(home)
    seen = []
    for allowed in range(200):
        try:
            with killed_before(home, allowed):
                carry_out_handovers(home.database, BEGINS)
        except Killed:
            pending = world_of(home, key).case.pending
            seen.append((outcomes(home), pending is None, len(told(home, "voided"))))
            continue
        break
    begun, done = ([("", True)], False, 0), ([("done", False)], True, 2)
    assert len(seen) > 10
    assert [row for row in dict.fromkeys(map(repr, seen))] in ([repr(begun)], [repr(begun), repr(done)])
    assert outcomes(home) == done[0]
    assert len(told(home, "voided")) == 2
    with home.begin(writing=False) as uow:
        blobs = FolderBlobs(tmp_path)  # type: ignore[arg-type]
        assert verify(uow, home.organisation, "school", blobs, Wish()).broken == ()


def also_next_door(home: Home) -> None:
    """A handover of the other school that came due an hour earlier; it no longer stands."""
    who = home.people["neighbour_secretary"]
    with home.database.begin(Scope.one(home.neighbour)) as uow:
        post = load_posts(uow, home.neighbour).posts["secretary"].id
        plan_handover(
            signed(uow),
            Planned(home.neighbour, post, who, who, DAY),
            BEGINS - timedelta(hours=1),
            (None, BEGINS),
        )
        uow.commit()


def endings(home: Home) -> dict[int, str]:
    with home.database.begin(Scope.whole(), writing=False) as uow:
        columns = select(PLANNED.c.organisation_id, PLANNED.c.outcome)
        rows = uow.execute(columns.where(uow.scope.covers(PLANNED.c.organisation_id))).all()
    return {row.organisation_id: row.outcome for row in rows}


def test_each_organisation_is_held_and_committed_by_itself_in_the_order_of_a_sweep(home: Home) -> None:
    asked(home)
    planned(home)
    also_next_door(home)
    seen: list[dict[int, str]] = []
    for allowed in range(200):
        try:
            with killed_before(home, allowed):
                carry_out_handovers(home.database, BEGINS)
        except Killed:
            seen.append(endings(home))
            continue
        break
    school, next_door = home.organisation, home.neighbour
    assert school < next_door
    stages = list(dict.fromkeys(tuple(sorted(each.items())) for each in seen))
    assert ((school, "done"), (next_door, "")) in stages
    assert all(each[1] == (next_door, "") or each[0] == (school, "done") for each in stages)
    assert endings(home) == {school: "done", next_door: "dropped"}


def test_more_handovers_than_a_batch_take_effect_in_one_tick(home: Home) -> None:
    planned(home)
    planned(home, post="party_committee", leaver="member", successor="office")
    planned(home, post="office", leaver="office", successor="stranger")
    assert carry_out_handovers(home.database, BEGINS, batch=1) == TakenOver(done=3)
