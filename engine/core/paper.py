"""What was decided on paper, confirmed or denied by the person in whose name it stands (law 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.core.authority import barred_from, needs_own_proof, scope_requirements
from engine.core.case import Case, Request, Vote, request_key
from engine.core.deadlines import OFFICE, ON_PAPER, PERSON, POST
from engine.core.deciders import approval_of, choose_decider
from engine.core.hearing import SHORTEST_RETURN, find_request
from engine.core.history import NewEvent
from engine.core.plan import Plan, Prompt
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet
from engine.core.world import World
from engine.errors import Facts

DECIDED = ("approved", "returned")


@dataclass(frozen=True, slots=True)
class AnswerPaper:
    """Whether the paper registered in one's name says what one decided; a denial says what is wrong."""

    request: int
    is_confirmed: bool
    comment: str = ""


def answer_paper(world: World, principal: Principal, answer: AnswerPaper, now: datetime) -> Plan | Refusals:
    """Confirm or deny one's own paper decision. Raises NotFound for an unknown request.

    Denying does not undo what followed: the office and whoever decides next are told, and history shows it.
    """
    request = find_request(world, answer.request)
    at = unconfirmed_vote(request, principal.person)
    if at is None and answer.is_confirmed and request in disputed(world.case):
        # Whoever looked again and knows the paper settles it by their own word.
        at = own_vote(request, principal.person, "denied")
    unmet = tuple(_requirements(world.case, principal, answer, at))
    if unmet or at is None:
        return Refusals(world.case.key, "confirm" if answer.is_confirmed else "deny", unmet)
    facts: Facts = {"request": request.number, "vote": at}
    kind = "decision_confirmed" if answer.is_confirmed else "decision_denied"
    events = [NewEvent(kind, facts, {"comment": answer.comment} if answer.comment else {})]
    subject = f"{request.number}{ON_PAPER}{at}"
    deadline = world.case.deadline("request", subject)
    if deadline is not None and deadline.is_unmet:
        on = world.place.local_day(now).isoformat()
        events.append(NewEvent("deadline_met", {"kind": "request", "subject": subject, "on": on}))
    prompts = [] if answer.is_confirmed else _alarm(world, request, request.votes[at - 1], now)
    return make_plan(world, principal, now, events, prompts)


def unconfirmed_vote(request: Request, person: int | None) -> int | None:
    """The number (from 1) of the word on paper that `person` has still to confirm."""
    return own_vote(request, person, "open")


def own_vote(request: Request, person: int | None, confirmed: str) -> int | None:
    """The number (from 1) of the first word on paper of `person` that stands as `confirmed`."""
    found = (
        at
        for at, vote in enumerate(request.votes, start=1)
        if vote.confirmed == confirmed and vote.person == person and person is not None
    )
    return next(found, None)


def disputed(case: Case) -> tuple[Request, ...]:
    """The requests whose decision rests on a paper that its person denies, until the same is decided anew.

    What followed stands (law 11: the past only grows), but nobody should take it for settled.
    """
    decided = [row for row in case.requests if row.status in DECIDED]
    return tuple(
        row
        for row in decided
        if _rests_on_denied(row)
        and not any(later.move == row.move and later.number > row.number for later in decided)
    )


def _rests_on_denied(request: Request) -> bool:
    """Whether somebody denies a paper, and the words that stand would not have decided it without."""
    verdict, needed = ("approve", request.needed) if request.status == "approved" else ("return", 1)
    standing = [
        vote
        for vote in request.votes
        if vote.confirmed != "denied" and (vote.verdict, vote.decider) == (verdict, request.decider)
    ]
    is_denied = any(vote.confirmed == "denied" for vote in request.votes)
    return is_denied and len(standing) < needed and not any(vote.minutes for vote in standing)


def _requirements(case: Case, principal: Principal, answer: AnswerPaper, at: int | None) -> Iterator[Unmet]:
    yield from scope_requirements(principal, "decide")
    if at is None:
        yield Unmet("nothing_to_confirm", {"request": request_key(case.key, answer.request)})
    if not principal.has_own_proof:
        # A second paper proves no more than the first.
        yield needs_own_proof()
    length = len(answer.comment.strip())
    if not answer.is_confirmed and length < SHORTEST_RETURN:
        facts: Facts = {"length": SHORTEST_RETURN, "given": length}
        yield Unmet("comment_too_short", facts, "write_what_is_missing")


def _alarm(world: World, request: Request, denied: Vote, now: datetime) -> list[Prompt]:
    """The office, and whoever would decide if the one who denies had not been asked."""
    today = world.place.local_day(now)
    denied_by = {person for person in (denied.person, denied.acting_for) if person is not None}
    barred = barred_from(request, world.case, world.posts, today) | denied_by
    chosen = choose_decider(world.posts, approval_of(world, request), barred, today)
    told: Facts = {"request": request.number, "move": request.move}
    others = [f"{PERSON}{person}" for person in (chosen.eligible if chosen else ())]
    return [Prompt("decision_denied", who, told) for who in (POST + OFFICE, *others)]
