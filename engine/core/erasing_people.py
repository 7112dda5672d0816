"""Erasing what is kept of a person who left: two people as for every erasure, and only who is gone (laws 11, 17)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from engine.core.authority import Capacity, free_posts, persons, scope_requirements
from engine.core.erasing import ASKERS, CONFIRMERS, Askers, against
from engine.core.posts import Holding, Posts
from engine.core.principal import Principal
from engine.core.refusal import Unmet
from engine.core.workdays import ONE_DAY
from engine.errors import Facts


@dataclass(frozen=True, slots=True)
class Leaver:
    """A person whose name is to go, and what still ties them to the organisation.

    `roll_until` is their last local day on the roll, None for who is on it until further notice; `handovers` are the
    keys of posts that are planned to change from or to them.
    """

    id: int
    key: str
    name: str
    roll_until: date | None
    handovers: tuple[str, ...] = ()
    is_erased: bool = False


def neutral_key(person: int) -> str:
    """What stands in the place of a key, which may be a name in letters. Nobody can be given it: keys have no dash."""
    return f"former-{person}"


def acting_as(posts: Posts, principal: Principal, asked_by: Askers | None, today: date) -> Capacity | None:
    """The first of the posts for this step that the principal holds, or None."""
    for role in _roles(asked_by):
        post = posts.posts.get(role)
        if post and principal.person in posts.holders(post.id, today):
            return Capacity(role, post.id, posts.represented(post.id, principal.person, today))
    return None


def _roles(asked_by: Askers | None) -> tuple[str, ...]:
    return ASKERS if asked_by is None else CONFIRMERS


def _wrong_role(posts: Posts, principal: Principal, asked_by: Askers | None, today: date) -> Unmet:
    roles = _roles(asked_by)
    free = free_posts(posts, roles, persons(principal.person, *(asked_by or ())), today)
    return Unmet("wrong_role", {"roles": list(roles)}, "ask_those_who_may", free)


def against_erasing(
    posts: Posts,
    principal: Principal,
    leaver: Leaver,
    asked_by: Askers | None,
    reason: str,
    today: date,
) -> Iterator[Unmet]:
    """Everything that stands against this step, at once (law 5)."""
    yield from scope_requirements(principal, "act")
    if leaver.is_erased:
        yield Unmet("person_erased_already", {"person": leaver.key})
    yield from _ties(posts, leaver, today)
    acting = acting_as(posts, principal, asked_by, today) or _wrong_role(posts, principal, asked_by, today)
    yield from against(principal, acting, asked_by, reason)
    if _names(reason, leaver):
        yield Unmet("reason_names_them", {}, "write_without_name")


def _ties(posts: Posts, leaver: Leaver, today: date) -> Iterator[Unmet]:
    who: Facts = {"person": leaver.key}
    until = leaver.roll_until
    if until is None:
        yield Unmet("still_on_roll", who, "leave_first", ("office",))
    elif until >= today:
        yield Unmet("still_on_roll", {**who, "until": until.isoformat()}, "wait", (), until + ONE_DAY)
    held = [row for row in posts.holdings if _ties_them(row, leaver.id, today)]
    if held:
        keys = [post.key for row in held if (post := posts.by_id(row.post))]
        last = max((row.until or date.max for row in held), default=date.max)
        earliest = None if last == date.max else last + ONE_DAY
        facts: Facts = {**who, "posts": list(dict.fromkeys(keys))}
        if until is not None and last <= until:  # they end by themselves
            yield Unmet("still_holds", facts, "wait", (), earliest)
        else:
            yield Unmet("still_holds", facts, "end_them_first", ("office",), earliest)
    if leaver.handovers:
        yield Unmet(
            "handover_planned", {**who, "posts": list(leaver.handovers)}, "end_them_first", ("office",)
        )


def _ties_them(row: Holding, person: int, today: date) -> bool:
    """Whether they hold the post or will, or somebody stands in for them there."""
    is_over = row.until is not None and (row.until < today or row.until < row.since)
    return person in (row.person, row.substitute_for) and not is_over


def _names(reason: str, leaver: Leaver) -> bool:
    """The reason stays with the tombstone, so it must not hold what is erased."""
    key = rf"(?<![A-Za-z0-9_]){re.escape(leaver.key)}(?![A-Za-z0-9_])"
    return leaver.name in reason or re.search(key, reason) is not None
