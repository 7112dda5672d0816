"""The findings of all rounds of an organisation: what is compared to see whether one was found before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from engine.store.tables import CaseFile, Inspection, table_of
from engine.store.unit_of_work import UnitOfWork

MOST = 5000
_CASES = table_of(CaseFile)
_INSPECTIONS = table_of(Inspection)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one round; `feedback_on` puts the rounds in order."""

    case: int
    key: str
    title: str
    feedback_on: date


def findings(uow: UnitOfWork, organisation: int) -> list[Finding]:
    """The findings of an organisation from the newest round back, at most 5,000."""
    mine = (_CASES.c.organisation_id == organisation, uow.scope.covers(_CASES.c.organisation_id))
    rows = uow.execute(
        select(_CASES.c.id, _CASES.c.key, _CASES.c.title, _INSPECTIONS.c.feedback_on)
        .join_from(_CASES, _INSPECTIONS, _CASES.c.inspection_id == _INSPECTIONS.c.id)
        .where(*mine, _INSPECTIONS.c.organisation_id == organisation, _CASES.c.title.is_not(None))
        .order_by(_INSPECTIONS.c.feedback_on.desc(), _CASES.c.number, _CASES.c.key)
        .limit(MOST)
    )
    return [Finding(row.id, row.key, row.title, row.feedback_on) for row in rows]
