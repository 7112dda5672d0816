"""What goes on: long-term work with its reviews, and look-backs after closing, which belong to whoever verifies."""

from __future__ import annotations

from datetime import date

from engine.core.case import Deadline
from engine.core.deadlines import late_deadlines, waits_for
from engine.core.decide import decide
from engine.core.plan import Plan
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import Bench, codes, in_progress

OWNER = "vice_principal_teaching"
GOAL = "本学年每月一次集中学习，形成记录"
WHY = "制度要长期执行，不能一次办结"
SEEN = "抽查了近三个月的记录，都在按制度办"
GO_LIVE = date(2026, 1, 1)


def ask(bench: Bench, move: str, texts: dict[str, str] | None = None, **params: str) -> None:
    bench._take(
        decide(
            Ask(bench.world, bench.person(OWNER), MakeMove(move, params, WHY, texts=texts or {}), bench.now)
        )
    )


def on(bench: Bench, day: str) -> None:
    today = bench.world.place.local_day(bench.now)
    bench.later((date.fromisoformat(day) - today).days)


def open_ones(bench: Bench, *kinds: str) -> list[tuple[str, str, str]]:
    return [
        (row.kind, row.subject, row.due_on.isoformat() if row.due_on else "")
        for row in bench.case.open_deadlines
        if row.kind in kinds
    ]


def finish(bench: Bench, closes_on: str) -> Bench:
    """From in progress to closed."""
    for number in (1, 2):
        bench.finish(OWNER, number)
    bench.attach(OWNER)
    bench.do(OWNER, "submit_evidence")
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    on(bench, closes_on)
    bench.decide("secretary")
    assert "closed" == bench.case.state
    return bench


def long_term(next_review: str = "2026-12-31") -> Bench:
    bench = in_progress()
    ask(bench, "make_long_term", {"goal": GOAL}, next_review=next_review)
    bench.decide("secretary")
    return bench


def test_long_term_work_has_a_goal_and_a_day_for_its_review() -> None:
    bench = long_term()
    assert [("review", "", "2026-12-31")] == open_ones(bench, "rectify", "review")
    assert (GOAL, True, "2026-12-31") == (
        bench.case.texts["goal"],
        bench.case.fields["long_term"],
        bench.case.fields["next_review"],
    )
    assert ["replaced", "dropped"] == [row.ended for row in bench.case.deadlines if row.kind == "rectify"]


def test_the_review_is_at_most_a_year_away() -> None:
    for day, code in (
        ("2027-03-02", ""),
        ("2027-03-03", "next_review_out_of_range"),
        ("2026-03-02", "next_review_out_of_range"),
        ("", "next_review_missing"),
    ):
        bench = in_progress()
        ask(bench, "make_long_term", {"goal": GOAL}, next_review=day)
        assert ((code,) if code else ()) == codes(bench.answer)


def test_turning_long_term_does_not_make_a_missed_date_undone() -> None:
    bench = in_progress()
    on(bench, "2026-06-01")
    ask(bench, "make_long_term", {"goal": GOAL}, next_review="2026-12-31")
    bench.decide("secretary")
    assert ["replaced", "missed"] == [row.ended for row in bench.case.deadlines if row.kind == "rectify"]


def test_a_review_is_met_and_sets_the_next_one() -> None:
    bench = long_term()
    on(bench, "2026-12-30")
    ask(bench, "review", next_review="2027-06-30")
    on(bench, "2027-01-04")
    bench.decide("secretary")
    reviews = [row for row in bench.case.deadlines if row.kind == "review"]
    assert [("met", date(2027, 1, 4)), ("", None)] == [(row.ended, row.met_on) for row in reviews]
    assert [("review", "", "2027-06-30")] == open_ones(bench, "rectify", "review")


def test_a_review_may_end_long_term_work_with_a_day_for_closing() -> None:
    bench = long_term()
    ask(bench, "review", due="2026-07-31")
    bench.decide("secretary")
    assert [("rectify", "", "2026-07-31")] == open_ones(bench, "rectify", "review")
    assert False is bench.case.fields["long_term"]


def test_long_term_work_can_be_closed_like_any_other() -> None:
    bench = finish(long_term(), "2026-04-01")
    assert [] == open_ones(bench, "rectify", "review", "measure", "plan")


def test_only_long_term_work_is_reviewed() -> None:
    bench = in_progress()
    ask(bench, "review", next_review="2026-12-31")
    assert ("not_long_term",) == codes(bench.answer)


# look-backs


def closed(closes_on: str = "2026-04-01") -> Bench:
    return finish(in_progress(), closes_on)


def look_backs(bench: Bench) -> list[Deadline]:
    return [row for row in bench.case.deadlines if row.kind == "look_back"]


def test_closing_sets_three_look_backs_on_working_days() -> None:
    # 31 August + 3, 6, 12 months: the months are shorter, and 28 February 2027 is a Sunday.
    bench = closed("2026-08-31")
    assert [("3", "2026-11-30"), ("6", "2027-03-01"), ("12", "2027-08-31")] == [
        (subject, day) for _, subject, day in open_ones(bench, "look_back")
    ]


def test_a_look_back_belongs_to_whoever_verifies_and_not_to_the_owner() -> None:
    bench = closed()
    posts = bench.posts.posts
    assert {posts["discipline_commissioner"].id} == {
        waits_for(bench.case, row, bench.posts) for row in look_backs(bench)
    }


def test_where_the_commissioner_owns_the_case_the_next_one_looks_back() -> None:
    bench = closed_by_commissioner()
    assert {"post:supervision_group"} == {row.waits_for for row in look_backs(bench)}


def closed_by_commissioner() -> Bench:
    owner = "discipline_commissioner"
    bench = in_progress(owner)
    for number in (1, 2):
        bench.finish(owner, number)
    bench.attach(owner)
    bench.do(owner, "submit_evidence")
    bench.do("supervision_group", "verify")
    bench.do(owner, "close")
    bench.decide("secretary")
    return bench


def test_whoever_owned_the_case_does_not_look_back_at_it() -> None:
    bench = closed_by_commissioner()
    on(bench, "2026-06-01")
    bench.do("discipline_commissioner", "look_back", SEEN, result="held")
    assert ("four_eyes",) == codes(bench.answer)


def test_a_look_back_meets_the_one_that_comes_first() -> None:
    bench = closed()
    on(bench, "2026-06-30")
    bench.do("discipline_commissioner", "look_back", SEEN, result="held")
    assert ["met", "", ""] == [row.ended for row in look_backs(bench)]
    assert "held" == bench.case.fields["look_back_3"]
    assert "closed" == bench.case.state


def test_a_look_back_on_the_day_after_closing_proves_nothing() -> None:
    bench = closed()
    on(bench, "2026-04-02")
    bench.do("discipline_commissioner", "look_back", SEEN, result="held")
    refusal = bench.answer
    assert ("look_back_too_early",) == codes(refusal)
    assert not isinstance(refusal, Plan) and refusal is not None
    assert date(2026, 5, 31) == refusal.unmet[0].earliest


def test_a_rebound_is_told_to_the_secretary_who_may_reopen() -> None:
    bench = closed()
    on(bench, "2026-06-30")
    bench.do("discipline_commissioner", "look_back", "又出现没有记录的情况，共两次", result="rebound")
    plan = bench.answer
    assert isinstance(plan, Plan)
    assert [("rebounded", "secretary")] == [(row.kind, row.who) for row in plan.prompts]
    bench.do("secretary", "reopen", "回头看发现反弹，重新整改并报进展", due="2026-09-30")
    assert ["met", "dropped", "dropped"] == [row.ended for row in look_backs(bench)]
    assert [("rectify", "", "2026-09-30")] == open_ones(bench, "rectify", "look_back")


def test_what_held_is_told_to_nobody() -> None:
    bench = closed()
    on(bench, "2026-06-30")
    plan = bench.do("discipline_commissioner", "look_back", SEEN, result="held")
    assert isinstance(plan, Plan)
    assert () == plan.prompts


def test_a_result_has_to_be_one_of_two() -> None:
    bench = closed()
    on(bench, "2026-06-30")
    bench.do("discipline_commissioner", "look_back", SEEN, result="fine")
    assert ("result_unknown",) == codes(bench.answer)


def test_an_overdue_look_back_makes_the_closed_case_late_until_it_is_done() -> None:
    bench = closed()
    on(bench, "2026-07-02")
    today = bench.world.place.local_day(bench.now)
    assert ["3"] == [row.subject for row in late_deadlines(bench.case, today, GO_LIVE)]
    bench.do("discipline_commissioner", "look_back", SEEN, result="held")
    assert () == late_deadlines(bench.case, today, GO_LIVE)


def test_closing_again_sets_new_look_backs_and_keeps_the_old_ones() -> None:
    bench = closed()
    on(bench, "2026-06-30")
    bench.do("discipline_commissioner", "look_back", "又出现没有记录的情况，共两次", result="rebound")
    bench.do("secretary", "reopen", "回头看发现反弹，重新整改并报进展", due="2026-09-30")
    bench.attach(OWNER, name="补充的会议记录")
    bench.do(OWNER, "submit_evidence")
    bench.do("discipline_commissioner", "verify")
    bench.do(OWNER, "close")
    bench.decide("secretary")
    assert [("3", 2), ("6", 2), ("12", 2)] == [
        (row.subject, row.version) for row in look_backs(bench) if row.is_open
    ]
