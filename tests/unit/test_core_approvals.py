"""Who decides a request and what their words come to: bodies that change, absence, expiry, minutes, paper (law 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.core.bundles import bundle_digest, put_in_bundle, take_out_of_bundle
from engine.core.definition import Approval, WorkflowDefinition
from engine.core.machine import compile_workflow
from engine.core.minutes import Minutes, register_minutes
from engine.core.paper import AnswerPaper, answer_paper
from engine.core.plan import Plan
from engine.core.posts import Holding, Posts
from engine.core.principal import Credential, Principal, system
from engine.core.principal import on_paper as scanned
from engine.core.record import ChangeMeasure, change_measure
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, attend_request, decide_request, withdraw_request
from engine.core.sealing import Changes, added_since, changes
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, codes, shipped, vocabulary

OWNER = "vice_principal_teaching"
SECRETARY, DEPUTY, CLERK = CAST["secretary"], CAST["deputy_secretary"], CAST["office"]
BODY = "party_committee"
REASON = "请补充每项措施的具体完成时限"
SINCE = date(2020, 1, 1)
SCAN = "ab" * 32


def committee(*members: int, posts: Posts | None = None) -> Posts:
    """The cast, with exactly these members in the committee."""
    posts = posts or cast_posts()
    kept = [row for row in posts.holdings if row.post != 99]
    return replace(posts, holdings=(*kept, *(Holding(99, who, SINCE) for who in members)))


def stands_in(posts: Posts, person: int, post: str, holder: int) -> Posts:
    row = Holding(posts.posts[post].id, person, SINCE, substitute_for=holder)
    return replace(posts, holdings=(*posts.holdings, row))


def ruled(approval: dict[str, Any], posts: Posts | None = None) -> Bench:
    """An issue whose plan is approved as `approval` says, asked for by its owner."""
    bench = assigned(posts=posts or cast_posts())
    definition = bench.workflow.definition
    plan = definition.moves["plan"].model_copy(update={"approval": Approval.model_validate(approval)})
    moves = {**definition.moves, "plan": plan}
    changed: WorkflowDefinition = definition.model_copy(update={"moves": moves})
    bench.workflow = compile_workflow(changed, vocabulary())
    assert () == codes(bench.do(OWNER, "plan"))
    return bench


def by_body(**more: Any) -> dict[str, Any]:
    votes = {name: more.pop(name) for name in ("votes", "minutes") if name in more}
    return {"by": [{"post": BODY, **votes}, "deputy_secretary"], **more}


def attend(bench: Bench) -> Plan | None:
    plan = attend_request(bench.world, system(1), len(bench.case.requests), bench.now)
    if plan is not None:
        bench.apply(plan.events, plan.stamp)
    return plan


def status(bench: Bench) -> str:
    assert bench.replayed == bench.case
    return bench.case.requests[-1].status


def votes(bench: Bench, members: Iterable[int], verdict: str = "approve") -> None:
    for member in members:
        assert () == codes(bench.decide(member, verdict, REASON))


# -- how many


@pytest.mark.parametrize(
    ("said", "members", "needed"), [(0, 5, 3), (0, 4, 3), (2, 5, 2), ("all", 5, 5), ("all", 1, 1)]
)
def test_a_body_approves_with_as_many_as_the_file_says(said: Any, members: int, needed: int) -> None:
    body = (1, 2, 3, 6, 7)[:members]
    bench = ruled(by_body(votes=said), committee(*body))
    votes(bench, body[: needed - 1])
    assert "pending" == status(bench)
    votes(bench, body[needed - 1 : needed])
    assert ("approved", "planned") == (status(bench), bench.case.state)


def test_all_are_all_who_are_free_of_conflict() -> None:
    bench = ruled(by_body(votes="all"), committee(1, 2, CAST[OWNER]))
    assert "four_eyes" in codes(bench.decide(CAST[OWNER]))
    votes(bench, (1, 2))
    assert "approved" == status(bench)


def test_where_every_member_is_a_party_the_next_one_decides() -> None:
    bench = ruled(by_body(), committee(CAST[OWNER]))
    assert "deputy_secretary" == bench.case.requests[0].decider
    assert () == codes(bench.decide(DEPUTY))


def test_a_second_word_of_one_person_is_refused() -> None:
    bench = ruled(by_body())
    votes(bench, (1,))
    assert ("already_voted",) == codes(bench.decide(1))


def test_of_two_holders_of_a_post_both_have_to_approve_where_all_are_asked() -> None:
    posts = cast_posts()
    second = Holding(posts.posts["secretary"].id, 8, SINCE)
    posts = replace(posts, holdings=(*posts.holdings, second))
    bench = ruled({"by": [{"post": "secretary", "votes": "all"}]}, posts)
    votes(bench, (SECRETARY,))
    assert "pending" == status(bench)
    votes(bench, (8,))
    assert "approved" == status(bench)


# -- rejections


def test_one_return_is_enough_where_nothing_else_is_said() -> None:
    bench = ruled(by_body())
    votes(bench, (1, 2))
    votes(bench, (3,), "return")
    assert ("returned", "assigned") == (status(bench), bench.case.state)


def test_two_returns_are_needed_where_the_file_says_two() -> None:
    bench = ruled(by_body(returns=2))
    votes(bench, (1,), "return")
    assert "pending" == status(bench)
    votes(bench, (2,), "return")
    assert "returned" == status(bench)


def test_with_majority_it_is_returned_when_approval_can_no_longer_be_reached() -> None:
    bench = ruled(by_body(returns="majority"), committee(1, 2, 3, 6, 7))
    votes(bench, (1, 2), "return")
    assert "pending" == status(bench)
    votes(bench, (3,), "return")
    assert "returned" == status(bench)


def test_two_returns_of_five_do_not_hinder_three_approvals() -> None:
    bench = ruled(by_body(returns="majority"), committee(1, 2, 3, 6, 7))
    votes(bench, (1, 2), "return")
    votes(bench, (3, 6, 7))
    assert "approved" == status(bench)


def test_a_return_that_no_rule_counts_still_ends_what_all_had_to_approve() -> None:
    bench = ruled(by_body(votes="all", returns=3))
    votes(bench, (1,), "return")
    assert "returned" == status(bench)


# -- approvers who are added, absent or removed


def test_the_vote_of_who_left_falls() -> None:
    bench = ruled(by_body(votes=3), committee(1, 2, 3, 6, 7))
    votes(bench, (1, 2))
    bench.posts = committee(2, 3, 6, 7)
    votes(bench, (3,))
    assert "pending" == status(bench)
    votes(bench, (6,))
    assert "approved" == status(bench)


def test_the_vote_of_who_left_stands_where_the_file_says_so() -> None:
    bench = ruled(by_body(votes=3, left="vote_stands"), committee(1, 2, 3, 6, 7))
    votes(bench, (1, 2))
    bench.posts = committee(2, 3, 6, 7)
    votes(bench, (3,))
    assert "approved" == status(bench)


def test_with_all_asked_a_vote_that_stands_takes_nobody_elses_word() -> None:
    bench = ruled(by_body(votes="all", left="vote_stands"), committee(1, 2, 3))
    votes(bench, (1,))
    bench.posts = committee(2, 3)
    votes(bench, (2,))
    assert "pending" == status(bench)
    votes(bench, (3,))
    assert "approved" == status(bench)


def test_a_new_member_may_vote() -> None:
    bench = ruled(by_body(votes=3), committee(1, 2, 3))
    bench.posts = committee(1, 2, 3, 6)
    votes(bench, (1, 2, 6))
    assert "approved" == status(bench)


def test_a_new_member_is_ignored_where_the_file_says_so() -> None:
    bench = ruled(by_body(votes="all", joined="ignored"), committee(1, 2))
    bench.posts = committee(1, 2, 6)
    assert ("wrong_role",) == codes(bench.decide(6))
    votes(bench, (1, 2))
    assert "approved" == status(bench)


def test_a_body_that_grows_needs_more_of_its_members() -> None:
    bench = ruled(by_body(), committee(1, 2, 3))
    bench.posts = committee(1, 2, 3, 6, 7)
    votes(bench, (1, 2))
    assert ("pending", 3) == (status(bench), bench.case.requests[0].needed)


def test_when_the_last_who_was_to_speak_leaves_the_request_is_decided() -> None:
    bench = ruled(by_body(votes="all"), committee(1, 2, 3))
    votes(bench, (1, 2))
    assert None is attend(bench)
    bench.posts = committee(1, 2)
    assert "pending" == status(bench)
    attend(bench)
    assert ("approved", "planned") == (status(bench), bench.case.state)
    assert None is attend(bench)


def test_when_too_few_are_left_to_approve_the_next_one_decides_alone() -> None:
    bench = ruled(by_body(votes=3), committee(1, 2, 6))
    votes(bench, (1, 2))
    bench.posts = committee(1, 2)
    plan = attend(bench)
    assert isinstance(plan, Plan)
    assert [("request_waiting", "post:deputy_secretary")] == [(row.kind, row.who) for row in plan.prompts]
    # Two approvals of the body are not the one that the deputy has to give.
    assert ("pending", 1) == (status(bench), bench.case.requests[0].needed)
    votes(bench, (DEPUTY,))
    assert "approved" == status(bench)


def test_a_vacant_post_passes_its_request_on() -> None:
    bench = ruled({"by": ["secretary", "deputy_secretary"]})
    holdings = tuple(row for row in bench.posts.holdings if row.person != SECRETARY)
    bench.posts = replace(bench.posts, holdings=holdings)
    attend(bench)
    assert "deputy_secretary" == bench.case.requests[0].decider


@pytest.mark.parametrize(
    ("absent", "decider", "substitute", "holder"),
    [
        ("substitute", "secretary", (), ()),
        ("next", "deputy_secretary", ("wrong_role",), ("wrong_role",)),
        ("wait", "secretary", ("wrong_role",), ()),
    ],
)
def test_where_the_holder_is_stood_in_for(
    absent: str, decider: str, substitute: tuple[str, ...], holder: tuple[str, ...]
) -> None:
    posts = stands_in(cast_posts(), 8, "secretary", SECRETARY)
    bench = ruled({"by": ["secretary", "deputy_secretary"], "absent": absent}, posts)
    assert decider == bench.case.requests[0].decider
    for person, expected in ((8, substitute), (SECRETARY, holder)):
        word = DecideRequest(1, "approve")
        assert expected == codes(decide_request(bench.world, bench.person(person), word, bench.now))


def test_a_vacant_post_is_waited_for_where_the_file_says_so() -> None:
    bench = ruled({"by": ["secretary", "deputy_secretary"], "absent": "wait"})
    holdings = tuple(row for row in bench.posts.holdings if row.person != SECRETARY)
    bench.posts = replace(bench.posts, holdings=holdings)
    assert None is attend(bench)
    assert "wrong_role" in codes(bench.decide(DEPUTY))


def test_a_holder_and_the_stand_in_have_one_word_between_them() -> None:
    posts = cast_posts()
    second = Holding(posts.posts["secretary"].id, 7, SINCE)
    posts = stands_in(replace(posts, holdings=(*posts.holdings, second)), 8, "secretary", SECRETARY)
    bench = ruled({"by": [{"post": "secretary", "votes": "all"}]}, posts)
    votes(bench, (8,))
    assert ("already_voted",) == codes(bench.decide(SECRETARY))


# -- somebody by name


def named() -> Posts:
    return replace(cast_posts(), people={"hege": 6})


def test_a_named_person_decides_and_nobody_else() -> None:
    bench = ruled({"by": [{"person": "hege"}]}, named())
    assert ("person:6", "person:6") == (bench.case.requests[0].decider, bench.case.requests[0].audience)
    assert ("wrong_role",) == codes(bench.decide(SECRETARY))
    votes(bench, (6,))
    assert "approved" == status(bench)


def test_a_named_person_without_a_post_is_passed_over() -> None:
    bench = ruled({"by": [{"person": "hege"}, "secretary"]}, named())
    holdings = tuple(row for row in bench.posts.holdings if row.person != 6)
    bench.posts = replace(bench.posts, holdings=holdings)
    votes(bench, (SECRETARY,))
    assert ("approved", "secretary") == (status(bench), bench.case.requests[0].decider)


# -- expiry


def friday() -> Bench:
    """Asked on Friday 6 March 2026, to be decided within a working day: until Monday."""
    bench = ruled({"by": ["secretary"], "within_workdays": 1, "expires_after_workdays": 1})
    bench._take(withdraw_request(bench.world, bench.person(OWNER), 1, bench.now))
    bench.now = datetime(2026, 3, 6, 1, 0, tzinfo=UTC)
    assert () == codes(bench.do(OWNER, "plan"))
    return bench


def test_a_request_does_not_expire_on_a_closed_day() -> None:
    bench = friday()
    assert date(2026, 3, 9) == bench.case.requests[-1].expires_on
    for day in (7, 8, 9):
        bench.now = datetime(2026, 3, day, 15, 59, tzinfo=UTC)
        assert None is attend(bench)
    bench.now = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    plan = attend(bench)
    assert isinstance(plan, Plan)
    assert "expired" == status(bench)
    assert {("expired", "owner"), ("expired", "post:secretary")} == {
        (row.kind, row.who) for row in plan.prompts
    }
    assert "dropped" == bench.case.deadline("request", "2").ended  # type: ignore[union-attr]


def test_after_its_last_day_nobody_decides_a_request() -> None:
    bench = friday()
    bench.now = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    assert ("request_expired",) == codes(bench.decide(SECRETARY))
    assert () == codes(bench._take(withdraw_request(bench.world, bench.person(OWNER), 2, bench.now)))


# -- asked again


def test_a_request_that_is_asked_again_says_what_it_follows_and_what_changed() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.decide(SECRETARY, "return", REASON)
    change = ChangeMeasure(2, due_on=date(2026, 4, 30))
    bench._take(change_measure(bench.world, bench.person(OWNER), change, bench.now))
    bench._take(
        change_measure(bench.world, bench.person(OWNER), ChangeMeasure(1, is_dropped=True), bench.now)
    )
    bench.do(OWNER, "plan")
    first, second = bench.case.requests
    assert 1 == second.follows
    expected = Changes(removed=("measure:1",), changed=("measure:2",))
    assert expected == changes(first.manifest, second.manifest)


def test_what_was_withdrawn_is_not_taken_up() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench._take(withdraw_request(bench.world, bench.person(OWNER), 1, bench.now))
    bench.do(OWNER, "plan")
    assert None is bench.case.requests[1].follows


def test_a_paper_that_comes_later_is_not_judged() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.decide(SECRETARY)
    bench.do(OWNER, "start")
    for number in (1, 2):
        bench.finish(OWNER, number)
    bench.attach(OWNER)
    bench.do(OWNER, "submit_evidence")
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    bench.attach(OWNER, "one more")
    assert ("evidence:2",) == added_since(bench.case.requests[-1], bench.case)
    assert "pending" == status(bench)


# -- paper


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
    on_paper(bench, recorded_by=CLERK)
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
    assert ("recorder_is_party",) == codes(on_paper(bench, recorded_by=CAST[OWNER]))


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


# -- minutes


def meeting(bench: Bench, who: int = CLERK, **more: Any) -> Plan | Refusals:
    facts = {"held_on": date(2026, 3, 2), "of": 5, "present": 4, "in_favour": 3, **more}
    credential = facts.pop("credential", Credential.PIN)
    minutes = Minutes(len(bench.case.requests), facts.pop("verdict", "approve"), paper=SCAN, **facts)
    return bench._take(register_minutes(bench.world, bench.person(who, credential), minutes, bench.now))


def minuted(**more: Any) -> Bench:
    return ruled(by_body(minutes=True, **more), committee(1, 2, 3, 6, 7))


def test_registered_minutes_decide_for_the_body() -> None:
    bench = minuted()
    assert () == codes(meeting(bench))
    (vote,) = bench.case.requests[0].votes
    assert ("approved", "planned", CLERK, SCAN) == (status(bench), bench.case.state, vote.person, vote.paper)
    assert {"held_on": "2026-03-02", "of": 5, "present": 4, "in_favour": 3, "withdrawn": 0} == vote.minutes
    assert (CLERK, "decider") not in bench.case.acted


def test_minutes_return_with_a_reason() -> None:
    bench = minuted()
    assert ("comment_too_short",) == codes(meeting(bench, verdict="return"))
    assert () == codes(meeting(bench, verdict="return", comment=REASON))
    assert ("returned", "assigned") == (status(bench), bench.case.state)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"present": 2, "in_favour": 2}, ("minutes_no_quorum", "minutes_no_majority")),
        ({"in_favour": 2}, ("minutes_no_majority",)),
        ({"of": 4}, ("minutes_of_wrong",)),
        ({"in_favour": 5}, ("minutes_of_wrong",)),
        ({"held_on": date(2026, 3, 3)}, ("date_in_future",)),
        ({"held_on": date(2026, 3, 1)}, ("minutes_before_request",)),
        ({"credential": Credential.NONE}, ("needs_proof",)),
        ({"who": CAST["stranger"]}, ("wrong_role",)),
        ({"who": CAST[OWNER]}, ("wrong_role", "recorder_is_party")),
    ],
)
def test_minutes_are_refused_with_everything_that_is_wrong(
    facts: dict[str, Any], expected: tuple[str, ...]
) -> None:
    bench = minuted()
    assert expected == codes(meeting(bench, **facts))
    assert "pending" == status(bench)


def test_two_thirds_have_to_be_there_where_the_file_says_so() -> None:
    bench = ruled(by_body(minutes={"quorum": "two_thirds"}), committee(1, 2, 3, 6, 7))
    assert ("minutes_no_quorum",) == codes(meeting(bench, present=3, in_favour=3))
    assert () == codes(meeting(bench, present=4, in_favour=3))


def test_whoever_withdraws_is_not_due() -> None:
    bench = ruled(by_body(minutes=True), committee(1, 2, 3, 6, CAST[OWNER]))
    assert ("minutes_of_wrong",) == codes(meeting(bench, of=3, present=3))
    # Counted as due, two of five would not have been a majority; of the four who may, three are.
    assert () == codes(meeting(bench, of=4, present=3, in_favour=3))
    assert 1 == bench.case.requests[0].votes[0].minutes["withdrawn"]  # type: ignore[index]


def test_a_post_does_not_decide_by_minutes() -> None:
    bench = ruled({"by": ["secretary", {"post": BODY, "minutes": True}]})
    assert ("minutes_not_allowed",) == codes(meeting(bench))


def test_the_shipped_workflow_lets_the_committee_decide_by_minutes() -> None:
    bench = assigned("secretary")
    bench.do("secretary", "plan")
    assert () == codes(meeting(bench, of=5, present=5, in_favour=4))
    assert "planned" == bench.case.state
    assert 2 == shipped("rectification").definition.version


def test_a_day_of_minutes_is_the_local_day() -> None:
    bench = minuted()
    bench.now += timedelta(days=2)
    assert () == codes(meeting(bench, held_on=date(2026, 3, 4)))


# -- bundles


def bundled(bench: Bench, who: int = CLERK) -> Plan | Refusals:
    number = len(bench.case.requests)
    return bench._take(
        put_in_bundle(bench.world, bench.person(who), number, "2026-B1", "d" * 64, "", bench.now)
    )


def test_whoever_lays_a_bundle_together_decides_nothing_in_it() -> None:
    posts = cast_posts()
    posts = replace(posts, holdings=(*posts.holdings, Holding(posts.posts["office"].id, DEPUTY, SINCE)))
    bench = ruled({"by": [{"post": "secretary"}, {"post": BODY}]}, posts)
    assert () == codes(bundled(bench, DEPUTY))
    assert ("2026-B1", DEPUTY) == (bench.case.requests[0].bundle, bench.case.requests[0].bundled_by)
    holdings = tuple(row for row in posts.holdings if row.post != posts.posts["secretary"].id)
    bench.posts = replace(posts, holdings=(*holdings, Holding(posts.posts["secretary"].id, DEPUTY, SINCE)))
    assert "four_eyes" in codes(bench.decide(DEPUTY))


def test_who_decides_does_not_lay_it_into_a_bundle() -> None:
    posts = cast_posts()
    posts = replace(posts, holdings=(*posts.holdings, Holding(posts.posts["office"].id, SECRETARY, SINCE)))
    bench = ruled({"by": ["secretary"]}, posts)
    assert ("decides_it_themselves",) == codes(bundled(bench, SECRETARY))


def test_a_request_lies_in_one_bundle_and_can_be_taken_out() -> None:
    bench = ruled({"by": ["secretary"]})
    assert ("wrong_role",) == codes(bundled(bench, CAST[OWNER]))
    bundled(bench)
    assert ("in_a_bundle_already",) == codes(bundled(bench))
    bench._take(take_out_of_bundle(bench.world, bench.person(CLERK), 1, bench.now))
    assert None is bench.case.requests[0].bundle
    again = take_out_of_bundle(bench.world, bench.person(CLERK), 1, bench.now)
    assert ("not_in_a_bundle",) == codes(again)


def test_the_clerk_who_bundled_may_register_the_minutes() -> None:
    bench = minuted()
    bundled(bench)
    assert () == codes(meeting(bench))
    assert "approved" == status(bench)


def test_the_digest_of_a_bundle_does_not_depend_on_the_order() -> None:
    first, second = ("2026-1-R1", "a"), ("2026-2-R1", "b")
    assert bundle_digest([first, second]) == bundle_digest([second, first])
    assert bundle_digest([first, second]) != bundle_digest([first])
