"""Nobody, administrators included, decides what they asked for or worked on (law 4): every way around it, refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.core.case import Case
from engine.core.decide import decide
from engine.core.posts import Holding, Posts
from engine.core.principal import Credential, Principal, Via
from engine.core.requests import DecideRequest, decide_request
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import CAST, MONDAY, Bench, assigned, cast_posts, codes, decider_of

OWNER, VERIFIER = "vice_principal_teaching", "discipline_commissioner"
OWNING, CLERK, SECRETARY = CAST[OWNER], CAST["office"], CAST["secretary"]
STAND_IN, NEWCOMER = 8, 9
DAY, LONG_AGO = MONDAY.date(), date(2020, 1, 1)
REASON = "请补充每项措施的具体完成时限"
HAS_IT = ("person", OWNING, "owned:2026-03-02")
"""Who had the case from the day on which it was given to them."""


def seat(posts: Posts, post: str, person: int, substitute_for: int, until: date | None = None) -> Posts:
    row = Holding(posts.posts[post].id, person, LONG_AGO, until, substitute_for)
    return replace(posts, holdings=(*posts.holdings, row))


def verified(posts: Posts | None = None) -> Bench:
    """Everything was done by the owner's hand; the closing can be asked for."""
    bench = assigned(posts=posts or cast_posts())
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    bench.do(OWNER, "start")
    for measure in bench.case.live_measures:
        bench.finish(OWNER, measure.number)
    bench.attach(OWNER)
    bench.do(OWNER, "submit_evidence")
    assert () == codes(bench.do(VERIFIER, "verify"))
    return bench


def asked_by_the_clerk(posts: Posts | None = None) -> Bench:
    bench = verified(posts)
    bench.do("office", "close")
    return bench


def asked_by_the_owner(posts: Posts | None = None) -> Bench:
    bench = verified(posts)
    bench.do(OWNER, "close")
    return bench


def returned_then_asked_by_the_owner() -> Bench:
    """The clerk's request was returned; the same move is asked for again by somebody else."""
    bench = asked_by_the_clerk()
    bench.decide("secretary", "return", REASON)
    bench.do(OWNER, "close")
    return bench


def committee(posts: Posts, *members: int) -> Posts:
    rows = tuple(row for row in posts.holdings if row.post != 99)
    return replace(posts, holdings=(*rows, *(Holding(99, who, LONG_AGO) for who in members)))


WAYS: dict[str, tuple[Callable[[], Bench], Callable[[Posts], Posts], int]] = {
    # the way: who asked, what the roster became afterwards, who tries to decide
    "the asker was appointed since": (asked_by_the_clerk, lambda _: cast_posts(secretary=CLERK), CLERK),
    "the owner was appointed since": (asked_by_the_owner, lambda _: cast_posts(secretary=OWNING), OWNING),
    "the asker holds every post": (
        asked_by_the_clerk,
        lambda _: committee(cast_posts(**dict.fromkeys(CAST, CLERK)), CLERK),
        CLERK,
    ),
    "the asker stands in for the decider": (
        asked_by_the_clerk,
        lambda posts: seat(posts, "secretary", CLERK, SECRETARY),
        CLERK,
    ),
    "the decider's stand-in sits for the asker": (
        asked_by_the_clerk,
        lambda _: seat(cast_posts(secretary=CLERK), "secretary", STAND_IN, CLERK),
        STAND_IN,
    ),
    "the owning post was handed on and the old owner promoted": (
        asked_by_the_clerk,
        lambda _: cast_posts(secretary=OWNING, vice_principal_teaching=NEWCOMER),
        OWNING,
    ),
    "the post was handed to the decider since": (
        asked_by_the_clerk,
        lambda _: cast_posts(vice_principal_teaching=SECRETARY),
        SECRETARY,
    ),
    "through a body of which the asker is a member": (
        asked_by_the_clerk,
        lambda _: committee(cast_posts(secretary=CLERK), CLERK, 1, 2, 3, 7),
        CLERK,
    ),
    "through a body of which the owner is a member": (
        asked_by_the_owner,
        lambda _: cast_posts(secretary=OWNING),
        OWNING,
    ),
    "an earlier request for the same was the asker's": (
        returned_then_asked_by_the_owner,
        lambda _: cast_posts(secretary=CLERK),
        CLERK,
    ),
    "the asker's stand-in of that day was promoted": (
        lambda: asked_by_the_clerk(seat(cast_posts(), "office", STAND_IN, CLERK)),
        lambda _: cast_posts(secretary=STAND_IN),
        STAND_IN,
    ),
    "the owner's stand-in of that day was promoted": (
        lambda: asked_by_the_owner(seat(cast_posts(), OWNER, STAND_IN, OWNING)),
        lambda _: cast_posts(secretary=STAND_IN, vice_principal_teaching=NEWCOMER),
        STAND_IN,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_nobody_decides_what_they_asked_for(way: str) -> None:
    begin, become, who = WAYS[way]
    bench = begin()
    bench.posts = become(bench.posts)
    for verdict in ("approve", "return"):
        assert {"four_eyes", "wrong_role"} & set(codes(bench.decide(who, verdict, REASON)))
    assert bench.case.pending is not None


PROOFS = [proof for proof in Credential if proof is not Credential.SYSTEM]


@pytest.mark.parametrize("proof", PROOFS)
def test_no_proof_lets_the_asker_decide(proof: Credential) -> None:
    bench = asked_by_the_clerk()
    bench.posts = cast_posts(secretary=CLERK)
    principal = Principal(1, CLERK, Via.CLI, proof, "login", 77)
    word = DecideRequest(len(bench.case.requests), "approve", paper="0" * 64)
    assert "four_eyes" in codes(decide_request(bench.world, principal, word, bench.now))


@pytest.mark.parametrize(
    ("principal", "codes_of"),
    [
        (Principal(1, None, Via.CLI, Credential.NONE, "root"), {"wrong_role", "needs_proof"}),
        (Principal(1, None, Via.SYSTEM, Credential.SYSTEM), {"wrong_role", "needs_proof"}),
        (Principal(1, SECRETARY, Via.CLI, Credential.NONE, "root"), {"needs_proof"}),
        (Principal(1, None, Via.API, Credential.SYSTEM_TOKEN, None, 5), {"wrong_role", "needs_proof"}),
        (Principal(1, SECRETARY, Via.API, Credential.SYSTEM_TOKEN, "oa", 5), {"needs_proof"}),
    ],
    ids=["operator", "scheduler", "operator in a name", "system token", "system token in a name"],
)
def test_no_administrator_and_no_program_decides(principal: Principal, codes_of: set[str]) -> None:
    bench = asked_by_the_clerk()
    word = DecideRequest(len(bench.case.requests), "approve")
    assert codes_of == set(codes(decide_request(bench.world, principal, word, bench.now)))


def by(person: int, number: int, credential: Credential = Credential.TOKEN) -> Principal:
    return Principal(1, person, Via.CLI, credential, None, number)


def asked_with(number: int, credential: Credential = Credential.TOKEN) -> Bench:
    bench = verified()
    answer = decide(Ask(bench.world, by(CLERK, number, credential), MakeMove("close"), bench.now))
    bench._take(answer)
    return bench


@pytest.mark.parametrize("credential", [Credential.TOKEN, Credential.SESSION])
def test_the_credential_that_asked_does_not_decide_in_another_name(credential: Credential) -> None:
    bench = asked_with(5, credential)
    word = DecideRequest(2, "approve")
    answers = [decide_request(bench.world, by(SECRETARY, at, credential), word, bench.now) for at in (5, 6)]
    assert [("four_eyes",), ()] == [codes(answer) for answer in answers]


def test_a_token_that_asked_for_another_move_decides_this_one() -> None:
    bench = assigned()
    bench._take(decide(Ask(bench.world, by(OWNING, 5), MakeMove("plan"), bench.now)))
    assert {("token", 5, "owner"), ("token", 5, "asker:plan"), HAS_IT} == set(bench.case.hands)
    clerk = asked_with(6)
    assert ("token", 6, "asker:close") in clerk.case.hands


def test_the_credential_that_worked_does_not_verify_in_another_name() -> None:
    bench = assigned()
    bench.do(OWNER, "plan")
    bench.decide("secretary")
    bench.do(OWNER, "start")
    for measure in bench.case.live_measures:
        bench.finish(OWNER, measure.number)
    bench.attach(OWNER)
    bench._take(decide(Ask(bench.world, by(OWNING, 5), MakeMove("submit_evidence"), bench.now)))
    answers = [
        codes(decide(Ask(bench.world, by(CAST[VERIFIER], at), MakeMove("verify"), bench.now)))
        for at in (5, 6)
    ]
    assert [("four_eyes",), ()] == answers


def test_a_pin_is_one_persons_and_leaves_no_hand() -> None:
    """The owner for whom the clerk asked is tied to the asking; the PIN is not noted."""
    assert (HAS_IT, ("person", OWNING, "asker:close")) == asked_with(5, Credential.PIN).case.hands


def test_the_owner_in_whose_stead_others_typed_is_a_party_for_good() -> None:
    """The office attached the papers; the owner never touched the case, and was promoted since."""
    bench = assigned()
    bench.attach("office")
    bench.posts = cast_posts(vice_principal_teaching=NEWCOMER, secretary=OWNING)
    bench.do(NEWCOMER, "plan")
    assert "party_committee" == decider_of(bench)


def test_a_stand_in_of_another_time_is_no_party() -> None:
    over = seat(cast_posts(), "office", STAND_IN, CLERK, until=DAY - timedelta(days=1))
    bench = asked_by_the_clerk(over)
    bench.posts = cast_posts(secretary=STAND_IN)
    assert () == codes(bench.decide(STAND_IN))


def test_the_asker_of_one_move_may_decide_another() -> None:
    """The clerk asked for the closing; as a secretary of later days they may say that it is to be reopened."""
    bench = asked_by_the_clerk()
    bench.decide("secretary")
    bench.posts = cast_posts(secretary=CLERK)
    assert () == codes(bench.do(CLERK, "reopen", REASON, due="2026-06-30"))


def test_who_was_tied_is_in_the_history_and_folds_again() -> None:
    bench = asked_by_the_owner(seat(cast_posts(), OWNER, STAND_IN, OWNING))
    ties = {tuple(event.payload["tied"]) for event in bench.events if "tied" in event.payload}
    assert {(STAND_IN,)} == ties
    assert bench.case == bench.replayed


@pytest.mark.parametrize(
    ("scopes", "answers"),
    [
        (frozenset({"read"}), ("token_scope", "token_scope")),
        (frozenset({"read", "act"}), (None, "token_scope")),
        (frozenset({"read", "decide"}), ("token_scope", None)),
        (None, (None, None)),
    ],
    ids=["read", "act", "decide", "all"],
)
def test_a_token_is_good_for_its_scopes(
    scopes: frozenset[str] | None, answers: tuple[str | None, str | None]
) -> None:
    bench = verified()
    clerk, secretary = (replace(by(who, 5 + who), scopes=scopes) for who in (CLERK, SECRETARY))
    act = codes(decide(Ask(bench.world, clerk, MakeMove("close"), bench.now)))
    bench.do("office", "close")
    decided = codes(decide_request(bench.world, secretary, DecideRequest(2, "approve"), bench.now))
    assert [(code,) if code else () for code in answers] == [act, decided]


def test_the_scope_is_said_with_everything_else_that_is_missing() -> None:
    bench = Bench.issue()
    stranger = replace(by(NEWCOMER, 5), scopes=frozenset({"read"}))
    answer = codes(decide(Ask(bench.world, stranger, MakeMove("verify"), bench.now)))
    assert {"wrong_state", "token_scope", "wrong_role", "too_little_evidence"} == set(answer)


def test_a_case_without_delegation_has_nobody_tied() -> None:
    case: Case = asked_by_the_owner().case
    assert (HAS_IT,) == case.hands
