"""Which date a deadline gets: on assignment, when a plan is approved, when it is returned or reopened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.core.deadlines import add_months, late_deadlines, waits_for
from engine.core.record import ChangeMeasure, change_measure
from engine.core.refusal import Refusals
from tests.kit.worlds import Bench, assigned, codes, decider_of, in_progress

OWNER = "vice_principal_teaching"


def due(bench: Bench, kind: str, subject: str = "") -> date | None:
    deadline = bench.case.deadline(kind, subject)
    assert deadline is not None
    return deadline.due_on


def plan_approved(bench: Bench) -> Bench:
    bench.do(OWNER, "plan")
    bench.decide(decider_of(bench))
    return bench


def test_from_and_due_are_taken_as_the_assigner_confirmed_them() -> None:
    bench = Bench.issue()
    post = bench.posts.posts[OWNER].id
    bench.do("office", "assign", post=post, from_="2026-03-10")
    assert (date(2026, 4, 9), date(2026, 9, 10)) == (due(bench, "plan"), due(bench, "rectify"))
    bench.do("office", "assign", post=post, due="2026-03-20")
    assert (date(2026, 3, 20), date(2026, 3, 20)) == (due(bench, "plan"), due(bench, "rectify"))


def test_a_due_date_of_today_is_taken_and_one_of_yesterday_is_not() -> None:
    bench = Bench.issue()
    post = bench.posts.posts[OWNER].id
    assert ("due_in_past",) == codes(bench.do("office", "assign", post=post, due="2026-03-01"))
    assert () == codes(bench.do("office", "assign", post=post, due="2026-03-02"))


def test_assigning_again_draws_a_date_in_and_never_puts_it_off() -> None:
    bench = assigned()
    post, agreed = bench.posts.posts[OWNER].id, (date(2026, 3, 29), date(2026, 8, 27))
    for later in ({"due": "2026-08-28"}, {"due": "2026-08-20", "from_": "2026-03-03"}, {"due": "2027-02-28"}):
        assert ("due_only_earlier",) == codes(bench.do("office", "assign", post=post, **later))
    both = bench.do("office", "assign", post=post, from_="2026-03-03")
    assert ("due_only_earlier", "due_only_earlier") == codes(both)
    assert isinstance(both, Refusals)
    assert ["plan", "rectify"] == [row.facts["kind"] for row in both.unmet]
    assert [("ask_for_extension", ["extend"])] * 2 == [(row.cure, row.facts["moves"]) for row in both.unmet]
    bench.later(5)
    for same in ({}, {"due": "2026-08-27"}):
        assert () == codes(bench.do("office", "assign", post=post, **same))
        assert agreed == (due(bench, "plan"), due(bench, "rectify"))
    assert () == codes(bench.do("office", "assign", post=post, due="2026-08-20"))
    assert (date(2026, 3, 29), date(2026, 8, 20)) == (due(bench, "plan"), due(bench, "rectify"))


def test_a_date_that_was_set_is_not_moved_by_the_measures() -> None:
    bench = Bench.issue()
    bench.do("office", "assign", post=bench.posts.posts[OWNER].id, due="2026-12-31")
    assert date(2026, 12, 31) == due(plan_approved(bench), "rectify")


def test_the_latest_measure_counts_and_not_the_first() -> None:
    bench = assigned()
    bench._take(
        change_measure(
            bench.world, bench.person(OWNER), ChangeMeasure(1, due_on=date(2026, 4, 30)), bench.now
        )
    )
    plan_approved(bench)
    assert date(2026, 5, 29) == due(bench, "rectify")
    assert date(2026, 4, 30) == due(bench, "measure", "1")


def test_approving_a_plan_does_not_replace_a_date_that_was_missed() -> None:
    bench = assigned()
    bench.later(200)
    missed = due(bench, "rectify")
    assert missed is not None and missed < bench.world.place.local_day(bench.now)
    plan_approved(bench)
    assert missed == due(bench, "rectify")


def test_a_dropped_measure_has_no_deadline_and_is_not_waited_for() -> None:
    bench = assigned()
    change = ChangeMeasure(2, is_dropped=True)
    bench._take(change_measure(bench.world, bench.person(OWNER), change, bench.now))
    plan_approved(bench)
    assert None is bench.case.deadline("measure", "2")
    assert [1] == [row.number for row in bench.case.live_measures]


def test_returning_a_plan_leaves_a_missed_measure_missed() -> None:
    bench = plan_approved(assigned())
    bench.later(100)
    bench.do("secretary", "return_plan", "措施不具体，请逐项写明责任人和时限")
    assert ["1", "2"] == [row.subject for row in bench.case.open_deadlines if row.kind == "measure"]


def test_a_returned_plan_is_due_again_in_ten_working_days() -> None:
    bench = plan_approved(assigned())
    bench.do("secretary", "return_plan", "措施不具体，请逐项写明责任人和时限")
    assert date(2026, 3, 16) == due(bench, "plan")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
    ],
)
def test_months_are_added_with_the_end_of_the_month_kept(day: date, months: int, expected: date) -> None:
    assert expected == add_months(day, months)


def test_a_case_is_late_by_its_open_armed_deadlines_alone() -> None:
    bench = assigned()
    assert () == late_deadlines(bench.case, date(2026, 3, 29), None)
    assert ["plan"] == [row.kind for row in late_deadlines(bench.case, date(2026, 3, 30), None)]
    plan_approved(bench)
    assert () == late_deadlines(bench.case, date(2026, 3, 30), None)


def test_whose_act_is_missing_follows_the_case() -> None:
    bench = assigned()
    today = bench.world.place.local_day(bench.now)

    def waiting(kind: str = "rectify", subject: str = "") -> str | None:
        deadline = bench.case.deadline(kind, subject)
        assert deadline is not None
        post = bench.posts.by_id(waits_for(bench.case, deadline, bench.posts) or 0)
        return post.key if post else None

    assert OWNER == waiting()
    bench.do(OWNER, "plan")
    assert "secretary" == waiting()
    bench.decide("secretary")
    bench.do(OWNER, "start")
    assert (OWNER, OWNER) == (waiting(), waiting("measure", "1"))
    for measure in (1, 2):
        bench.finish(OWNER, measure)
    bench.attach(OWNER)
    bench.do(OWNER, "submit_evidence")
    assert "discipline_commissioner" == waiting()
    assert today is not None


def test_a_measure_waits_for_its_own_post_where_it_has_one() -> None:
    bench = in_progress()
    post = bench.posts.posts["deputy_secretary"].id
    measures = tuple(replace(row, owner_post=post) if row.number == 2 else row for row in bench.case.measures)
    bench.case = replace(bench.case, measures=measures)
    deadline = bench.case.deadline("measure", "2")
    assert deadline is not None
    assert post == waits_for(bench.case, deadline, bench.posts)
