"""Who decides a request and how many words it takes: bodies that change, absence, somebody by name (law 6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.core.plan import Plan
from engine.core.posts import Holding, Posts
from engine.core.requests import DecideRequest, decide_request
from tests.kit.approvals import (
    DEPUTY,
    OWNER,
    SECRETARY,
    SINCE,
    attend,
    by_body,
    committee,
    ruled,
    stands_in,
    status,
    votes,
)
from tests.kit.worlds import CAST, cast_posts, codes

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
