"""Posts and who holds them on a day: the roster of one organisation as a decision sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

MOST_KEPT = 500
"""Posts and days of which a roster remembers who sat there."""


@dataclass(frozen=True, slots=True)
class Post:
    """A role in an organisation. A body (a committee) decides with several of its members.

    `conflicts` are the keys of posts that nobody may hold beside it.
    """

    id: int
    key: str
    label: str
    is_body: bool = False
    conflicts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Holding:
    """One person in one post, from–to (local dates, both included; `until` None = open).

    `substitute_for` is the person whose seat a stand-in takes; None for who holds the post.
    """

    post: int
    person: int
    since: date
    until: date | None = None
    substitute_for: int | None = None

    @property
    def is_substitute(self) -> bool:
        return self.substitute_for is not None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Posts:
    """The roster facet: posts by key, holdings by post, the ids of those who ever held one by their keys.

    `version` grows with every change of it.
    """

    organisation: int
    version: int
    posts: Mapping[str, Post] = field(default_factory=dict)
    holdings: tuple[Holding, ...] = ()
    people: Mapping[str, int] = field(default_factory=dict)
    _kept: dict[tuple[int, date], tuple[Holding, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def by_id(self, post_id: int) -> Post | None:
        return next((post for post in self.posts.values() if post.id == post_id), None)

    def named(self, given: object) -> Post | None:
        """The post that a parameter names by its id; anything else names none."""
        return self.by_id(given) if isinstance(given, int) and not isinstance(given, bool) else None

    def holders(self, post_id: int, day: date) -> tuple[int, ...]:
        """The persons who hold the post on `day`, the real holders first, then those who stand in for one of them."""
        rows = sorted(self._seated(post_id, day), key=lambda row: row.is_substitute)
        return tuple(dict.fromkeys(row.person for row in rows))

    def seats(self, post_id: int, day: date) -> int:
        """How many real holders a body has; its majority is counted from them."""
        return len({row.person for row in self._seated(post_id, day) if not row.is_substitute})

    def represented(self, post_id: int, person: int, day: date) -> int | None:
        """Whom `person` stands in for, None when they hold the post themselves."""
        mine = [row for row in self._seated(post_id, day) if row.person == person]
        if any(not row.is_substitute for row in mine):
            return None
        return next((row.substitute_for for row in mine), None)

    def delegates(self, post_id: int, persons: frozenset[int], day: date) -> frozenset[int]:
        """Who stands in for one of `persons` in this post on `day`, and whom they stand in for."""
        pairs = [
            (row.person, row.substitute_for)
            for row in self._seated(post_id, day)
            if row.substitute_for is not None
        ]
        found = {stand_in for stand_in, holder in pairs if holder in persons}
        return frozenset(found | {holder for stand_in, holder in pairs if stand_in in persons})

    def _seated(self, post_id: int, day: date) -> tuple[Holding, ...]:
        """The holdings that count on `day`: a stand-in goes with the one whose seat it is.

        One decision asks for the same few posts of one day again and again, so the last of them are kept.
        """
        found = self._kept.get((post_id, day))
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[post_id, day] = self._counted(post_id, day)
        return found

    def _counted(self, post_id: int, day: date) -> tuple[Holding, ...]:
        rows = [row for row in self.holdings if row.post == post_id and row.covers(day)]
        real = {row.person for row in rows if not row.is_substitute}
        return tuple(row for row in rows if row.substitute_for is None or row.substitute_for in real)

    def posts_of(self, person: int, day: date) -> tuple[Post, ...]:
        return tuple(post for post in self.posts.values() if person in self.holders(post.id, day))

    def keys_to_ids(self, keys: Iterable[str]) -> tuple[int, ...]:
        return tuple(self.posts[key].id for key in keys if key in self.posts)
