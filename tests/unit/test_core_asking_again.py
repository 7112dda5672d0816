"""A request whose time runs out, and one that takes up an earlier one (law 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from engine.core.plan import Plan
from engine.core.record import ChangeMeasure, change_measure
from engine.core.requests import withdraw_request
from engine.core.sealing import Changes, added_since, changes
from tests.kit.approvals import (
    OWNER,
    REASON,
    SECRETARY,
    attend,
    ruled,
    status,
)
from tests.kit.worlds import Bench, assigned, codes

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
