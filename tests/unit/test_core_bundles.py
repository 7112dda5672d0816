"""Requests laid together: who may, and what their digest is of (law 6)."""

from __future__ import annotations

from dataclasses import replace

from engine.core.bundles import bundle_digest, put_in_bundle, take_out_of_bundle
from engine.core.plan import Plan
from engine.core.posts import Holding
from engine.core.refusal import Refusals
from tests.kit.approvals import (
    BODY,
    CLERK,
    DEPUTY,
    OWNER,
    SECRETARY,
    SINCE,
    meeting,
    minuted,
    ruled,
    status,
)
from tests.kit.worlds import CAST, Bench, cast_posts, codes


def bundled(bench: Bench, who: int = CLERK) -> Plan | Refusals:
    number = len(bench.case.requests)
    return bench._take(
        put_in_bundle(bench.world, bench.person(who), number, "2026-B1", "d" * 64, "", bench.now)
    )


def test_whoever_lays_a_bundle_together_decides_nothing_in_it() -> None:
    posts = cast_posts()
    posts = replace(posts, holdings=(*posts.holdings, Holding(posts.posts["office"].id, DEPUTY, SINCE)))
    bench = ruled({"by": [{"post": "secretary"}, {"post": BODY}]}, posts)
    assert () == codes(bundled(bench, DEPUTY))
    assert ("2026-B1", DEPUTY) == (bench.case.requests[0].bundle, bench.case.requests[0].bundled_by)
    holdings = tuple(row for row in posts.holdings if row.post != posts.posts["secretary"].id)
    bench.posts = replace(posts, holdings=(*holdings, Holding(posts.posts["secretary"].id, DEPUTY, SINCE)))
    assert "four_eyes" in codes(bench.decide(DEPUTY))


def test_who_decides_does_not_lay_it_into_a_bundle() -> None:
    posts = cast_posts()
    posts = replace(posts, holdings=(*posts.holdings, Holding(posts.posts["office"].id, SECRETARY, SINCE)))
    bench = ruled({"by": ["secretary"]}, posts)
    assert ("decides_it_themselves",) == codes(bundled(bench, SECRETARY))


def test_a_request_lies_in_one_bundle_and_can_be_taken_out() -> None:
    bench = ruled({"by": ["secretary"]})
    assert ("wrong_role",) == codes(bundled(bench, CAST[OWNER]))
    bundled(bench)
    assert ("in_a_bundle_already",) == codes(bundled(bench))
    bench._take(take_out_of_bundle(bench.world, bench.person(CLERK), 1, bench.now))
    assert None is bench.case.requests[0].bundle
    again = take_out_of_bundle(bench.world, bench.person(CLERK), 1, bench.now)
    assert ("not_in_a_bundle",) == codes(again)


def test_the_clerk_who_bundled_may_register_the_minutes() -> None:
    bench = minuted()
    bundled(bench)
    assert () == codes(meeting(bench))
    assert "approved" == status(bench)


def test_the_digest_of_a_bundle_does_not_depend_on_the_order() -> None:
    first, second = ("2026-1-R1", "a"), ("2026-2-R1", "b")
    assert bundle_digest([first, second]) == bundle_digest([second, first])
    assert bundle_digest([first, second]) != bundle_digest([first])
