"""Who could take a step: the people of today's roster tried one by one on a case as it would stand then."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from engine.core.asking import barred_when_asking
from engine.core.authority import (
    Capacity,
    capacity,
    conflicted,
    free_holders,
)
from engine.core.case import Case, Request
from engine.core.deadlines import role_post
from engine.core.decide import guard_requirements, requirements
from engine.core.deciders import Chosen, approval_of, choose_decider, open_seats, standing_votes
from engine.core.definition import Approval, Move
from engine.core.principal import Credential, Principal, Via, system
from engine.core.refusal import OF_A_PERSON, Unmet
from engine.core.stakes import PERSON, STAKEHOLDERS, owning, tied
from engine.core.world import Ask, MakeMove, World
from engine.errors import Facts

MOST_ACTORS = 8
"""How many people of one role are tried one by one where it matters later who it was."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step: the word of the workflow, the post behind it, its people by id, and how many of them."""

    role: str
    post: str | None
    people: tuple[int, ...]
    needed: int = 1


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A case as it would stand after some steps: the real one with another state and more people who acted.

    `owner_is_open`: the way gave it an owner whom nobody named yet. `guarded` is what guards look at.
    """

    world: World
    now: datetime
    guarded: Case
    owner_is_open: bool = False

    @classmethod
    def of(cls, world: World, now: datetime) -> Hypothesis:
        # What waits for a decision is a step of its own, not something in the way of the others.
        requests = tuple(replace(row, status="approved") for row in world.case.requests)
        case = replace(world.case, requests=requests)
        return cls(replace(world, case=case), now, case)

    @property
    def case(self) -> Case:
        return self.world.case

    @property
    def state(self) -> str:
        return self.case.state

    @property
    def today(self) -> date:
        return self.world.place.local_day(self.now)

    @property
    def stakes(self) -> frozenset[object]:
        """Everybody's part in the case so far: the more, the fewer can still judge it."""
        return frozenset((*self.case.acted, *self.case.hands))

    def reaching(self, state: str, move: Move | None = None, actor: Actor | None = None) -> Hypothesis:
        """The case in `state`, remembering the actor of `move` where that gives them a stake."""
        acted, hands = self.case.acted, self.case.hands
        role = (move.acts_as or actor.role) if move and actor else ""
        if actor is not None and actor.people and role in STAKEHOLDERS:
            person, posts = actor.people[0], self.world.posts
            post = posts.posts[actor.post].id if actor.post else None
            represented = posts.represented(post, person, self.today) if post else None
            who = tuple(each for each in (person, represented) if each is not None)
            acted = (*acted, *((each, role) for each in who))
            hands = (
                *hands,
                *((PERSON, each, role) for each in tied(self.case, posts, who, post, self.today)),
            )
        case = replace(self.case, state=state, acted=acted, hands=hands)
        guarded = replace(self.guarded, state=state, acted=acted, hands=hands)
        return replace(self, world=replace(self.world, case=case), guarded=guarded)

    def owned(self, after: Case) -> Hypothesis:
        """The case with an owner of whom only the fact is known."""
        return replace(self, guarded=after, owner_is_open=True)

    def principal(self, actor: Actor) -> Principal:
        """Somebody of the actor with every proof: whoever is meant can bring it when the time comes."""
        organisation = self.case.organisation
        if actor.role == "system":
            return system(organisation)
        if not actor.people:
            return Principal(organisation, None, Via.CLI)
        return Principal(organisation, actor.people[0], Via.SESSION, Credential.PIN)

    def missing(self, name: str, move: Move, actor: Actor | None) -> Iterator[Unmet]:
        """What the guards still miss, whoever it is that acts."""
        principal = self.principal(actor or Actor("", None, ()))
        world = replace(self.world, case=self.guarded)
        found = guard_requirements(Ask(world, principal, MakeMove(name), self.now), move)
        return (row for row in found if row.code not in OF_A_PERSON)

    def capacity_of(self, principal: Principal, name: str, move: Move) -> Capacity | None:
        """In what capacity the principal may make the move, None where something stands against them."""
        barred = conflicted(self.case, self.world.posts, self.today) if move.decision else frozenset[int]()
        acting = capacity(self.world, principal, tuple(move.by), self.today, barred)
        ask = Ask(self.world, principal, MakeMove(name), self.now)
        if acting is None or any(row.code in OF_A_PERSON for row in requirements(ask, move, acting)):
            return None
        return acting


def movers(here: Hypothesis, name: str, move: Move) -> Iterator[Actor]:
    """Everybody who may make the move, role by role; who they were is told apart only where it matters later."""
    found = _by_role(here, name, move)
    for role in move.by:
        yield from _unnamed(here, role)
        people_by_post = found.get(role, {})
        for key, people in people_by_post.items():
            yield from _told_apart(here, Actor(role, key, tuple(people)), move)
        if role == "office" and not people_by_post:
            yield from _operator(here, name, move)


def _by_role(here: Hypothesis, name: str, move: Move) -> Mapping[str, Mapping[str | None, list[int]]]:
    """The people who may make the move today, by the role and the post in which they would."""
    found: dict[str, dict[str | None, list[int]]] = {}
    for person in _candidates(here, move):
        principal = Principal(here.case.organisation, person, Via.SESSION, Credential.PIN)
        acting = here.capacity_of(principal, name, move)
        if acting is not None:
            post = here.world.posts.by_id(acting.post) if acting.post else None
            found.setdefault(acting.role, {}).setdefault(post.key if post else None, []).append(person)
    return found


def _unnamed(here: Hypothesis, role: str) -> Iterator[Actor]:
    """The scheduler, and an owner who is still to be chosen."""
    if role == "system" or (role == "owner" and here.owner_is_open):
        yield Actor(role, None, ())


def _operator(here: Hypothesis, name: str, move: Move) -> Iterator[Actor]:
    """Whoever sits at the machine acts for an office that nobody holds."""
    if here.capacity_of(Principal(here.case.organisation, None, Via.CLI), name, move):
        yield Actor("office", None, ())


def _told_apart(here: Hypothesis, actor: Actor, move: Move) -> Iterator[Actor]:
    """One actor each where acting gives a stake that some of them do not have yet; else all of them together."""
    has_stake = (move.acts_as or actor.role) in STAKEHOLDERS
    barred = conflicted(here.case, here.world.posts, here.today)
    if (has_stake and not set(actor.people) <= barred) or move.approval is not None:
        people = actor.people[:MOST_ACTORS]
        for person in people:
            yield replace(actor, people=(person, *(each for each in people if each != person)))
    else:
        yield actor


def _candidates(here: Hypothesis, move: Move) -> tuple[int, ...]:
    posts = here.world.posts
    found = (
        role_post(here.case, role, posts)
        for role in move.by
        if role != "system" and not (role == "owner" and here.case.owner_post is None)
    )
    held = (person for post in found if post for person in posts.holders(post, here.today))
    return tuple(dict.fromkeys(held))


def deciders(
    here: Hypothesis, name: str, move: Move, approval: Approval, asker: Actor | None
) -> tuple[Actor | None, frozenset[int]]:
    """Who would decide what `asker` asks for, and who is kept from it."""
    posts = here.world.posts
    barred = conflicted(here.case, posts, here.today, name)
    if asker is not None and asker.people:
        principal = here.principal(asker)
        ask = Ask(here.world, principal, MakeMove(name), here.now)
        barred |= barred_when_asking(ask, capacity(here.world, principal, tuple(move.by), here.today))
    chosen = choose_decider(posts, approval, barred, here.today)
    if chosen is None:
        return None, barred
    return decider(here.world, chosen, chosen.eligible, chosen.needed), barred


def decider(world: World, chosen: Chosen, people: tuple[int, ...], needed: int) -> Actor:
    """Whoever decides: a post, or a person whom the workflow names (then there is no post)."""
    return Actor(chosen.post, chosen.post if chosen.post in world.posts.posts else None, people, needed)


def still_to_speak(
    world: World, request: Request, chosen: Chosen, today: date
) -> tuple[tuple[int, ...], int]:
    """The people whose word on a pending request is still out, and how many approvals it still takes."""
    approval, posts = approval_of(world, request), world.posts
    votes = standing_votes(request, chosen, approval)
    spoken = {who for vote in votes for who in (vote.person, vote.seat)} - {None}
    post = posts.posts.get(chosen.post)
    people = tuple(
        person
        for person in chosen.eligible
        if person not in spoken and not (post and posts.represented(post.id, person, today) in spoken)
    )
    approvals = sum(vote.verdict == "approve" for vote in votes)
    waiting = len(open_seats(request, chosen, approval))
    return people, max(waiting if chosen.is_all else chosen.needed - approvals, 1)


def blocked_decision(here: Hypothesis, name: str, approval: Approval, barred: frozenset[int]) -> Unmet:
    """That nobody may decide on the move: which of its posts are vacant, whose holders are in conflict."""
    return _blocked("nobody_can_decide", here, name, [row.post or row.person for row in approval.by], barred)


def blocked_move(here: Hypothesis, name: str, move: Move) -> Unmet:
    """That nobody may make the move, and why: vacant posts, or holders who are in conflict."""
    roles = [role for role in move.by if role != "system"]
    barred = conflicted(here.case, here.world.posts, here.today)
    held = any(_holders(here, role) for role in roles)
    if move.decision and held:
        return _blocked("only_verifier_owns", here, name, roles, barred)
    return _blocked("nobody_can_verify" if move.decision else "nobody_can_act", here, name, roles, barred)


def _blocked(code: str, here: Hypothesis, name: str, roles: Collection[str], barred: frozenset[int]) -> Unmet:
    posts = here.world.posts
    keys = tuple(dict.fromkeys(_post_key(here, role) for role in roles))
    ids = {key: posts.posts[key].id for key in keys if key in posts.posts}
    held = {key for key, post in ids.items() if posts.holders(post, here.today)}
    free = {key for key, post in ids.items() if free_holders(posts, post, barred, here.today)}
    is_unowned = "owner" in roles and here.case.owner_post is None
    # Whoever came into a post that owns the case would be kept from judging it as well; nobody comes into none.
    judging = [
        key
        for key in keys
        if ("owner" in roles or ids.get(key) not in owning(here.case)) and not (is_unowned and key == "owner")
    ]
    appoint = [key for key in judging if key not in free] or judging
    facts: Facts = {
        "move": name,
        "vacant": [key for key in keys if key not in held],
        "conflicted": [key for key in keys if key in held - free],
        "appoint": appoint,
    }
    otherwise = "give_an_owner" if is_unowned else "give_to_another"
    return Unmet(code, facts, "appoint_one_of" if appoint else otherwise, ("office",))


def _holders(here: Hypothesis, role: str) -> tuple[int, ...]:
    if role == "owner" and here.case.owner_post is None:
        return ()
    post = role_post(here.case, role, here.world.posts)
    return here.world.posts.holders(post, here.today) if post else ()


def _post_key(here: Hypothesis, role: str) -> str:
    """The post behind a role, by its key; the role itself where there is none yet."""
    if role == "owner" and here.case.owner_post is None:
        return role
    post = role_post(here.case, role, here.world.posts)
    found = here.world.posts.by_id(post) if post else None
    return found.key if found else role
