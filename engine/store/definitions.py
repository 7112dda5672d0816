"""Published definitions: immutable rows, an organisation's own before the one for all (law 12)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from engine.core.history import Stamp
from engine.core.principal import system
from engine.core.register import HOME
from engine.errors import NotFound
from engine.store.publications import note_publication
from engine.store.register import change_rows, insert_row
from engine.store.register_rows import DEFINITION
from engine.store.tables import DefinitionRow, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

FOR_ALL = "*"
CALENDAR = "calendar"
_ROWS = table_of(DefinitionRow)
_ORGANISATIONS = table_of(Organisation)

_TEXTS = select(_ROWS.c.digest, _ROWS.c.text).where(
    _ROWS.c.kind == bindparam("kind"), _ROWS.c.digest.in_(bindparam("digests", expanding=True))
)
_CURRENT = (
    select(_ROWS.c.scope, _ROWS.c.name, _ROWS.c.version, _ROWS.c.digest, _ROWS.c.text)
    .where(
        _ROWS.c.kind == bindparam("kind"),
        _ROWS.c.name == bindparam("name"),
        _ROWS.c.scope.in_(bindparam("scopes", expanding=True)),
        _ROWS.c.is_current,
    )
    .order_by(_ROWS.c.scope.desc())
)


@dataclass(frozen=True, slots=True)
class Published:
    """One published version: its semantic digest and the text as it was written."""

    digest: str
    text: str
    name: str
    version: int
    scope: str
    overlay: str | None = None
    base: str | None = None


def publish(
    uow: UnitOfWork,
    scope: str,
    kind: str,
    name: str,
    version: int,
    digest: str,
    text: str,
    now: datetime,
    *,
    overlay: str | None = None,
    base: str | None = None,
) -> bool:
    """Make this version the current one of `scope` (an organisation's key, or `*`); True if anything changed.

    The same digest again only corrects its wording. A calendar bumps the calendar version of those it rules.
    """
    mine = (_ROWS.c.scope == scope, _ROWS.c.kind == kind, _ROWS.c.name == name)
    old = uow.execute(
        select(_ROWS.c.id, _ROWS.c.text, _ROWS.c.is_current, _ROWS.c.overlay, _ROWS.c.base).where(
            *mine, _ROWS.c.digest == digest
        )
    )
    found = old.one_or_none()
    said = {"text": text, "overlay": overlay, "base": base}
    _sign(uow, now)
    if found is not None and found.is_current and {name: found._mapping[name] for name in said} == said:
        return False
    change_rows(uow, DEFINITION, (*mine, _ROWS.c.is_current), {"is_current": False})
    if found is not None:
        change_rows(uow, DEFINITION, (_ROWS.c.id == found.id,), {"is_current": True, **said})
        uow.changed_wording = True
    else:
        row = {"scope": scope, "kind": kind, "name": name, "version": version, "digest": digest, **said}
        insert_row(uow, DEFINITION, {**row, "published_at": now, "is_current": True})
    if found is None or not found.is_current:
        note_publication(uow, scope, kind, name, digest, now)
    if kind == CALENDAR:
        _bump_ruled(uow, scope, name)
    return True


def versions_of(uow: UnitOfWork, scopes: Collection[str], kind: str, name: str) -> dict[str, int]:
    """Digest → version of all that was ever published under one name for exactly these scopes."""
    mine = (_ROWS.c.scope.in_(sorted(scopes)), _ROWS.c.kind == kind, _ROWS.c.name == name)
    return {
        row.digest: row.version for row in uow.execute(select(_ROWS.c.digest, _ROWS.c.version).where(*mine))
    }


def published(uow: UnitOfWork, scope: str, kind: str, name: str) -> Published | None:
    """What is current for exactly this scope, or nothing."""
    mine = (_ROWS.c.scope == scope, _ROWS.c.kind == kind, _ROWS.c.name == name, _ROWS.c.is_current)
    row = uow.execute(select(_ROWS).where(*mine)).one_or_none()
    return None if row is None else _with_overlay(row)


def own_versions(uow: UnitOfWork, kind: str, name: str) -> list[Published]:
    """What organisations have of their own under one name now: overlays, and whole files (no `overlay`)."""
    own = (_ROWS.c.kind == kind, _ROWS.c.name == name, _ROWS.c.is_current, _ROWS.c.scope != FOR_ALL)
    return [_with_overlay(row) for row in uow.execute(select(_ROWS).where(*own).order_by(_ROWS.c.scope))]


def retire(uow: UnitOfWork, scope: str, kind: str, name: str, now: datetime) -> None:
    """The scope has no version of its own any more; the row stays, for the cases that live on it."""
    mine = (_ROWS.c.scope == scope, _ROWS.c.kind == kind, _ROWS.c.name == name, _ROWS.c.is_current)
    _sign(uow, now)
    change_rows(uow, DEFINITION, mine, {"is_current": False})
    note_publication(uow, scope, kind, name, "", now)
    if kind == CALENDAR:
        _bump_ruled(uow, scope, name)


def _sign(uow: UnitOfWork, now: datetime) -> None:
    """Whoever publishes without a name is the program itself."""
    if not uow.is_signed:
        uow.sign(Stamp.of(system(HOME)), now)


def _with_overlay(row: Any) -> Published:
    return Published(row.digest, row.text, row.name, row.version, row.scope, row.overlay, row.base)


def _bump_ruled(uow: UnitOfWork, scope: str, calendar: str) -> None:
    ruled = [_ORGANISATIONS.c.calendar == calendar, uow.scope.covers(_ORGANISATIONS.c.id)]
    if scope != FOR_ALL:
        ruled.append(_ORGANISATIONS.c.key == scope)
    uow.execute(
        update(_ORGANISATIONS).where(*ruled).values(calendar_version=_ORGANISATIONS.c.calendar_version + 1)
    )


def current(uow: UnitOfWork, organisation_key: str, kind: str, name: str) -> Published:
    """What rules now: the organisation's own version, else the one for all. Raises NotFound."""
    params = {"kind": kind, "name": name, "scopes": [organisation_key, FOR_ALL]}
    rows = [_published(row) for row in uow.execute(_CURRENT, params)]
    if not rows:
        raise NotFound("definition_not_found", kind=kind, name=name)
    return next((row for row in rows if row.scope != FOR_ALL), rows[0])


def current_of_kind(uow: UnitOfWork, organisation_key: str, kind: str) -> dict[str, Published]:
    """Every current definition of a kind by name, the organisation's own ones first."""
    return current_by_place(uow, [organisation_key], kind)[organisation_key]


def current_by_place(
    uow: UnitOfWork, organisation_keys: Iterable[str], kind: str
) -> dict[str, dict[str, Published]]:
    """The same for several organisations, by their keys, in one query."""
    places = sorted(set(organisation_keys))
    wanted = (_ROWS.c.kind == kind, _ROWS.c.scope.in_([*places, FOR_ALL]), _ROWS.c.is_current)
    columns = (_ROWS.c.scope, _ROWS.c.name, _ROWS.c.version, _ROWS.c.digest, _ROWS.c.text)
    found: dict[str, dict[str, Published]] = {}
    for row in uow.execute(select(*columns).where(*wanted).order_by(_ROWS.c.name)):
        found.setdefault(row.scope, {})[row.name] = _published(row)
    return {place: {**found.get(FOR_ALL, {}), **found.get(place, {})} for place in places}


def by_digest(uow: UnitOfWork, kind: str, digest: str) -> Published:
    """A published version, current or not. Raises NotFound."""
    columns = (_ROWS.c.scope, _ROWS.c.name, _ROWS.c.version, _ROWS.c.digest, _ROWS.c.text)
    row = uow.execute(select(*columns).where(_ROWS.c.kind == kind, _ROWS.c.digest == digest)).first()
    if row is None:
        raise NotFound("definition_not_found", kind=kind, name=digest)
    return _published(row)


def texts_of(uow: UnitOfWork, kind: str, digests: set[str]) -> dict[str, str]:
    """Digest → text of those that exist, in one query."""
    rows = uow.execute(_TEXTS, {"kind": kind, "digests": sorted(digests)})
    return {row.digest: row.text for row in rows}


def _published(row: Any) -> Published:
    return Published(row.digest, row.text, row.name, row.version, row.scope)
