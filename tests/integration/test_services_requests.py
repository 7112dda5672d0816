"""Requests in a home: bundles, paper and minutes, what the tick does to what waits; all on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.core.definition_reader import read_workflow
from engine.core.fold import replay
from engine.core.paper import AnswerPaper
from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.errors import Conflict, NotFound
from engine.services.access import NewToken, make_token
from engine.services.attending import attend_requests
from engine.services.bundles import NewBundle, list_bundles, make_bundles, take_out
from engine.services.credentials import Acting, principal_for, set_pin
from engine.services.decided import list_decided
from engine.services.decisions import (
    Decided,
    Meeting,
    Word,
    confirm,
    decide_by_minutes,
    decide_together,
    list_requests,
    list_unconfirmed,
    withdraw,
)
from engine.services.intake import Received
from engine.services.moves import Assign, assign, make_move
from engine.store.definitions import FOR_ALL, publish
from engine.store.histories import history
from engine.store.people import end_holding_rows
from engine.store.places import bump_roster
from engine.store.tables import Notice, RequestRow, table_of
from engine.store.worlds import load_world
from tests.integration.test_store_together import together
from tests.integration.test_store_worlds import counted
from tests.kit.chains import first_break
from tests.kit.databases import COMMITTEE, MONDAY, OWNER, Home, hold, signed
from tests.kit.verbs import codes, do, operator, world_of
from tests.kit.worlds import ROOT

REASON = "请补充每项措施的具体完成时限"
SCAN = Received("scan.pdf", "scan", "ab" * 32, 9)
REQUESTS = table_of(RequestRow)
NOTICES = table_of(Notice)


def asked(home: Home, *owners: str) -> list[str]:
    """Issues whose plans wait for a decision, one for each of `owners`; the keys of their requests."""
    keys = []
    for number, owner in enumerate(owners, start=1):
        home.open_issue(number)
        key = f"2026-{number}"
        do(home, assign, home.principal("office"), key, Assign(home.posts[owner]))
        do(home, make_move, home.principal(owner), key, MakeMove("plan"))
        keys.append(f"{key}-R1")
    return keys


def laid(home: Home, *cases: str) -> list[str]:
    new = NewBundle("2026", "plan", cases, "整改方案")
    return [view.bundle.key for view in do(home, make_bundles, home.principal("office"), new)]


def says(home: Home, who: str, *keys: str, **more: Any) -> list[Decided]:
    word = Word(keys, more.pop("verdict", "approve"), **more)
    return do(home, decide_together, home.principal(who), word)


def states(home: Home, count: int) -> list[str]:
    return [world_of(home, f"2026-{number}").case.state for number in range(1, count + 1)]


def whole(home: Home, key: str) -> None:
    """Rows, history and memory say the same, and the chain proves itself."""
    case = world_of(home, key).case
    with home.begin(writing=False) as uow:
        told = history(uow, case.id)
    assert first_break(told) is None
    assert replay(case.id, home.organisation, told) == case


# -- bundles


def test_a_bundle_is_decided_by_one_word_and_one_digest(home: Home) -> None:
    asked(home, OWNER, OWNER, OWNER)
    (bundle,) = laid(home)
    (view,) = bundles(home)
    done = says(home, "secretary", bundle, digest=view.digest)
    assert [row.key for row in done] == ["2026-1-R1", "2026-2-R1", "2026-3-R1"]
    assert states(home, 3) == ["planned"] * 3
    for number in (1, 2, 3):
        whole(home, f"2026-{number}")
    case = world_of(home, "2026-1").case
    with home.begin(writing=False) as uow:
        voted = next(event for event in history(uow, case.id) if event.type == "voted")
    assert (voted.payload["bundle"], voted.payload["bundle_digest"]) == (bundle, view.digest)


def bundles(home: Home) -> list[Any]:
    with home.begin(writing=False) as uow:
        return list_bundles(uow, home.organisation)


def test_each_decider_gets_a_bundle_of_their_own(home: Home) -> None:
    asked(home, OWNER, "secretary", OWNER)
    assert laid(home) == ["2026-B1", "2026-B2"]
    found = [(view.bundle.decider, [row.case_key for row in view.members]) for view in bundles(home)]
    assert found == [("secretary", ["2026-1", "2026-3"]), ("party_committee", ["2026-2"])]


def test_single_items_come_back_while_the_others_are_approved(home: Home) -> None:
    asked(home, OWNER, OWNER)
    (bundle,) = laid(home)
    with pytest.raises(Refused) as refused:
        says(home, "secretary", bundle, exceptions=("2026-2",), comment="太短")
    assert codes(refused.value) == ["comment_too_short"]
    assert states(home, 2) == ["assigned", "assigned"]
    says(home, "secretary", bundle, exceptions=("2026-2",), comment=REASON)
    assert states(home, 2) == ["planned", "assigned"]
    first, second = (world_of(home, f"2026-{number}").case.requests[0] for number in (1, 2))
    assert (first.votes[0].comment, second.status, second.votes[0].comment) == (None, "returned", REASON)


def test_one_item_that_cannot_be_decided_stops_the_whole_bundle_and_is_named(home: Home) -> None:
    asked(home, OWNER, "discipline_commissioner")
    (bundle,) = laid(home)
    # The secretary comes to hold the post that owns the second one: now they are a party to it.
    with home.begin() as uow:
        hold(uow, home.organisation, home.posts["discipline_commissioner"], home.people["secretary"])
        bump_roster(uow, home.organisation)
        uow.commit()
    with pytest.raises(Refused) as refused:
        says(home, "secretary", bundle)
    assert [row.case for row in refused.value.every] == ["2026-2"]
    assert states(home, 2) == ["assigned", "assigned"]
    # Taken out, it is neither approved nor returned by them: it is not theirs.
    done = says(home, "secretary", bundle, exceptions=("2026-2",), comment=REASON)
    assert [(row.key, row.status) for row in done] == [("2026-1-R1", ""), ("2026-2-R1", "pending")]
    assert states(home, 2) == ["planned", "assigned"]


def test_what_was_withdrawn_falls_out_of_its_bundle_by_name(home: Home) -> None:
    asked(home, OWNER, OWNER)
    (bundle,) = laid(home)
    before = bundles(home)[0].digest
    do(home, withdraw, home.principal(OWNER), "2026-2-R1")
    with pytest.raises(Conflict) as conflict:
        says(home, "secretary", bundle, digest=before)
    assert conflict.value.code == "bundle_changed"
    done = says(home, "secretary", bundle)
    assert [(row.key, row.status) for row in done] == [("2026-1-R1", ""), ("2026-2-R1", "withdrawn")]
    with pytest.raises(Refused) as refused:
        says(home, "secretary", bundle)
    assert codes(refused.value) == ["bundle_is_decided"]


def test_an_item_that_was_taken_out_waits_for_a_decision_of_its_own(home: Home) -> None:
    asked(home, OWNER, OWNER)
    (bundle,) = laid(home)
    do(home, take_out, home.principal("office"), bundle, ["2026-2"])
    with pytest.raises(NotFound):
        says(home, "secretary", bundle, exceptions=("2026-2",), comment=REASON)
    says(home, "secretary", bundle)
    assert states(home, 2) == ["planned", "assigned"]
    with home.begin(writing=False) as uow:
        assert [row.key for row in list_requests(uow, home.organisation, MONDAY)] == ["2026-2-R1"]
    with pytest.raises(NotFound):
        do(home, take_out, home.principal("office"), bundle, ["2026-1"])


def test_a_bundle_needs_requests(home: Home) -> None:
    home.open_issue()
    for cases in ((), ("2026-1",)):
        with pytest.raises(Refused) as refused:
            laid(home, *cases)
        assert codes(refused.value) == ["no_such_request"]


def test_loading_a_bundle_takes_the_same_number_of_queries_for_any_size(home: Home) -> None:
    asked(home, *([OWNER] * 6))
    small, large = laid(home, "2026-1"), laid(home, *(f"2026-{number}" for number in range(2, 7)))
    with home.begin() as uow:
        decide_together(uow, home.principal("secretary"), Word(small, "approve"), MONDAY, dry_run=True)
        with counted(home.database) as for_one:
            decide_together(uow, home.principal("secretary"), Word(small, "approve"), MONDAY, dry_run=True)
        with counted(home.database) as for_five:
            decide_together(uow, home.principal("secretary"), Word(large, "approve"), MONDAY, dry_run=True)
    assert len(for_five) == len(for_one)


# -- paper


def on_paper(home: Home, who: str) -> Principal:
    return Principal(home.organisation, home.people[who], Via.PAPER, Credential.PAPER, "clerk")


def test_a_paper_is_kept_listed_and_confirmed(home: Home) -> None:
    (key,) = asked(home, OWNER)
    word = Word((key,), "approve", scan=SCAN, recorder=home.principal("office"))
    do(home, decide_together, on_paper(home, "secretary"), word)
    with home.begin(writing=False) as uow:
        (row,) = list_unconfirmed(uow, home.organisation, MONDAY)
    assert (row.key, row.request.votes[0].recorded_by) == (key, home.people["office"])
    with pytest.raises(Refused) as refused:
        do(home, confirm, home.principal("office"), key, AnswerPaper(0, True))
    assert codes(refused.value) == ["nothing_to_confirm"]
    do(home, confirm, home.principal("secretary"), key, AnswerPaper(0, True))
    with home.begin(writing=False) as uow:
        assert list_unconfirmed(uow, home.organisation, MONDAY) == []
    whole(home, "2026-1")


# -- minutes


def test_minutes_decide_what_the_secretary_owns(home: Home) -> None:
    (key,) = asked(home, "secretary")
    case = world_of(home, "2026-1").case
    assert case.pending is not None and case.pending.decider == "party_committee"
    seats = len(case.pending.voters)
    word, held_on = Word((key,), "approve", scan=SCAN), date(2026, 3, 2)
    few = Meeting(held_on, seats - 1, 1, 1)
    with pytest.raises(Refused) as refused:
        do(home, decide_by_minutes, home.principal("office"), word, few)
    assert set(codes(refused.value)) == {"minutes_no_quorum", "minutes_no_majority"}
    good = Meeting(held_on, seats - 1, seats - 1, seats - 1)
    do(home, decide_by_minutes, home.principal("office"), word, good)
    assert world_of(home, "2026-1").case.state == "planned"
    whole(home, "2026-1")


# -- the tick


def leaves(home: Home, person: str, post: str) -> None:
    with home.begin() as uow:
        ends = (home.posts[post], home.people[person], date(2026, 2, 28))
        end_holding_rows(signed(uow), home.organisation, *ends)
        bump_roster(uow, home.organisation)
        uow.commit()


def test_the_tick_passes_on_what_nobody_is_left_to_decide(home: Home) -> None:
    asked(home, OWNER)
    assert attend_requests(home.database, MONDAY).looked == 1
    # Nothing changed: nothing is looked at.
    assert attend_requests(home.database, MONDAY + timedelta(minutes=1)).looked == 0
    leaves(home, "secretary", "secretary")
    later = MONDAY + timedelta(minutes=2)
    found = attend_requests(home.database, later)
    assert (found.looked, found.changed) == (1, 1)
    assert world_of(home, "2026-1").case.pending.decider == "party_committee"  # type: ignore[union-attr]
    whole(home, "2026-1")


def test_the_tick_decides_when_the_last_who_was_to_speak_has_left(home: Home) -> None:
    """Five members, the secretary owns it: three are needed, two approve, two leave, two of three are a majority."""
    (key,) = asked(home, "secretary")
    first, second, *others = [name for name in COMMITTEE if name != "secretary"]
    for name in (first, second):
        says(home, name, key)
    assert states(home, 1) == ["assigned"]
    for name in others:
        leaves(home, name, "party_committee")
    assert attend_requests(home.database, MONDAY + timedelta(hours=1)).changed == 1
    case = world_of(home, "2026-1").case
    assert (case.state, case.requests[0].status, case.requests[0].needed) == ("planned", "approved", 2)
    whole(home, "2026-1")


def test_the_tick_ends_what_nobody_decided_in_time(home: Home) -> None:
    text = (ROOT / "workflows/definitions/rectification.yaml").read_text(encoding="utf-8")
    text = text.replace("within_workdays: 5\n", "within_workdays: 5\n      expires_after_workdays: 5\n")
    with home.begin() as uow:
        digest = read_workflow(text, "own").digest
        publish(uow, FOR_ALL, "workflow", "rectification", 3, digest, text, MONDAY)
        uow.commit()
    asked(home, OWNER)
    pending = world_of(home, "2026-1").case.pending
    assert pending is not None and pending.expires_on == date(2026, 3, 9)
    last = datetime(2026, 3, 9, 15, 59, tzinfo=UTC)
    assert attend_requests(home.database, last).changed == 0
    assert attend_requests(home.database, last + timedelta(minutes=1)).changed == 1
    assert world_of(home, "2026-1").case.requests[0].status == "expired"
    whole(home, "2026-1")
    with home.begin(writing=False) as uow:
        ((day, lapsed),) = list_decided(uow, home.organisation, None, None, last + timedelta(minutes=1))
        assert [] == list(list_decided(uow, home.organisation, None, date(2026, 3, 8), last))
    assert (day, lapsed.key, lapsed.expires_after) == (date(2026, 3, 9), "2026-1-R1", 5)


def test_one_case_that_breaks_is_recorded_and_stops_no_other(home: Home) -> None:
    asked(home, OWNER, OWNER)
    with home.begin() as uow:
        which = (REQUESTS.c.organisation_id == home.organisation, REQUESTS.c.case_id == case_id(home, 1))
        uow.execute(update(REQUESTS).where(*which).values(params="{broken"))
        uow.commit()
    leaves(home, "secretary", "secretary")
    found = attend_requests(home.database, MONDAY)
    assert (found.looked, found.changed, found.failed) == (2, 1, 1)


def case_id(home: Home, number: int) -> int:
    with home.begin(writing=False) as uow:
        return load_world(uow, home.organisation, f"2026-{number}").case.id


def test_of_two_who_give_the_last_word_at_once_one_gives_it(home: Home) -> None:
    """Five members, three are needed: after two words, two speak at once, and the request is decided once."""
    (key,) = asked(home, "secretary")
    first, second, third, fourth = (name for name in COMMITTEE if name != "secretary")
    for name in (first, second):
        says(home, name, key)

    def speak(number: int) -> None:
        says(home, (third, fourth)[number], key)

    answers = together(2, speak)
    assert [codes(error) for error in answers] in (
        [["request_not_pending", "wrong_state"]],
        [["request_not_pending"]],
    )
    case = world_of(home, "2026-1").case
    assert (case.state, len(case.requests[0].votes)) == ("planned", 3)
    whole(home, "2026-1")


@pytest.mark.parametrize(("maker", "is_lent"), [("operator", True), ("secretary", False)])
@pytest.mark.parametrize("kind", ["token", "pin"])
def test_a_decision_with_a_proof_that_another_made_is_marked_and_told(
    home: Home, kind: str, maker: str, is_lent: bool
) -> None:
    """Administering the system changes nothing unseen: whoever makes a token or sets a PIN may decide with it."""
    (key,), case_id = asked(home, OWNER), world_of(home, "2026-1").case.id
    who = operator(home) if maker == "operator" else home.principal("secretary")
    if kind == "pin":
        do(home, set_pin, who, "secretary", "482915")
        acting = Acting(home.organisation, "secretary", "482915", "clerk", Via.CLI)
    else:
        made = do(home, make_token, who, NewToken("secretary", "script", scopes=("act", "decide")))
        acting = Acting(home.organisation, None, None, "clerk", Via.CLI, token=made.word)
    do(home, decide_together, principal_for(home.database, acting, MONDAY), Word([key], "approve"))
    with home.begin(writing=False) as uow:
        voted = next(row for row in history(uow, case_id) if row.type == "voted")
        mine = (uow.scope.covers(NOTICES.c.organisation_id), NOTICES.c.rung == "decided_with_lent")
        told = uow.execute(select(NOTICES.c.audience).where(*mine)).scalars()
        expected = [f"person:{home.people['secretary']}"] if is_lent else []
        assert (voted.payload.get("is_lent", False), list(told)) == (is_lent, expected)
    whole(home, "2026-1")
