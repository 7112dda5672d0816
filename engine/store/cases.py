"""Lists of cases for the ledger: what stands on one line, in one query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from engine.core.definition_reader import nearest
from engine.errors import NotFound
from engine.store.tables import CaseFile, DeadlineRow, MeasureRow, RequestRow, table_of
from engine.store.unit_of_work import UnitOfWork

_CASES = table_of(CaseFile)
_MEASURES = table_of(MeasureRow)
_DEADLINES = table_of(DeadlineRow)
_REQUESTS = table_of(RequestRow)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of a list. `due_on` is the earliest open armed deadline.

    Measures are counted without the dropped ones.
    """

    id: int
    organisation: int
    key: str
    kind: str
    number: int | None
    title: str | None
    state: str
    is_final: bool
    revision: int
    waits_for: str
    owner_post: int | None
    inspection: int | None
    claim_status: str | None
    claim_settled: str | None
    due_on: date | None
    measures: int
    measures_done: int


def list_cases(
    uow: UnitOfWork,
    organisation_id: int,
    kinds: Sequence[str] = (),
    *,
    inspection: int | None = None,
    states: Sequence[str] = (),
    is_final: bool | None = None,
    owner_post: int | None = None,
) -> list[CaseLine]:
    """The cases of one organisation by inspection, number and key; each filter given narrows the list."""
    chosen: list[ColumnElement[bool]] = [
        _CASES.c.organisation_id == organisation_id,
        uow.scope.covers(_CASES.c.organisation_id),
    ]
    exact = {"inspection_id": inspection, "is_final": is_final, "owner_post_id": owner_post}
    chosen.extend(_CASES.c[column] == value for column, value in exact.items() if value is not None)
    if kinds:
        chosen.append(_CASES.c.kind.in_(kinds))
    if states:
        chosen.append(_CASES.c.state.in_(states))
    measures = _measures(organisation_id)
    due = _earliest_due(organisation_id)
    statement = (
        select(_CASES, due.c.due_on, measures.c.total, measures.c.done)
        .join_from(_CASES, due, due.c.case_id == _CASES.c.id, isouter=True)
        .join(measures, measures.c.case_id == _CASES.c.id, isouter=True)
        .where(*chosen)
        .order_by(_CASES.c.inspection_id, _CASES.c.number, _CASES.c.key)
    )
    return [_line(row) for row in uow.execute(statement)]


class Standing(NamedTuple):
    """The digest of the workflow that a case lives on, and the post that owns it."""

    definition: str
    owner: int | None


def standing_of(uow: UnitOfWork, organisation_id: int, key: str) -> Standing | None:
    """What a case lives on and whose it is, None for an unknown key."""
    mine = (_CASES.c.organisation_id == organisation_id, uow.scope.covers(_CASES.c.organisation_id))
    columns = select(_CASES.c.definition, _CASES.c.owner_post_id)
    row = uow.execute(columns.where(*mine, _CASES.c.key == key)).one_or_none()
    return Standing._make(row) if row is not None else None


def definitions_of(uow: UnitOfWork, organisation_id: int, keys: Iterable[str]) -> dict[str, str]:
    """Key → digest of the workflow that the case lives on, in one query; unknown keys are left out."""
    mine = (_CASES.c.organisation_id == organisation_id, uow.scope.covers(_CASES.c.organisation_id))
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = uow.execute(select(_CASES.c.key, _CASES.c.definition).where(*mine, _CASES.c.key.in_(wanted)))
    return {row.key: row.definition for row in found}


def numbers_under(uow: UnitOfWork, organisation_id: int, prefix: str) -> list[int]:
    """The numbers of the cases whose key is `prefix` and a number."""
    mine = (_CASES.c.organisation_id == organisation_id, uow.scope.covers(_CASES.c.organisation_id))
    under = _CASES.c.key.startswith(prefix, autoescape=True)
    keys = uow.execute(select(_CASES.c.key).where(*mine, under)).scalars()
    rests = (key.removeprefix(prefix) for key in keys)
    return [int(rest) for rest in rests if rest.isascii() and rest.isdigit()]


def cases_waiting_for_decision(uow: UnitOfWork, organisation_id: int) -> list[int]:
    """The ids of the cases with a pending request."""
    mine = (_REQUESTS.c.organisation_id == organisation_id, uow.scope.covers(_REQUESTS.c.organisation_id))
    found = uow.execute(select(_REQUESTS.c.case_id).where(*mine, _REQUESTS.c.status == "pending"))
    return [int(case_id) for case_id in found.scalars()]


def case_not_found(uow: UnitOfWork, organisation_id: int, key: str) -> NotFound:
    """The error for a key that names no case in scope, with the nearest key that does, if one comes near."""
    mine = (_CASES.c.organisation_id == organisation_id, uow.scope.covers(_CASES.c.organisation_id))
    known = list(uow.execute(select(_CASES.c.key).where(*mine)).scalars())
    return NotFound("case_not_found", case=key, nearest=nearest(key, known))


def _measures(organisation_id: int) -> Any:
    return (
        select(
            _MEASURES.c.case_id,
            func.count().label("total"),
            func.sum(case((_MEASURES.c.state == "done", 1), else_=0)).label("done"),
        )
        .where(_MEASURES.c.organisation_id == organisation_id, _MEASURES.c.state != "dropped")
        .group_by(_MEASURES.c.case_id)
        .subquery()
    )


def _earliest_due(organisation_id: int) -> Any:
    mine = _DEADLINES.c.organisation_id == organisation_id
    return (
        select(_DEADLINES.c.case_id, func.min(_DEADLINES.c.due_on).label("due_on"))
        .where(mine, _DEADLINES.c.ended == "", _DEADLINES.c.armed)
        .group_by(_DEADLINES.c.case_id)
        .subquery()
    )


def _line(row: Any) -> CaseLine:
    return CaseLine(
        id=row.id,
        organisation=row.organisation_id,
        key=row.key,
        kind=row.kind,
        number=row.number,
        title=row.title,
        state=row.state,
        is_final=row.is_final,
        revision=row.revision,
        waits_for=row.waits_for,
        owner_post=row.owner_post_id,
        inspection=row.inspection_id,
        claim_status=row.claim_status,
        claim_settled=row.claim_settled,
        due_on=row.due_on,
        measures=row.total or 0,
        measures_done=row.done or 0,
    )
