"""What a meeting decided, registered with its numbers."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain, combinations, product
from typing import Any

import pytest

from engine.core.minutes import Minutes, register_minutes
from engine.core.plan import Plan
from engine.core.principal import Credential, system
from engine.core.requests import attend_request
from tests.kit.approvals import (
    BODY,
    CLERK,
    OWNER,
    REASON,
    SCAN,
    by_body,
    committee,
    meeting,
    minuted,
    ruled,
    status,
)
from tests.kit.worlds import CAST, assigned, codes, shipped


def test_registered_minutes_decide_for_the_body() -> None:
    bench = minuted()
    assert () == codes(meeting(bench))
    (vote,) = bench.case.requests[0].votes
    assert ("approved", "planned", CLERK, SCAN) == (status(bench), bench.case.state, vote.person, vote.paper)
    assert {"held_on": "2026-03-02", "of": 5, "present": 4, "in_favour": 3, "withdrawn": 0} == vote.minutes
    assert (CLERK, "decider") not in bench.case.acted


def test_minutes_return_with_a_reason() -> None:
    bench = minuted()
    assert ("comment_too_short",) == codes(meeting(bench, verdict="return"))
    assert () == codes(meeting(bench, verdict="return", comment=REASON))
    assert ("returned", "assigned") == (status(bench), bench.case.state)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"present": 2, "in_favour": 2}, ("minutes_no_quorum", "minutes_no_majority")),
        ({"in_favour": 2}, ("minutes_no_majority",)),
        ({"of": 4}, ("minutes_of_wrong",)),
        ({"in_favour": 5}, ("minutes_of_wrong",)),
        ({"held_on": date(2026, 3, 3)}, ("date_in_future",)),
        ({"held_on": date(2026, 3, 1)}, ("minutes_before_request",)),
        ({"credential": Credential.NONE}, ("needs_proof",)),
        ({"who": CAST["stranger"]}, ("wrong_role",)),
        ({"who": CAST[OWNER]}, ("wrong_role", "recorder_is_party")),
    ],
)
def test_minutes_are_refused_with_everything_that_is_wrong(
    facts: dict[str, Any], expected: tuple[str, ...]
) -> None:
    bench = minuted()
    assert expected == codes(meeting(bench, **facts))
    assert "pending" == status(bench)


def test_two_thirds_have_to_be_there_where_the_file_says_so() -> None:
    bench = ruled(by_body(minutes={"quorum": "two_thirds"}), committee(1, 2, 3, 6, 7))
    assert ("minutes_no_quorum",) == codes(meeting(bench, present=3, in_favour=3))
    assert () == codes(meeting(bench, present=4, in_favour=3))


def test_whoever_withdraws_is_not_due() -> None:
    bench = ruled(by_body(minutes=True), committee(1, 2, 3, 6, CAST[OWNER]))
    assert ("minutes_of_wrong",) == codes(meeting(bench, of=3, present=3))
    # Counted as due, two of five would not have been a majority; of the four who may, three are.
    assert () == codes(meeting(bench, of=4, present=3, in_favour=3))
    assert 1 == bench.case.requests[0].votes[0].minutes["withdrawn"]  # type: ignore[index]


def test_a_post_does_not_decide_by_minutes() -> None:
    bench = ruled({"by": ["secretary", {"post": BODY, "minutes": True}]})
    assert ("minutes_not_allowed",) == codes(meeting(bench))


def test_the_shipped_workflow_lets_the_committee_decide_by_minutes() -> None:
    bench = assigned("secretary")
    bench.do("secretary", "plan")
    assert () == codes(meeting(bench, of=5, present=5, in_favour=4))
    assert "planned" == bench.case.state
    assert 2 == shipped("rectification").definition.version


def test_a_day_of_minutes_is_the_local_day() -> None:
    bench = minuted()
    bench.now += timedelta(days=2)
    assert () == codes(meeting(bench, held_on=date(2026, 3, 4)))


ONLY_THE_BODY = {"post": BODY, "votes": "all", "minutes": {"quorum": "two_thirds"}}


@pytest.mark.parametrize("members", [(), (CAST[OWNER],)])
@pytest.mark.parametrize("verdict", ["approve", "return"])
def test_a_meeting_of_nobody_decides_nothing(members: tuple[int, ...], verdict: str) -> None:
    bench = ruled({"by": [ONLY_THE_BODY]})
    bench.posts = committee(*members)
    said = codes(meeting(bench, verdict=verdict, comment=REASON, of=0, present=0, in_favour=0))
    assert ("minutes_too_few_free", "minutes_no_quorum", "minutes_no_majority") == said
    assert ("pending", "assigned") == (status(bench), bench.case.state)


@pytest.mark.parametrize("votes", [None, "all", 1, 2])
@pytest.mark.parametrize("quorum", ["half", "two_thirds"])
def test_whatever_the_body_is_nothing_is_decided_without_a_word_for_it(
    votes: str | int | None, quorum: str
) -> None:
    rule = {"post": BODY, "minutes": {"quorum": quorum}, **({} if votes is None else {"votes": votes})}
    bench = ruled({"by": [rule]})
    decided: list[Minutes] = []
    for members in chain.from_iterable(combinations((1, 2, CAST[OWNER], 6), size) for size in range(5)):
        bench.posts = committee(*members)
        by_time = attend_request(bench.world, system(1), 1, bench.now)
        assert by_time is None or by_time.after.pending
        for of, present, in_favour in product(range(5), repeat=3):
            said = Minutes(1, "approve", date(2026, 3, 2), of, present, in_favour, SCAN)
            answer = register_minutes(bench.world, bench.person(CLERK, Credential.PIN), said, bench.now)
            decided += [said] if isinstance(answer, Plan) else []
    assert decided
    assert [] == [said for said in decided if not 1 <= said.in_favour <= said.present <= said.of]
