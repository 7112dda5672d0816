"""Names that files gave and no person matched, kept until somebody links them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from engine.store.tables import CaseFile, UnresolvedName, table_of
from engine.store.unit_of_work import UnitOfWork

_NAMES = table_of(UnresolvedName)
_CASES = table_of(CaseFile)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """One name in one case."""

    name: str
    case: int
    case_key: str


def unresolved_of(uow: UnitOfWork, organisation: int) -> list[Unresolved]:
    """Every unresolved name of an organisation, by name and then by case."""
    statement = (
        select(_NAMES.c.name, _NAMES.c.case_id, _CASES.c.key)
        .join(_CASES, _CASES.c.id == _NAMES.c.case_id)
        .where(uow.scope.covers(_NAMES.c.organisation_id), _NAMES.c.organisation_id == organisation)
        .order_by(_NAMES.c.name, _NAMES.c.case_id)
    )
    return [Unresolved(row.name, row.case_id, row.key) for row in uow.execute(statement)]


def keep_unresolved(uow: UnitOfWork, organisation: int, names: Iterable[tuple[str, int]]) -> None:
    """Keep (name, case id) pairs; those already kept stay as they are."""
    known = {(row.name, row.case) for row in unresolved_of(uow, organisation)}
    new = [pair for pair in dict.fromkeys(names) if pair not in known]
    if new:
        rows = [{"organisation_id": organisation, "name": name, "case_id": case} for name, case in new]
        uow.execute(insert(_NAMES), rows)


def drop_unresolved_of(uow: UnitOfWork, organisation: int, cases: Iterable[int]) -> None:
    """Forget every name of some cases: a newer file says who it is."""
    uow.execute(
        delete(_NAMES).where(
            uow.scope.covers(_NAMES.c.organisation_id),
            _NAMES.c.organisation_id == organisation,
            _NAMES.c.case_id.in_(list(cases)),
        )
    )


def erase_unresolved(
    uow: UnitOfWork, organisation: int, is_gone: Callable[[str], bool], case: int | None = None
) -> None:
    """Forget every name that is to go, in all cases or in one."""
    kept = unresolved_of(uow, organisation)
    for name, where in {(row.name, row.case) for row in kept if case in (None, row.case)}:
        if is_gone(name):
            which = (_NAMES.c.organisation_id == organisation, _NAMES.c.name == name)
            uow.execute(
                delete(_NAMES).where(
                    uow.scope.covers(_NAMES.c.organisation_id), *which, _NAMES.c.case_id == where
                )
            )


def drop_unresolved(uow: UnitOfWork, organisation: int, name: str) -> None:
    """Forget a name in every case: somebody said who it is."""
    uow.execute(
        delete(_NAMES).where(
            uow.scope.covers(_NAMES.c.organisation_id),
            _NAMES.c.organisation_id == organisation,
            _NAMES.c.name == name,
        )
    )
