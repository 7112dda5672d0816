"""Organisations as decisions see them: place, calendar and roster, with the versions that a plan rests on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, case, select, update

from engine.core.definition_reader import nearest
from engine.core.posts import Posts
from engine.core.world import Place
from engine.errors import NotFound, WrongUsage
from engine.store.definitions import CALENDAR, FOR_ALL
from engine.store.rosters import rosters_of
from engine.store.scope import Reach, covering
from engine.store.tables import DefinitionRow, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

_ORGANISATIONS = table_of(Organisation)
_DEFINITIONS = table_of(DefinitionRow)

# The digest of the calendar that rules an organisation: its own before the one for all.
_CALENDAR = (
    select(_DEFINITIONS.c.digest)
    .where(
        _DEFINITIONS.c.kind == CALENDAR,
        _DEFINITIONS.c.name == _ORGANISATIONS.c.calendar,
        _DEFINITIONS.c.scope.in_([_ORGANISATIONS.c.key, FOR_ALL]),
        _DEFINITIONS.c.is_current,
    )
    .order_by(case((_DEFINITIONS.c.scope == FOR_ALL, 1), else_=0))
    .limit(1)
    .correlate(_ORGANISATIONS)
    .scalar_subquery()
    .label("calendar_digest")
)


class PlaceRow(NamedTuple):
    """What a statement with PLACE_COLUMNS finds of one organisation."""

    id: int
    key: str
    zone: str
    go_live: date | None
    calendar: str
    roster_version: int
    calendar_version: int
    calendar_digest: str | None


PLACE_COLUMNS = (
    *(getattr(_ORGANISATIONS.c, name) for name in PlaceRow._fields if name != "calendar_digest"),
    _CALENDAR,
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
    return places_of(uow, [PlaceRow._make(row)])[organisation_id]


@cache
def _place_statement(reach: Reach) -> Select[Any]:
    return select(*PLACE_COLUMNS).where(
        _ORGANISATIONS.c.id == bindparam("place"), covering(reach, _ORGANISATIONS.c.id)
    )


def places_of(uow: UnitOfWork, rows: Iterable[PlaceRow]) -> dict[int, Place]:
    """Places by id; no query but for calendars that this process has not seen before.

    Raises NotFound where no calendar of that name was published.
    """
    by_id = {row.id: row for row in rows}
    for row in by_id.values():
        if row.calendar_digest is None:
            raise NotFound("definition_not_found", kind=CALENDAR, name=row.calendar)
    digests = {row.calendar_digest for row in by_id.values() if row.calendar_digest}
    calendars = uow.database.calendars(uow, digests)
    return {
        row.id: Place(
            id=row.id,
            key=row.key,
            zone=row.zone,
            go_live=row.go_live,
            calendar=calendars[row.calendar_digest or ""],
            roster_version=row.roster_version,
            calendar_version=row.calendar_version,
        )
        for row in by_id.values()
    }


def zone_of(uow: UnitOfWork, organisation_id: int) -> str:
    """The zone of an organisation, whether or not its calendar can be read."""
    one = (_ORGANISATIONS.c.id == organisation_id, uow.scope.covers(_ORGANISATIONS.c.id))
    return str(uow.execute(select(_ORGANISATIONS.c.zone).where(*one)).scalar_one())


def load_posts(uow: UnitOfWork, organisation_id: int) -> Posts:
    """The roster of one organisation. Raises NotFound outside the scope."""
    place = load_place(uow, organisation_id)
    return rosters_of(uow, {organisation_id: place.roster_version})[organisation_id]


def hold_places(uow: UnitOfWork, organisations: set[int]) -> None:
    """Lock the organisations that are not locked yet, so that no post is revoked before the commit (law 1).

    They come before every other row, cases first, then sessions and tokens, in each unit of work: two that lock in
    different orders would wait for each other. Whoever loaded a world in this unit of work holds its organisation
    already; SQLite has one writer at a time anyway.
    """
    missing = sorted(organisations - uow.held) if uow.is_postgresql and uow.writing else []
    if missing:
        uow.execute(_HOLD, {"places": missing})
        uow.held.update(missing)


_HOLD = (
    select(_ORGANISATIONS.c.id)
    .where(_ORGANISATIONS.c.id.in_(bindparam("places", expanding=True)))
    .order_by(_ORGANISATIONS.c.id)
    .with_for_update(read=True)
)


def bump_roster(uow: UnitOfWork, organisation_id: int) -> None:
    """Say that people or posts changed: what was decided on the old roster is no longer applied.

    Whoever acts there waits for the commit, or did so before. Locks as `hold_places` does, and comes as early.
    """
    one = (_ORGANISATIONS.c.id == organisation_id, uow.scope.covers(_ORGANISATIONS.c.id))
    more = {"roster_version": _ORGANISATIONS.c.roster_version + 1}
    if uow.execute(update(_ORGANISATIONS).where(*one).values(more)).rowcount != 1:
        raise NotFound("organisation_not_found", organisation=str(organisation_id), nearest=None)
    uow.held.add(organisation_id)
