"""Handing a post over: one holding ends, the next begins, and what goes with it is told, voided and listed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.core.case import request_key
from engine.core.deadlines import PERSON
from engine.core.handing_over import Leaving, void_request
from engine.core.history import Stamp
from engine.core.posts import Holding, Post
from engine.core.principal import Principal
from engine.core.sending import instant_of
from engine.errors import Conflict, NotFound, WrongUsage
from engine.services.clerks import Desk, roster_desk
from engine.services.departed import refuse_erased
from engine.services.duties import CatalogueEntry, catalogue
from engine.services.ending import refuse_rewriting
from engine.services.resolving import post_by_key, resolve
from engine.services.terms import conflicting, refuse_conflict
from engine.store.access import SESSION, TOKEN, revoke_access_of
from engine.store.apply import Decided, apply_all
from engine.store.cases import CaseLine, list_cases
from engine.store.handing_over import (
    News,
    OpenMeasure,
    PendingRequest,
    open_measures_of,
    pending_requests,
    tell_of_cases,
)
from engine.store.people import Someone, add_holding_row, end_holding_rows, end_stand_ins
from engine.store.places import load_posts
from engine.store.planned_handovers import Planned, end_handover, plan_handover
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds


@dataclass(frozen=True, slots=True)
class Handover:
    """A post, or a seat in a body, from one person to another; `on` is the successor's first day (None: today)."""

    post: str
    leaver: str
    successor: str
    on: date | None = None
    despite: str | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The list that goes with a post. `requests` wait for the post's decision; `voided` were the leaver's.

    What `is_planned` is carried out by the tick of its day, `on`: `voided` is then what would be if it came today.
    """

    post: Post
    leaver: Someone
    successor: Someone
    on: date
    cases: tuple[CaseLine, ...]
    measures: tuple[OpenMeasure, ...]
    duties: tuple[CatalogueEntry, ...]
    requests: tuple[PendingRequest, ...]
    voided: tuple[PendingRequest, ...]
    stand_ins_ended: int
    credentials_ended: int
    is_planned: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "post": self.post.key,
            "from": self.leaver.key,
            "to": self.successor.key,
            "on": self.on.isoformat(),
            "planned": self.is_planned,
            "cases": [_case_facts(row) for row in self.cases],
            "measures": [
                {"case": row.case, "measure": row.number, "text": row.text, "due_on": _iso(row.due_on)}
                for row in self.measures
            ],
            "duties": [
                {"duty": row.name, "label": row.label, "frequency": row.frequency} for row in self.duties
            ],
            "requests": [_request_facts(row) for row in self.requests],
            "voided": [_request_facts(row) for row in self.voided],
            "stand_ins_ended": self.stand_ins_ended,
            "credentials_ended": self.credentials_ended,
        }


def hand_over(uow: UnitOfWork, principal: Principal, command: Handover, now: datetime) -> HandedOver:
    """Hand a post over; a dry run is the same without the commit.

    From a day that is yet to come on, the roster changes then; what follows is kept for the tick of that day
    (`services.planned_handovers`). Raises NotFound `holding_not_found`, Conflict `already_appointed`, WrongUsage
    `handed_to_oneself`.
    """
    desk = roster_desk(uow, principal, "people_handover", now)
    post = post_by_key(desk.posts, command.post)
    leaver = resolve(uow, principal.organisation, command.leaver)
    successor = resolve(uow, principal.organisation, command.successor)
    refuse_erased(successor, "people_handover")
    on = command.on or desk.today
    if leaver.id == successor.id:
        raise WrongUsage("handed_to_oneself", person=leaver.key)
    stand_ins = _change_holders(uow, desk, post, (leaver, successor), on, command.despite)
    posts = load_posts(uow, principal.organisation)
    pending = pending_requests(uow, principal.organisation)
    between = Between(post, leaver, successor, on)
    planned = Planned(principal.organisation, post.id, leaver.id, successor.id, on)
    if on <= desk.today:
        effect = take_effect(uow, principal, replace(desk, posts=posts), between, pending, now)
        end_handover(uow, planned, "done", now)
    else:
        # What is still undecided on the day will be void then; today nothing ends.
        leaving = Leaving.seen(posts, post, leaver.id, on)
        gone = _void_plans(uow, principal, replace(desk, posts=posts), pending, leaving, now)
        effect = Effect(tuple(row for row, _ in gone))
        begins = instant_of(on, time(0), desk.place.zone)
        plan_handover(uow, planned, begins, (principal.person, now))
    return HandedOver(
        post=post,
        leaver=leaver,
        successor=successor,
        on=on,
        is_planned=on > desk.today,
        cases=tuple(list_cases(uow, principal.organisation, is_final=False, owner_post=post.id)),
        measures=tuple(open_measures_of(uow, principal.organisation, post.id)),
        duties=tuple(row for row in catalogue(uow, principal) if row.post == post.key and row.is_on),
        requests=tuple(row for row in pending if row.decider == post.key and row not in effect.voided),
        voided=effect.voided,
        stand_ins_ended=stand_ins,
        credentials_ended=effect.credentials_ended,
    )


@dataclass(frozen=True, slots=True)
class Between:
    """A post and who it goes from and to, from a local day on."""

    post: Post
    leaver: Someone
    successor: Someone
    on: date


@dataclass(frozen=True, slots=True)
class Effect:
    """What ended when the post changed hands."""

    voided: tuple[PendingRequest, ...] = ()
    credentials_ended: int = 0


def take_effect(
    uow: UnitOfWork,
    principal: Principal,
    desk: Desk,
    between: Between,
    pending: Sequence[PendingRequest],
    now: datetime,
) -> Effect:
    """What follows on the day itself: the leaver's requests are void, their sessions end, the successor is told."""
    uow.sign(Stamp.of(principal, desk.acting_for), now)
    post, leaver = between.post, between.leaver
    leaving = Leaving.seen(desk.posts, post, leaver.id, desk.today)
    voided = void_asked(uow, principal, desk, leaving, pending, now)
    kinds = (SESSION, TOKEN) if leaving.is_bare else (SESSION,)
    ended = revoke_access_of(uow, desk.place.id, leaver.id, kinds, now)
    if not post.is_body:
        _tell(uow, desk, between, {row.case_id for row in voided}, now)
    return Effect(voided, ended)


def void_asked(
    uow: UnitOfWork,
    principal: Principal,
    desk: Desk,
    leaving: Leaving,
    pending: Sequence[PendingRequest],
    now: datetime,
) -> tuple[PendingRequest, ...]:
    """End what the leaver had asked for in the post, both sides told: which that were."""
    plans = _void_plans(uow, principal, desk, pending, leaving, now)
    if plans:
        apply_all(uow, [decided for _, decided in plans], now)
    return tuple(row for row, _ in plans)


def void_after_end(
    uow: UnitOfWork, principal: Principal, desk: Desk, person: int, posts: Sequence[Post], now: datetime
) -> None:
    """The same where nobody takes over, once the last day is over; a later one is seen to by the tick of its day."""
    there = load_posts(uow, desk.place.id)
    uow.sign(Stamp.of(principal, desk.acting_for), now)
    for post in posts:
        if person in there.holders(post.id, desk.today):
            continue
        leaving = Leaving.seen(there, post, person, desk.today)
        void_asked(uow, principal, desk, leaving, pending_requests(uow, desk.place.id), now)


def _tell(uow: UnitOfWork, desk: Desk, between: Between, gone: Collection[int], now: datetime) -> None:
    """One piece of news for each open case of the post, except those of which a void request tells."""
    news = News("handed_over", f"{PERSON}{between.successor.id}", desk.today, {"post": between.post.key})
    cases = list_cases(uow, desk.place.id, is_final=False, owner_post=between.post.id)
    fresh = [(row.id, row.revision) for row in cases if row.id not in gone]
    tell_of_cases(uow, desk.place.id, fresh, news, now)


def _change_holders(
    uow: UnitOfWork, desk: Desk, post: Post, people: tuple[Someone, Someone], on: date, despite: str | None
) -> int:
    """End the one, begin the other, end the seat's stand-ins: how many those were. Nothing where it was done before."""
    leaver, successor = people
    last = on - timedelta(days=1)
    rows = [row for row in desk.posts.holdings if row.post == post.id and not row.is_substitute]
    theirs = [row for row in rows if row.person == successor.id and (row.until is None or row.until >= on)]
    mine = [row for row in rows if row.person == leaver.id]
    if any(row.until == last for row in mine) and any(row.since == on for row in theirs):
        return 0
    held = [row for row in mine if row.since <= last]
    if not any(row.until is None or row.until >= last for row in held) and not _began_today(rows, leaver, on):
        raise NotFound("holding_not_found", person=leaver.key, post=post.key)
    if theirs:
        later = next((row.since.isoformat() for row in theirs if row.since > on), None)
        raise Conflict("already_appointed", person=successor.key, post=post.key, from_day=later)
    organisation = desk.place.id
    new = Holding(post.id, successor.id, on)
    refuse_conflict(desk.posts, new, successor, "people_handover", despite)
    reason = (despite or "") if conflicting(desk.posts, new) else ""
    seat = [
        *mine,
        *(row for row in desk.posts.holdings if (row.post, row.substitute_for) == (post.id, leaver.id)),
    ]
    refuse_rewriting(uow, desk, leaver, seat, last, "people_handover")
    end_holding_rows(uow, organisation, post.id, leaver.id, last)
    ended = end_stand_ins(uow, organisation, post.id, leaver.id, last)
    end_holding_rows(uow, organisation, post.id, successor.id, last)
    add_holding_row(uow, organisation, new, reason)
    return ended


def _began_today(rows: Sequence[Holding], leaver: Someone, on: date) -> bool:
    """Somebody who was appointed on the very day and passes it on: their holding ends before it began."""
    return any(row.person == leaver.id and row.covers(on) for row in rows)


def _void_plans(
    uow: UnitOfWork,
    principal: Principal,
    desk: Desk,
    pending: Sequence[PendingRequest],
    leaving: Leaving,
    now: datetime,
) -> list[tuple[PendingRequest, Decided]]:
    """What ends of what the leaver had asked for: in this post, or everywhere if they hold nothing more."""
    asked = [row for row in pending if leaving.person in (row.asked_by, row.asked_for)]
    plans = [
        (row, world, void_request(world, principal, leaving, now, acting_for=desk.acting_for))
        for row, world in zip(asked, load_worlds(uow, [row.case_id for row in asked]), strict=True)
    ]
    return [(row, Decided(world, plan)) for row, world, plan in plans if plan is not None]


def _case_facts(row: CaseLine) -> dict[str, Any]:
    return {"case": row.key, "title": row.title, "state": row.state, "due_on": _iso(row.due_on)}


def _request_facts(row: PendingRequest) -> dict[str, Any]:
    return {
        "request": request_key(row.case, row.number),
        "case": row.case,
        "move": row.move,
        "decider": row.decider,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
