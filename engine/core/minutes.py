"""Registered minutes: a body decides in a meeting, and what was decided is entered with its numbers and its scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from engine.core.authority import (
    Capacity,
    by_others,
    capacity,
    has_conflict,
    has_used_hand,
    needs_own_proof,
    scope_requirements,
    wrong_role,
)
from engine.core.deciders import panel, rule_of, seats_of
from engine.core.definition import Decider
from engine.core.hearing import (
    Hearing,
    Verdict,
    asker_requirements,
    hear,
    pending_requirements,
    verdict_requirements,
)
from engine.core.history import NewEvent
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.recording import RECORDERS
from engine.core.refusal import Refusals, Unmet
from engine.core.requests import Consequence, conclude, pass_on
from engine.core.world import World
from engine.errors import Facts


@dataclass(frozen=True, slots=True)
class Minutes:
    """What a meeting decided: held on a local day, `of` members due, `present`, so many `in_favour`
    of the verdict; `paper` is the digest of the scan.
    """

    request: int
    verdict: Verdict
    held_on: date
    of: int
    present: int
    in_favour: int
    paper: str
    comment: str = ""


def register_minutes(world: World, principal: Principal, minutes: Minutes, now: datetime) -> Plan | Refusals:
    """The plan of a collective decision, or every reason against it. Raises NotFound for an unknown request."""
    hearing = hear(world, principal, minutes.request, now)
    acting = capacity(world, principal, (*RECORDERS, hearing.chosen.post), hearing.ask.today)
    unmet = tuple(_requirements(hearing, minutes, acting))
    if unmet:
        return Refusals(world.case.key, minutes.verdict, unmet)
    then = Consequence()
    pass_on(hearing, then)
    then.events.append(_registered(hearing, minutes))
    conclude(hearing, "approved" if minutes.verdict == "approve" else "returned", then)
    return make_plan(world, principal, now, then.events, then.prompts)


def _registered(hearing: Hearing, minutes: Minutes) -> NewEvent:
    facts = {
        "request": minutes.request,
        "verdict": minutes.verdict,
        "held_on": minutes.held_on.isoformat(),
        "of": minutes.of,
        "present": minutes.present,
        "in_favour": minutes.in_favour,
        "withdrawn": _due(hearing, minutes)[1],
        "paper": minutes.paper,
    }
    return NewEvent("minutes_registered", facts, {"comment": minutes.comment} if minutes.comment else {})


def _requirements(hearing: Hearing, minutes: Minutes, acting: Capacity | None) -> Iterator[Unmet]:
    yield from pending_requirements(hearing.ask.case, hearing.request, hearing.ask.today)
    yield from asker_requirements(hearing.ask.world, hearing.request, hearing.ask.today)
    yield from _recorder_requirements(hearing, acting)
    rule = rule_of(hearing.approval, hearing.chosen.post, hearing.ask.world.posts)
    if rule.minutes is None:
        facts: Facts = {"request": hearing.key, "decider": hearing.chosen.post}
        yield Unmet("minutes_not_allowed", facts, "ask_the_decider", (hearing.chosen.post,))
    yield from _date_requirements(hearing, minutes)
    if rule.minutes is not None:
        yield from _count_requirements(hearing, minutes, rule)
    yield from verdict_requirements(hearing, minutes.verdict, minutes.comment)


def _recorder_requirements(hearing: Hearing, acting: Capacity | None) -> Iterator[Unmet]:
    """Whoever registers it answers for it: by name, with proof of their own, and without a stake in the case."""
    ask, principal = hearing.ask, hearing.ask.principal
    yield from scope_requirements(principal, "decide")
    if acting is None or principal.person is None:
        may = (*RECORDERS, hearing.chosen.post)
        yield wrong_role(ask.world, principal, may, ask.today, hearing.parties)
    if not principal.has_own_proof:
        yield needs_own_proof()
    used = has_used_hand(principal, ask.case, hearing.request.move)
    if used or has_conflict(principal, acting, hearing.parties):
        facts: Facts = {"person": principal.person}
        party = Unmet("recorder_is_party", facts, "let_others_record", RECORDERS)
        yield by_others(party, ask.world, principal, ask.today, hearing.parties)


def _date_requirements(hearing: Hearing, minutes: Minutes) -> Iterator[Unmet]:
    asked_on = hearing.ask.world.place.local_day(hearing.request.asked_at)
    if minutes.held_on > hearing.ask.today:
        day = minutes.held_on
        yield Unmet("date_in_future", {"day": day.isoformat()}, "wait_or_correct", earliest=day)
    elif minutes.held_on < asked_on:
        facts: Facts = {"day": minutes.held_on.isoformat(), "asked": asked_on.isoformat()}
        yield Unmet("minutes_before_request", facts, "hold_a_meeting")


def _due(hearing: Hearing, minutes: Minutes) -> tuple[int, int]:
    """How many seats the body had on that day, and how many of them withdraw because they are a party."""
    seats = seats_of(hearing.ask.world.posts, hearing.chosen.post, minutes.held_on)
    return len(seats), sum(person in hearing.parties for person in seats)


def _count_requirements(hearing: Hearing, minutes: Minutes, rule: Decider) -> Iterator[Unmet]:
    """Whoever withdraws is not due: who is due are the seats without them; counting them makes it only harder."""
    seats, withdrawn = _due(hearing, minutes)
    of, present, in_favour = minutes.of, minutes.present, minutes.in_favour
    if of not in (seats, seats - withdrawn) or not 0 <= in_favour <= present <= of:
        facts: Facts = {
            "of": of,
            "present": present,
            "in_favour": in_favour,
            "seats": seats,
            "withdrawn": withdrawn,
        }
        yield Unmet("minutes_of_wrong", facts, "check_the_minutes")
    yield from _body_requirements(hearing, minutes, rule)
    quorum = -(-of * 2 // 3) if rule.minutes and rule.minutes.quorum == "two_thirds" else of // 2 + 1
    quorum = max(quorum, 1)
    if present < quorum:
        short: Facts = {"of": of, "present": present, "needed": quorum}
        yield Unmet("minutes_no_quorum", short, "hold_a_meeting")
    needed = max(of, 1) if rule.votes == "all" else rule.votes or of // 2 + 1
    if in_favour < needed:
        few: Facts = {"of": of, "in_favour": in_favour, "needed": needed}
        yield Unmet("minutes_no_majority", few, "hold_a_meeting")


def _body_requirements(hearing: Hearing, minutes: Minutes, rule: Decider) -> Iterator[Unmet]:
    """A body that could not decide by the words of its members does not decide by its minutes either."""
    body = panel(hearing.ask.world.posts, rule, hearing.approval, hearing.barred, minutes.held_on)
    if not body.can_decide:
        facts: Facts = {
            "decider": body.post,
            "free": len(body.seats),
            "needed": body.needed,
            "appoint": [body.post],
        }
        yield Unmet("minutes_too_few_free", facts, "appoint_another", ("office",))
