"""Four eyes over the whole history (law 4): who owned, asked, worked or stands in never judges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.core.authority import free_holders
from engine.core.deciders import choose_decider
from engine.core.plan import Plan
from engine.core.posts import Holding, Posts
from engine.core.record import ChangeMeasure, change_measure
from engine.core.refusal import Refusals
from engine.core.requests import withdraw_request
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, codes, decider_of

OWNER, VERIFIER = "vice_principal_teaching", "discipline_commissioner"
NEWCOMER, STAND_IN = 9, 8
DAY = date(2026, 3, 2)
REASON = "请补充每项措施的具体完成时限"


def with_stand_in(post: str, posts: Posts | None = None, person: int = STAND_IN) -> Posts:
    """The cast, and `person` in the seat of whoever holds `post`."""
    posts = posts or cast_posts()
    (holder,) = posts.holders(posts.posts[post].id, DAY)
    row = Holding(posts.posts[post].id, person, date(2020, 1, 1), substitute_for=holder)
    return replace(posts, holdings=(*posts.holdings, row))


def handed_in(bench: Bench, owner: str | int = OWNER) -> Bench:
    """From assigned to evidence that waits for its verifier; somebody else than the verifier did it all."""
    bench.do(owner, "plan")
    bench.decide("secretary")
    bench.do(owner, "start")
    for measure in bench.case.live_measures:
        bench.finish(owner, measure.number)
    bench.attach(owner)
    assert () == codes(bench.do(owner, "submit_evidence"))
    return bench


def verified(posts: Posts | None = None) -> Bench:
    bench = handed_in(assigned(posts=posts or cast_posts()))
    assert () == codes(bench.do(VERIFIER, "verify"))
    return bench


def test_whoever_only_asked_for_the_plan_never_verifies() -> None:
    bench = assigned(posts=cast_posts(teaching_director=NEWCOMER))
    bench.do(OWNER, "plan")
    bench.decide("secretary", "return", REASON)
    bench.do("office", "assign", post=bench.posts.posts["teaching_director"].id)
    handed_in(bench, NEWCOMER)
    bench.posts = cast_posts(teaching_director=NEWCOMER, discipline_commissioner=CAST[OWNER])
    assert ("four_eyes",) == codes(bench.do(OWNER, "verify"))


def test_whoever_was_stood_in_for_when_asking_never_verifies() -> None:
    bench = assigned(posts=with_stand_in(OWNER, cast_posts(teaching_director=NEWCOMER)))
    bench.do(STAND_IN, "plan")
    bench.decide("secretary", "return", REASON)
    bench.do("office", "assign", post=bench.posts.posts["teaching_director"].id)
    handed_in(bench, NEWCOMER)
    for person in (STAND_IN, CAST[OWNER]):
        bench.posts = cast_posts(
            teaching_director=NEWCOMER, vice_principal_teaching=7, discipline_commissioner=person
        )
        assert ("four_eyes",) == codes(bench.do(person, "verify"))


def test_whoever_owns_it_only_now_does_not_verify_it() -> None:
    bench = handed_in(assigned())
    bench.posts = cast_posts(vice_principal_teaching=CAST[VERIFIER])
    assert ("four_eyes",) == codes(bench.do(VERIFIER, "verify"))


def stakes_told(bench: Bench, who: str | int) -> tuple[object, ...]:
    answer = bench.do(who, "verify")
    assert isinstance(answer, Refusals)
    (row,) = [each for each in answer.unmet if each.code == "four_eyes"]
    return row.facts["owning"], row.facts["is_involved"], row.facts.get("appoint")


def test_whoever_came_into_the_post_that_owns_it_is_told_that_and_nothing_untrue() -> None:
    """A second holder of the post did nothing; no third one could judge it either."""
    bench = handed_in(assigned(VERIFIER), VERIFIER)
    post = bench.posts.posts[VERIFIER].id
    vacant = {bench.posts.posts[key].id for key in ("supervision_group", "deputy_secretary")}
    held = tuple(row for row in bench.posts.holdings if row.post not in vacant)
    bench.posts = replace(bench.posts, holdings=(*held, Holding(post, NEWCOMER, date(2020, 1, 1))))
    others = ["deputy_secretary", "supervision_group"]
    owning, is_involved, appoint = stakes_told(bench, NEWCOMER)
    assert ([VERIFIER], False, others) == (owning, is_involved, sorted(appoint))  # type: ignore[call-overload]
    assert ([VERIFIER], True) == stakes_told(bench, VERIFIER)[:2]


def test_whoever_worked_on_it_before_is_told_that() -> None:
    bench = handed_in(assigned())
    bench.posts = cast_posts(discipline_commissioner=CAST[OWNER], vice_principal_teaching=NEWCOMER)
    assert ([], True) == stakes_told(bench, OWNER)[:2]


@pytest.mark.parametrize("worker", ["attached", "finished"])
def test_whoever_did_a_piece_of_the_work_does_not_verify_it(worker: str) -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    bench.do(OWNER, "start")
    bench.finish("office" if worker == "finished" else OWNER, 1)
    bench.finish(OWNER, 2)
    bench.attach("office" if worker == "attached" else OWNER)
    bench.do(OWNER, "submit_evidence")
    bench.posts = cast_posts(discipline_commissioner=CAST["office"])
    assert ("four_eyes",) == codes(bench.do("office", "verify"))


@pytest.mark.parametrize(("is_dropped", "answer"), [(False, ("four_eyes",)), (True, ())])
def test_the_owner_of_a_measure_is_a_party_until_it_is_dropped(
    is_dropped: bool, answer: tuple[str, ...]
) -> None:
    bench = assigned()
    post = bench.posts.posts[VERIFIER].id
    change = ChangeMeasure(1, owner_post=post, is_dropped=is_dropped)
    bench._take(change_measure(bench.world, bench.person(OWNER), change, bench.now))
    handed_in(bench)
    assert answer == codes(bench.do(VERIFIER, "verify"))


def test_a_stand_in_of_the_owner_is_passed_over_and_refused() -> None:
    bench = handed_in(assigned(VERIFIER, posts=with_stand_in(VERIFIER)), VERIFIER)
    assert "post:supervision_group" == bench.case.waits_for
    assert ("four_eyes",) == codes(bench.do(STAND_IN, "verify"))


def test_with_a_seat_of_their_own_the_stand_in_of_a_party_judges_in_that_one() -> None:
    supervisor = CAST["supervision_group"]
    bench = handed_in(assigned())
    now = cast_posts(vice_principal_teaching=7, discipline_commissioner=CAST[OWNER])
    bench.posts = with_stand_in(VERIFIER, now, person=supervisor)
    plan = bench.do(supervisor, "verify")
    assert isinstance(plan, Plan)
    assert None is plan.stamp.acting_for


def test_nobody_is_the_owner_of_what_was_not_assigned() -> None:
    bench = Bench.issue()
    assert "wrong_role" in codes(bench.do("office", "plan"))


def test_history_names_whom_somebody_stood_in_for() -> None:
    posts = with_stand_in("secretary", with_stand_in(OWNER), person=7)
    bench = assigned(posts=posts)
    assert CAST[OWNER] == bench.do(STAND_IN, "plan").stamp.acting_for  # type: ignore[union-attr]
    assert CAST["secretary"] == bench.decide(7).stamp.acting_for  # type: ignore[union-attr]
    assert CAST[OWNER] == bench.do(STAND_IN, "start").stamp.acting_for  # type: ignore[union-attr]
    assert CAST[OWNER] == bench.finish(STAND_IN, 1).stamp.acting_for  # type: ignore[union-attr]


@pytest.mark.parametrize("secretary", [CAST["office"], STAND_IN])
def test_neither_the_clerk_who_asks_nor_their_stand_in_decides(secretary: int) -> None:
    bench = verified(with_stand_in("office"))
    bench.posts = with_stand_in("office", cast_posts(secretary=secretary))
    bench.do(STAND_IN, "close")
    assert "party_committee" == decider_of(bench)


@pytest.mark.parametrize("secretary", [CAST["office"], STAND_IN])
def test_who_asked_and_for_whom_stay_barred_when_they_become_the_decider(secretary: int) -> None:
    bench = verified(with_stand_in("office"))
    bench.do(STAND_IN, "close")
    bench.posts = cast_posts(secretary=secretary)
    assert "four_eyes" in codes(bench.decide(secretary))


def test_the_clerk_asks_for_a_closing_that_the_owner_does_not_decide() -> None:
    bench = verified()
    bench.posts = cast_posts(secretary=CAST[OWNER])
    bench.do("office", "close")
    assert "party_committee" == decider_of(bench)


def test_a_decider_who_came_to_own_the_case_decides_no_longer() -> None:
    bench = verified()
    bench.do("office", "close")
    bench.posts = cast_posts(vice_principal_teaching=CAST["secretary"])
    assert "four_eyes" in codes(bench.decide("secretary"))


def test_a_stand_in_does_not_fill_a_body_up() -> None:
    posts = cast_posts()
    row = Holding(99, STAND_IN, date(2020, 1, 1), substitute_for=2)
    posts = replace(posts, holdings=(*posts.holdings, row))
    assert (1, 2, 3, 5, 7) == free_holders(posts, 99, frozenset(), DAY)


@pytest.mark.parametrize(("barred", "post"), [({1, 2}, "party_committee"), ({1, 2, 3}, None)])
def test_a_body_decides_with_more_than_half_of_all_its_seats_or_not_at_all(
    barred: set[int], post: str | None
) -> None:
    approval = Bench.issue().workflow.definition.moves["plan"].approval
    assert approval is not None
    chosen = choose_decider(cast_posts(), approval, frozenset(barred), DAY)
    assert (post, 3 if post else None) == ((chosen.post, chosen.needed) if chosen else (None, None))


def test_whoever_was_stood_in_for_may_take_the_request_back_too() -> None:
    bench = verified(with_stand_in("office"))
    bench.do(STAND_IN, "close")
    for asker in (STAND_IN, CAST["office"], OWNER):
        assert isinstance(withdraw_request(bench.world, bench.person(asker), 2, bench.now), Plan)
