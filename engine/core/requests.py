"""Deciding a request: one approver's word, and what follows when it is the last one needed (laws 4 and 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from engine.core.authority import (
    Capacity,
    Chosen,
    barred_from,
    capacity,
    choose_decider,
    four_eyes,
    free_holders,
    has_conflict,
    has_used_hand,
    scope_requirements,
    wrong_role,
)
from engine.core.case import Request
from engine.core.decide import guard_requirements, move_events, needs_proof, state_requirements
from engine.core.history import NewEvent
from engine.core.plan import Plan, Prompt
from engine.core.planning import end_request, make_plan
from engine.core.principal import Credential, Principal
from engine.core.refusal import Refusals, Unmet
from engine.core.world import Ask, MakeMove, World
from engine.errors import NotFound

SHORTEST_RETURN = 10
"""Characters that the reason of a return has at least, so that the owner knows what to add (domain.md §1)."""


@dataclass(frozen=True, slots=True)
class DecideRequest:
    """One approver's word. `paper` is the digest of the signed scan where it was decided on paper."""

    request: int
    verdict: Literal["approve", "return"]
    comment: str = ""
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class _Hearing:
    """One word on one request: who decides it today, and in what capacity the speaker does."""

    ask: Ask
    request: Request
    command: DecideRequest
    chosen: Chosen
    barred: frozenset[int]
    acting: Capacity | None

    @property
    def is_passed_on(self) -> bool:
        return (self.chosen.post, self.chosen.needed) != (self.request.decider, self.request.needed)

    @property
    def is_last_word(self) -> bool:
        approvals = sum(vote.verdict == "approve" for vote in self.request.votes)
        return approvals + 1 >= self.chosen.needed


def decide_request(
    world: World, principal: Principal, command: DecideRequest, now: datetime
) -> Plan | Refusals:
    """The plan of a decision, or every reason against it. Raises NotFound for an unknown request."""
    hearing = _hearing(world, principal, command, now)
    unmet = tuple(_requirements(hearing))
    if unmet or hearing.acting is None:
        return Refusals(world.case.key, command.verdict, unmet)
    events: list[NewEvent] = []
    prompts: list[Prompt] = []
    if hearing.is_passed_on:
        passed = {"request": command.request, "decider": hearing.chosen.post, "needed": hearing.chosen.needed}
        events.append(NewEvent("request_passed_on", passed))
    vote: dict[str, object] = {"request": command.request, "verdict": command.verdict}
    if command.paper is not None:
        vote["paper"] = command.paper
    events.append(NewEvent("voted", vote, {"comment": command.comment} if command.comment else {}))
    if command.verdict == "return":
        _returned(hearing, events, prompts)
    elif hearing.is_last_word:
        _approved(hearing, events, prompts)
    return make_plan(world, principal, now, events, prompts, acting_for=hearing.acting.acting_for)


def withdraw_request(world: World, principal: Principal, number: int, now: datetime) -> Plan | Refusals:
    """The asker, or whoever owns the case now, takes a request back. Raises NotFound for an unknown one."""
    request = _request(world, number)
    today = world.place.local_day(now)
    acting = capacity(world, principal, ("owner",), today)
    unmet = [*_pending_requirements(request), *scope_requirements(principal, "act")]
    if acting is None and principal.person not in (request.asked_by, request.asked_for):
        unmet.append(wrong_role(("owner",)))
    if unmet:
        return Refusals(world.case.key, "withdraw", tuple(unmet))
    told = Prompt("withdrawn", f"post:{request.decider}", {"request": number, "move": request.move})
    events = end_request(world.case, number, "withdrawn", today.isoformat())
    return make_plan(world, principal, now, events, (told,), acting_for=acting.acting_for if acting else None)


def _hearing(world: World, principal: Principal, command: DecideRequest, now: datetime) -> _Hearing:
    request = _request(world, command.request)
    ask = Ask(world, principal, MakeMove(request.move, request.params, request.comment or ""), now)
    barred = barred_from(request, world.case, world.posts, ask.today)
    chosen = _decider_today(world, request, barred, ask.today)
    acting = capacity(world, principal, (chosen.post,), ask.today, barred)
    return _Hearing(ask, request, command, chosen, barred, acting)


def _request(world: World, number: int) -> Request:
    request = world.case.request(number)
    if request is None:
        raise NotFound("request_not_found", request=f"{world.case.key}-R{number}")
    return request


def _decider_today(world: World, request: Request, barred: frozenset[int], today: date) -> Chosen:
    """Who was asked, as long as they can decide; else the next one, so that no request freezes a case for ever."""
    post = world.posts.posts.get(request.decider)
    free = free_holders(world.posts, post.id, barred, today) if post else ()
    asked = Chosen(request.decider, request.needed, free)
    if len(free) >= request.needed:
        return asked
    approval = world.workflow.definition.moves[request.move].approval
    return (choose_decider(world.posts, approval, barred, today) if approval else None) or asked


def _requirements(hearing: _Hearing) -> Iterator[Unmet]:
    ask, request, command = hearing.ask, hearing.request, hearing.command
    yield from _pending_requirements(request)
    yield from scope_requirements(ask.principal, "decide")
    if hearing.acting is None or not _has_seat(hearing):
        yield wrong_role((hearing.chosen.post,))
    if not _is_proved(ask.principal, command):
        yield needs_proof()
    used = has_used_hand(ask.principal, ask.case, request.move)
    if used or has_conflict(ask.principal, hearing.acting, hearing.barred):
        yield four_eyes(ask, (hearing.chosen.post,), hearing.barred)
    if any(vote.person == ask.principal.person for vote in request.votes):
        yield Unmet("already_voted", {"request": request.number})
    if command.verdict == "return" and len(command.comment.strip()) < SHORTEST_RETURN:
        length = len(command.comment.strip())
        yield Unmet(
            "comment_too_short", {"length": SHORTEST_RETURN, "given": length}, "write_what_is_missing"
        )
    if command.verdict == "approve":
        move = ask.world.workflow.definition.moves[request.move]
        yield from state_requirements(ask, move)
        yield from guard_requirements(ask, move)


def _pending_requirements(request: Request) -> Iterator[Unmet]:
    if request.status != "pending":
        yield Unmet("request_not_pending", {"request": request.number, "status": request.status})


def _has_seat(hearing: _Hearing) -> bool:
    """A body is its members: whoever stands in for one has no vote of their own."""
    post = hearing.ask.world.posts.posts[hearing.chosen.post]
    return not (post.is_body and hearing.acting is not None and hearing.acting.acting_for is not None)


def _is_proved(principal: Principal, command: DecideRequest) -> bool:
    """On paper the signed scan is the proof, so without one there is none."""
    return principal.has_proof and (principal.credential is not Credential.PAPER or command.paper is not None)


def _returned(hearing: _Hearing, events: list[NewEvent], prompts: list[Prompt]) -> None:
    ask, request = hearing.ask, hearing.request
    events.extend(end_request(ask.case, request.number, "returned", ask.today.isoformat()))
    prompts.append(Prompt("returned", "owner", {"request": request.number, "move": request.move}))


def _approved(hearing: _Hearing, events: list[NewEvent], prompts: list[Prompt]) -> None:
    ask, request = hearing.ask, hearing.request
    move = ask.world.workflow.definition.moves[request.move]
    events.extend(end_request(ask.case, request.number, "approved", ask.today.isoformat()))
    happened, told = move_events(ask, move, role=None, request=request.number)
    # `transitions` says whether the move leads anywhere from here: a last word that cannot lie.
    assert ask.world.workflow.fire(ask.case.state, request.move, is_refused=False) == move.target(
        ask.case.state
    )
    events.extend(happened)
    prompts.append(Prompt("decided", "owner", {"request": request.number, "move": request.move}))
    prompts.extend(told)
