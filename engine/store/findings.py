"""The findings of all rounds of an organisation: what is compared to see whether one was found before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from engine.store.tables import CaseFile, Inspection, table_of
from engine.store.unit_of_work import UnitOfWork

MOST, MOST_ABOUT, ROUNDS_BACK = 5000, 1000, 5
STEP = "milestone"
_CASES = table_of(CaseFile)
_INSPECTIONS = table_of(Inspection)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one round; `feedback_on` puts the rounds in order."""

    case: int
    key: str
    kind: str
    title: str
    feedback_on: date


def findings(uow: UnitOfWork, organisation: int, most: int) -> list[Finding]:
    """The findings of an organisation from the newest round back, so many at most."""
    return _found(uow, organisation, most)


def findings_called(uow: UnitOfWork, organisation: int, keys: Collection[str]) -> dict[str, Finding]:
    """Those of these keys that are findings, however many there are beside them."""
    rows = _found(uow, organisation, len(keys), _CASES.c.key.in_(sorted(keys)))
    return {row.key: row for row in rows}


def findings_about(uow: UnitOfWork, organisation: int, inspection: int) -> list[Finding]:
    """The findings of one round and of the few before it, from the newest back: what is compared day by day.

    Two statements, and at most 1,000 rows however many rounds there are.
    """
    table = _INSPECTIONS.c
    mine = (table.organisation_id == organisation, uow.scope.covers(table.organisation_id))
    its_day = select(table.feedback_on).where(*mine, table.id == inspection).scalar_subquery()
    rounds = uow.execute(
        select(table.id)
        .where(*mine, table.feedback_on <= its_day)
        .order_by(table.feedback_on.desc())
        .limit(1 + ROUNDS_BACK)
    )
    return _found(uow, organisation, MOST_ABOUT, _CASES.c.inspection_id.in_(rounds.scalars().all()))


def _found(uow: UnitOfWork, organisation: int, most: int, *which: Any) -> list[Finding]:
    """A step of the round itself has the same name each time: only what was found is compared."""
    mine = (_CASES.c.organisation_id == organisation, uow.scope.covers(_CASES.c.organisation_id))
    rows = uow.execute(
        select(_CASES.c.id, _CASES.c.key, _CASES.c.kind, _CASES.c.title, _INSPECTIONS.c.feedback_on)
        .join_from(_CASES, _INSPECTIONS, _CASES.c.inspection_id == _INSPECTIONS.c.id)
        .where(*mine, _INSPECTIONS.c.organisation_id == organisation, _CASES.c.title.is_not(None))
        .where(_CASES.c.kind != STEP, *which)
        .order_by(_INSPECTIONS.c.feedback_on.desc(), _CASES.c.number, _CASES.c.key)
        .limit(most)
    )
    return [Finding(row.id, row.key, row.kind, row.title, row.feedback_on) for row in rows]
