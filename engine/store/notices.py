"""Notices as they are shown: of a case, to a person, of an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select

from engine.core.deadlines import PERSON
from engine.store.tables import CaseFile, DeadlineRow, Delivery, Notice, table_of
from engine.store.unit_of_work import UnitOfWork

_NOTICES = table_of(Notice)
_DELIVERIES = table_of(Delivery)
_DEADLINES = table_of(DeadlineRow)
_CASES = table_of(CaseFile)
FELL_AWAY = ("superseded", "suppressed")
"""Statuses of notices that nobody is told."""


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """One reason to tell somebody. A prompt has no deadline; `rung` is then the kind of news that it is.

    What concerns a person alone has no `case`.
    """

    id: int
    case: str | None
    rung: str
    n: int
    audience: str
    level: str
    red: bool
    planned_on: date
    created_at: datetime
    status: str
    reason: str
    delivery: int | None
    kind: str | None
    subject: str | None
    version: int | None
    due_on: date | None


def notices_of_case(uow: UnitOfWork, organisation: int, case: int) -> list[ShownNotice]:
    return _notices(uow, organisation, _NOTICES.c.case_id == case)


def notices_to_person(
    uow: UnitOfWork, organisation: int, person: int, waiting: Sequence[int]
) -> list[ShownNotice]:
    """What was folded into deliveries to a person or fell away there, what fell away before and named the person, and
    those of `waiting` (ids) that still wait.
    """
    theirs = select(_DELIVERIES.c.id).where(
        uow.scope.covers(_DELIVERIES.c.organisation_id),
        _DELIVERIES.c.organisation_id == organisation,
        _DELIVERIES.c.person_id == person,
    )
    copies = _NOTICES.c.audience.like(f"%/{person}")
    named = and_(_NOTICES.c.status.in_(FELL_AWAY), or_(_NOTICES.c.audience == f"{PERSON}{person}", copies))
    found = or_(_NOTICES.c.delivery_id.in_(theirs), _NOTICES.c.id.in_(waiting), named)
    return _notices(uow, organisation, found)


def notices_of_organisation(uow: UnitOfWork, organisation: int) -> list[ShownNotice]:
    return _notices(uow, organisation)


def _notices(uow: UnitOfWork, organisation: int, *conditions: Any) -> list[ShownNotice]:
    table = _NOTICES.c
    found: Any = uow.execute(
        select(
            table.id,
            _CASES.c.key,
            table.rung,
            table.n,
            table.audience,
            table.level,
            table.red,
            table.planned_on,
            table.created_at,
            table.status,
            table.reason,
            table.delivery_id,
            _DEADLINES.c.kind,
            _DEADLINES.c.subject,
            _DEADLINES.c.version,
            _DEADLINES.c.due_on,
        )
        .outerjoin(_CASES, _CASES.c.id == table.case_id)
        .outerjoin(_DEADLINES, and_(_DEADLINES.c.id == table.deadline_id, table.deadline_id > 0))
        .where(uow.scope.covers(table.organisation_id), table.organisation_id == organisation, *conditions)
        .order_by(table.planned_on, table.id)
    )
    return [ShownNotice(*row) for row in found]
