"""With today's people: which paths nobody could complete, and what a move would make impossible."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.authority import four_eyes
from engine.core.case import Claim
from engine.core.decide import decide
from engine.core.plan import Plan
from engine.core.posts import Posts
from engine.core.satisfiable import blocked_by_roster, blocked_steps, newly_blocked, warnings_of
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, in_progress, shipped

OWNER = "vice_principal_teaching"


def without(posts: Posts, *vacant: str) -> Posts:
    ids = {posts.posts[key].id for key in vacant}
    return replace(posts, holdings=tuple(row for row in posts.holdings if row.post not in ids))


def gaps(posts: Posts, workflow: str = "rectification") -> list[tuple[str | None, str, str]]:
    bench = Bench.issue()
    found = blocked_by_roster(shipped(workflow), bench.world.place, posts, bench.now)
    return [(row.owner_post, row.move, row.unmet.code) for row in found]


def test_with_the_whole_cast_everything_can_end_well() -> None:
    assert ([], []) == (gaps(cast_posts()), gaps(cast_posts(), "occurrence"))


def test_the_only_verifier_cannot_own_an_issue() -> None:
    posts = without(cast_posts(), "supervision_group", "deputy_secretary")
    assert [("discipline_commissioner", "verify", "only_verifier_owns")] == gaps(posts)


def test_one_person_in_two_posts_is_one_person() -> None:
    posts = without(cast_posts(discipline_commissioner=CAST[OWNER]), "supervision_group", "deputy_secretary")
    assert [OWNER, "discipline_commissioner"] == sorted(
        (owner or "" for owner, *_ in gaps(posts)), key=[OWNER, "discipline_commissioner"].index
    )


def test_without_a_verifier_no_issue_can_end() -> None:
    posts = without(cast_posts(), "discipline_commissioner", "supervision_group", "deputy_secretary")
    assert {("verify", "nobody_can_verify")} == {(move, code) for _, move, code in gaps(posts)}


def test_where_the_only_decider_owns_plan_and_closing_are_both_named() -> None:
    posts = without(cast_posts(), "party_committee", "deputy_secretary")
    assert [
        ("secretary", "plan", "nobody_can_decide"),
        ("secretary", "close", "nobody_can_decide"),
    ] == gaps(posts)


def test_a_period_that_only_its_owner_could_confirm() -> None:
    posts = without(
        cast_posts(), *(key for key in CAST if key not in ("office", "stranger")), "party_committee"
    )
    assert [("office", "accept", "nobody_can_act")] == gaps(posts, "occurrence")


def test_a_case_is_judged_with_its_own_history() -> None:
    bench = in_progress()
    bench.posts = without(bench.posts, "supervision_group", "deputy_secretary")
    assert () == blocked_steps(bench.world, bench.now)
    bench.attach("office")
    bench.posts = replace(bench.posts, holdings=moved(bench.posts, "office", "discipline_commissioner"))
    (row,) = blocked_steps(bench.world, bench.now)
    assert ("2026-1", "verify", "only_verifier_owns") == (row.case, row.move, row.unmet.code)


def moved(posts: Posts, person_of: str, post: str) -> tuple[object, ...]:
    """The holder of one post comes into another."""
    key = posts.posts[post].id
    return tuple(replace(row, person=CAST[person_of]) if row.post == key else row for row in posts.holdings)


def test_a_closed_case_needs_nobody_any_more() -> None:
    bench = assigned()
    bench.case = replace(bench.case, state="closed", is_final=True)
    assert () == blocked_steps(bench.world, bench.now)


def test_a_claim_that_may_be_rejected_hides_nothing() -> None:
    bench = assigned()
    bench.case = replace(bench.case, claim=Claim("closed"))
    bench.posts = without(bench.posts, "discipline_commissioner", "supervision_group", "deputy_secretary")
    assert ["verify"] == [row.move for row in blocked_steps(bench.world, bench.now)]


# -- before a move


def warned(bench: Bench, who: str, move: str, **params: object) -> list[tuple[str, str]]:
    plan = decide(Ask(bench.world, bench.person(who), MakeMove(move, params), bench.now))  # type: ignore[arg-type]
    assert isinstance(plan, Plan)
    return [(row.code, str(row.facts["move"])) for row in warnings_of(bench.world, plan, bench.now)]


def test_assigning_to_the_only_verifier_warns_and_says_whom_to_appoint() -> None:
    bench = Bench.issue(without(cast_posts(), "supervision_group", "deputy_secretary"))
    post = bench.posts.posts["discipline_commissioner"].id
    assert [("only_verifier_owns", "verify")] == warned(bench, "office", "assign", post=post)
    plan = decide(Ask(bench.world, bench.person("office"), MakeMove("assign", {"post": post}), bench.now))
    assert isinstance(plan, Plan)
    (row,) = warnings_of(bench.world, plan, bench.now)
    assert ("appoint_one_of", ["supervision_group", "deputy_secretary", "upper_party"]) == (
        row.cure,
        row.facts["vacant"],
    )


def test_a_decider_is_not_to_be_found_for_the_post_that_owns_the_case() -> None:
    bench = Bench.issue(without(cast_posts(), "party_committee", "deputy_secretary"))
    rows = blocked_by_roster(shipped("rectification"), bench.world.place, bench.posts, bench.now)
    assert [["party_committee", "deputy_secretary", "upper_party"]] * 2 == [
        row.unmet.facts["appoint"] for row in rows
    ]


def test_where_only_the_owning_post_could_judge_the_case_has_to_change_hands() -> None:
    bench = in_progress("discipline_commissioner")
    ask = Ask(bench.world, bench.person("discipline_commissioner"), MakeMove("verify"), bench.now)
    row = four_eyes(ask, None, ("discipline_commissioner",), frozenset({CAST["discipline_commissioner"]}))
    assert ("give_to_another", []) == (row.cure, row.facts["appoint"])


@pytest.mark.parametrize("owner", [OWNER, "secretary", "deputy_secretary"])
def test_assigning_to_anybody_else_warns_of_nothing(owner: str) -> None:
    bench = Bench.issue()
    assert [] == warned(bench, "office", "assign", post=bench.posts.posts[owner].id)


def test_a_move_that_bars_nobody_new_says_nothing() -> None:
    bench = in_progress()
    bench.posts = without(bench.posts, "discipline_commissioner", "supervision_group", "deputy_secretary")
    for number in (1, 2):
        bench.finish(OWNER, number)
    bench.attach(OWNER)
    assert [] == warned(bench, OWNER, "submit_evidence")


# -- when people go


def test_only_what_the_change_of_people_blocked_is_told() -> None:
    bench = in_progress()
    before = without(bench.posts, "supervision_group", "deputy_secretary")
    bench.posts = without(before, "discipline_commissioner")
    assert ["nobody_can_verify"] == [row.unmet.code for row in newly_blocked(bench.world, before, bench.now)]
    assert () == newly_blocked(bench.world, bench.posts, bench.now)
