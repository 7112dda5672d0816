"""Which definition ruled on a day: one row for each time that a version became the current one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine.store.register import insert_row
from engine.store.register_rows import PUBLICATION
from engine.store.tables import Organisation, PublicationRow, table_of
from engine.store.unit_of_work import UnitOfWork

_ROWS = table_of(PublicationRow)
_ORGANISATIONS = table_of(Organisation)


def note_publication(uow: UnitOfWork, scope: str, kind: str, name: str, digest: str, now: datetime) -> None:
    """`digest` rules from now on; "" where a version of one's own was taken back."""
    row = {"scope": scope, "kind": kind, "name": name, "digest": digest, "made_at": now}
    insert_row(uow, PUBLICATION, row)


def ruled(uow: UnitOfWork, scopes: tuple[str, ...], kind: str, name: str, before: datetime) -> str | None:
    """The digest that ruled just before an instant: of the first of `scopes` that had one."""
    for scope in scopes:
        mine = (_ROWS.c.scope == scope, _ROWS.c.kind == kind, _ROWS.c.name == name)
        statement = select(_ROWS.c.digest).where(*mine, _ROWS.c.made_at < before)
        found = uow.execute(statement.order_by(_ROWS.c.made_at.desc(), _ROWS.c.id.desc()).limit(1)).scalar()
        if found:
            return str(found)
    return None


def calendar_name(uow: UnitOfWork, organisation: int) -> str:
    """The name of the calendar that an organisation goes by."""
    mine = (_ORGANISATIONS.c.id == organisation, uow.scope.covers(_ORGANISATIONS.c.id))
    return str(uow.execute(select(_ORGANISATIONS.c.calendar).where(*mine)).scalar_one())
