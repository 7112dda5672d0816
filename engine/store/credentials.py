"""Hashed proofs of identity and their failed tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from engine.store.register import change_rows, insert_row
from engine.store.register_rows import CREDENTIAL
from engine.store.tables import CredentialRow, table_of
from engine.store.unit_of_work import UnitOfWork

_CREDENTIALS = table_of(CredentialRow)


HOLDER, OPERATOR = "person", "operator"
"""Who set a proof: the person whose it is, or somebody else in their name. Older rows say neither."""


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """One proof: `digest` carries its salt and parameters, `failed` counts tries since the last right one."""

    id: int
    digest: str
    failed: int
    locked_until: datetime | None
    set_at: datetime
    set_by: str

    @property
    def is_revoked(self) -> bool:
        """Whether it ended with its person's leaving: nothing fits it."""
        return not self.digest

    @property
    def is_lent(self) -> bool:
        """Whether somebody else knows it, because they set it."""
        return self.set_by == OPERATOR


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A proof about to be kept; `set_by` is `HOLDER` or `OPERATOR`."""

    kind: str
    person: int
    digest: str
    set_by: str


def stored_credential(uow: UnitOfWork, organisation: int, person: int, kind: str) -> StoredCredential | None:
    """The credential, its row locked until the unit of work ends where the database locks rows."""
    statement = (
        select(_CREDENTIALS)
        .where(uow.scope.covers(_CREDENTIALS.c.organisation_id), _which(organisation, person, kind))
        .with_for_update()
    )
    row = uow.execute(statement).first()
    return None if row is None else _stored(row)


def keep_credential(uow: UnitOfWork, organisation: int, new: NewCredential, now: datetime) -> None:
    """Store a new proof in the place of an old one, with no failed tries."""
    values = {"digest": new.digest, "set_at": now, "set_by": new.set_by, "failed": 0, "locked_until": None}
    mine = (uow.scope.covers(_CREDENTIALS.c.organisation_id), _which(organisation, new.person, new.kind))
    if change_rows(uow, CREDENTIAL, mine, values) == 0:
        owner = {"organisation_id": organisation, "person_id": new.person, "kind": new.kind}
        insert_row(uow, CREDENTIAL, {**owner, **values})


def revoke_credentials(uow: UnitOfWork, organisation: int, person: int) -> None:
    """Let every proof of a person go; the row stays, for what was signed with it."""
    table = _CREDENTIALS.c
    mine = (uow.scope.covers(table.organisation_id), table.organisation_id == organisation)
    change_rows(uow, CREDENTIAL, [*mine, table.person_id == person, table.digest != ""], {"digest": ""})


def credential_set_at(uow: UnitOfWork, organisation: int, number: int) -> datetime | None:
    """When the proof of that row was set last; None where there is none any more, or it was revoked."""
    table = _CREDENTIALS.c
    mine = (uow.scope.covers(table.organisation_id), table.organisation_id == organisation)
    standing = (*mine, table.id == number, table.digest != "")
    found: datetime | None = uow.execute(select(table.set_at).where(*standing)).scalar()
    return found


def credentials_of(uow: UnitOfWork, organisation: int, kind: str) -> dict[int, StoredCredential]:
    """By person: the proofs of one kind that an organisation has."""
    table = _CREDENTIALS.c
    mine = (uow.scope.covers(table.organisation_id), table.organisation_id == organisation)
    rows = uow.execute(select(_CREDENTIALS).where(*mine, table.kind == kind))
    return {row.person_id: _stored(row) for row in rows}


def count_tries(uow: UnitOfWork, credential: int, failed: int, locked_until: datetime | None) -> None:
    """Write how many tries failed, and until when no more are taken."""
    uow.execute(
        update(_CREDENTIALS)
        .where(uow.scope.covers(_CREDENTIALS.c.organisation_id), _CREDENTIALS.c.id == credential)
        .values(failed=failed, locked_until=locked_until)
    )


def _stored(row: Any) -> StoredCredential:
    return StoredCredential(row.id, row.digest, row.failed, row.locked_until, row.set_at, row.set_by)


def _which(organisation: int, person: int, kind: str) -> ColumnElement[bool]:
    return and_(
        _CREDENTIALS.c.organisation_id == organisation,
        _CREDENTIALS.c.person_id == person,
        _CREDENTIALS.c.kind == kind,
    )
