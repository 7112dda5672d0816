"""One word on one request: who decides it today, in what capacity the speaker does, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from engine.core.authority import (
    Capacity,
    barred_from,
    capacity,
    conflicted,
    four_eyes,
    has_conflict,
    has_used_hand,
    needs_proof,
    scope_requirements,
    wrong_role,
)
from engine.core.case import Case, Request, request_key
from engine.core.deadlines import PERSON
from engine.core.decide import guard_requirements, state_requirements
from engine.core.deciders import Chosen, approval_of, decider_today, standing_votes
from engine.core.definition import Approval
from engine.core.handing_over import left_by
from engine.core.principal import Principal
from engine.core.recording import recorder_requirements
from engine.core.refusal import Unmet
from engine.core.world import Ask, MakeMove, World
from engine.errors import Facts, NotFound

SHORTEST_RETURN = 10
"""Characters that the reason of a return has at least, so that the owner knows what to add (domain.md §1)."""

Verdict = Literal["approve", "return"]


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """One approver's word. `paper` is the digest of the signed scan where it was decided on paper, `recorder`
    who registered that, if somebody by name and proved; `bundle` the key and digest of the bundle that it was said on.
    """

    request: int
    verdict: Verdict
    comment: str = ""
    paper: str | None = None
    recorder: Principal | None = None
    bundle: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """A request before whoever speaks: who decides it today, who may not, and in what capacity the speaker acts.

    `parties` have a stake in the case; `barred` from deciding is also who laid the request into a bundle.
    """

    ask: Ask
    request: Request
    approval: Approval
    chosen: Chosen
    parties: frozenset[int]
    barred: frozenset[int]
    acting: Capacity | None

    @property
    def key(self) -> str:
        return request_key(self.ask.case.key, self.request.number)

    @property
    def is_passed_on(self) -> bool:
        return (self.chosen.post, self.chosen.needed) != (self.request.decider, self.request.needed)


def hear(world: World, principal: Principal, number: int, now: datetime) -> Hearing:
    """Raises NotFound for an unknown request."""
    request = find_request(world, number)
    # What was erased since is missing: the guards then say so, and it has to be asked again.
    texts = {name: text for name, text in request.texts.items() if text is not None}
    asked = MakeMove(request.move, request.params, request.comment or "", texts=texts)
    ask = Ask(world, principal, asked, now)
    parties = conflicted(world.case, world.posts, ask.today, request.move)
    barred = barred_from(request, world.case, world.posts, ask.today)
    chosen = decider_today(world, request, barred, ask.today)
    acting = _capacity(ask, chosen, barred)
    return Hearing(ask, request, approval_of(world, request), chosen, parties, barred, acting)


def find_request(world: World, number: int) -> Request:
    request = world.case.request(number)
    if request is None:
        raise NotFound("request_not_found", request=request_key(world.case.key, number))
    return request


def _capacity(ask: Ask, chosen: Chosen, barred: frozenset[int]) -> Capacity | None:
    if chosen.post.startswith(PERSON):
        is_meant = chosen.post == f"{PERSON}{ask.principal.person}"
        return Capacity("decider") if is_meant else None
    return capacity(ask.world, ask.principal, (chosen.post,), ask.today, barred)


def word_requirements(hearing: Hearing, word: DecideRequest) -> Iterator[Unmet]:
    """Everything that stands against one approver's word."""
    principal = hearing.ask.principal
    yield from pending_requirements(hearing.ask.case, hearing.request, hearing.ask.today)
    yield from asker_requirements(hearing.ask.world, hearing.request, hearing.ask.today)
    yield from scope_requirements(principal, "decide")
    is_barred = is_party(hearing)
    if hearing.acting is None or not (is_barred or principal.person in hearing.chosen.eligible):
        yield wrong_role(
            hearing.ask.world, principal, (hearing.chosen.post,), hearing.ask.today, hearing.barred
        )
    if not _is_proved(principal, word):
        yield needs_proof()
    if is_barred:
        yield four_eyes(hearing.ask, hearing.acting, _deciding(hearing), hearing.barred)
    if has_spoken(hearing):
        yield Unmet("already_voted", {"request": hearing.key})
    if word.recorder is not None:
        has_paper = word.paper is not None
        yield from recorder_requirements(hearing.ask, hearing.request, word.recorder, is_on_paper=has_paper)
    yield from verdict_requirements(hearing, word.verdict, word.comment)


def verdict_requirements(hearing: Hearing, verdict: Verdict, comment: str) -> Iterator[Unmet]:
    """What the word itself needs: a return its reason, an approval all that the move needs."""
    length = len(comment.strip())
    if verdict == "return" and length < SHORTEST_RETURN:
        facts: Facts = {"length": SHORTEST_RETURN, "given": length}
        yield Unmet("comment_too_short", facts, "write_what_is_missing")
    if verdict == "approve":
        yield from move_requirements(hearing)


def move_requirements(hearing: Hearing) -> Iterator[Unmet]:
    """What the move that was asked for would be refused today, whoever approves it."""
    move = hearing.ask.world.workflow.definition.moves[hearing.request.move]
    yield from state_requirements(hearing.ask, move)
    yield from guard_requirements(hearing.ask, move)


def pending_requirements(case: Case, request: Request, today: date) -> Iterator[Unmet]:
    """That the request still waits, and its last day is not over."""
    key = request_key(case.key, request.number)
    if request.status != "pending":
        yield Unmet("request_not_pending", {"request": key, "status": request.status})
    elif is_expired(request, today):
        assert request.expires_on is not None
        facts: Facts = {"request": key, "day": request.expires_on.isoformat()}
        yield Unmet("request_expired", facts, "ask_again", ("owner",))


def asker_requirements(world: World, request: Request, today: date) -> Iterator[Unmet]:
    """That whoever asked still answers for it: from the day on which they left it is void, whoever says so first."""
    if request.status == "pending" and left_by(world, request, today) is not None:
        key = request_key(world.case.key, request.number)
        yield Unmet("request_not_pending", {"request": key, "status": "void"})


def is_expired(request: Request, today: date) -> bool:
    """Whether its last day has passed; on that day itself it can still be decided."""
    return request.expires_on is not None and request.expires_on < today


def is_party(hearing: Hearing) -> bool:
    """Whether the speaker, whoever they represent, or their credential has a stake in the case."""
    ask = hearing.ask
    used = has_used_hand(ask.principal, ask.case, hearing.request.move)
    return used or has_conflict(ask.principal, hearing.acting, hearing.barred)


def _deciding(hearing: Hearing) -> tuple[str, ...]:
    """The post that decides today; where nobody can, all that the rule would give it to."""
    if hearing.chosen.can_decide:
        return (hearing.chosen.post,)
    return tuple(row.post for row in hearing.approval.by if row.post)


def has_spoken(hearing: Hearing) -> bool:
    """Whether the speaker's seat has a word that counts; a stand-in and the holder have one between them."""
    acting, person = hearing.acting, hearing.ask.principal.person
    seat = acting.acting_for if acting and acting.acting_for is not None else person
    votes = standing_votes(hearing.request, hearing.chosen, hearing.approval)
    return any(seat == vote.seat or person == vote.person for vote in votes)


def _is_proved(principal: Principal, word: DecideRequest) -> bool:
    """On paper the signed scan is the proof, so without one there is none; a program that may name anybody has none
    with a scan either.
    """
    return principal.has_own_proof or (principal.has_proof and word.paper is not None)
