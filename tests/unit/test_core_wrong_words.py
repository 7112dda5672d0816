"""What is refused, said and sealed around moves and requests: each rule of the core by one wrong word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.core.decide import decide, guard_requirements
from engine.core.definition import GuardUse
from engine.core.plan import Plan
from engine.core.principal import Credential, Principal, Via
from engine.core.record import (
    ChangeMeasure,
    NewEvidence,
    NewMeasure,
    add_measure,
    attach_evidence,
    change_measure,
    count_deliverable,
    finish_measure,
)
from engine.core.requests import DecideRequest, decide_request, withdraw_request
from engine.core.sealing import manifest, seal
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import CAST, Bench, assigned, cast_posts, codes, in_progress

OWNER, VERIFIER = "vice_principal_teaching", "discipline_commissioner"
TODAY = date(2026, 3, 2)
REASON = "请补充每项措施的具体完成时限"


def planned() -> Bench:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    return bench


def handed_in() -> Bench:
    bench = in_progress()
    for measure in (1, 2):
        bench.finish(OWNER, measure)
    bench.attach(OWNER)
    bench.do(OWNER, "submit_evidence")
    return bench


def closed() -> Bench:
    bench = handed_in()
    bench.do(VERIFIER, "verify")
    bench.do(OWNER, "close")
    bench.decide("secretary")
    return bench


def told(bench: Bench) -> list[tuple[str, str]]:
    assert isinstance(bench.answer, Plan)
    return [(prompt.kind, prompt.who) for prompt in bench.answer.prompts]


def by(bench: Bench, who: Principal, move: str, **params: str | int) -> tuple[str, ...]:
    return codes(decide(Ask(bench.world, who, MakeMove(move, params), bench.now)))


def test_one_request_waits_at_a_time() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    assert ("request_pending",) == codes(bench.do(OWNER, "plan"))


def test_the_operator_in_nobodys_name_asks_for_nothing() -> None:
    bench = handed_in()
    bench.do(VERIFIER, "verify")
    assert ("person_missing",) == by(bench, Principal(1, None, Via.CLI, Credential.NONE, "clerk"), "close")


def test_only_at_the_machine_is_nobody_the_office() -> None:
    bench, post = Bench.issue(), cast_posts().posts[OWNER].id
    assert () == by(bench, Principal(1, None, Via.CLI, Credential.NONE, "clerk"), "assign", post=post)
    assert ("wrong_role",) == by(bench, Principal(1, None, Via.API, Credential.NONE), "assign", post=post)


@pytest.mark.parametrize("move", ["verify", "return_evidence"])
def test_judging_evidence_needs_proof_and_a_judge(move: str) -> None:
    bench = handed_in()
    bare = bench.person(VERIFIER, Credential.NONE)
    assert "needs_proof" in by(bench, bare, move)
    assert "wrong_role" in by(bench, bench.person(OWNER), move)


def test_a_plan_is_returned_and_a_case_reopened_with_proof_and_a_reason() -> None:
    bare = {"needs_proof", "comment_too_short"}
    bench = planned()
    assert bare <= set(by(bench, bench.person("secretary", Credential.NONE), "return_plan"))
    bench = closed()
    assert bare <= set(by(bench, bench.person("secretary", Credential.NONE), "reopen"))


def test_evidence_is_returned_with_a_reason() -> None:
    assert ("comment_too_short",) == codes(handed_in().do(VERIFIER, "return_evidence", " 再补充一下吧啊    "))


def test_every_move_tells_whom_it_concerns() -> None:
    bench = assigned()
    assert [("assigned", "owner")] == told(bench)
    bench.do(OWNER, "plan")
    assert [("request_waiting", "post:secretary")] == told(bench)
    bench.decide("secretary", "return", REASON)
    assert [("returned", "owner")] == told(bench)
    bench.do(OWNER, "plan")
    bench._take(withdraw_request(bench.world, bench.person(OWNER), 2, bench.now))
    assert [("withdrawn", "post:secretary")] == told(bench)
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    assert [("decided", "owner")] == told(bench)


def test_a_request_keeps_its_words_and_is_due_in_five_working_days() -> None:
    bench = assigned()
    bench.do(OWNER, "plan", "请审批", held_on="2026-03-02")
    request, limit = bench.case.requests[0], bench.case.deadline("request", "1")
    assert ({"held_on": "2026-03-02"}, "请审批") == (request.params, request.comment)
    assert (date(2026, 3, 9), "request") == (limit.due_on, limit.ladder)  # type: ignore[union-attr]
    assert seal("plan", request.params, request.manifest, bench.case.definition) == request.seal


def test_a_seal_is_about_the_move_its_words_its_items_and_the_rules() -> None:
    variants = [("m", {}, {}, "d"), ("n", {}, {}, "d"), ("m", {"a": 1}, {}, "d"), ("m", {}, {"a": "1"}, "d")]
    assert 5 == len({seal(*each) for each in [*variants, ("m", {}, {}, "e")]})


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ({"commit": "x"}, "evidence:1"),
        ({"digest": "x"}, "evidence:1"),
        ({"copies": 9}, "evidence:1"),
        ({"deliverable": None}, "evidence:1"),
        ({"proves_from": TODAY}, "evidence:1"),
        ({"status": "withdrawn"}, "evidence:1"),
    ],
)
def test_every_fact_of_a_paper_is_sealed(change: dict[str, object], item: str) -> None:
    case = handed_in().case
    other = replace(case, evidence=(replace(case.evidence[0], **change),))  # type: ignore[arg-type]
    assert manifest(case, ["evidence"])[item] != manifest(other, ["evidence"]).get(item)


@pytest.mark.parametrize("change", [{"commit": "x"}, {"count": 9}, {"per_person": True}])
def test_every_fact_of_a_promise_is_sealed(change: dict[str, object]) -> None:
    case = assigned().case
    other = replace(case, deliverables=(replace(case.deliverables[0], **change),))  # type: ignore[arg-type]
    assert manifest(case, ["deliverables"]) != manifest(other, ["deliverables"])


@pytest.mark.parametrize("change", [{"commit": "x"}, {"owner_post": 12}, {"due_on": TODAY}])
def test_every_fact_of_a_measure_is_sealed(change: dict[str, object]) -> None:
    case = assigned().case
    other = replace(case, measures=(replace(case.measures[0], **change), case.measures[1]))  # type: ignore[arg-type]
    assert manifest(case, ["measures"]) != manifest(other, ["measures"])


def test_what_a_closing_seals_and_what_a_plan_seals() -> None:
    bench = handed_in()
    bench.do(VERIFIER, "verify")
    bench.do(OWNER, "close")
    plan, closing = ({item.split(":")[0] for item in request.manifest} for request in bench.case.requests)
    assert ({"measures", "measure", "deliverables", "deliverable"}, {"evidence"}) == (plan, closing - plan)


def test_an_approval_asks_the_state_and_the_guards_again() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    pending = bench.case
    bench.case = replace(pending, measures=())
    assert "too_few_measures" in codes(bench.decide("secretary"))
    bench.case = replace(pending, state="planned")
    assert "wrong_state" in codes(bench.decide("secretary"))


def test_a_request_that_ended_is_neither_decided_nor_withdrawn() -> None:
    bench = planned()
    withdrawn = withdraw_request(bench.world, bench.person(OWNER), 1, bench.now)
    assert ("request_not_pending",) == codes(withdrawn)
    assert "request_not_pending" in codes(bench.decide("secretary"))


def test_ten_characters_are_a_reason_and_a_bare_name_returns_nothing() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    word = DecideRequest(1, "return", "一二三四五六七八九十")
    bare = bench.person("secretary", Credential.NONE)
    assert ("needs_proof",) == codes(decide_request(bench.world, bare, word, bench.now))
    assert isinstance(decide_request(bench.world, bench.person("secretary"), word, bench.now), Plan)


def test_whoever_neither_decides_nor_sits_is_told_so() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    assert ("wrong_role",) == codes(bench.decide("stranger"))


def test_a_signed_paper_is_kept_with_the_vote() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    on_paper, word = bench.person("secretary", Credential.PAPER), DecideRequest(1, "approve", paper="abc")
    bench._take(decide_request(bench.world, on_paper, word, bench.now))
    assert ["abc"] == [vote.paper for vote in bench.case.requests[0].votes]


def test_a_plan_rests_on_all_that_it_read_and_says_what_will_be() -> None:
    bench = assigned()
    world = replace(bench.world, place=replace(bench.world.place, roster_version=7, calendar_version=8))
    plan = decide(Ask(world, bench.person(OWNER), MakeMove("plan"), bench.now))
    assert isinstance(plan, Plan)
    reads = plan.reads
    assert (bench.case.revision, 7, 8) == (reads.revision, reads.roster_version, reads.calendar_version)
    assert (bench.case.definition, True) == (reads.definition, plan.after.pending is not None)


@pytest.mark.parametrize(("name", "holds"), [("any_of", True), ("all_of", False)])
def test_one_of_several_guards_or_all_of_them(name: str, holds: bool) -> None:
    bench = assigned()
    parts = [GuardUse(name="has_owner"), GuardUse(name="claim_is_open", params={"status": "closed"})]
    assert holds == (() == unmet(bench, GuardUse(name=name, parts=parts)))


@pytest.mark.parametrize(("guard", "answer"), [("has_owner", ("must_not_hold",)), ("new_evidence", ())])
def test_a_guard_turned_round(guard: str, answer: tuple[str, ...]) -> None:
    bench = assigned() if answer else closed()
    assert answer == unmet(bench, GuardUse(name="not", parts=[GuardUse(name=guard)]))


def unmet(bench: Bench, use: GuardUse) -> tuple[str, ...]:
    move = bench.workflow.definition.moves["plan"].model_copy(update={"guards": [use]})
    ask = Ask(bench.world, bench.person(OWNER), MakeMove("plan"), bench.now)
    return tuple(row.code for row in guard_requirements(ask, move))


def test_measures_are_promised_with_words_and_only_until_the_plan_is_approved() -> None:
    bench = planned()
    late = add_measure(bench.world, bench.person(OWNER), NewMeasure(" "), bench.now)
    assert ("plan_approved_already", "text_empty") == codes(late)
    change = ChangeMeasure(9, due_on=TODAY)
    assert ("plan_approved_already", "measure_unknown") == codes(
        change_measure(bench.world, bench.person("office"), change, bench.now)
    )


def test_a_measure_is_finished_once_by_its_owner_and_not_tomorrow() -> None:
    bench = in_progress()
    later = bench.now + timedelta(days=1)
    tomorrow = finish_measure(
        bench.world, bench.person(OWNER), 1, bench.world.place.local_day(later), bench.now
    )
    assert ("date_in_future",) == codes(tomorrow)
    assert ("wrong_role",) == codes(bench.finish("stranger", 1))
    assert () == codes(bench.finish(OWNER, 1))
    assert TODAY == bench.case.deadline("measure", "1").met_on  # type: ignore[union-attr]
    assert "" == bench.case.deadline("measure", "2").ended  # type: ignore[union-attr]
    assert ("measure_not_open",) == codes(bench.finish(OWNER, 1))


def test_something_is_promised_at_least_once_and_by_name() -> None:
    bench = assigned()
    answer = count_deliverable(bench.world, bench.person(OWNER), 0, " ", 0, bench.now)
    assert ("count_too_small", "text_empty") == codes(answer)


@pytest.mark.parametrize(
    ("facts", "answer"),
    [
        ({"name": " "}, ("text_empty",)),
        ({"copies": 0}, ("count_too_small",)),
        ({"deliverable": 9}, ("deliverable_unknown",)),
        ({"measure": 9}, ("measure_unknown",)),
        ({"proves_from": TODAY + timedelta(days=1)}, ("date_in_future",)),
        ({"proves_from": TODAY, "proves_to": TODAY - timedelta(days=1)}, ("period_reversed",)),
        ({"proves_from": TODAY, "proves_to": TODAY}, ()),
    ],
)
def test_a_paper_is_named_counted_dated_and_belongs_somewhere(
    facts: dict[str, object], answer: tuple[str, ...]
) -> None:
    bench = in_progress()
    paper = replace(NewEvidence("minutes", "minutes", TODAY), **facts)  # type: ignore[arg-type]
    assert answer == codes(attach_evidence(bench.world, bench.person(OWNER), [paper], bench.now))


def test_the_same_file_proves_the_same_thing_once() -> None:
    bench = in_progress()
    bench.attach(OWNER, digest="d")
    assert ("evidence_already_attached",) == codes(bench.attach(OWNER, digest="d"))


def test_nothing_is_attached_by_strangers() -> None:
    assert ("wrong_role",) == codes(in_progress().attach("stranger"))


def test_a_plan_has_measures_and_a_case_its_owner() -> None:
    assert ("too_few_measures",) == codes(assigned(measures=0).do(OWNER, "plan"))
    assert "not_assigned" in codes(Bench.issue().do(OWNER, "plan"))


def test_a_case_goes_only_to_a_post_that_there_is_and_that_somebody_holds() -> None:
    bench = Bench.issue(posts=replace(cast_posts(), holdings=cast_posts().holdings[:4]))
    assert ("post_is_vacant",) == codes(bench.do("office", "assign", post=15))
    assert ("leader_missing",) == codes(bench.do("office", "assign", post=0))


def test_a_promise_without_a_number_is_counted_before_it_is_proved() -> None:
    bench = handed_in()
    bench.do(VERIFIER, "return_evidence", REASON)
    bench.case = replace(bench.case, deliverables=(replace(bench.case.deliverables[0], count=None),))
    assert ("deliverables_unknown",) == codes(bench.do(OWNER, "submit_evidence"))


def test_a_closing_wants_what_was_accepted() -> None:
    bench = handed_in()
    bench.do(VERIFIER, "verify")
    bench.case = replace(bench.case, evidence=(replace(bench.case.evidence[0], status="attached"),))
    assert ("deliverable_not_proved",) == codes(bench.do(OWNER, "close"))


def test_reopening_may_name_another_owner() -> None:
    bench = closed()
    assert () == codes(bench.do("secretary", "reopen", REASON, post=13, due="2026-12-31"))
    assert (13, CAST["deputy_secretary"]) == (bench.case.owner_post, bench.posts.holders(13, TODAY)[0])
    assert "due_in_past" in codes(closed().do("secretary", "reopen", REASON, due="2026-03-01"))
