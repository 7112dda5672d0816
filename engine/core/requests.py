"""Deciding a request: a word, what follows when it was the last one needed, and what time alone does (laws 4, 6)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.core.asking import request_deadline
from engine.core.authority import capacity, scope_requirements, wrong_role
from engine.core.case import Request, Vote
from engine.core.deadlines import ON_PAPER, PERSON
from engine.core.decide import move_events
from engine.core.deciders import outcome, seats_of
from engine.core.handing_over import left_by, void_request
from engine.core.hearing import (
    DecideRequest,
    Hearing,
    find_request,
    hear,
    is_expired,
    move_requirements,
    pending_requirements,
    word_requirements,
)
from engine.core.history import NewEvent
from engine.core.plan import Plan, Prompt
from engine.core.planning import end_request, make_plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals
from engine.core.world import World
from engine.errors import Facts

__all__ = ["DecideRequest", "attend_request", "decide_request", "withdraw_request"]

CONFIRMED_WITHIN = 5
"""Working days in which somebody confirms what was registered on paper in their name."""


@dataclass(slots=True)
class Consequence:
    """What is written and who is told, gathered in the order in which it happens."""

    events: list[NewEvent] = field(default_factory=list)
    prompts: list[Prompt] = field(default_factory=list)


def decide_request(
    world: World, principal: Principal, command: DecideRequest, now: datetime
) -> Plan | Refusals:
    """The plan of a decision, or every reason against it. Raises NotFound for an unknown request."""
    hearing = hear(world, principal, command.request, now)
    unmet = tuple(word_requirements(hearing, command))
    if unmet or hearing.acting is None:
        return Refusals(world.case.key, command.verdict, unmet)
    then = Consequence()
    pass_on(hearing, then)
    then.events.append(_voted(principal, command))
    if principal.is_lent:
        # Whoever made the token or set the PIN may have decided with it: the one in whose name it stands hears of it.
        then.prompts.append(
            Prompt("decided_with_lent", f"{PERSON}{principal.person}", _told(hearing.request))
        )
    if command.paper is not None:
        _ask_to_confirm(hearing, then)
    vote = Vote(
        principal.person, command.verdict, now, hearing.acting.acting_for, decider=hearing.chosen.post
    )
    heard = replace(hearing.request, votes=(*hearing.request.votes, vote))
    conclude(hearing, outcome(heard, hearing.chosen, hearing.approval), then)
    acting_for = hearing.acting.acting_for
    return make_plan(world, principal, now, then.events, then.prompts, acting_for=acting_for)


def _voted(principal: Principal, command: DecideRequest) -> NewEvent:
    facts: dict[str, object] = {"request": command.request, "verdict": command.verdict}
    if principal.is_lent:
        facts["is_lent"] = True
    if command.paper is not None:
        facts["paper"] = command.paper
    if command.recorder is not None:
        facts["recorded_by"] = command.recorder.person
        facts["recorder_credential"] = command.recorder.credential.value
        facts["recorder_credential_id"] = command.recorder.credential_id
    if command.bundle is not None:
        facts["bundle"], facts["bundle_digest"] = command.bundle
    return NewEvent("voted", facts, {"comment": command.comment} if command.comment else {})


def _ask_to_confirm(hearing: Hearing, then: Consequence) -> None:
    """Whoever is said to have signed says so themselves, and is chased until they do."""
    ask, request = hearing.ask, hearing.request
    subject = f"{request.number}{ON_PAPER}{len(request.votes) + 1}"
    then.events.append(request_deadline(ask, subject, "on_paper", CONFIRMED_WITHIN))
    told: Facts = {**_told(request), "subject": subject}
    then.prompts.append(Prompt("paper_to_confirm", f"{PERSON}{ask.principal.person}", told))


def withdraw_request(world: World, principal: Principal, number: int, now: datetime) -> Plan | Refusals:
    """The asker, or whoever owns the case now, takes a request back. Raises NotFound for an unknown one."""
    request = find_request(world, number)
    today = world.place.local_day(now)
    acting = capacity(world, principal, ("owner",), today)
    # Also after its last day: what nobody ended yet must not stand in the way of asking anew.
    unmet = [
        *pending_requirements(world.case, replace(request, expires_on=None), today),
        *scope_requirements(principal, "act"),
    ]
    if acting is None and principal.person not in (request.asked_by, request.asked_for):
        unmet.append(wrong_role(world, principal, ("owner",), today))
    if unmet:
        return Refusals(world.case.key, "withdraw", tuple(unmet))
    told = Prompt("withdrawn", request.audience, _told(request))
    events = end_request(world.case, number, "withdrawn", today.isoformat())
    return make_plan(world, principal, now, events, (told,), acting_for=acting.acting_for if acting else None)


def attend_request(world: World, principal: Principal, number: int, now: datetime) -> Plan | None:
    """What time and people alone do to a pending request: it expires, is void because whoever asked left the post,
    passes on, or is decided because whoever was still to speak has left. None where everything stays as it is.
    """
    hearing = hear(world, principal, number, now)
    request, then = hearing.request, Consequence()
    if request.status != "pending":
        return None
    leaving = left_by(world, request, hearing.ask.today)
    if leaving is not None:
        return void_request(world, principal, leaving, now)
    if is_expired(request, hearing.ask.today):
        _ended(hearing, "expired", then)
        then.prompts += [Prompt("expired", who, _lapsed(request)) for who in ("owner", request.audience)]
    elif hearing.chosen.can_decide:
        pass_on(hearing, then)
        found = outcome(request, hearing.chosen, hearing.approval)
        if found == "returned" or (found == "approved" and _is_possible(hearing)):
            conclude(hearing, found, then)
    return make_plan(world, principal, now, then.events, then.prompts) if then.events else None


def _is_possible(hearing: Hearing) -> bool:
    """Whether the move could happen now; where it could not, the owner has to take the request back."""
    return next(move_requirements(hearing), None) is None


def pass_on(hearing: Hearing, then: Consequence) -> None:
    """Say that somebody else decides now, or that more or fewer of the same have to agree."""
    request, chosen = hearing.request, hearing.chosen
    if not hearing.is_passed_on:
        return
    facts: dict[str, object] = {
        "request": request.number,
        "decider": chosen.post,
        "needed": chosen.needed,
    }
    if chosen.post != request.decider:
        facts["voters"] = list(seats_of(hearing.ask.world.posts, chosen.post, hearing.ask.today))
        then.prompts.append(Prompt("request_waiting", chosen.audience, _told(request)))
    then.events.append(NewEvent("request_passed_on", facts))


def conclude(hearing: Hearing, found: str | None, then: Consequence) -> None:
    """End the request as `found` (approved or returned), if it is anything yet."""
    request = hearing.request
    if found is None:
        return
    _ended(hearing, found, then)
    then.prompts[:] = [row for row in then.prompts if row.kind != "request_waiting"]
    if found == "returned":
        then.prompts.append(Prompt("returned", "owner", _told(request)))
    else:
        _moved(hearing, then)


def _moved(hearing: Hearing, then: Consequence) -> None:
    ask, request = hearing.ask, hearing.request
    move = ask.world.workflow.definition.moves[request.move]
    happened, prompts = move_events(ask, move, role=None, request=request.number)
    # `transitions` says whether the move leads anywhere from here: a last word that cannot lie.
    assert ask.world.workflow.fire(ask.case.state, request.move, is_refused=False) == move.target(
        ask.case.state
    )
    then.events += happened
    then.prompts += [Prompt("decided", "owner", _told(request)), *prompts]


def _ended(hearing: Hearing, status: str, then: Consequence) -> None:
    ask = hearing.ask
    then.events += end_request(ask.case, hearing.request.number, status, ask.today.isoformat())


def _lapsed(request: Request) -> Facts:
    last_day = request.expires_on.isoformat() if request.expires_on else None
    return {**_told(request), "expires_on": last_day}


def _told(request: Request) -> Facts:
    return {"request": request.number, "move": request.move}
