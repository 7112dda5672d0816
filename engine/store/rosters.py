"""Who holds which post: read once per version and kept, because every change of people bumps the version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from engine.core.posts import Holding, Post, Posts
from engine.store.tables import HoldingRow, Person, PostRow, table_of
from engine.store.unit_of_work import UnitOfWork

MOST_KEPT = 2_000
"""Organisations whose roster a process remembers (a few KB each)."""

_POSTS = table_of(PostRow)
_HOLDINGS = table_of(HoldingRow)
_PEOPLE = table_of(Person)
_POSTS_OF = select(
    _POSTS.c.organisation_id, _POSTS.c.id, _POSTS.c.key, _POSTS.c.label, _POSTS.c.is_body
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


class Rosters:
    """Rosters by organisation, each of one version. Safe to share between threads: entries are replaced whole."""

    def __init__(self) -> None:
        self._kept: dict[int, Posts] = {}

    def kept(self, organisation: int, version: int) -> Posts | None:
        found = self._kept.get(organisation)
        return found if found is not None and found.version == version else None

    def keep(self, posts: Posts) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept = {}
        self._kept[posts.organisation] = posts


def rosters_of(uow: UnitOfWork, versions: Mapping[int, int]) -> dict[int, Posts]:
    """Rosters by organisation, whose ids were found under the scope; at most two queries for any number.

    `versions` are those that this unit of work read. Whoever changed people in it looks for themselves, and
    what they see is kept by nobody: it may still be undone.
    """
    if uow.changed_people:
        return _read(uow, versions)
    rosters = uow.database.rosters
    known = {place: rosters.kept(place, version) for place, version in versions.items()}
    missing = {place: versions[place] for place, posts in known.items() if posts is None}
    read = _read(uow, missing) if missing else {}
    for place, posts in read.items():
        if uow.sees_one_moment_of(place):
            rosters.keep(posts)
    return {**{place: posts for place, posts in known.items() if posts is not None}, **read}


def _read(uow: UnitOfWork, versions: Mapping[int, int]) -> dict[int, Posts]:
    params: dict[str, Any] = {"places": sorted(versions)}
    posts: dict[int, dict[str, Post]] = {place: {} for place in versions}
    for row in uow.execute(_POSTS_OF, params):
        posts[row.organisation_id][row.key] = Post(row.id, row.key, row.label, row.is_body)
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
