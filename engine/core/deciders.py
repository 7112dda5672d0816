"""Who decides a request today, how many of them it takes, and what their words come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.core.case import Request, Vote
from engine.core.deadlines import PERSON
from engine.core.definition import Approval, Decider
from engine.core.posts import Post, Posts
from engine.core.world import World

Outcome = Literal["approved", "returned"]
_Seated = tuple[int, int]
"""A person, and whose seat it is: their own or that of whom they stand in for."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who decides (a post key, or `person:<id>`), how many approvals it takes, and who may give them.

    `eligible` are persons, `seats` whose words they are: of a holder and a stand-in one counts. `is_all`: every
    seat has to agree.
    """

    post: str
    needed: int
    eligible: tuple[int, ...]
    seats: tuple[int, ...] = ()
    is_all: bool = False

    @property
    def can_decide(self) -> bool:
        return len(self.seats) >= max(self.needed, 1)

    @property
    def audience(self) -> str:
        """The decider as the audience of a notice."""
        return self.post if self.post.startswith(PERSON) else f"post:{self.post}"


def choose_decider(posts: Posts, approval: Approval, barred: frozenset[int], today: date) -> Chosen | None:
    """The first of `approval.by` that can decide without anybody who is barred, or None.

    Where the holder is barred the next one decides, not the holder's substitute: a substitute stands in for the
    very person who may not. A body decides with enough members who are free.
    """
    panels = (panel(posts, decider, approval, barred, today) for decider in approval.by)
    return next((chosen for chosen in panels if chosen.can_decide), None)


def decider_today(world: World, request: Request, barred: frozenset[int], today: date) -> Chosen:
    """Who was asked, as long as they can decide; else the next one, so that no request freezes a case for ever.

    With `absent: wait` a post that nobody holds for now is waited for; one whose holder may not decide is not.
    """
    posts, approval = world.posts, approval_of(world, request)
    rule = rule_of(approval, request.decider, posts)
    asked = panel(posts, rule, approval, barred, today, _electorate(request, approval))
    if asked.can_decide or (approval.absent == "wait" and not _is_conflicted(posts, request, barred, today)):
        return asked
    return choose_decider(posts, approval, barred, today) or asked


def approval_of(world: World, request: Request) -> Approval:
    """The rules of a request's move; of the usual kind where its workflow no longer has any."""
    move = world.workflow.definition.moves.get(request.move)
    if move is not None and move.approval is not None:
        return move.approval
    return Approval(by=[Decider(post=request.decider, votes=request.needed)])


def rule_of(approval: Approval, key: str, posts: Posts) -> Decider:
    """The decider of the file that a request was given to."""
    found = (decider for decider in approval.by if key_of(decider, posts) == key)
    return next(found, Decider(post=key))


def key_of(decider: Decider, posts: Posts) -> str:
    """How a request names its decider: a post key, or a person by id, because names change."""
    if not decider.person:
        return decider.post
    return f"{PERSON}{posts.people.get(decider.person, 0)}"


def panel(
    posts: Posts,
    decider: Decider,
    approval: Approval,
    barred: frozenset[int],
    today: date,
    electorate: tuple[int, ...] = (),
) -> Chosen:
    """One decider as they are today; where an `electorate` is given only its seats count."""
    post = posts.posts.get(decider.post)
    if decider.person or post is None:
        return _named(posts, decider, barred, today)
    seated = [row for row in _seated(posts, post, approval, today) if not electorate or row[1] in electorate]
    free = [(person, seat) for person, seat in seated if not barred & {person, seat}]
    seats = tuple(dict.fromkeys(seat for _, seat in free))
    total = len({seat for _, seat in seated})
    eligible = tuple(dict.fromkeys(person for person, _ in free))
    return Chosen(
        post.key, _needed(decider, post, total, len(seats)), eligible, seats, decider.votes == "all"
    )


def _named(posts: Posts, decider: Decider, barred: frozenset[int], today: date) -> Chosen:
    """A person decides as long as they hold any post of their own; nobody stands in for them."""
    person = posts.people.get(decider.person, 0)
    holds = any(posts.represented(post.id, person, today) is None for post in posts.posts_of(person, today))
    free = (person,) if holds and person not in barred else ()
    return Chosen(key_of(decider, posts), 1, free, free)


def _seated(posts: Posts, post: Post, approval: Approval, today: date) -> Iterator[_Seated]:
    """Who speaks for the seats of a post. In a body only members do; of a single post the rule for absence says."""
    holders = [
        (person, posts.represented(post.id, person, today)) for person in posts.holders(post.id, today)
    ]
    absent = {seat for _, seat in holders}
    for person, represented in holders:
        if represented is None and not (approval.absent == "next" and not post.is_body and person in absent):
            yield person, person
        elif represented is not None and not post.is_body and approval.absent == "substitute":
            yield person, represented


def _needed(decider: Decider, post: Post, total: int, free: int) -> int:
    if decider.votes == "all":
        return max(free, 1)
    return decider.votes or (total // 2 + 1 if post.is_body else 1)


def _electorate(request: Request, approval: Approval) -> tuple[int, ...]:
    return request.voters if approval.joined == "ignored" else ()


def _is_conflicted(posts: Posts, request: Request, barred: frozenset[int], today: date) -> bool:
    """Whether a holder is there, and may not."""
    post = posts.posts.get(request.decider)
    return post is None or not barred.isdisjoint(seats_of(posts, post.key, today))


def seats_of(posts: Posts, key: str, today: date) -> tuple[int, ...]:
    """Everybody who has a seat in a decider of this key, free or not."""
    if key.startswith(PERSON):
        return (int(key.removeprefix(PERSON)),)
    post = posts.posts.get(key)
    holders = posts.holders(post.id, today) if post else ()
    return tuple(person for person in holders if post and posts.represented(post.id, person, today) is None)


def standing_votes(request: Request, chosen: Chosen, approval: Approval) -> tuple[Vote, ...]:
    """The votes that count: given to this decider, not denied, one a seat; of those who left only as the rule says."""
    found: dict[int | None, Vote] = {}
    for vote in request.votes:
        if vote.decider != chosen.post or vote.confirmed == "denied" or vote.minutes is not None:
            continue
        if approval.left == "vote_stands" or vote.seat in chosen.seats or vote.person in chosen.eligible:
            found.setdefault(vote.seat, vote)
    return tuple(found.values())


def open_seats(request: Request, chosen: Chosen, approval: Approval) -> tuple[int, ...]:
    """The seats whose word is still out."""
    spoken = {vote.seat for vote in standing_votes(request, chosen, approval)}
    return tuple(seat for seat in chosen.seats if seat not in spoken)


def outcome(request: Request, chosen: Chosen, approval: Approval) -> Outcome | None:
    """What the words so far come to, None while it is open.

    Returned is also what can no longer be approved, however many returns the rule allows.
    """
    votes = standing_votes(request, chosen, approval)
    approvals = _count(votes, "approve")
    waiting = len(open_seats(request, chosen, approval))
    needed = waiting + len(votes) if chosen.is_all else chosen.needed
    if votes and approvals >= needed:
        return "approved"
    returns = len(votes) - approvals
    is_limit = approval.returns != "majority" and returns >= approval.returns
    if returns and (is_limit or approvals + waiting < needed):
        return "returned"
    return None


def _count(votes: Iterable[Vote], verdict: str) -> int:
    return sum(vote.verdict == verdict for vote in votes)
