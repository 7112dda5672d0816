"""One issue by hand: who may do what, when, and what is said when not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.core.case import Deadline
from engine.core.deadlines import is_late
from engine.core.decide import decide
from engine.core.posts import Holding
from engine.core.principal import Credential, Principal, Via
from engine.core.record import ChangeMeasure, NewMeasure, add_measure, change_measure, count_deliverable
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, decide_request, withdraw_request
from engine.core.world import Ask, MakeMove
from engine.errors import Conflict, NotFound
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, codes, decider_of, in_progress

OWNER = "vice_principal_teaching"


def submitted(owner: str = OWNER) -> Bench:
    bench = in_progress(owner)
    for measure in (1, 2):
        bench.finish(owner, measure)
    bench.attach(owner)
    bench.do(owner, "submit_evidence")
    return bench


def test_a_new_issue_waits_for_the_office_and_nothing_is_armed() -> None:
    bench = Bench.issue()
    assert ("assigned", "office") == (bench.case.state, bench.case.waits_for)
    assert [False, False] == [row.armed for row in bench.case.deadlines]


def test_assigning_gives_the_case_to_the_post_and_arms_plan_and_rectify() -> None:
    bench = assigned()
    assert bench.posts.posts[OWNER].id == bench.case.owner_post
    assert {"plan": date(2026, 3, 29), "rectify": date(2026, 8, 27)} == {
        row.kind: row.due_on for row in bench.case.deadlines if row.armed
    }


def test_an_old_feedback_counts_from_the_day_of_assignment_so_that_nothing_is_late_at_once() -> None:
    bench = Bench.issue()
    bench.later(400)
    bench.do("office", "assign", post=bench.posts.posts[OWNER].id)
    assert date(2027, 5, 6) == bench.case.deadline("plan").due_on  # type: ignore[union-attr]


def test_assigning_again_starts_a_second_version_and_keeps_the_first_date_visible() -> None:
    bench = assigned()
    bench.later(3)
    bench.do("office", "assign", post=bench.posts.posts["office"].id, due="2026-06-30")
    rows = [(row.version, row.due_on, row.ended) for row in bench.case.deadlines if row.kind == "rectify"]
    assert [(1, date(2026, 8, 27), "replaced"), (2, date(2026, 6, 30), "")] == rows


def test_the_issues_own_date_is_the_latest_of_its_measures_unless_it_was_set() -> None:
    bench = in_progress()
    assert date(2026, 5, 29) == bench.case.deadline("rectify").due_on  # type: ignore[union-attr]


def test_a_plan_waits_for_the_secretary_and_is_chased_there() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    assert ("assigned", "secretary") == (bench.case.state, decider_of(bench))
    assert "request" in {row.kind for row in bench.case.open_deadlines}


def test_a_returned_plan_needs_a_reason_and_may_be_asked_again() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    assert ("comment_too_short",) == codes(bench.decide("secretary", "return", "不行"))
    assert () == codes(bench.decide("secretary", "return", "请补充每项措施的具体完成时限"))
    assert ("assigned", None) == (bench.case.state, bench.case.pending)
    assert () == codes(bench.do(OWNER, "plan"))


def test_the_whole_way_from_assigned_to_closed() -> None:
    bench = submitted()
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    bench.decide("secretary")
    assert ("closed", True, "nobody") == (bench.case.state, bench.case.is_final, bench.case.waits_for)
    assert {"look_back"} == {row.kind for row in bench.case.open_deadlines}
    assert ["accepted"] == [row.status for row in bench.case.evidence]
    assert bench.replayed == bench.case


def test_every_requirement_is_said_at_once() -> None:
    bench = assigned()
    answer = bench.do("stranger", "submit_evidence")
    expected = (
        "wrong_state",
        "wrong_role",
        "measures_open",
        "deliverable_not_proved",
        "too_little_evidence",
    )
    assert expected == codes(answer)


def test_nobody_decides_what_they_asked_for_even_with_both_posts() -> None:
    secretary = CAST["secretary"]
    bench = assigned(posts=cast_posts(vice_principal_teaching=secretary))
    bench.do(secretary, "plan")
    assert "party_committee" == decider_of(bench)
    assert ("four_eyes",) == codes(bench.decide(secretary))


def test_a_substitute_of_the_owner_cannot_decide_either() -> None:
    posts = cast_posts()
    deputy = CAST["deputy_secretary"]
    stand_in = Holding(
        posts.posts["secretary"].id, deputy, date(2020, 1, 1), substitute_for=CAST["secretary"]
    )
    bench = assigned("secretary", posts=replace(posts, holdings=(*posts.holdings, stand_in)))
    bench.do("secretary", "plan")
    assert "party_committee" == decider_of(bench)


def test_whoever_owned_the_case_once_never_verifies_it() -> None:
    bench = submitted()
    bench.do("discipline_commissioner", "return_evidence", "照片看不清日期，请重新拍摄后再交")
    answer = bench.do(OWNER, "submit_evidence")
    assert () == codes(answer)
    posts = cast_posts(discipline_commissioner=CAST[OWNER])
    bench.posts = posts
    assert ("four_eyes",) == codes(bench.do(OWNER, "verify"))


def test_the_committee_decides_for_the_secretary_with_more_than_half_of_its_members() -> None:
    bench = assigned("secretary")
    bench.do("secretary", "plan")
    assert ("party_committee", 3) == (decider_of(bench), bench.case.pending.needed)  # type: ignore[union-attr]
    bench.decide("discipline_commissioner")
    bench.decide("deputy_secretary")
    assert "assigned" == bench.case.state
    assert ("already_voted",) == codes(bench.decide("deputy_secretary"))
    bench.decide(7)
    assert "planned" == bench.case.state


@pytest.mark.parametrize("owner", ["secretary", "discipline_commissioner", "deputy_secretary", "office"])
def test_whoever_owns_the_issue_it_can_still_be_closed(owner: str) -> None:
    bench = assigned(owner)
    for step in ("plan", "start", None, "submit_evidence", "verify", "close"):
        if step is None:
            for measure in (1, 2):
                bench.finish(owner, measure)
            bench.attach(owner)
        elif step == "verify":
            assert () == codes(bench.do(bench.case.waits_for.removeprefix("post:"), "verify"))
        else:
            assert () == codes(bench.do(owner, step))
            _let_it_be_decided(bench)
    assert "closed" == bench.case.state


def _let_it_be_decided(bench: Bench) -> None:
    for person in (1, 2, 3, 5, 7):
        if bench.case.pending is not None:
            bench.decide(person)


def test_nobody_left_to_decide_is_said_before_the_move() -> None:
    posts = cast_posts()
    lonely = replace(posts, holdings=tuple(row for row in posts.holdings if row.person in (4, 5)))
    bench = assigned(posts=lonely)
    assert ("nobody_may_decide",) == codes(bench.do(OWNER, "plan"))


def test_a_bare_name_may_record_but_not_decide() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    operator = Principal(1, CAST["secretary"], Via.CLI, Credential.NONE, "clerk")
    answer = decide(Ask(bench.world, operator, MakeMove("settle_claim"), bench.now))
    assert isinstance(answer, Refusals)
    assert "needs_proof" in answer.codes


def test_a_stale_revision_is_a_conflict_and_not_a_refusal() -> None:
    bench = assigned()
    ask = Ask(bench.world, bench.person(OWNER), MakeMove("plan", revision=bench.case.revision - 1), bench.now)
    with pytest.raises(Conflict):
        decide(ask)


def test_an_unknown_move_names_the_nearest_one() -> None:
    bench = assigned()
    with pytest.raises(NotFound) as caught:
        bench.do(OWNER, "submit_evidnce")
    assert "submit_evidence" == caught.value.facts["nearest"]


def test_changing_a_sealed_measure_makes_the_request_stale_and_tells_both_sides() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    change = ChangeMeasure(1, due_on=date(2026, 12, 31))
    plan = bench._take(change_measure(bench.world, bench.person("office"), change, bench.now))
    assert "stale" == bench.case.requests[0].status
    assert ["owner", "post:secretary"] == [prompt.who for prompt in plan.prompts]  # type: ignore[union-attr]
    assert "dropped" == bench.case.deadline("request", "1").ended  # type: ignore[union-attr]


def test_evidence_added_after_the_request_does_not_touch_it() -> None:
    bench = submitted()
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    bench.attach("office", name="one more")
    assert "pending" == bench.case.requests[-1].status


def test_a_returned_plan_takes_its_measure_deadlines_back_and_is_due_again() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    bench.do("secretary", "return_plan", "措施不具体，请逐项写明责任人和时限")
    assert {"plan", "rectify"} == {row.kind for row in bench.case.open_deadlines}
    assert 2 == bench.case.deadline("plan").version  # type: ignore[union-attr]


def test_a_reopened_case_has_a_new_date_and_waits_for_its_owner() -> None:
    bench = submitted()
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    bench.decide("secretary")
    assert ("due_missing",) == codes(bench.do("secretary", "reopen", "回头看发现问题反弹，需要继续整改"))
    bench.do("secretary", "reopen", "回头看发现问题反弹，需要继续整改", due="2026-12-31")
    assert ("in_progress", "owner", False) == (bench.case.state, bench.case.waits_for, bench.case.is_final)
    assert [("rectify", date(2026, 12, 31))] == [(row.kind, row.due_on) for row in bench.case.open_deadlines]


def test_whoever_did_the_work_does_not_verify_it() -> None:
    bench = Bench.issue(measures=1)
    bench.do("office", "assign", post=bench.posts.posts[OWNER].id)
    verifier = bench.posts.posts["discipline_commissioner"].id
    bench._take(
        change_measure(bench.world, bench.person(OWNER), ChangeMeasure(1, owner_post=verifier), bench.now)
    )
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    bench.do(OWNER, "start")
    bench.finish("discipline_commissioner", 1)
    bench.attach("discipline_commissioner")
    bench.do(OWNER, "submit_evidence")
    assert "post:supervision_group" == bench.case.waits_for
    assert ("four_eyes",) == codes(bench.do("discipline_commissioner", "verify"))


def test_a_plan_that_grows_while_it_waits_is_another_plan() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench._take(add_measure(bench.world, bench.person(OWNER), NewMeasure("one more"), bench.now))
    assert "stale" == bench.case.requests[0].status


def test_a_promised_count_is_not_lowered_after_the_plan_was_approved() -> None:
    bench = in_progress()
    answer = bench._take(count_deliverable(bench.world, bench.person(OWNER), 1, None, 1, bench.now))
    assert ("plan_approved_already",) == codes(answer)


def test_a_request_passes_on_when_its_decider_may_no_longer_decide() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.posts = cast_posts(secretary=CAST[OWNER])
    assert ("four_eyes",) == codes(bench.decide(OWNER))
    for member in (1, 2, 3):
        assert () == codes(bench.decide(member))
    assert ("planned", "party_committee") == (bench.case.state, bench.case.requests[0].decider)


def test_the_asker_may_take_a_request_back_and_nobody_else() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    stranger = withdraw_request(bench.world, bench.person("stranger"), 1, bench.now)
    assert ("wrong_role",) == codes(stranger)
    bench._take(withdraw_request(bench.world, bench.person(OWNER), 1, bench.now))
    assert ("withdrawn", None) == (bench.case.requests[0].status, bench.case.pending)


def test_paper_without_a_scan_proves_nothing() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    on_paper = bench.person("secretary", Credential.PAPER)
    assert ("needs_proof",) == codes(
        decide_request(bench.world, on_paper, DecideRequest(1, "approve"), bench.now)
    )


def test_a_stand_in_has_no_vote_in_a_body() -> None:
    posts = cast_posts()
    stand_in = Holding(99, 8, date(2020, 1, 1), substitute_for=2)
    bench = assigned("secretary", posts=replace(posts, holdings=(*posts.holdings, stand_in)))
    bench.do("secretary", "plan")
    assert 3 == bench.case.pending.needed  # type: ignore[union-attr]
    assert "wrong_role" in codes(bench.decide(8))


def test_handing_a_case_on_does_not_move_its_dates() -> None:
    bench = assigned()
    bench.later(40)
    bench.do("office", "assign", post=bench.posts.posts["deputy_secretary"].id)
    assert date(2026, 3, 29) == bench.case.deadline("plan").due_on  # type: ignore[union-attr]
    # No click mutes lateness (law 7): an earlier date is taken, and the missed plan keeps its own.
    sooner = bench.do("office", "assign", post=bench.posts.posts[OWNER].id, due="2026-08-26")
    assert () == codes(sooner)
    assert date(2026, 8, 26) == bench.case.deadline("rectify").due_on  # type: ignore[union-attr]
    assert date(2026, 3, 29) == bench.case.deadline("plan").due_on  # type: ignore[union-attr]
    bench.later(300)
    late = bench.do("office", "assign", post=bench.posts.posts[OWNER].id, due="2027-12-31")
    assert ("due_missed_already",) == codes(late)


def test_a_measure_is_never_left_without_words() -> None:
    bench = Bench.issue()
    change = ChangeMeasure(1, text=" ")
    assert ("text_empty",) == codes(change_measure(bench.world, bench.person("office"), change, bench.now))


def test_what_was_reopened_needs_new_evidence() -> None:
    bench = submitted()
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    bench.decide("secretary")
    bench.do("secretary", "reopen", "回头看发现问题反弹，需要继续整改", due="2026-12-31")
    assert ("no_new_evidence",) == codes(bench.do(OWNER, "submit_evidence"))
    bench._take(add_measure(bench.world, bench.person(OWNER), NewMeasure("check again"), bench.now))
    assert 3 == len(bench.case.live_measures)


def test_a_stand_in_goes_with_the_one_whose_seat_it_is() -> None:
    posts = cast_posts()
    seat = posts.posts["secretary"].id
    stand_in = Holding(seat, 8, date(2020, 1, 1), substitute_for=CAST["secretary"])
    bench = assigned(posts=replace(posts, holdings=(*posts.holdings, stand_in)))
    bench.do(OWNER, "plan")
    left = tuple(
        replace(row, until=date(2026, 3, 1)) if (row.post, row.person) == (seat, CAST["secretary"]) else row
        for row in bench.posts.holdings
    )
    bench.posts = replace(bench.posts, holdings=left)
    assert "wrong_role" in codes(bench.decide(8))


def test_a_date_missed_before_the_beginning_is_late_only_from_the_beginning_on() -> None:
    deadline = Deadline("rectify", "", 1, date(2026, 3, 10), armed=True)
    go_live = date(2026, 4, 1)
    days = [date(2026, 3, 20), date(2026, 4, 1), date(2026, 4, 2)]
    assert [False, True, True] == [is_late(deadline, day, go_live) for day in days]
    assert not is_late(replace(deadline, ended="met", met_on=date(2026, 3, 20)), date(2026, 5, 1), go_live)
