"""What moves a case forward: every move as `decide` answers it, and a shortest way that can be walked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.core.case import Claim
from engine.core.decide import decide
from engine.core.forward import all_moves
from engine.core.plan import Plan
from engine.core.posts import Holding, Posts
from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, decide_request, withdraw_request
from engine.core.way import Step, Way, shortest_way
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, codes, in_progress, shipped
from tests.unit.test_core_walks import PEOPLE, helped, step, take

OWNER = "vice_principal_teaching"
REASON = "请补充会议记录和签到表后再报"
HOLDABLE = sorted(key for key in CAST if key != "stranger")
owners = st.sampled_from(HOLDABLE)
vacancies = st.sets(st.sampled_from([*HOLDABLE, "party_committee"]), max_size=5)


def way_of(bench: Bench) -> Way:
    return shortest_way(bench.world, bench.now)


def named(way: Way) -> list[tuple[str, str, str]]:
    return [(step.act, step.move, step.actor.role) for step in way.steps]


def without(posts: Posts, vacant: set[str]) -> Posts:
    """The roster with some posts that nobody holds."""
    ids = {posts.posts[key].id for key in vacant}
    return replace(posts, holdings=tuple(row for row in posts.holdings if row.post not in ids))


# -- every move


@settings(max_examples=80)
@given(st.lists(st.one_of(step, st.none()), max_size=12), st.sampled_from([*PEOPLE, None]))
def test_every_move_is_answered_as_decide_answers_it(steps: list[object], who: str | None) -> None:
    bench = Bench.issue()
    for each in steps:
        helped(bench) if each is None else take(bench, *each)  # type: ignore[misc]
    principal = bench.person(who) if who else Principal(1, None, Via.CLI)
    shown = {row.move: row.refusals for row in all_moves(bench.world, principal, bench.now)}
    assert set(bench.workflow.definition.moves) == set(shown)
    for name, refusals in shown.items():
        answer = decide(Ask(bench.world, principal, MakeMove(name), bench.now))
        assert (answer if isinstance(answer, Refusals) else None) == refusals


def test_a_move_says_where_it_leads_and_who_is_behind_its_posts() -> None:
    bench = in_progress()
    moves = {row.move: row for row in all_moves(bench.world, bench.person(OWNER), bench.now)}
    submit, verify = moves["submit_evidence"], moves["verify"]
    assert ("evidence_submitted", True, False) == (submit.to, submit.begins_here, verify.begins_here)
    assert (CAST[OWNER],) == submit.people["owner"]
    assert (CAST["discipline_commissioner"],) == verify.people["discipline_commissioner"]


def test_of_a_decision_only_those_without_conflict_are_named() -> None:
    bench = in_progress("discipline_commissioner")
    (verify,) = [row for row in all_moves(bench.world, bench.person(9), bench.now) if row.move == "verify"]
    assert ((), (CAST["supervision_group"],)) == (
        verify.people["discipline_commissioner"],
        verify.people["supervision_group"],
    )


# -- the shortest way


FROM_ASSIGNED = [
    ("ask", "plan", "owner"),
    ("decide", "plan", "secretary"),
    ("make", "start", "owner"),
    ("make", "submit_evidence", "owner"),
    ("make", "verify", "discipline_commissioner"),
    ("ask", "close", "owner"),
    ("decide", "close", "secretary"),
]


def test_the_way_from_an_assigned_issue_to_its_closing() -> None:
    assert FROM_ASSIGNED == named(way_of(assigned()))


def test_who_has_no_owner_is_given_one_first() -> None:
    way = way_of(Bench.issue())
    assert [("make", "assign", "office"), *FROM_ASSIGNED] == named(way)
    assert [("leader_missing",), (), ()] == [codes_of(row) for row in way.steps[:3]]


def test_what_waits_for_a_decision_is_the_first_step() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    first = way_of(bench).steps[0]
    assert ("decide", "plan", 1, (1,)) == (first.act, first.move, first.request, first.actor.people)


def test_what_can_no_longer_be_approved_as_it_was_asked_is_said_with_the_step() -> None:
    bench = assigned()
    until = (bench.world.place.local_day(bench.now) + timedelta(days=15)).isoformat()
    assert () == codes(bench.do(OWNER, "pause", REASON, until=until))
    assert () == codes_of(way_of(bench).steps[0])
    bench.later(20)
    first = way_of(bench).steps[0]
    assert (("until_not_ahead",), codes_of(first)) == (
        codes(bench.decide(CAST["secretary"])),
        ("until_not_ahead",),
    )


def test_votes_that_were_given_are_not_asked_for_again() -> None:
    bench = assigned("secretary")
    bench.do("secretary", "plan")
    bench.decide(2)
    first = way_of(bench).steps[0]
    assert ((3, 5, 7), 2) == (first.actor.people, first.actor.needed)


def test_a_claim_that_a_report_makes_shortens_the_way() -> None:
    bench = Bench.issue()
    bench.case = replace(bench.case, claim=Claim("closed"))
    assert [("make", "settle_claim", "secretary")] == named(way_of(bench))
    bench.case = replace(bench.case, claim=Claim("closed", settled="rejected"))
    assert "settle_claim" not in [row.move for row in way_of(bench).steps]


def test_the_owner_neither_verifies_nor_decides_on_the_way() -> None:
    assert ("make", "verify", "supervision_group") in named(way_of(assigned("discipline_commissioner")))
    (closing,) = [
        row for row in way_of(assigned("secretary")).steps if (row.act, row.move) == ("decide", "close")
    ]
    assert ("party_committee", 3, False) == (
        closing.actor.post,
        closing.actor.needed,
        CAST["secretary"] in closing.actor.people,
    )


def test_what_one_step_misses_is_not_said_again_by_the_next() -> None:
    missing = [code for row in way_of(assigned()).steps for code in codes_of(row)]
    assert ["measures_open", "deliverable_not_proved", "too_little_evidence"] == missing


def test_a_closed_case_has_no_way_to_go() -> None:
    bench = walked(in_progress())
    assert (Way(()), "closed") == (way_of(bench), bench.case.state)


def test_without_anybody_to_verify_the_way_says_whom_to_appoint() -> None:
    vacant = {"supervision_group", "deputy_secretary"}
    bench = assigned("discipline_commissioner", posts=without(cast_posts(), vacant))
    (stop,) = way_of(bench).blocked
    assert stop.blocked is not None
    assert ("verify", "only_verifier_owns", None) == (stop.move, stop.blocked.code, stop.earliest)
    # Another 纪检委员 would be kept from it as well: that post owns the case.
    assert ["supervision_group", "deputy_secretary", "upper_party"] == stop.blocked.facts["appoint"]


@pytest.mark.parametrize(
    ("vacant", "stop"),
    [
        ({"discipline_commissioner", "supervision_group", "deputy_secretary"}, "nobody_can_verify"),
        ({"secretary", "party_committee", "deputy_secretary"}, "nobody_can_decide"),
        ({OWNER}, "nobody_can_act"),
    ],
)
def test_each_way_of_being_stuck_has_its_code(vacant: set[str], stop: str) -> None:
    bench = assigned()
    bench.posts = without(bench.posts, vacant)
    assert stop in [row.blocked.code for row in way_of(bench).blocked if row.blocked]


def test_the_first_day_of_a_step_is_that_of_what_it_waits_for() -> None:
    bench = assigned()
    today = bench.world.place.local_day(bench.now)
    assert {today} == {row.earliest for row in way_of(bench).steps}
    assert date(2026, 3, 2) == today


@settings(max_examples=120, deadline=None)
@given(owners, vacancies, st.lists(st.one_of(step, st.none()), max_size=10))
def test_the_way_is_honest(owner: str, vacant: set[str], steps: list[object]) -> None:
    """Its steps, taken by the people it names with the cures it names, reach the end in exactly so many steps."""
    bench = assigned(owner)
    for each in steps:
        helped(bench) if each is None else take(bench, *each)  # type: ignore[misc]
    bench.posts = without(bench.posts, vacant)
    way = way_of(bench)
    assume(not way.is_dead_end and not way.blocked)
    for each in way.steps:
        took(bench, each)
        assert each.to == bench.case.state, (each, bench.answer)
    assert bench.case.is_final


def took(bench: Bench, each: Step) -> None:
    person = each.actor.people[0] if each.actor.people else None
    if each.act == "decide" and each.missing:
        # Nobody can approve it as it was asked: whoever asked takes it back.
        asker = bench.person(bench.case.pending.asked_by)  # type: ignore[union-attr, arg-type]
        bench._take(withdraw_request(bench.world, asker, each.request or 0, bench.now))
        return
    if each.act == "decide":
        for voter in each.actor.people[: each.actor.needed]:
            bench.decide(voter)
        return
    cure(bench, each)
    principal = Principal(1, person, Via.CLI, Credential.PIN if person else Credential.NONE)
    bench._take(decide(Ask(bench.world, principal, MakeMove(each.move, {}, REASON), bench.now)))
    assert isinstance(bench.answer, Plan), (each, codes(bench.answer))


def cure(bench: Bench, each: Step) -> None:
    """What the step misses, done as it says by those it names."""
    owner = bench.posts.by_id(bench.case.owner_post or 0)
    held = bench.posts.holders(owner.id, bench.world.place.local_day(bench.now)) if owner else ()
    holder = held[0] if held else 0
    for row in each.missing:
        if row.cure == "finish_measures":
            for number in row.facts["measures"]:  # type: ignore[union-attr]
                bench.finish(holder, int(number))
        elif row.cure in ("attach_evidence", "attach_evidence_for"):
            bench.attach(holder, name=f"paper {len(bench.case.evidence)}")


def walked(bench: Bench) -> Bench:
    for each in way_of(bench).steps:
        took(bench, each)
    return bench


def codes_of(row: Step) -> tuple[str, ...]:
    return tuple(each.code for each in row.missing)


@settings(max_examples=120, deadline=None)
@given(owners, vacancies)
def test_a_step_that_nobody_can_take_is_refused_to_everybody(owner: str, vacant: set[str]) -> None:
    """Where the way is blocked, no person of the roster gets a plan, cures and all."""
    bench = assigned(owner)
    bench.posts = without(bench.posts, vacant)
    steps = way_of(bench).steps
    for each, after in zip(steps, (*steps[1:], None), strict=True):
        # What nobody could decide is not taken as a request either.
        unheard = each.act == "ask" and after is not None and after.blocked is not None
        if each.blocked is not None or unheard:
            assert [] == [who for who in range(1, 10) if may(bench, each, who)]
            return
        took(bench, each)


def may(bench: Bench, each: Step, who: int) -> bool:
    principal = Principal(1, who, Via.CLI, Credential.PIN)
    if each.act == "decide" and bench.case.pending is not None:
        word = DecideRequest(bench.case.pending.number, "approve", REASON)
        return isinstance(decide_request(bench.world, principal, word, bench.now), Plan)
    return isinstance(decide(Ask(bench.world, principal, MakeMove(each.move, {}, REASON), bench.now)), Plan)


def test_a_stand_in_goes_the_way_of_whom_they_stand_in_for() -> None:
    """Nobody is named who stands in for somebody with a stake."""
    bench = assigned("discipline_commissioner")
    post = bench.posts.posts["supervision_group"].id
    since = date(2020, 1, 1)
    stand_in = Holding(post, 8, since, substitute_for=CAST["supervision_group"])
    bench.posts = replace(bench.posts, holdings=(*bench.posts.holdings, stand_in))
    (verify,) = [row for row in way_of(bench).steps if row.move == "verify"]
    assert (CAST["supervision_group"], 8) == verify.actor.people


def test_what_nobody_was_given_yet_is_given_before_its_owner_acts() -> None:
    workflow = shipped("safety_hazard")
    bench = Bench.issue()
    bench.workflow = workflow
    bench.case = replace(bench.case, state="registered", fields={"level": "ordinary"})
    bench.case = replace(bench.case, workflow="safety_hazard", definition=workflow.digest)
    bench.posts = cast_posts(safety_inspector=8)
    way = way_of(bench)
    assert () == way.blocked
    assert [("make", "assign", "office"), ("make", "start", "owner")] == named(way)[:2]
