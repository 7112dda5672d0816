"""A post changes hands: what whoever leaves it asked for, and nobody decided yet, is void."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.core.case import Case, Request
from engine.core.plan import Plan, Prompt
from engine.core.planning import end_request, make_plan
from engine.core.posts import Post, Posts
from engine.core.principal import Principal
from engine.core.workdays import ONE_DAY
from engine.core.world import World
from engine.errors import Facts


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody leaves a post; `is_bare` where they hold nothing more."""

    post: Post
    person: int
    is_bare: bool

    @classmethod
    def seen(cls, posts: Posts, post: Post, person: int, today: date) -> Leaving:
        """By the roster of the day on which the next holder begins."""
        return cls(post, person, not posts.posts_of(person, today))


def left_by(world: World, request: Request, today: date) -> Leaving | None:
    """The post in which the request was asked for, once whoever asked holds it no more; None as long as they do.

    A term may end with the day before the asking: an authority is taken back from today on.
    """
    posts, asked_on = world.posts, world.place.local_day(request.asked_at)
    for row in posts.holdings:
        was_there = row.since <= asked_on and row.until is not None and row.until >= asked_on - ONE_DAY
        if row.person not in (request.asked_by, request.asked_for) or row.is_substitute or not was_there:
            continue
        post = posts.by_id(row.post)
        if post is None or row.person in posts.holders(post.id, today):
            continue
        leaving = Leaving.seen(posts, post, row.person, today)
        if _is_theirs(world.case, request, leaving):
            return leaving
    return None


def void_request(
    world: World, principal: Principal, leaving: Leaving, now: datetime, *, acting_for: int | None = None
) -> Plan | None:
    """End what waits for a decision if it is theirs, both sides told; None where it is not.

    Theirs is what they asked for in this post, and everything where they are left without one.
    """
    case, request = world.case, world.case.pending
    if request is None or not _is_theirs(case, request, leaving):
        return None
    facts: Facts = {"request": request.number, "move": request.move}
    told = (Prompt("voided", "owner", facts), Prompt("voided", request.audience, facts))
    events = end_request(case, request.number, "void", world.place.local_day(now).isoformat())
    return make_plan(world, principal, now, events, told, acting_for=acting_for)


def _is_theirs(case: Case, request: Request, leaving: Leaving) -> bool:
    if leaving.person not in (request.asked_by, request.asked_for):
        return False
    was_in = case.owner_post == leaving.post.id or (leaving.person, leaving.post.key) in case.acted
    return leaving.is_bare or was_in
