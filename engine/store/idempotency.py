"""The same key twice is one command: its first answer is given again (law 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.core.history import sha256
from engine.errors import Conflict
from engine.store.tables import IdempotencyRow, table_of
from engine.store.unit_of_work import UnitOfWork

_ROWS = table_of(IdempotencyRow)
_FOUND = select(_ROWS.c.digest, _ROWS.c.answer).where(
    _ROWS.c.organisation_id == bindparam("organisation_id"),
    _ROWS.c.principal == bindparam("principal"),
    _ROWS.c.key == bindparam("key"),
)
_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(bindparam("number")))


def replayed(
    uow: UnitOfWork, organisation_id: int, principal: str, key: str, digest: str
) -> dict[str, Any] | None:
    """The answer that this key already got, None the first time; looked up before anything else.

    `digest` is that of the command's content. A second command with the same key waits for the first to end.
    Raises Conflict `idempotency_key_reused` when the content differs.
    """
    if uow.is_postgresql and uow.writing:
        # SQLite has one writer at a time anyway.
        number = int(sha256(f"{organisation_id}\n{principal}\n{key}")[:15], 16)
        uow.execute(_ONE_AT_A_TIME, {"number": number})
    row = uow.execute(
        _FOUND, {"organisation_id": organisation_id, "principal": principal, "key": key}
    ).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise Conflict("idempotency_key_reused", key=key)
    answer: dict[str, Any] = json.loads(row.answer)
    return answer


def remember(
    uow: UnitOfWork,
    organisation_id: int,
    principal: str,
    key: str,
    digest: str,
    answer: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep the answer in the command's own commit. Raises Conflict when the key was answered meanwhile."""
    row = {
        "organisation_id": organisation_id,
        "principal": principal,
        "key": key,
        "digest": digest,
        "answer": json.dumps(dict(answer), ensure_ascii=False),
        "made_at": now,
    }
    if uow.execute(_insert_once(uow.connection.dialect.name), row).scalar_one_or_none() is None:
        raise Conflict("idempotency_key_reused", key=key)


@cache
def _insert_once(dialect: str) -> Any:
    speak = postgresql if dialect == "postgresql" else sqlite
    return speak.insert(_ROWS).on_conflict_do_nothing().returning(_ROWS.c.organisation_id)
