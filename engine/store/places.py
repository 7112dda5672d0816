"""Organisations as decisions see them: place, calendar and roster, with the versions that a plan rests on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select, update

from engine.core.definition_reader import nearest
from engine.core.posts import Holding, Post, Posts
from engine.core.world import Place
from engine.errors import NotFound, WrongUsage
from engine.store.definitions import CALENDAR_DIGESTS, FOR_ALL
from engine.store.scope import Reach, covering
from engine.store.tables import HoldingRow, Organisation, Person, PostRow, table_of
from engine.store.unit_of_work import UnitOfWork

_ORGANISATIONS = table_of(Organisation)
_POSTS = table_of(PostRow)
_HOLDINGS = table_of(HoldingRow)
_PEOPLE = table_of(Person)

PLACE_COLUMNS = tuple(
    getattr(_ORGANISATIONS.c, name)
    for name in ("id", "key", "zone", "go_live", "calendar", "roster_version", "calendar_version")
)
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


def organisation_keys(uow: UnitOfWork) -> list[str]:
    """The keys of the organisations that the scope covers, in their order."""
    statement = select(_ORGANISATIONS.c.key).where(uow.scope.covers(_ORGANISATIONS.c.id))
    return list(uow.execute(statement.order_by(_ORGANISATIONS.c.key)).scalars())


def find_organisation(uow: UnitOfWork, key: str | None = None) -> Organisation:
    """The organisation of this key, or the only one there is.

    Raises NotFound `organisation_not_found`, WrongUsage `organisation_ambiguous` listing the keys.
    """
    rows = uow.execute(
        select(_ORGANISATIONS).where(uow.scope.covers(_ORGANISATIONS.c.id)).order_by(_ORGANISATIONS.c.key)
    ).all()
    if key is None and len(rows) > 1:
        raise WrongUsage("organisation_ambiguous", organisations=[row.key for row in rows])
    for row in rows:
        if key in (None, row.key):
            return Organisation(**row._mapping)
    near = nearest(key or "", [row.key for row in rows])
    raise NotFound("organisation_not_found", organisation=key or "", nearest=near)


def load_place(uow: UnitOfWork, organisation_id: int) -> Place:
    """Raises NotFound outside the scope, and for a calendar that was never published."""
    params = {**uow.scope.params, "place": organisation_id}
    row = uow.execute(_place_statement(uow.scope.reach), params).one_or_none()
    if row is None:
        raise NotFound("organisation_not_found", organisation=str(organisation_id), nearest=None)
    return places_of(uow, [row])[organisation_id]


@cache
def _place_statement(reach: Reach) -> Select[Any]:
    return select(*PLACE_COLUMNS).where(
        _ORGANISATIONS.c.id == bindparam("place"), covering(reach, _ORGANISATIONS.c.id)
    )


def places_of(uow: UnitOfWork, rows: Iterable[Any]) -> dict[int, Place]:
    """Places by id from rows with PLACE_COLUMNS: one query, and one more for calendars not seen before."""
    by_id = {row.id: row for row in rows}
    digests = _calendar_digests(uow, by_id.values())
    calendars = uow.database.calendars(uow, set(digests.values()))
    return {
        row.id: Place(
            id=row.id,
            key=row.key,
            zone=row.zone,
            go_live=row.go_live,
            calendar=calendars[digests[row.id]],
            roster_version=row.roster_version,
            calendar_version=row.calendar_version,
        )
        for row in by_id.values()
    }


def _calendar_digests(uow: UnitOfWork, rows: Iterable[Any]) -> dict[int, str]:
    """Organisation id → digest of the calendar that rules it, its own before the one for all."""
    wanted = list(rows)
    names = sorted({row.calendar for row in wanted})
    found = {(row.scope, row.name): row.digest for row in uow.execute(CALENDAR_DIGESTS, {"names": names})}
    digests = {
        row.id: found.get((row.key, row.calendar)) or found.get((FOR_ALL, row.calendar)) for row in wanted
    }
    for row in wanted:
        if digests[row.id] is None:
            raise NotFound("definition_not_found", kind="calendar", name=row.calendar)
    return {place: digest for place, digest in digests.items() if digest is not None}


def load_posts(uow: UnitOfWork, organisation_id: int) -> Posts:
    """The roster of one organisation. Raises NotFound outside the scope."""
    place = load_place(uow, organisation_id)
    return posts_of(uow, {organisation_id: place.roster_version})[organisation_id]


def posts_of(uow: UnitOfWork, versions: dict[int, int]) -> dict[int, Posts]:
    """Rosters by organisation, whose ids were found under the scope; two queries for any number of them."""
    params = {"places": sorted(versions)}
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


def bump_roster(uow: UnitOfWork, organisation_id: int) -> None:
    """Say that people or posts changed: what was decided on the old roster is no longer applied."""
    _bump(uow, organisation_id, _ORGANISATIONS.c.roster_version)


def bump_calendar(uow: UnitOfWork, organisation_id: int) -> None:
    """Say that the working days or the school year changed."""
    _bump(uow, organisation_id, _ORGANISATIONS.c.calendar_version)


def _bump(uow: UnitOfWork, organisation_id: int, column: Any) -> None:
    one = (_ORGANISATIONS.c.id == organisation_id, uow.scope.covers(_ORGANISATIONS.c.id))
    done = uow.execute(update(_ORGANISATIONS).where(*one).values({column: column + 1}))
    if done.rowcount != 1:
        raise NotFound("organisation_not_found", organisation=str(organisation_id), nearest=None)
