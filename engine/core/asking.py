"""Asking for a move: a request sealed to what it is about, with its decider, its deadline and its expiry (law 6)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.authority import Capacity, conflicted
from engine.core.case import Case, Request
from engine.core.counting import NewDeadline, Origin
from engine.core.deciders import choose_decider, seats_of
from engine.core.definition import Approval
from engine.core.fields import apart
from engine.core.history import NewEvent
from engine.core.plan import Plan, Prompt
from engine.core.planning import make_plan
from engine.core.refusal import Unmet
from engine.core.sealing import COMMENT, manifest, seal
from engine.core.stakes import tied
from engine.core.world import Ask
from engine.errors import Facts

TAKEN_UP = frozenset({"returned", "expired", "stale", "void"})
"""How a request ended that the next one of the same move takes up again."""


def asking_requirements(ask: Ask, approval: Approval, acting: Capacity | None) -> Iterator[Unmet]:
    """That somebody asks, and that somebody could decide."""
    if ask.principal.person is None:
        # Nobody may decide what they asked for, so whoever asks has to be somebody.
        yield Unmet("person_missing", {}, "say_who_asks")
    if choose_decider(ask.world.posts, approval, barred_when_asking(ask, acting), ask.today) is None:
        tried = [decider.post or decider.person for decider in approval.by]
        yield Unmet("nobody_may_decide", {"posts": tried}, "appoint_somebody", ("office",))


def barred_when_asking(ask: Ask, acting: Capacity | None) -> frozenset[int]:
    """The conflicted, whoever is asking now, and whom delegation ties to them."""
    case, posts, today = ask.case, ask.world.posts, ask.today
    asking = (ask.principal.person, acting.acting_for if acting else None)
    ties = tied(case, posts, asking, acting.post if acting else None, today)
    return conflicted(case, posts, today, ask.command.move) | {
        person for person in (*asking, *ties) if person is not None
    }


def ask_for(ask: Ask, approval: Approval, acting: Capacity) -> Plan:
    """The plan of a request for `ask.command`; whoever decides was found among the requirements."""
    case, world, name = ask.case, ask.world, ask.command.move
    chosen = choose_decider(world.posts, approval, barred_when_asking(ask, acting), ask.today)
    assert chosen is not None
    items, number = manifest(case, approval.seals), len(case.requests) + 1
    params, texts = apart(ask, world.workflow.definition.moves[name])
    earlier = taken_up(case, name)
    facts: dict[str, object] = {
        "request": number,
        "move": name,
        "params": params,
        "decider": chosen.post,
        "needed": chosen.needed,
        "voters": list(seats_of(world.posts, chosen.post, ask.today)),
        "manifest": items,
        "seal": seal(name, params, items, case.definition),
        "by": acting.role,
    }
    if earlier is not None:
        facts["follows"] = earlier.number
    if approval.expires_after_workdays:
        # Counted once, with the calendar of the day of asking: a later notice moves no expiry (law 9).
        days = approval.expires_after_workdays
        facts["expires_on"] = world.place.calendar.add_workdays(ask.today, days).isoformat()
    if sealed := sorted(texts.keys() - {COMMENT}):
        facts["sealed_texts"] = sealed
    asked = NewEvent("requested", facts, texts)
    deadline = request_deadline(ask, str(number), "requested", approval.within_workdays)
    told: Facts = {"request": number, "move": name}
    prompt = Prompt("request_waiting", chosen.audience, told)
    who = {"acting_for": acting.acting_for, "post": acting.post}
    return make_plan(world, ask.principal, ask.now, (asked, deadline), (prompt,), **who)


def taken_up(case: Case, move: str) -> Request | None:
    """The last request of this move, where it came back undone: the new one takes it up."""
    last = next((row for row in reversed(case.requests) if row.move == move), None)
    return last if last is not None and last.status in TAKEN_UP else None


def request_deadline(ask: Ask, subject: str, basis: str, workdays: int) -> NewEvent:
    """A deadline of kind `request`, so many working days from today: of the request itself (`3`), or of a word on
    it (`3:paper:1`).
    """
    place, rule = ask.world.place, ask.world.workflow.definition.deadlines.get("request")
    due = place.calendar.add_workdays(ask.today, workdays)
    origin = Origin(basis, ask.today, {"workdays": workdays})
    ladder = rule.ladder if rule else "request"
    return NewDeadline(
        "request", subject, due, True, ladder, origin=origin, calendar=place.calendar.version
    ).event()
