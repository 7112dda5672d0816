"""Handovers whose day has come: what was planned takes effect then, once, however late the first tick of it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil

from engine.core.counts import Counts
from engine.core.history import Stamp
from engine.core.posts import Holding, Posts
from engine.core.principal import Principal, system
from engine.core.workdays import ONE_DAY
from engine.errors import NotFound
from engine.services.clerks import open_desk, roster_desk
from engine.services.each import act_alone
from engine.services.handover import Between, Handover, take_effect
from engine.services.one_by_one import one_by_one
from engine.services.resolving import post_by_key, resolve
from engine.services.terms import conflicting, refuse_conflict
from engine.store.database import Database
from engine.store.handing_over import pending_requests
from engine.store.people import add_holding_row, end_holding_rows, people_of
from engine.store.places import bump_roster
from engine.store.planned_handovers import (
    Planned,
    due_handovers,
    end_handover,
    organisations_handing_over,
    planned_handovers,
    put_off_handover,
)
from engine.store.scope import Scope
from engine.store.ticks import forget_failures
from engine.store.unit_of_work import UnitOfWork

BATCH = 50


@dataclass(frozen=True, slots=True)
class TakenOver(Counts):
    """Counts of one round. `dropped` no longer stood; `failed` ones were recorded and are tried again later."""

    done: int = 0
    voided: int = 0
    dropped: int = 0
    failed: int = 0


def carry_out_handovers(database: Database, now: datetime, *, batch: int = BATCH) -> TakenOver:
    """Carry out every planned handover whose day has begun where it is.

    A transaction holds one organisation alone, and `batch` handovers at most: whoever holds several, as a sweep
    does, takes them in the order of their ids, and nobody waits in a circle.
    """
    with database.begin(Scope.whole(), writing=False) as uow:
        waiting = organisations_handing_over(uow, now)
    turns = [place for place, number in waiting for _ in range(ceil(number / batch))]
    acting = partial(_carry_out_batch, now=now, batch=batch)
    return sum(one_by_one(database, turns, acting, ("handovers", TakenOver(failed=1)), now), TakenOver())


def _carry_out_batch(uow: UnitOfWork, organisation: int, *, now: datetime, batch: int) -> TakenOver:
    forget_failures(uow, f"handovers:{organisation}")
    found = due_handovers(uow, now, batch)
    return sum((_carry_out_safely(uow, planned, now) for planned in found), TakenOver())


def _carry_out_safely(uow: UnitOfWork, planned: Planned, now: datetime) -> TakenOver:
    what = f"handover:{planned.organisation}:{planned.post}:{planned.successor}"

    def put_off(later: datetime) -> None:
        uow.sign(Stamp.of(system(planned.organisation)), now)
        put_off_handover(uow, planned, later)

    done = act_alone(uow, what, partial(_carry_out, uow, planned, now), put_off, now)
    return TakenOver(failed=1) if done is None else done


def _carry_out(uow: UnitOfWork, planned: Planned, now: datetime) -> TakenOver:
    """Void, revoke and tell. The roster counts as changed: what waits for the post is looked at anew by this tick."""
    bump_roster(uow, planned.organisation)
    uow.sign(Stamp.of(system(planned.organisation)), now)
    desk = open_desk(uow, planned.organisation, now)
    if not stands(planned, desk.posts):
        return TakenOver(dropped=int(end_handover(uow, planned, "dropped", now)))
    if not end_handover(uow, planned, "done", now):
        return TakenOver()
    people = {person.id: person for person in people_of(uow, planned.organisation)}
    post = desk.posts.by_id(planned.post)
    assert post is not None
    between = Between(post, people[planned.leaver], people[planned.successor], planned.starts_on)
    pending = pending_requests(uow, planned.organisation)
    effect = take_effect(uow, system(planned.organisation), desk, between, pending, now)
    return TakenOver(done=1, voided=len(effect.voided))


def withdraw_handover(uow: UnitOfWork, principal: Principal, command: Handover, now: datetime) -> Planned:
    """Take back a handover whose day is yet to come: the leaver stays. Stand-ins that it ended do not come back.

    Raises NotFound `handover_not_planned`, Refused `posts_conflict`.
    """
    desk = roster_desk(uow, principal, "people_handover", now)
    post = post_by_key(desk.posts, command.post)
    leaver = resolve(uow, principal.organisation, command.leaver)
    successor = resolve(uow, principal.organisation, command.successor)
    who = (post.id, leaver.id, successor.id)
    for planned in planned_handovers(uow, principal.organisation):
        same = (planned.post, planned.leaver, planned.successor) == who
        if same and command.on in (None, planned.starts_on) and planned.starts_on > desk.today:
            break
    else:
        raise NotFound("handover_not_planned", post=post.key, leaver=leaver.key, successor=successor.key)
    if stands(planned, desk.posts):
        last, again = planned.starts_on - ONE_DAY, Holding(post.id, leaver.id, planned.starts_on)
        end_holding_rows(uow, principal.organisation, post.id, successor.id, last)
        refuse_conflict(desk.posts, again, leaver, "people_handover", command.despite)
        reason = (command.despite or "") if conflicting(desk.posts, again) else ""
        add_holding_row(uow, principal.organisation, again, reason)
    end_handover(uow, planned, "dropped", now)
    return planned


def stands(planned: Planned, posts: Posts) -> bool:
    """Whether the post changes hands on that day as it was planned; else people changed it in the meantime."""
    rows = [row for row in posts.holdings if row.post == planned.post and not row.is_substitute]
    there = {row.person for row in rows if row.covers(planned.starts_on)}
    return planned.successor in there and planned.leaver not in there
