"""Events → plan: fold them, void what they make stale, and say what the plan rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine.core.case import Case, Request
from engine.core.fold import Told, fold_all
from engine.core.history import NewEvent, Stamp
from engine.core.plan import Plan, Prompt, ReadSet
from engine.core.principal import Principal
from engine.core.sealing import is_reworded, is_stale
from engine.core.stakes import tied, with_ties
from engine.core.world import World
from engine.errors import Facts


def make_plan(
    world: World,
    principal: Principal,
    now: datetime,
    events: Iterable[NewEvent],
    prompts: Iterable[Prompt] = (),
    *,
    acting_for: int | None = None,
    post: int | None = None,
) -> Plan:
    """The plan of `events`, made in `post` where one is known. A pending request whose sealed items, title,
    problem or declared fields they change is ended as stale, both sides told.
    """
    stamp = Stamp.of(principal, acting_for)
    today = world.place.local_day(now)
    ties = tied(world.case, world.posts, (principal.person, acting_for), post, today)
    done = [with_ties(event, ties) for event in events]
    told = list(prompts)
    after = _folded(world.case, done, stamp, now)
    pending = after.pending
    declared = tuple(world.workflow.definition.fields)
    if pending is not None and (
        is_stale(pending, after) or is_reworded(pending, world.case, after, declared)
    ):
        ended = end_request(after, pending.number, "stale", today.isoformat())
        after = _folded(after, ended, stamp, now)
        done.extend(ended)
        told.extend(stale_prompts(pending))
    return Plan(tuple(done), stamp, _reads(world), after, tuple(told))


def stale_prompts(request: Request) -> list[Prompt]:
    """Both sides hear that what was asked for is no longer so."""
    facts: Facts = {"request": request.number, "move": request.move}
    return [Prompt("stale", who, facts) for who in ("owner", request.audience)]


def end_request(case: Case, number: int, status: str, on: str) -> list[NewEvent]:
    """End a request and its deadline: met by a decision, dropped where nobody decided."""
    ended = [NewEvent("request_ended", {"request": number, "status": status})]
    deadline = case.deadline("request", str(number))
    if deadline is not None and deadline.is_open:
        kind = "deadline_met" if status in ("approved", "returned") else "deadline_dropped"
        ended.append(NewEvent(kind, {"kind": "request", "subject": str(number), "on": on}))
    return ended


def _folded(case: Case, events: Iterable[NewEvent], stamp: Stamp, now: datetime) -> Case:
    told = (
        Told(seq, event.type, event.payload, event.texts, stamp, now, case.definition)
        for seq, event in enumerate(events, start=case.revision + 1)
    )
    return fold_all(case, told)


def _reads(world: World) -> ReadSet:
    place, case = world.place, world.case
    return ReadSet(case.id, case.revision, place.roster_version, place.calendar_version, case.definition)
