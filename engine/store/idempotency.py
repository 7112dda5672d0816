"""The same key twice is one command: its first answer is given again (law 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.core.history import sha256
from engine.errors import Conflict
from engine.store.prepared import Prepared
from engine.store.tables import IdempotencyRow, table_of
from engine.store.unit_of_work import UnitOfWork

_ROWS = table_of(IdempotencyRow)
_OF_KEY = (
    _ROWS.c.organisation_id == bindparam("asked_organisation"),
    _ROWS.c.principal == bindparam("asked_principal"),
    _ROWS.c.key == bindparam("asked_key"),
)
_FOUND = Prepared(select(_ROWS.c.digest, _ROWS.c.answer).where(*_OF_KEY))
_ONE_AT_A_TIME = Prepared(select(func.pg_advisory_xact_lock(bindparam("number"))))
ASKED_COLUMNS = tuple(
    select(column).where(*_OF_KEY).scalar_subquery().label(f"asked_{column.name}")
    for column in (_ROWS.c.digest, _ROWS.c.answer)
)
"""What a statement with the `params` of a question finds out about its key, beside what it is for."""


class Answered(Exception):
    """The key was answered before: `answer` is what it got then. For the edge, which ends the unit of work."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Question:
    """Whether `key` was answered before, and for the content of this `digest`."""

    organisation: int
    principal: str
    key: str
    digest: str

    @property
    def params(self) -> dict[str, Any]:
        return {
            "asked_organisation": self.organisation,
            "asked_principal": self.principal,
            "asked_key": self.key,
        }

    def settle(self, uow: UnitOfWork) -> None:
        """Look the key up by itself; raises as `judge`."""
        found = _FOUND.send(uow, self.params).fetchone()
        if found is not None:
            self.judge(*found)

    def judge(self, digest: str | None, answer: str | None) -> None:
        """Raises Answered, or Conflict `idempotency_key_reused` when the content differs; None: never answered."""
        if digest is None or answer is None:
            return
        if digest != self.digest:
            raise Conflict("idempotency_key_reused", key=self.key)
        raise Answered(json.loads(answer))


def ask(uow: UnitOfWork, question: Question) -> None:
    """Have the key looked up by the first statement of the unit of work, or before it: nothing is done first.

    A second command with the same key waits for the first to end: SQLite has one writer at a time anyway.
    """
    if uow.is_postgresql and uow.writing:
        # By itself: what the next statement sees begins once the lock is ours.
        _ONE_AT_A_TIME.send(uow, {"number": _number_of(question)})
    uow.question = question


def _number_of(question: Question) -> int:
    return int(sha256(f"{question.organisation}\n{question.principal}\n{question.key}")[:15], 16)


def remember(uow: UnitOfWork, question: Question, answer: Mapping[str, Any], now: datetime) -> None:
    """Keep the answer in the command's own commit. Raises Conflict when the key was answered meanwhile."""
    row = {
        "organisation_id": question.organisation,
        "principal": question.principal,
        "key": question.key,
        "digest": question.digest,
        "answer": json.dumps(dict(answer), ensure_ascii=False),
        "made_at": now,
    }
    if _insert_once(uow.connection.dialect.name).send(uow, row).fetchone() is None:
        raise Conflict("idempotency_key_reused", key=question.key)


@cache
def _insert_once(dialect: str) -> Prepared:
    speak = postgresql if dialect == "postgresql" else sqlite
    new = speak.insert(_ROWS).on_conflict_do_nothing().returning(_ROWS.c.organisation_id)
    return Prepared(new, [column.name for column in _ROWS.c])
