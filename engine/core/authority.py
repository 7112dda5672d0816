"""Who may act, and who may not decide: posts, representation and four eyes over the whole history (law 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from engine.core.case import Case, Request
from engine.core.deadlines import role_post
from engine.core.definition import Approval
from engine.core.posts import Posts
from engine.core.principal import Principal, Via
from engine.core.refusal import Unmet
from engine.core.world import World

# Whoever acted for the case as one of these has a stake in it and cannot judge it afterwards.
STAKEHOLDERS = frozenset({"owner", "claimant", "worker", "enterer"})


@dataclass(frozen=True, slots=True)
class Capacity:
    """In what role somebody acts: the word of the workflow, the post, and whom they stand in for."""

    role: str
    post: int | None = None
    acting_for: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The post that decides a request, how many approvals it needs, and who may give them."""

    post: str
    needed: int
    eligible: tuple[int, ...]


def capacity(
    world: World,
    principal: Principal,
    roles: tuple[str, ...],
    today: date,
    barred: frozenset[int] = frozenset(),
) -> Capacity | None:
    """The first of `roles` that the principal may act in, one without a barred person before the others, or None."""
    found = tuple(_capacities(world, principal, roles, today))
    free = (acting for acting in found if not has_conflict(principal, acting, barred))
    return next(free, found[0] if found else None)


def _capacities(
    world: World, principal: Principal, roles: tuple[str, ...], today: date
) -> Iterator[Capacity]:
    for role in roles:
        if role == "system" and principal.is_system:
            yield Capacity("system")
        if role == "office" and principal.person is None and principal.via is Via.CLI:
            # The operator at the machine types in for the office; history shows it as such (law 4).
            yield Capacity("office")
        if principal.person is None:
            continue
        post = role_post(world.case, role, world.posts)
        if role == "owner" and world.case.owner_post is None:
            continue
        if post is not None and principal.person in world.posts.holders(post, today):
            yield Capacity(role, post, world.posts.represented(post, principal.person, today))


def wrong_role(roles: tuple[str, ...]) -> Unmet:
    """What stands against somebody who is none of `roles`; the system is not somebody whom one could ask."""
    who = tuple(role for role in roles if role != "system")
    return Unmet("wrong_role", {"roles": list(who)}, "ask_those_who_may", who)


def conflicted(case: Case, posts: Posts, today: date) -> frozenset[int]:
    """The persons who cannot judge the case: who owns it or a measure of it now, and everybody who ever did the
    work, owned, entered or claimed it.
    """
    owned = {case.owner_post, *(row.owner_post for row in case.live_measures)} - {None}
    owners = (person for post in owned if post is not None for person in posts.holders(post, today))
    acted = (person for person, role in case.acted if role in STAKEHOLDERS)
    return frozenset((*owners, *acted))


def free_holders(posts: Posts, post_id: int, barred: frozenset[int], today: date) -> tuple[int, ...]:
    """Who holds a post and may judge: neither they nor whom they stand in for is barred.

    In a body only its own members have a seat, a stand-in has none.
    """
    post = posts.by_id(post_id)
    is_body = post is not None and post.is_body
    seated = ((person, posts.represented(post_id, person, today)) for person in posts.holders(post_id, today))
    return tuple(
        person
        for person, represented in seated
        if person not in barred and represented not in barred and not (is_body and represented is not None)
    )


def has_conflict(principal: Principal, acting: Capacity | None, barred: frozenset[int]) -> bool:
    """Whether the acting or the represented person is barred."""
    represented = acting.acting_for if acting else None
    return principal.person in barred or (represented is not None and represented in barred)


def barred_from(request: Request, case: Case, posts: Posts, today: date) -> frozenset[int]:
    """Who cannot decide `request`: the conflicted, and whoever asked or was represented in asking."""
    asked = {person for person in (request.asked_by, request.asked_for) if person is not None}
    return conflicted(case, posts, today) | asked


def choose_decider(posts: Posts, approval: Approval, barred: frozenset[int], today: date) -> Chosen | None:
    """The first post of `approval.by` that can decide without anybody who is barred, or None.

    Where the holder is barred the next post decides, not the holder's substitute: a substitute stands
    in for the very person who may not. A body decides with enough members who are free.
    """
    for decider in approval.by:
        post = posts.posts.get(decider.post)
        if post is None:
            continue
        eligible = free_holders(posts, post.id, barred, today)
        needed = (decider.votes or posts.seats(post.id, today) // 2 + 1) if post.is_body else 1
        if eligible and len(eligible) >= needed:
            return Chosen(decider.post, needed, eligible)
    return None
