"""Inspections: one row a round, found by its feedback date or its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from engine.store.register import change_rows, insert_row
from engine.store.register_rows import INSPECTION
from engine.store.tables import CaseFile, Inspection, table_of
from engine.store.unit_of_work import UnitOfWork

_INSPECTIONS = table_of(Inspection)
_CASES = table_of(CaseFile)
_COLUMNS = (
    "unit",
    "group_name",
    "inspected_from",
    "inspected_to",
    "published_on",
    "stated_total",
    "workflow",
)


@dataclass(frozen=True, slots=True)
class InspectionFile:
    """One round as the verbs see it; `feedback_on` is its identity, all dates are local."""

    id: int
    organisation: int
    key: str
    feedback_on: date
    unit: str = ""
    group_name: str = ""
    inspected_from: date | None = None
    inspected_to: date | None = None
    published_on: date | None = None
    stated_total: int | None = None
    workflow: str = "rectification"


def inspections_of(uow: UnitOfWork, organisation: int) -> list[InspectionFile]:
    """All rounds of an organisation, the oldest first."""
    return _found(uow, _INSPECTIONS.c.organisation_id == organisation)


def inspection_by_feedback(uow: UnitOfWork, organisation: int, feedback_on: date) -> InspectionFile | None:
    mine = and_(_INSPECTIONS.c.organisation_id == organisation, _INSPECTIONS.c.feedback_on == feedback_on)
    return next(iter(_found(uow, mine)), None)


def add_inspection_row(
    uow: UnitOfWork, organisation: int, key: str, facts: Mapping[str, Any]
) -> InspectionFile:
    """Insert a round; `facts` are its other columns by name, `feedback_on` among them."""
    values = {"organisation_id": organisation, "key": key, "feedback_on": facts["feedback_on"]}
    values |= {name: facts[name] for name in _COLUMNS if facts.get(name) is not None}
    values.setdefault("unit", "")
    values.setdefault("group_name", "")
    values.setdefault("workflow", "rectification")
    number = int(insert_row(uow, INSPECTION, values))
    said = {name: value for name, value in values.items() if name != "organisation_id"}
    return InspectionFile(number, organisation, **said)


def change_inspection_row(uow: UnitOfWork, inspection: int, changes: Mapping[str, Any]) -> None:
    mine = (uow.scope.covers(_INSPECTIONS.c.organisation_id), _INSPECTIONS.c.id == inspection)
    change_rows(uow, INSPECTION, mine, changes)


def issues_of(uow: UnitOfWork, inspection: InspectionFile) -> dict[int, int]:
    """Issue number → case id of one round; what was split off an issue is under no number of its own."""
    statement = (
        select(_CASES.c.number, _CASES.c.id, _CASES.c.key)
        .where(
            uow.scope.covers(_CASES.c.organisation_id),
            _CASES.c.organisation_id == inspection.organisation,
            _CASES.c.inspection_id == inspection.id,
        )
        .order_by(_CASES.c.number)
    )
    rows = uow.execute(statement).all()
    return {row.number: row.id for row in rows if row.key == f"{inspection.key}-{row.number}"}


def claimed_cases(uow: UnitOfWork, organisation: int, statuses: tuple[str, ...]) -> list[int]:
    """The ids of cases with an unsettled claim of one of `statuses`, by inspection and number."""
    statement = (
        select(_CASES.c.id)
        .where(
            uow.scope.covers(_CASES.c.organisation_id),
            _CASES.c.organisation_id == organisation,
            _CASES.c.claim_settled == "open",
            _CASES.c.claim_status.in_(statuses),
        )
        .order_by(_CASES.c.inspection_id, _CASES.c.number)
    )
    return [row.id for row in uow.execute(statement)]


def _found(uow: UnitOfWork, condition: ColumnElement[bool]) -> list[InspectionFile]:
    statement = (
        select(_INSPECTIONS)
        .where(uow.scope.covers(_INSPECTIONS.c.organisation_id), condition)
        .order_by(_INSPECTIONS.c.feedback_on)
    )
    return [
        InspectionFile(
            row.id, row.organisation_id, row.key, row.feedback_on, *(getattr(row, name) for name in _COLUMNS)
        )
        for row in uow.execute(statement)
    ]
