"""What a term in a post must keep to: posts that exclude each other, seats that have one stand-in at a time."""

from __future__ import annotations

from dataclasses import replace

from engine.core.posts import Holding, Post, Posts
from engine.core.refusal import Unmet, refused
from engine.errors import Conflict, Facts, NotFound, WrongUsage
from engine.store.people import Someone

SHORTEST_REASON = 10
"""Characters of the reason for giving somebody a post in spite of a conflict."""


def refuse_conflict(posts: Posts, new: Holding, person: Someone, verb: str, despite: str | None) -> None:
    """Raises Refused `posts_conflict` for every post that must not be held beside the new one, stand-ins included.

    `despite` is the reason for doing it all the same: `comment_too_short` if it says nothing.
    """
    unmet: list[Unmet] = []
    if despite is None:
        unmet.extend(
            Unmet("posts_conflict", _facts(posts, new, person, other), "appoint_somebody_else")
            for other in conflicting(posts, new)
        )
    elif len(despite.strip()) < SHORTEST_REASON:
        facts: Facts = {"length": SHORTEST_REASON, "given": len(despite.strip())}
        unmet.append(Unmet("comment_too_short", facts, "write_what_is_missing"))
    if unmet:
        raise refused("", verb, *unmet)


def conflicting(posts: Posts, new: Holding) -> tuple[Post, ...]:
    """The posts that the person holds, or stands in for, at the same time and must not hold beside the new one."""
    post = posts.by_id(new.post)
    held = {row.post for row in posts.holdings if row.person == new.person and overlap(row, new)}
    others = (posts.by_id(other) for other in sorted(held))
    return tuple(
        other
        for other in others
        if other and post and (other.key in post.conflicts or post.key in other.conflicts)
    )


def refuse_seat(posts: Posts, new: Holding, seat: Someone, person: Someone) -> None:
    """A stand-in takes the seat of somebody who holds the post by then, and nobody else is in it already.

    Raises NotFound `nobody_to_stand_in_for` (also for the seat of a stand-in), Conflict `already_stood_in`,
    `already_appointed` where they hold the post themselves, WrongUsage `stands_in_for_oneself`.
    """
    post = posts.by_id(new.post)
    key = post.key if post else ""
    rows = [row for row in posts.holdings if row.post == new.post and overlap(row, new)]
    held = [row for row in rows if row.person == seat.id and not row.is_substitute]
    if not any(row.covers(new.since) for row in held):
        first = min((row.since.isoformat() for row in held), default=None)
        facts: Facts = {"since": new.since.isoformat(), "held_since": first}
        raise NotFound("nobody_to_stand_in_for", person=seat.key, post=key, **facts)
    if seat.id == person.id:
        raise WrongUsage("stands_in_for_oneself", person=person.key, post=key)
    if any(row.person == person.id and not row.is_substitute for row in rows):
        raise Conflict("already_appointed", person=person.key, post=key)
    if any(row.substitute_for == seat.id and row.person != person.id for row in rows):
        raise Conflict("already_stood_in", person=seat.key, post=key)


def overlap(one: Holding, other: Holding) -> bool:
    """Whether two terms have a day in common."""
    begins = one.until is None or other.since <= one.until
    return begins and (other.until is None or one.since <= other.until)


def with_term(posts: Posts, holding: Holding) -> Posts:
    """The roster with one more term."""
    return replace(posts, holdings=(*posts.holdings, holding))


def _facts(posts: Posts, new: Holding, person: Someone, other: Post) -> Facts:
    post = posts.by_id(new.post)
    return {"person": person.key, "post": post.key if post else "", "other": other.key}
