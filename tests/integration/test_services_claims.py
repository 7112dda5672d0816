"""What a report says of itself is settled by people, with basis and date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.core.principal import Credential
from engine.core.refusal import Refused
from engine.errors import NotFound
from engine.services.claims import Verdict, accept_claims, list_claims, reject_claims
from engine.services.importing import apply_import
from engine.services.moves import Assign, assign
from tests.integration.test_store_counters import counting
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.reports import report
from tests.kit.verbs import codes, do, neighbour, operator, see, world_of

KEY, OTHER = "2026b-1", "2026b-3"
BASIS = Verdict("查看了学习计划和记录", date(2026, 2, 28))


@pytest.fixture(autouse=True)
def imported(home: Home) -> None:
    do(home, apply_import, operator(home), report())


def waiting(home: Home, **more: object) -> list[tuple[str, str]]:
    return [(line.case, line.status) for line in see(home, list_claims, operator(home), **more)]


def test_what_is_claimed_to_be_done_waits(home: Home) -> None:
    assert waiting(home) == [(KEY, "closed"), (OTHER, "closed")]
    assert waiting(home, is_everything=True) == [
        (KEY, "closed"),
        ("2026b-2", "in_progress"),
        (OTHER, "closed"),
    ]


def test_an_accepted_claim_closes_the_case_with_basis_and_date(home: Home) -> None:
    (done,) = do(home, accept_claims, home.principal("secretary"), [KEY], BASIS)
    case = world_of(home, KEY).case
    assert case == done.case
    assert (case.state, case.is_final, case.open_deadlines) == ("closed", True, ())
    assert case.claim is not None
    assert (case.claim.settled, case.claim.basis, case.claim.on) == ("accepted", BASIS.basis, BASIS.on)
    assert waiting(home) == [(OTHER, "closed")]


def test_several_claims_are_accepted_together_or_not_at_all(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, accept_claims, home.principal("secretary"), [KEY, "2026b-2"], BASIS)
    assert codes(refused.value) == ["claim_says_otherwise"]
    assert world_of(home, KEY).case.state == "assigned"


@pytest.mark.parametrize(
    ("who", "credential", "code"),
    [
        ("secretary", Credential.NONE, "needs_proof"),
        ("office", Credential.PIN, "wrong_role"),
        ("stranger", Credential.PIN, "wrong_role"),
    ],
)
def test_accepting_is_a_decision(home: Home, who: str, credential: Credential, code: str) -> None:
    before = world_of(home, KEY).case
    with pytest.raises(Refused) as refused:
        do(home, accept_claims, home.principal(who, credential), [KEY], BASIS)
    assert code in codes(refused.value)
    assert world_of(home, KEY).case == before


def test_a_rejected_claim_leaves_the_case_to_normal_handling(home: Home) -> None:
    (done,) = do(home, reject_claims, home.principal("office"), [KEY], Verdict("没有看到计划"))
    case = world_of(home, KEY).case
    assert case == done.case
    assert case.claim is not None
    assert (case.claim.settled, case.claim.basis, case.claim.on) == (
        "rejected",
        "没有看到计划",
        date(2026, 3, 2),
    )
    assert (case.state, case.is_final) == ("assigned", False)
    do(home, assign, home.principal("office"), KEY, Assign(home.posts[OWNER]))
    assert world_of(home, KEY).case.owner_post == home.posts[OWNER]


def test_a_claim_is_settled_once(home: Home) -> None:
    do(home, reject_claims, home.principal("office"), [KEY], Verdict("没有看到计划"))
    with pytest.raises(Refused) as again:
        do(home, reject_claims, home.principal("office"), [KEY], Verdict("没有看到计划"))
    assert codes(again.value) == ["claim_settled_already"]
    with pytest.raises(Refused) as late:
        do(home, accept_claims, home.principal("secretary"), [KEY], BASIS)
    assert "claim_settled_already" in codes(late.value)


def test_everything_against_a_rejection_is_told_at_once(home: Home) -> None:
    do(home, reject_claims, home.principal("office"), [KEY], Verdict("没有看到计划"))
    with pytest.raises(Refused) as refused:
        do(home, reject_claims, home.principal("office"), [KEY], Verdict(" "))
    assert codes(refused.value) == ["claim_settled_already", "comment_too_short"]


@pytest.mark.parametrize("settle", [accept_claims, reject_claims])
def test_claims_are_settled_with_as_many_statements_as_one(home: Home, settle: Any) -> None:
    counted = []
    for keys in ([KEY], [KEY], [KEY, OTHER]):  # the first one warms up; nothing is kept
        with counting(home.database) as found, home.begin() as uow:
            settle(uow, home.principal("secretary"), keys, BASIS, MONDAY)
        counted.append(found.kinds)
    assert counted[1] == counted[2]


def test_only_clerks_reject(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, reject_claims, home.principal("stranger"), [KEY], BASIS)
    assert codes(refused.value) == ["wrong_role"]


def test_unknown_and_foreign_cases_are_not_found_alike(home: Home) -> None:
    answers = []
    for who, key in ((home.principal("secretary"), "2026b-99"), (neighbour(home), KEY)):
        with pytest.raises(NotFound) as missing:
            do(home, accept_claims, who, [key], BASIS)
        answers.append(missing.value.code)
    assert answers == ["case_not_found", "case_not_found"]


def test_a_later_report_does_not_reopen_a_settled_claim(home: Home) -> None:
    do(home, reject_claims, home.principal("office"), [OTHER], Verdict("没有看到盘点表"))
    changed = report(("账实不符。（整改完成）", "账实不符。（正在整改）"))
    done = do(home, apply_import, operator(home), changed)
    (line,) = [line for line in done.preview.lines if line.number == 3]
    assert [(row.part, row.why) for row in line.differences] == [("claimed_status", "settled")]
