"""Cases with all that a decision may see, in a fixed number of queries for one or for 500 (law 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Literal

from sqlalchemy import Select, bindparam, select

from engine.core.machine import Workflow
from engine.core.vocabulary import Facet
from engine.core.world import InspectionFacts, World
from engine.errors import NotFound
from engine.store.case_rows import read_case
from engine.store.cases import case_not_found
from engine.store.part_rows import PARTS, Part
from engine.store.places import PLACE_COLUMNS, places_of, posts_of
from engine.store.scope import Reach, covering
from engine.store.tables import CaseFile, Inspection, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

Needs = Iterable[Facet] | Callable[[Workflow], Iterable[Facet]]
"""The facets to load: named, or as the workflow of each case says (what the guards of a move declared)."""

_CASES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)
_INSPECTIONS = table_of(Inspection)
_CASE_IDS: Any = bindparam("case_ids", expanding=True)
_FILES = select(_CASES).where(_CASES.c.id.in_(_CASE_IDS)).order_by(_CASES.c.id)


def _part(part: Part) -> Select[Any]:
    # Deadlines stand in the order in which they were set; the other keys are numbers that grow.
    order = [part.table.c.id] if "id" in part.table.c else [part.table.c[name] for name in part.keys]
    return (
        select(part.table).where(part.table.c.case_id.in_(_CASE_IDS)).order_by(part.table.c.case_id, *order)
    )


_PARTS = {name: _part(part) for name, part in PARTS.items()}


def load_world(
    uow: UnitOfWork,
    organisation_id: int,
    key: str,
    facets: Needs = (),
    *,
    lock: bool = True,
) -> World:
    """One case by its printed key. `lock` keeps the case and the roster as they are until the commit.

    Raises NotFound `case_not_found` with the nearest key of the organisation, if one comes near.
    """
    params = {"place": organisation_id, "key": key}
    found = _find(uow, "key", params, lock=lock)
    if not found:
        raise case_not_found(uow, organisation_id, key)
    return _worlds(uow, found, facets, lock=lock)[0]


def load_worlds(
    uow: UnitOfWork,
    case_ids: Sequence[int],
    facets: Needs = (),
    *,
    lock: bool = True,
) -> list[World]:
    """Cases by id, in the order asked for. Raises NotFound if one is unknown or out of scope."""
    if not case_ids:
        return []
    found = _find(uow, "ids", {"case_ids": list(case_ids)}, lock=lock)
    worlds = {world.case.id: world for world in _worlds(uow, found, facets, lock=lock)}
    for case_id in case_ids:
        if case_id not in worlds:
            raise NotFound("case_not_found", case=str(case_id), nearest=None)
    return [worlds[case_id] for case_id in case_ids]


def _find(uow: UnitOfWork, by: Literal["key", "ids"], params: dict[str, Any], *, lock: bool) -> Sequence[Any]:
    """Place columns and `case_id` of the cases that the scope covers.

    The organisation is locked before anything of it is read: what is read afterwards belongs to its versions.
    """
    statement = _find_statement(by, uow.scope.reach, lock and uow.writing)
    return uow.execute(statement, {**uow.scope.params, **params}).all()


@cache
def _find_statement(by: Literal["key", "ids"], reach: Reach, lock: bool) -> Select[Any]:
    chosen = (
        [_CASES.c.organisation_id == bindparam("place"), _CASES.c.key == bindparam("key")]
        if by == "key"
        else [_CASES.c.id.in_(_CASE_IDS)]
    )
    statement = (
        select(_CASES.c.id.label("case_id"), *PLACE_COLUMNS)
        .join_from(_CASES, _ORGANISATIONS, _CASES.c.organisation_id == _ORGANISATIONS.c.id)
        .where(*chosen, covering(reach, _CASES.c.organisation_id))
        .order_by(_ORGANISATIONS.c.id, _CASES.c.id)
    )
    return statement.with_for_update(read=True, of=_ORGANISATIONS) if lock else statement


def _worlds(uow: UnitOfWork, found: Sequence[Any], needs: Needs, *, lock: bool) -> list[World]:
    ids = {"case_ids": [row.case_id for row in found]}
    files = uow.execute(_locked_files() if lock and uow.writing else _FILES, ids).all()
    places = places_of(uow, found)
    posts = posts_of(uow, {place.id: place.roster_version for place in places.values()})
    workflows = uow.database.workflows(uow, {file.definition for file in files})
    facets = _wanted(needs, workflows.values())
    parts = {name: _by_case(uow.execute(statement, ids)) for name, statement in _PARTS.items()}
    inspections = _inspections(uow, files) if Facet.INSPECTION in facets else {}
    return [
        World(
            case=read_case(file, {name: rows.get(file.id, ()) for name, rows in parts.items()}),
            workflow=workflows[file.definition],
            place=places[file.organisation_id],
            posts=posts[file.organisation_id],
            inspection=inspections.get(file.inspection_id),
        )
        for file in files
    ]


def _wanted(needs: Needs, workflows: Iterable[Workflow]) -> frozenset[Facet]:
    if not callable(needs):
        return frozenset(needs)
    return frozenset(facet for workflow in workflows for facet in needs(workflow))


@cache
def _locked_files() -> Select[Any]:
    return _FILES.with_for_update()


def _by_case(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.case_id, []).append(row)
    return grouped


def _inspections(uow: UnitOfWork, files: Iterable[Any]) -> dict[int | None, InspectionFacts]:
    wanted = sorted({file.inspection_id for file in files if file.inspection_id is not None})
    columns = (_INSPECTIONS.c.id, _INSPECTIONS.c.key, _INSPECTIONS.c.feedback_on)
    rows = uow.execute(select(*columns).where(_INSPECTIONS.c.id.in_(wanted)))
    return {row.id: InspectionFacts(row.id, row.key, row.feedback_on) for row in rows}
