"""Guards on assigning, planning and returning."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.definition_reader import nearest
from engine.core.parameters import LONGEST
from engine.core.posts import Post
from engine.core.refusal import Unmet
from engine.core.vocabulary import Count, EachRound, Facet, Standing, guard
from engine.core.world import Ask


@guard(Facet.POSTS, params=("post", "in_charge"))
def post_is_held(ask: Ask) -> Iterator[Unmet]:
    """Somebody holds the post that the case is assigned to, and another one in charge above it where that is named."""
    if not ask.command.params.get("post"):
        yield Unmet("leader_missing", {}, "name_a_leader", ("office",))
    yield from _named(ask)


@guard(Facet.POSTS, params=("post", "in_charge"))
def named_post_is_held(ask: Ask) -> Iterator[Unmet]:
    """Where the move gives the case to another post, somebody holds that one."""
    yield from _named(ask)


def _named(ask: Ask) -> Iterator[Unmet]:
    """What is no post at all is refused with the parameters of the move."""
    post = ask.world.posts.named(ask.command.params.get("post"))
    if post is not None and not ask.world.posts.holders(post.id, ask.today):
        yield Unmet("post_is_vacant", {"post": post.key}, "appoint_somebody", ("office",))
    yield from _in_charge(ask, post)


def _in_charge(ask: Ask, owner: Post | None) -> Iterator[Unmet]:
    """Who watches over the owner is a post of the organisation, and somebody else than the owner."""
    posts, said = ask.world.posts, str(ask.command.params.get("in_charge") or "")
    if not said:
        return
    above = posts.posts.get(said)
    if above is None:
        near = nearest(said, posts.posts)
        yield Unmet("in_charge_unknown", {"given": said[:LONGEST], "nearest": near}, "name_in_charge")
        return
    holders = frozenset(posts.holders(above.id, ask.today))
    if not holders:
        yield Unmet("post_is_vacant", {"post": above.key}, "appoint_somebody", ("office",))
    elif owner is not None and (above.id == owner.id or holders <= {*posts.holders(owner.id, ask.today)}):
        yield Unmet("in_charge_is_owner", {"post": above.key}, "name_in_charge")


@guard(params=("post",), says=Standing.OWNER)
def has_owner(ask: Ask) -> Iterator[Unmet]:
    """The case was assigned to a responsible leader, or the move names one."""
    if ask.case.owner_post is None and not ask.command.params.get("post"):
        yield Unmet("not_assigned", {}, "assign_first", ("office", "secretary"))


@guard(params=("post",), wants=Standing.OWNER)
def another_post(ask: Ask) -> Iterator[Unmet]:
    """The case has a responsible leader, and the post named is another one."""
    if ask.case.owner_post is None:
        yield Unmet("not_assigned", {}, "assign_first", ("office", "secretary"))
    elif ask.command.params.get("post") == ask.case.owner_post:
        post = ask.world.posts.by_id(ask.case.owner_post)
        yield Unmet("same_post", {"post": post.key if post else None}, "name_a_leader", ("office",))


@guard(days=("due", "from"))
def dates_stay(ask: Ask) -> Iterator[Unmet]:
    """No date is given: handing a case on never moves its deadlines (law 7)."""
    if ask.command.params.get("due") or ask.command.params.get("from"):
        yield Unmet("dates_stay", {}, "leave_the_dates")


@guard(floors=("count",))
def measures_at_least(ask: Ask, count: Count) -> Iterator[Unmet]:
    """The plan promises at least `count` measures."""
    found = len(ask.case.live_measures)
    if found < count:
        yield Unmet("too_few_measures", {"count": count, "found": found}, "add_measures", ("owner", "office"))


@guard(floors=("length",), each_round=EachRound.REASON)
def comment_at_least(ask: Ask, length: Count) -> Iterator[Unmet]:
    """The mover says why, in at least `length` characters (domain.md §1: a return needs a reason)."""
    given = len(ask.command.comment.strip())
    if given < length:
        yield Unmet("comment_too_short", {"length": length, "given": given}, "write_what_is_missing")
