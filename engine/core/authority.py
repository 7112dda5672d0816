"""Who may act, and who may not decide: posts, representation and four eyes over the whole history (law 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from engine.core.case import Case, Request
from engine.core.deadlines import NOBODY, OFFICE, OWNER, POST, role_post
from engine.core.deadlines import PERSON as BY_NAME
from engine.core.posts import Posts
from engine.core.principal import Principal, Via
from engine.core.refusal import Unmet
from engine.core.stakes import PERSON, counts_against, owners, owning
from engine.core.world import Ask, World
from engine.errors import Facts


@dataclass(frozen=True, slots=True)
class Capacity:
    """In what role somebody acts: the word of the workflow, the post, and whom they stand in for."""

    role: str
    post: int | None = None
    acting_for: int | None = None


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


def wrong_role(
    world: World,
    principal: Principal,
    roles: tuple[str, ...],
    today: date,
    barred: frozenset[int] = frozenset(),
) -> Unmet:
    """What stands against somebody who is none of `roles`; the system is not somebody whom one could ask."""
    who = tuple(role for role in roles if role != "system")
    if roles and not who:
        return Unmet("wrong_role", {"roles": list(roles)}, "leave_to_system")
    unmet = Unmet("wrong_role", {"roles": list(who)}, "ask_those_who_may", who)
    return by_others(unmet, world, principal, today, barred)


def by_others(
    unmet: Unmet, world: World, principal: Principal, today: date, barred: frozenset[int] = frozenset()
) -> Unmet:
    """What others could do in place of the principal: of its `who` those whom somebody else holds today who is none
    of `barred`; where nobody is left, whom to appoint. An office that nobody holds is the operator at the machine,
    except where somebody is barred.
    """
    case, posts = world.case, world.posts
    others = barred | persons(principal.person)
    who = free_roles(case, posts, unmet.who, others, today)
    if not barred and OFFICE in unmet.who and not free_posts(posts, (OFFICE,), frozenset(), today):
        who = tuple(role for role in unmet.who if role in (*who, OFFICE))
    if who:
        return replace(unmet, who=who)
    appoint = _to_appoint(case, posts, unmet.who, owning(case) if barred else frozenset())
    if not appoint:
        return replace(unmet, who=(OFFICE,))
    cure = "appoint_one_of" if barred else "appoint_to_these"
    return replace(unmet, facts={**unmet.facts, "appoint": appoint}, cure=cure, who=(OFFICE,))


def persons(*who: int | None) -> frozenset[int]:
    """Those of them that are somebody."""
    return frozenset(person for person in who if person is not None)


def free_posts(posts: Posts, keys: Iterable[str], barred: frozenset[int], today: date) -> tuple[str, ...]:
    """Those of the posts that somebody who is none of `barred` holds today."""
    ids = {key: posts.posts[key].id for key in keys if key in posts.posts}
    return tuple(key for key, post in ids.items() if free_holders(posts, post, barred, today))


def _to_appoint(case: Case, posts: Posts, roles: Iterable[str], spared: frozenset[int]) -> list[str]:
    """The posts behind `roles`, by key, in which somebody new could do it: none that is `spared`."""
    found = {_seat(case, role, posts) for role in roles}
    return [post.key for post in posts.posts.values() if post.id in found - spared]


def _seat(case: Case, role: str, posts: Posts) -> int | None:
    """The post behind a role; an owner who is yet to be named has none."""
    return None if role == OWNER and case.owner_post is None else role_post(case, role, posts)


def needs_proof() -> Unmet:
    """A word on a request by somebody who gave a name without PIN, session or paper: anybody could have typed it."""
    return Unmet("needs_proof", {}, "give_pin_or_paper")


def needs_own_proof() -> Unmet:
    """The same where no paper helps: there is no request on which its person could confirm it later."""
    return Unmet("needs_proof", {}, "give_pin")


def free_roles(
    case: Case, posts: Posts, roles: Iterable[str], barred: frozenset[int], today: date
) -> tuple[str, ...]:
    """Those of `roles` whose post somebody holds today who is none of `barred`, and whoever is named in person."""
    return tuple(role for role in roles if _is_free(case, posts, role, barred, today))


def _is_free(case: Case, posts: Posts, role: str, barred: frozenset[int], today: date) -> bool:
    if role.startswith(BY_NAME):
        return int(role.removeprefix(BY_NAME)) not in barred
    post = _seat(case, role, posts)
    return post is not None and bool(free_holders(posts, post, barred, today))


def four_eyes(ask: Ask, acting: Capacity | None, roles: tuple[str, ...], barred: frozenset[int]) -> Unmet:
    """What stands against somebody with a stake in the case: their post owns it, or they had a hand in it; and who
    else could judge it, whom to appoint, or that it has to go to another owner first.
    """
    posts = ask.world.posts
    facts: Facts = {"move": ask.command.move, **_stake(ask, acting)}
    who = free_roles(ask.case, posts, roles, barred | persons(ask.principal.person), ask.today)
    if who:
        return Unmet("four_eyes", facts, "let_others_decide", who)
    appoint = _to_appoint(ask.case, posts, roles, owning(ask.case))
    has_post = any(_seat(ask.case, role, posts) for role in roles)
    cure = "give_to_another" if has_post and not appoint else "appoint_another"
    return Unmet("four_eyes", {**facts, "appoint": appoint}, cure, ("office",))


def _stake(ask: Ask, acting: Capacity | None) -> Facts:
    """Through which posts somebody owns the case or a part of it, and whether they themselves had a hand in it."""
    posts, move = ask.world.posts, ask.command.move
    who = {ask.principal.person, acting.acting_for if acting else None} - {None}
    held = (posts.by_id(post) for post in sorted(owning(ask.case)) if who & {*posts.holders(post, ask.today)})
    keys = [post.key for post in held if post]
    own = has_used_hand(ask.principal, ask.case, move) or bool(who & involved(ask.case, move, ask.today))
    return {"owning": keys, "is_involved": own or not keys}


def conflicted(case: Case, posts: Posts, today: date, move: str | None = None) -> frozenset[int]:
    """The persons who cannot judge the case by `move`: who owns it or a measure of it now; everybody who ever did
    the work, entered or claimed it, owned it past the day on which they got it, or asked for that move; and whom
    delegation tied to them then.
    """
    return owners(case, posts, today) | involved(case, move, today)


def involved(case: Case, move: str | None, today: date) -> frozenset[int]:
    """Whom the history keeps from judging the case by `move`, whatever post owns it today."""
    acted = (person for person, role in case.acted if counts_against(role, move))
    ties = (its for kind, its, stake in case.hands if kind == PERSON and counts_against(stake, move, today))
    asked = (who for row in case.requests if row.move == move for who in (row.asked_by, row.asked_for))
    return frozenset(person for person in (*acted, *ties, *asked) if person is not None)


def has_used_hand(principal: Principal, case: Case, move: str) -> bool:
    """Whether the credential itself worked on the case or asked for `move`, in whosever name."""
    mine = (principal.credential, principal.credential_id)
    return any((kind, its) == mine and counts_against(stake, move) for kind, its, stake in case.hands)


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


def first_who_may(case: Case, posts: Posts, roles: Iterable[str], barred: frozenset[int], today: date) -> str:
    """The first of `roles` that somebody free of conflict holds, as a word for `waits_for`; else the office."""
    for role in roles:
        if role in (OWNER, NOBODY):
            return role
        key = str(case.fields.get("accepted_by") or OFFICE) if role == "accepted_by" else role
        post = role_post(case, key, posts)
        if post is not None and free_holders(posts, post, barred, today):
            return OFFICE if key == OFFICE else POST + key
    return OFFICE


def has_conflict(principal: Principal, acting: Capacity | None, barred: frozenset[int]) -> bool:
    """Whether the acting or the represented person is barred."""
    represented = acting.acting_for if acting else None
    return principal.person in barred or (represented is not None and represented in barred)


def barred_from(request: Request, case: Case, posts: Posts, today: date) -> frozenset[int]:
    """Who cannot decide `request`: the conflicted, with whoever ever asked for its move or laid it into a bundle."""
    made_bundle = {request.bundled_by} if request.bundled_by is not None else set()
    return conflicted(case, posts, today, request.move) | made_bundle


def scope_requirements(principal: Principal, scope: str) -> Iterator[Unmet]:
    """Whether the token that proves the principal is good for this (`token_scope`)."""
    if not principal.may(scope):
        yield Unmet("token_scope", {"scope": scope}, "use_another_token")
