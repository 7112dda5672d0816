"""Hashed proofs of identity and their failed tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update

from engine.store.register import change_rows, insert_row
from engine.store.register_rows import CREDENTIAL
from engine.store.tables import CredentialRow, table_of
from engine.store.unit_of_work import UnitOfWork

_CREDENTIALS = table_of(CredentialRow)


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """One proof: `digest` carries its salt and parameters, `failed` counts tries since the last right one."""

    id: int
    digest: str
    failed: int
    locked_until: datetime | None


def stored_credential(uow: UnitOfWork, organisation: int, person: int, kind: str) -> StoredCredential | None:
    """The credential, its row locked until the unit of work ends where the database locks rows."""
    statement = (
        select(_CREDENTIALS)
        .where(uow.scope.covers(_CREDENTIALS.c.organisation_id), _which(organisation, person, kind))
        .with_for_update()
    )
    row = uow.execute(statement).first()
    return None if row is None else StoredCredential(row.id, row.digest, row.failed, row.locked_until)


def keep_credential(
    uow: UnitOfWork, organisation: int, person: int, kind: str, digest: str, now: datetime
) -> None:
    """Store a new proof in the place of an old one, with no failed tries."""
    values = {"digest": digest, "set_at": now, "failed": 0, "locked_until": None}
    mine = (uow.scope.covers(_CREDENTIALS.c.organisation_id), _which(organisation, person, kind))
    if change_rows(uow, CREDENTIAL, mine, values) == 0:
        owner = {"organisation_id": organisation, "person_id": person, "kind": kind}
        insert_row(uow, CREDENTIAL, {**owner, **values})


def count_tries(uow: UnitOfWork, credential: int, failed: int, locked_until: datetime | None) -> None:
    """Write how many tries failed, and until when no more are taken."""
    uow.execute(
        update(_CREDENTIALS)
        .where(uow.scope.covers(_CREDENTIALS.c.organisation_id), _CREDENTIALS.c.id == credential)
        .values(failed=failed, locked_until=locked_until)
    )


def _which(organisation: int, person: int, kind: str) -> ColumnElement[bool]:
    return and_(
        _CREDENTIALS.c.organisation_id == organisation,
        _CREDENTIALS.c.person_id == person,
        _CREDENTIALS.c.kind == kind,
    )
