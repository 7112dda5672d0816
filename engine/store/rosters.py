"""Who holds which post: read once per version and kept, because every change of people bumps the version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import bindparam, select

from engine.core.posts import Holding, Post, Posts
from engine.store.outgoing import Subscriber, subscribers_of
from engine.store.tables import HoldingRow, Person, PostRow, table_of
from engine.store.unit_of_work import UnitOfWork

MOST_KEPT = 2_000
"""Organisations whose roster a process remembers (a few KB each)."""

_POSTS = table_of(PostRow)
_HOLDINGS = table_of(HoldingRow)
_PEOPLE = table_of(Person)
_POSTS_OF = select(
    _POSTS.c.organisation_id, _POSTS.c.id, _POSTS.c.key, _POSTS.c.label, _POSTS.c.is_body, _POSTS.c.conflicts
).where(_POSTS.c.organisation_id.in_(bindparam("places", expanding=True)))
_HOLDINGS_OF = (
    select(
        _HOLDINGS.c.organisation_id,
        _HOLDINGS.c.post_id,
        _HOLDINGS.c.person_id,
        _HOLDINGS.c.since,
        _HOLDINGS.c.until,
        _HOLDINGS.c.substitute_for,
        _PEOPLE.c.key,
    )
    .join_from(_HOLDINGS, _PEOPLE, _HOLDINGS.c.person_id == _PEOPLE.c.id)
    .where(_HOLDINGS.c.organisation_id.in_(bindparam("places", expanding=True)))
    .order_by(_HOLDINGS.c.id)
)


Value = TypeVar("Value")


class Kept(Generic[Value]):
    """A value of each organisation in one version. Safe to share between threads: entries are replaced whole."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, Value]] = {}

    def kept(self, organisation: int, version: int) -> Value | None:
        found = self._kept.get(organisation)
        return found[1] if found is not None and found[0] == version else None

    def keep(self, organisation: int, version: int, value: Value) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept = {}
        self._kept[organisation] = (version, value)


class Rosters:
    """What a process remembers of the people of an organisation, and of who outside is told of its cases."""

    def __init__(self) -> None:
        self.posts: Kept[Posts] = Kept()
        self.subscribers: Kept[tuple[Subscriber, ...]] = Kept()


def rosters_of(uow: UnitOfWork, versions: Mapping[int, int]) -> dict[int, Posts]:
    """Rosters by organisation, whose ids were found under the scope; at most two queries for any number.

    `versions` are those that this unit of work read. Whoever changed people in it looks for themselves, and
    what they see is kept by nobody: it may still be undone.
    """
    if uow.changed_people:
        return _read(uow, versions)
    kept = uow.database.rosters.posts
    known = {place: kept.kept(place, version) for place, version in versions.items()}
    missing = {place: versions[place] for place, posts in known.items() if posts is None}
    read = _read(uow, missing) if missing else {}
    for place, posts in read.items():
        if uow.sees_one_moment_of(place):
            kept.keep(place, posts.version, posts)
    return {**{place: posts for place, posts in known.items() if posts is not None}, **read}


def subscribers_kept(uow: UnitOfWork, organisation: int, version: int) -> tuple[Subscriber, ...]:
    """Who outside is told of this organisation; whoever changes that bumps the version of the roster, too."""
    if uow.changed_people:
        return tuple(subscribers_of(uow, organisation))
    kept = uow.database.rosters.subscribers
    found = kept.kept(organisation, version)
    if found is None:
        found = tuple(subscribers_of(uow, organisation))
        if uow.sees_one_moment_of(organisation):
            kept.keep(organisation, version, found)
    return found


def _read(uow: UnitOfWork, versions: Mapping[int, int]) -> dict[int, Posts]:
    params: dict[str, Any] = {"places": sorted(versions)}
    posts: dict[int, dict[str, Post]] = {place: {} for place in versions}
    for row in uow.execute(_POSTS_OF, params):
        conflicts = frozenset(row.conflicts.split())
        posts[row.organisation_id][row.key] = Post(row.id, row.key, row.label, row.is_body, conflicts)
    holdings: dict[int, list[Holding]] = {place: [] for place in versions}
    people: dict[int, dict[str, int]] = {place: {} for place in versions}
    for row in uow.execute(_HOLDINGS_OF, params):
        held = Holding(row.post_id, row.person_id, row.since, row.until, row.substitute_for)
        holdings[row.organisation_id].append(held)
        people[row.organisation_id][row.key] = row.person_id
    return {
        place: Posts(place, version, posts[place], tuple(holdings[place]), people[place])
        for place, version in versions.items()
    }
