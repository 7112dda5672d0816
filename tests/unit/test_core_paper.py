"""A decision that was signed on paper: who registers it, who confirms or denies it (law 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine.core.paper import AnswerPaper, answer_paper, disputed
from engine.core.plan import Plan
from engine.core.posts import Holding
from engine.core.principal import Credential, Principal
from engine.core.principal import on_paper as scanned
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, decide_request
from tests.kit.approvals import (
    CLERK,
    DEPUTY,
    OWNER,
    SCAN,
    SECRETARY,
    by_body,
    ruled,
    status,
    votes,
)
from tests.kit.worlds import CAST, Bench, codes


def on_paper(
    bench: Bench, who: int = SECRETARY, brought_by: Principal | None = None, **more: Any
) -> Plan | Refusals:
    principal = scanned(brought_by or bench.person(who, Credential.NONE))
    word = DecideRequest(bench.case.pending.number, "approve", paper=SCAN, **more)  # type: ignore[union-attr]
    return bench._take(decide_request(bench.world, principal, word, bench.now))


def answered(
    bench: Bench, who: int, *, is_confirmed: bool, comment: str = "", credential: Credential = Credential.PIN
) -> Plan | Refusals:
    said = AnswerPaper(len(bench.case.requests), is_confirmed, comment)
    return bench._take(answer_paper(bench.world, bench.person(who, credential), said, bench.now))


def test_a_decision_on_paper_waits_for_the_word_of_its_person() -> None:
    bench = ruled({"by": ["secretary"]})
    on_paper(bench, recorder=bench.person(CLERK))
    vote = bench.case.requests[0].votes[0]
    assert ("approved", "open", CLERK) == (status(bench), vote.confirmed, vote.recorded_by)
    assert ["1:paper:1"] == [row.subject for row in bench.case.open_deadlines if row.kind == "request"]
    assert () == codes(answered(bench, SECRETARY, is_confirmed=True))
    assert "confirmed" == bench.case.requests[0].votes[0].confirmed
    assert [] == [row.subject for row in bench.case.open_deadlines if row.kind == "request"]
    assert ("nothing_to_confirm",) == codes(answered(bench, SECRETARY, is_confirmed=True))


def test_only_the_person_confirms_and_not_on_paper() -> None:
    bench = ruled({"by": ["secretary"]})
    on_paper(bench)
    assert ("nothing_to_confirm",) == codes(answered(bench, CLERK, is_confirmed=True))
    for weak in (Credential.PAPER, Credential.NONE):
        assert ("needs_proof",) == codes(answered(bench, SECRETARY, is_confirmed=True, credential=weak))


def test_a_paper_that_is_denied_alarms_the_office_and_the_next_decider() -> None:
    bench = ruled({"by": ["secretary", "deputy_secretary"]})
    on_paper(bench)
    assert ("comment_too_short",) == codes(answered(bench, SECRETARY, is_confirmed=False, comment="没签"))
    plan = answered(bench, SECRETARY, is_confirmed=False, comment="这份签批单不是我签的，请核对")
    assert isinstance(plan, Plan)
    assert ["post:office", f"person:{DEPUTY}"] == [row.who for row in plan.prompts]
    # What happened stays until somebody decides otherwise.
    assert ("planned", "denied") == (bench.case.state, bench.case.requests[0].votes[0].confirmed)


def test_what_rests_on_a_denied_paper_is_disputed_until_it_is_confirmed_after_all() -> None:
    bench = ruled({"by": ["secretary"]})
    on_paper(bench)
    assert () == disputed(bench.case)
    answered(bench, SECRETARY, is_confirmed=False, comment="这份签批单不是我签的，请核对")
    assert [1] == [row.number for row in disputed(bench.case)]
    assert ("nothing_to_confirm",) == codes(answered(bench, CLERK, is_confirmed=True))
    answered(bench, SECRETARY, is_confirmed=True)
    assert ((), "confirmed") == (disputed(bench.case), bench.case.requests[0].votes[0].confirmed)


def test_what_rests_on_a_denied_paper_is_settled_when_the_same_is_decided_anew() -> None:
    bench = ruled({"by": ["secretary"]})
    on_paper(bench)
    answered(bench, SECRETARY, is_confirmed=False, comment="这份签批单不是我签的，请核对")
    (first,) = bench.case.requests
    anew = replace(first, number=2, votes=())
    for ended, left in (("pending", [1]), ("withdrawn", [1]), ("returned", []), ("approved", [])):
        case = replace(bench.case, requests=(first, replace(anew, status=ended)))
        assert left == [row.number for row in disputed(case)], ended


def test_what_others_decided_without_the_denied_paper_is_not_disputed() -> None:
    bench = ruled(by_body(votes=2))
    on_paper(bench)
    answered(bench, SECRETARY, is_confirmed=False, comment="这份签批单不是我签的，请核对")
    assert ("nothing_to_confirm",) == codes(answered(bench, SECRETARY, is_confirmed=True))
    votes(bench, (2, SECRETARY))
    assert ("approved", ()) == (status(bench), disputed(bench.case))


def test_a_denied_word_in_a_body_no_longer_counts_and_may_be_given_anew() -> None:
    bench = ruled(by_body(votes=2))
    on_paper(bench)
    answered(bench, SECRETARY, is_confirmed=False, comment="这份签批单不是我签的，请核对")
    votes(bench, (2,))
    assert "pending" == status(bench)
    votes(bench, (SECRETARY,))
    assert "approved" == status(bench)


def test_whoever_asked_does_not_register_the_paper() -> None:
    bench = ruled({"by": ["secretary"]})
    asker = bench.person(CAST[OWNER])
    assert ("recorder_is_party", "recorder_not_allowed") == codes(on_paper(bench, recorder=asker))


def test_whoever_asked_does_not_register_it_from_another_post_either() -> None:
    bench = ruled({"by": ["secretary"]})
    held = Holding(bench.posts.posts["office"].id, CAST[OWNER], date(2026, 1, 1))
    bench.posts = replace(bench.posts, holdings=(*bench.posts.holdings, held))
    assert ("recorder_is_party",) == codes(on_paper(bench, recorder=bench.person(CAST[OWNER])))


def test_the_owner_does_not_register_what_the_office_asked_for() -> None:
    bench = ruled({"by": ["secretary"]})
    asked = replace(bench.case.requests[0], asked_by=CLERK)
    bench.case = replace(bench.case, requests=(asked,))
    owner = on_paper(bench, recorder=bench.person(CAST[OWNER]))
    assert ("recorder_is_party", "recorder_not_allowed") == codes(owner)


def test_who_signed_registers_no_paper_of_their_own() -> None:
    bench = ruled({"by": ["secretary"]})
    assert ("recorder_is_signer",) == codes(on_paper(bench, recorder=bench.person(SECRETARY)))


@pytest.mark.parametrize("weak", [Credential.NONE, Credential.PAPER, Credential.SYSTEM_TOKEN])
def test_a_recorder_proves_who_they_are(weak: Credential) -> None:
    bench = ruled({"by": ["secretary"]})
    assert ("recorder_needs_proof",) == codes(on_paper(bench, recorder=bench.person(CLERK, weak)))
    assert [] == list(bench.case.requests[0].votes)


def test_a_token_for_acting_alone_registers_no_decision() -> None:
    bench = ruled({"by": ["secretary"]})
    token = replace(bench.person(CLERK, Credential.TOKEN), scopes=frozenset({"act"}))
    assert ("token_scope",) == codes(on_paper(bench, recorder=token))


def test_without_a_paper_there_is_nobody_to_register_it() -> None:
    bench = ruled({"by": ["secretary"]})
    word = DecideRequest(1, "approve", recorder=bench.person(CLERK))
    said = decide_request(bench.world, bench.person(SECRETARY), word, bench.now)
    assert ("recorder_without_paper",) == codes(said)


def test_a_scan_does_not_lift_the_limits_of_the_token_that_brings_it() -> None:
    bench = ruled({"by": ["secretary"]})
    token = replace(bench.person(SECRETARY, Credential.TOKEN), credential_id=5, scopes=frozenset({"act"}))
    assert ("token_scope",) == codes(on_paper(bench, brought_by=token))


@pytest.mark.parametrize(
    ("scopes", "against"),
    [({"act"}, ("token_scope", "needs_proof")), ({"act", "decide"}, ("needs_proof",))],
)
def test_a_program_registers_no_paper(scopes: set[str], against: tuple[str, ...]) -> None:
    bench = ruled({"by": ["secretary"]})
    program = bench.person(SECRETARY, Credential.SYSTEM_TOKEN)
    program = replace(program, credential_id=5, scopes=frozenset(scopes))
    assert against == codes(on_paper(bench, brought_by=program))


def test_a_token_that_asked_does_not_decide_on_paper_either() -> None:
    bench = ruled({"by": ["secretary"]})
    hand = ("token", 5, "asker:plan")
    bench.case = replace(bench.case, hands=(*bench.case.hands, hand))
    token = replace(bench.person(SECRETARY, Credential.TOKEN), credential_id=5)
    assert ("four_eyes",) == codes(on_paper(bench, brought_by=token))


def test_history_shows_what_brought_the_paper() -> None:
    bench = ruled({"by": ["secretary"]})
    on_paper(bench, brought_by=replace(bench.person(SECRETARY, Credential.TOKEN), credential_id=5))
    (stamp,) = (event.stamp for event in bench.events if event.type == "voted")
    assert ("paper", "token", 5) == (stamp.via, stamp.credential, stamp.credential_id)
