"""Sessions and tokens: rows with the digest of a secret, locked where a decision rests on them (law 1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, exists, select, update

from engine.core.principal import Credential
from engine.core.refusal import Refused, Unmet, refused
from engine.store.register import change_rows, insert_row
from engine.store.register_rows import ACCESS
from engine.store.tables import AccessRow, table_of
from engine.store.unit_of_work import UnitOfWork

SESSION, TOKEN = "session", "token"
_ACCESS = table_of(AccessRow)
_STORED = frozenset({Credential.SESSION, Credential.TOKEN, Credential.SYSTEM_TOKEN})


@dataclass(frozen=True, slots=True)
class Access:
    """One session or token. `person` None is another program; an end that is None never comes.

    `made_by` is a person, None for the operator.
    """

    id: int
    kind: str
    person: int | None
    label: str
    digest: str
    scopes: frozenset[str]
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    made_by: int | None = None

    @property
    def is_lent(self) -> bool:
        """Whether somebody else made it for that person; what is for another program is nobody's own."""
        return self.person is not None and self.made_by != self.person

    def end(self, now: datetime) -> str | None:
        """Why it is no longer good (revoked, expired), None while it is."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= self.expires_at else None


@dataclass(frozen=True, slots=True)
class NewAccess:
    """A session or token about to be kept; `made_by` is a person, None for the operator."""

    kind: str
    person: int | None
    label: str
    digest: str
    scopes: frozenset[str]
    expires_at: datetime | None
    made_by: int | None = None


def add_access(uow: UnitOfWork, organisation: int, new: NewAccess, now: datetime) -> Access:
    row = {
        "organisation_id": organisation,
        "kind": new.kind,
        "person_id": new.person,
        "label": new.label,
        "digest": new.digest,
        "scopes": " ".join(sorted(new.scopes)),
        "made_at": now,
        "made_by": new.made_by,
        "expires_at": new.expires_at,
    }
    number = int(insert_row(uow, ACCESS, row))
    kept = (new.kind, new.person, new.label, new.digest, new.scopes, now, new.expires_at)
    return Access(number, *kept, made_by=new.made_by)


def find_access(uow: UnitOfWork, organisation: int, number: int) -> Access | None:
    mine = (uow.scope.covers(_ACCESS.c.organisation_id), _ACCESS.c.organisation_id == organisation)
    row = uow.execute(select(_ACCESS).where(*mine, _ACCESS.c.id == number)).one_or_none()
    return None if row is None else _access(row)


def organisation_of_access(uow: UnitOfWork, number: int) -> int | None:
    """The organisation that a session or token belongs to."""
    mine = uow.scope.covers(_ACCESS.c.organisation_id)
    found = uow.execute(select(_ACCESS.c.organisation_id).where(mine, _ACCESS.c.id == number))
    return found.scalar_one_or_none()


def list_access(uow: UnitOfWork, organisation: int) -> list[Access]:
    """All of an organisation, the oldest first."""
    chosen = [uow.scope.covers(_ACCESS.c.organisation_id), _ACCESS.c.organisation_id == organisation]
    return [_access(row) for row in uow.execute(select(_ACCESS).where(*chosen).order_by(_ACCESS.c.id))]


def stored_access(credential: str, number: int | None) -> int | None:
    """The row that stands behind a credential, if one does."""
    return number if credential in _STORED else None


def still_good(access: str, organisation: str, now: str) -> ColumnElement[bool]:
    """Whether the row behind a credential stands, in a statement whose parameters have these names."""
    return bindparam(access, type_=Integer).is_(None) | exists().where(
        _ACCESS.c.id == bindparam(access),
        _ACCESS.c.organisation_id == bindparam(organisation),
        _ACCESS.c.revoked_at.is_(None),
        _ACCESS.c.expires_at.is_(None) | (_ACCESS.c.expires_at > bindparam(now)),
    )


def confirm_access(
    uow: UnitOfWork, credential: str, number: int | None, now: datetime, *, case: str = ""
) -> None:
    """Hold a session or token as it is until the commit; a PIN or paper needs nothing.

    Whoever revokes it waits, or was first: then this raises Refused, and nothing is written (law 1).
    """
    number = stored_access(credential, number)
    if number is None:
        return
    row = uow.execute(
        select(_ACCESS)
        .where(uow.scope.covers(_ACCESS.c.organisation_id), _ACCESS.c.id == number)
        .with_for_update(read=True)
    ).one_or_none()
    why = "wrong" if row is None else _access(row).end(now)
    if why is not None:
        raise ended(row.kind if row is not None else TOKEN, why, case=case)


def ended(kind: str, why: str, *, case: str = "") -> Refused:
    """The refusal of a session or token that is wrong, revoked or expired."""
    if kind == SESSION:
        return refused(case, "identify", Unmet(f"session_{why}", {}, "log_in_again"))
    return refused(case, "identify", Unmet(f"token_{why}", {}, "get_a_new_token"))


def revoke_access(uow: UnitOfWork, number: int, now: datetime) -> bool:
    """End one; whether it was still standing."""
    return _revoke(uow, now, _ACCESS.c.id == number) == 1


def revoke_access_of(
    uow: UnitOfWork, organisation: int, person: int, kinds: Collection[str], now: datetime
) -> int:
    """End all of a person's; how many that were."""
    mine = (_ACCESS.c.organisation_id == organisation, _ACCESS.c.person_id == person)
    return _revoke(uow, now, *mine, _ACCESS.c.kind.in_(sorted(kinds)))


def note_use(uow: UnitOfWork, number: int, today: date) -> None:
    """That it was used, to the day: no write per request."""
    mine = (uow.scope.covers(_ACCESS.c.organisation_id), _ACCESS.c.id == number)
    uow.execute(update(_ACCESS).where(*mine).values(last_used_on=today))


def _revoke(uow: UnitOfWork, now: datetime, *which: Any) -> int:
    standing = (uow.scope.covers(_ACCESS.c.organisation_id), _ACCESS.c.revoked_at.is_(None))
    return change_rows(uow, ACCESS, (*standing, *which), {"revoked_at": now})


def _access(row: Any) -> Access:
    scopes = frozenset(row.scopes.split())
    ends = (row.expires_at, row.revoked_at, row.last_used_on, row.made_by)
    return Access(row.id, row.kind, row.person_id, row.label, row.digest, scopes, row.made_at, *ends)
