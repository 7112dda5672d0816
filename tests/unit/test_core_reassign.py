"""Giving a case to another leader once it is under way: its deadlines stay, and nobody gets rid of their part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.authority import conflicted
from engine.core.plan import Plan
from engine.core.refusal import Refusals
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, codes, in_progress

OWNER, OTHER, VERIFIER = "vice_principal_teaching", "teaching_director", "discipline_commissioner"
NEWCOMER = 9
REASON = "原责任领导已调离，改由教导主任负责"
POSTS = cast_posts(teaching_director=NEWCOMER)


def reassign(
    bench: Bench, post: str = OTHER, comment: str = REASON, who: str = "office", **more: str
) -> object:
    return bench.do(who, "reassign", comment, post=bench.posts.posts[post].id, **more)


def begun() -> Bench:
    bench = assigned(posts=POSTS)
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    return bench


def under_way() -> Bench:
    bench = begun()
    bench.do(OWNER, "start")
    return bench


def submitted() -> Bench:
    bench = under_way()
    for measure in bench.case.live_measures:
        bench.finish(OWNER, measure.number)
    bench.attach(OWNER)
    bench.do(OWNER, "submit_evidence")
    return bench


def verified() -> Bench:
    bench = submitted()
    bench.do(VERIFIER, "verify")
    return bench


OPEN = {
    "assigned": lambda: assigned(posts=POSTS),
    "planned": begun,
    "in_progress": under_way,
    "evidence_submitted": submitted,
    "verified": verified,
}


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("who", ["office", "secretary"])
def test_from_every_open_state_the_office_gives_it_to_another_and_it_stays_there(
    state: str, who: str
) -> None:
    bench = OPEN[state]()
    before = bench.case
    assert isinstance(reassign(bench, who=who), Plan)
    assert (bench.case.state, bench.case.owner_post) == (state, POSTS.posts[OTHER].id)
    assert bench.case.deadlines == before.deadlines
    assert bench.case == bench.replayed


def test_the_new_and_the_old_leader_are_told() -> None:
    bench = under_way()
    plan = reassign(bench)
    assert isinstance(plan, Plan)
    assert [(row.kind, row.who) for row in plan.prompts] == [
        ("reassigned", "owner"),
        ("handed_on", f"post:{OWNER}"),
    ]


@pytest.mark.parametrize(
    ("begin", "how", "missing"),
    [
        (under_way, {"post": OWNER}, ("same_post",)),
        (under_way, {"comment": "换人"}, ("comment_too_short",)),
        (under_way, {"due": "2026-12-31"}, ("dates_stay",)),
        (under_way, {"who": OWNER}, ("wrong_role",)),
        (lambda: Bench.issue(posts=POSTS), {}, ("not_assigned",)),
        (verified, {"post": "party_committee"}, ()),
    ],
    ids=["same post", "no reason", "a date", "by the owner", "never assigned", "to a body"],
)
def test_what_stands_against_it(
    begin: Callable[[], Bench], how: dict[str, str], missing: tuple[str, ...]
) -> None:
    assert missing == codes(reassign(begin(), **how))  # type: ignore[arg-type]


def test_while_a_request_waits_it_is_withdrawn_or_decided_first() -> None:
    bench = assigned(posts=POSTS)
    bench.do(OWNER, "plan")
    assert ("request_pending",) == codes(reassign(bench))  # type: ignore[arg-type]
    assert () == codes(bench.decide("secretary", "return", "请补充每项措施的具体完成时限"))
    assert () == codes(reassign(bench))  # type: ignore[arg-type]


def test_a_vacant_post_gets_nothing() -> None:
    bench = in_progress()
    assert "leader_missing" in codes(bench.do("office", "reassign", REASON))


def test_where_the_verifier_gets_it_the_next_one_verifies() -> None:
    bench = submitted()
    reassign(bench, VERIFIER)
    assert "post:supervision_group" == bench.case.waits_for
    assert "four_eyes" in codes(bench.do(VERIFIER, "verify"))
    assert () == codes(bench.do("supervision_group", "verify"))


def test_whoever_had_it_and_worked_does_not_verify_it_afterwards() -> None:
    bench = submitted()
    reassign(bench)
    bench.posts = cast_posts(teaching_director=NEWCOMER, discipline_commissioner=CAST[OWNER])
    assert "four_eyes" in codes(bench.do(CAST[OWNER], "verify"))


def handed_in_by_another(days: int) -> Bench:
    """Given to the verifier, to another leader so many days later, and worked on by that one."""
    bench = assigned(VERIFIER, posts=POSTS)
    bench.now += timedelta(days=days)
    reassign(bench, OTHER)
    for step in (lambda: bench.do(NEWCOMER, "plan"), lambda: bench.decide("secretary")):
        assert () == codes(step())
    bench.do(NEWCOMER, "start")
    for measure in bench.case.live_measures:
        bench.finish(NEWCOMER, measure.number)
    bench.attach(NEWCOMER)
    bench.do(NEWCOMER, "submit_evidence")
    return bench


def test_whoever_it_was_given_to_by_mistake_for_hours_may_verify_it() -> None:
    bench = handed_in_by_another(days=0)
    bench.now += timedelta(days=5)
    assert f"post:{VERIFIER}" == bench.case.waits_for
    assert () == codes(bench.do(VERIFIER, "verify"))


def test_whoever_had_it_overnight_and_did_nothing_is_a_party() -> None:
    bench = handed_in_by_another(days=1)
    assert "post:supervision_group" == bench.case.waits_for
    refused = bench.do(VERIFIER, "verify")
    assert isinstance(refused, Refusals)
    assert [("four_eyes", ("supervision_group", "deputy_secretary"))] == [
        (row.code, row.who) for row in refused.unmet
    ]
    assert bench.case == bench.replayed


def test_whoever_had_it_overnight_does_not_decide_it_in_another_post() -> None:
    bench = assigned(posts=POSTS)
    bench.now += timedelta(days=1)
    reassign(bench)
    bench.do(NEWCOMER, "plan")
    bench.posts = cast_posts(teaching_director=NEWCOMER, secretary=CAST[OWNER])
    assert ("four_eyes",) == codes(bench.decide(CAST[OWNER]))


def test_what_was_handed_on_twice_in_a_day_leaves_the_first_who_had_it_longer() -> None:
    bench = assigned(posts=POSTS)
    bench.now += timedelta(days=1)
    reassign(bench, VERIFIER)
    reassign(bench, OTHER)
    bench.now += timedelta(days=1)
    barred = conflicted(bench.case, bench.posts, bench.now.date())
    assert (True, False) == (CAST[OWNER] in barred, CAST[VERIFIER] in barred)


ABOVE = "vice_principal_logistics"
IN_CHARGE = "leader_in_charge"


def above(**extra: int) -> Bench:
    """A case under way in a school where nobody is in the supervision group."""
    posts = cast_posts(teaching_director=NEWCOMER, vice_principal_logistics=8, **extra)
    empty = posts.posts["supervision_group"].id
    return assigned(posts=replace(posts, holdings=tuple(row for row in posts.holdings if row.post != empty)))


def test_who_is_in_charge_above_the_owner_is_kept() -> None:
    bench = above()
    assert isinstance(reassign(bench, in_charge=ABOVE), Plan)
    assert bench.case.fields[IN_CHARGE] == ABOVE


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("p7", "in_charge_unknown"),
        ("teaching_directer", "in_charge_unknown"),
        ("another_schools_post", "in_charge_unknown"),
        (OTHER, "in_charge_is_owner"),
        ("union_chair", "in_charge_is_owner"),
        ("supervision_group", "post_is_vacant"),
    ],
    ids=["a person", "misspelt", "of another school", "the owner", "another post of the owner", "vacant"],
)
def test_in_charge_is_another_post_that_somebody_holds(named: str, code: str) -> None:
    bench = above(union_chair=NEWCOMER)
    assert codes(reassign(bench, in_charge=named)) == (code,)
    assert IN_CHARGE not in bench.case.fields


def test_a_word_that_is_nearly_a_post_is_answered_with_it() -> None:
    refused = reassign(above(), in_charge="vice_principal_logistic")
    assert isinstance(refused, Refusals)
    assert refused.unmet[0].facts == {"given": "vice_principal_logistic", "nearest": ABOVE}
    assert (refused.unmet[0].cure, refused.unmet[0].curable) == ("name_in_charge", True)


def test_assigning_asks_the_same_of_who_is_in_charge() -> None:
    bench = Bench.issue(POSTS)
    refused = bench.do("office", "assign", post=bench.posts.posts[OWNER].id, in_charge=OWNER)
    assert codes(refused) == ("in_charge_is_owner",)


def test_whoever_was_in_charge_and_gets_the_case_watches_nobody() -> None:
    bench = above()
    reassign(bench, in_charge=ABOVE)
    reassign(bench, ABOVE)
    assert (bench.case.fields[IN_CHARGE], bench.posts.by_id(bench.case.owner_post or 0)) == (
        None,
        bench.posts.posts[ABOVE],
    )
