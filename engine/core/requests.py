"""Deciding a request: one approver's word, and what follows when it is the last one needed (laws 4 and 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.core.authority import Capacity, barred_from, capacity, has_conflict, wrong_role
from engine.core.case import Request
from engine.core.decide import guard_requirements, move_events, needs_proof, state_requirements
from engine.core.history import NewEvent
from engine.core.plan import Plan, Prompt
from engine.core.planning import end_request, make_plan
from engine.core.principal import Principal
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


def decide_request(world: World, principal: Principal, command: DecideRequest, now: datetime) -> Plan | Refusals:
    """The plan of a decision, or every reason against it. Raises NotFound for an unknown request."""
    request = world.case.request(command.request)
    if request is None:
        raise NotFound("request_not_found", request=f"{world.case.key}-R{command.request}")
    ask = Ask(world, principal, MakeMove(request.move, request.params), now)
    acting = capacity(world, principal, (request.decider,), ask.today)
    unmet = tuple(_requirements(ask, request, command, acting))
    if unmet or acting is None:
        return Refusals(world.case.key, command.verdict, unmet)
    vote: dict[str, object] = {"request": request.number, "verdict": command.verdict}
    if command.paper is not None:
        vote["paper"] = command.paper
    events = [NewEvent("voted", vote, {"comment": command.comment} if command.comment else {})]
    prompts: list[Prompt] = []
    if command.verdict == "return":
        _returned(ask, request, events, prompts)
    elif len(_approvals(request)) + 1 >= request.needed:
        _approved(ask, request, events, prompts)
    return make_plan(world, principal, now, events, prompts, acting_for=acting.acting_for)


def _requirements(
    ask: Ask, request: Request, command: DecideRequest, acting: Capacity | None
) -> Iterator[Unmet]:
    posts = ask.world.posts
    if request.status != "pending":
        yield Unmet("request_not_pending", {"request": request.number, "status": request.status})
    if acting is None:
        yield wrong_role(ask.world, (request.decider,))
    if not ask.principal.has_proof:
        yield needs_proof()
    barred = barred_from(request, ask.case, posts, ask.today)
    if has_conflict(ask.principal, acting, barred):
        who = set(posts.holders(posts.posts[request.decider].id, ask.today)) - barred
        yield Unmet("four_eyes", {"move": request.move}, "let_others_decide", (request.decider,) if who else ())
    if any(vote.person == ask.principal.person for vote in request.votes):
        yield Unmet("already_voted", {"request": request.number})
    if command.verdict == "return" and len(command.comment.strip()) < SHORTEST_RETURN:
        facts = {"length": SHORTEST_RETURN, "given": len(command.comment.strip())}
        yield Unmet("comment_too_short", facts, "write_what_is_missing")
    if command.verdict == "approve":
        move = ask.world.workflow.definition.moves[request.move]
        yield from state_requirements(ask, move)
        yield from guard_requirements(ask, move)


def _approvals(request: Request) -> tuple[object, ...]:
    return tuple(vote for vote in request.votes if vote.verdict == "approve")


def _returned(ask: Ask, request: Request, events: list[NewEvent], prompts: list[Prompt]) -> None:
    events.extend(end_request(ask.case, request.number, "returned", ask.today.isoformat()))
    prompts.append(Prompt("returned", "owner", {"request": request.number, "move": request.move}))


def _approved(ask: Ask, request: Request, events: list[NewEvent], prompts: list[Prompt]) -> None:
    move = ask.world.workflow.definition.moves[request.move]
    events.extend(end_request(ask.case, request.number, "approved", ask.today.isoformat()))
    happened, told = move_events(ask, move, role=None, request=request.number)
    # `transitions` says whether the move leads anywhere from here: a last word that cannot lie.
    assert ask.world.workflow.fire(ask.case.state, request.move, is_refused=False) == move.to
    events.extend(happened)
    prompts.append(Prompt("decided", "owner", {"request": request.number, "move": request.move}))
    prompts.extend(told)
