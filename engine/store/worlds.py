"""Cases with all that a decision may see: one statement for one case or for 500 (law 1).

Everything of a case comes in one row, its parts as JSON arrays, so that what belongs together is seen at one
moment. Rosters, calendars and workflows are kept per process by version or digest.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Boolean, Date, DateTime, Select, Text, bindparam, cast, func, select
from sqlalchemy.types import TypeDecorator

from engine.core.machine import Workflow
from engine.core.vocabulary import Facet
from engine.core.world import InspectionFacts, World
from engine.errors import NotFound
from engine.store.case_rows import read_case
from engine.store.cases import case_not_found
from engine.store.idempotency import ASKED_COLUMNS, Question
from engine.store.part_rows import PARTS
from engine.store.places import PLACE_COLUMNS, PlaceRow, places_of
from engine.store.prepared import Prepared
from engine.store.rosters import rosters_of
from engine.store.scope import Reach, covering
from engine.store.tables import CaseFile, Inspection, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

Needs = Iterable[Facet] | Callable[[Workflow], Iterable[Facet]]
"""The facets to load: named, or as the workflow of each case says (what the guards of a move declared)."""

_CASES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)
_INSPECTIONS = table_of(Inspection)
_SEEN = _CASES.alias("seen")
_SEEN_PLACE = _ORGANISATIONS.alias("seen_place")
_CaseRow = namedtuple("_CaseRow", [column.name for column in _CASES.c])  # type: ignore[misc]
_LoadRow: Any = namedtuple(  # type: ignore[misc]
    "_LoadRow",
    [
        *_CaseRow._fields,
        *(f"place_{column.name}" for column in PLACE_COLUMNS),
        *("inspection_key", "feedback_on", "seen_0", "seen_1"),
        *(f"part_{name}" for name in PARTS),
    ],
)
By = Literal["key", "keys", "ids"]
Decode = Callable[[Any], Any]
WORLDS_AT_ONCE = 50
"""How many cases are read together where a list may have any number."""
_OF_CASE = len(_CASES.c)
_OF_PLACE = _OF_CASE + len(PLACE_COLUMNS)
_OF_ROUND = _OF_PLACE + 2
_OF_MOMENT = _OF_ROUND + 2


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
    found = _found(uow, "key", {"place": organisation_id, "key": key}, lock=lock)
    if not found:
        raise case_not_found(uow, organisation_id, key)
    return _worlds(uow, found, facets)[0]


def load_worlds_by_key(
    uow: UnitOfWork,
    organisation_id: int,
    keys: Sequence[str],
    facets: Needs = (),
    *,
    lock: bool = True,
) -> dict[str, World]:
    """The cases with these printed keys, in their order, a key given twice once. Raises NotFound that names all
    those that no case has.
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    by: By = "key" if len(wanted) == 1 else "keys"
    found = _found(uow, by, {"place": organisation_id, by: wanted[0] if by == "key" else wanted}, lock=lock)
    worlds = {world.case.key: world for world in _worlds(uow, found, facets)}
    unknown = [key for key in wanted if key not in worlds]
    if len(unknown) == 1:
        raise case_not_found(uow, organisation_id, unknown[0])
    if unknown:
        raise NotFound("cases_not_found", cases=unknown)
    return {key: worlds[key] for key in wanted}


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
    found = _found(uow, "ids", {"case_ids": list(case_ids)}, lock=lock)
    worlds = {world.case.id: world for world in _worlds(uow, found, facets)}
    for case_id in case_ids:
        if case_id not in worlds:
            raise NotFound("case_not_found", case=str(case_id), nearest=None)
    return [worlds[case_id] for case_id in case_ids]


def each_world(uow: UnitOfWork, case_ids: Sequence[int], facets: Needs = ()) -> Iterator[World]:
    """Cases by id to be read one after the other: no more of them in memory than a batch. Raises NotFound."""
    for at in range(0, len(case_ids), WORLDS_AT_ONCE):
        yield from load_worlds(uow, case_ids[at : at + WORLDS_AT_ONCE], facets, lock=False)


def _found(uow: UnitOfWork, by: By, params: Mapping[str, Any], *, lock: bool) -> Sequence[Any]:
    """One row a case, under lock where it is asked for.

    On PostgreSQL a lock that had to wait shows the case as the other writer left it beside parts as they were
    before. The revision that the statement itself saw gives that away: asked again, it sees one moment, since
    the lock is ours by then.
    """
    is_locking = lock and uow.writing and uow.is_postgresql
    rows = _asked(uow, by, params, lock=is_locking)
    if is_locking:
        if not all(_is_one_moment(row) for row in rows):
            rows = _asked(uow, by, params, lock=is_locking)
        uow.held.update(row.organisation_id for row in rows)
    return rows


def _asked(uow: UnitOfWork, by: By, params: Mapping[str, Any], *, lock: bool) -> Sequence[Any]:
    """The rows of the load statement, by the names of its columns."""
    dialect, values = uow.connection.dialect.name, {**uow.scope.params, **params}
    if by != "key":
        statement = load_statement(by, uow.scope.reach, dialect, lock=lock)
        return [_LoadRow._make(row) for row in uow.execute(statement, values)]
    question = uow.take_question()
    prepared, decoders = _prepared(uow.scope.reach, dialect, lock=lock, asks=question is not None)
    if question is None:
        rows = prepared.send(uow, values).fetchall()
    else:
        rows = _beside(uow, question, prepared.send(uow, {**values, **question.params}).fetchall())
    return [_LoadRow._make(_decoded(row, decoders)) for row in rows]


def _beside(uow: UnitOfWork, question: Question, rows: Sequence[Any]) -> Sequence[Any]:
    """The rows without what they say of the key. Raises Answered or Conflict, if there is no such case, too."""
    if not rows:
        question.settle(uow)
    for row in rows:
        question.judge(*row[-len(ASKED_COLUMNS) :])
    return [row[: -len(ASKED_COLUMNS)] for row in rows]


@cache
def _prepared(
    reach: Reach, dialect: str, *, lock: bool, asks: bool
) -> tuple[Prepared, Sequence[tuple[int, Decode]]]:
    """One case by its key is what every command begins with: compiled once, decoded by us where SQLite gives text.

    Where the command has an idempotency key (`asks`), the same statement looks that up.
    """
    statement = load_statement("key", reach, dialect, lock=lock)
    if asks:
        statement = statement.add_columns(*ASKED_COLUMNS)
    kinds = [column.type for column in statement.selected_columns] if dialect == "sqlite" else []
    return Prepared(statement), [(at, decode) for at, kind in enumerate(kinds) if (decode := _decoder(kind))]


def _decoded(row: Sequence[Any], decoders: Sequence[tuple[int, Decode]]) -> Sequence[Any]:
    values = list(row)
    for at, decode in decoders:
        if values[at] is not None:
            values[at] = decode(values[at])
    return values


def _is_one_moment(row: Any) -> bool:
    place = PlaceRow._make(row[_OF_CASE:_OF_PLACE])
    return bool(tuple(row[_OF_ROUND:_OF_MOMENT]) == (row.revision, place.calendar_version))


@cache
def load_statement(by: By, reach: Reach, dialect: str, *, lock: bool) -> Select[Any]:
    """Case, place, inspection, what the statement saw of their versions, and the parts, in this order."""
    of_place = _CASES.c.organisation_id == bindparam("place")
    chosen = {
        "key": [of_place, _CASES.c.key == bindparam("key")],
        "keys": [of_place, _CASES.c.key.in_(bindparam("keys", expanding=True))],
        "ids": [_CASES.c.id.in_(bindparam("case_ids", expanding=True))],
    }[by]
    moment = (
        select(_SEEN.c.revision).where(_SEEN.c.id == _CASES.c.id).correlate(_CASES).scalar_subquery(),
        select(_SEEN_PLACE.c.calendar_version)
        .where(_SEEN_PLACE.c.id == _ORGANISATIONS.c.id)
        .correlate(_ORGANISATIONS)
        .scalar_subquery(),
    )
    statement = (
        select(
            *_CASES.c,
            *(column.label(f"place_{column.name}") for column in PLACE_COLUMNS),
            _INSPECTIONS.c.key.label("inspection_key"),
            _INSPECTIONS.c.feedback_on,
            *(column.label(f"seen_{at}") for at, column in enumerate(moment)),
            *(_part_column(name, dialect) for name in PARTS),
        )
        .join_from(_CASES, _ORGANISATIONS, _CASES.c.organisation_id == _ORGANISATIONS.c.id)
        .join(_INSPECTIONS, _CASES.c.inspection_id == _INSPECTIONS.c.id, isouter=True)
        .where(*chosen, covering(reach, _CASES.c.organisation_id))
        .order_by(_ORGANISATIONS.c.id, _CASES.c.id)
    )
    if not lock:
        return statement
    # The organisation first, as everybody does who changes people: nobody waits for it holding a case.
    return statement.with_for_update(read=True, of=_ORGANISATIONS).suffix_with("FOR UPDATE OF case_file")


def _part_column(name: str, dialect: str) -> Any:
    """All rows of one part of a case as one JSON text."""
    table, columns = PARTS[name].table, _shapes()[name].columns
    rows: Any
    if dialect == "postgresql":
        rows = cast(func.json_agg(func.json_build_array(*columns)), Text)
    else:
        rows = func.json_group_array(func.json_array(*columns))
    of_case = select(rows).where(table.c.case_id == _CASES.c.id).correlate(_CASES)
    return of_case.scalar_subquery().label(f"part_{name}")


class _Shape:
    """How the JSON rows of one part become rows again: columns by name, days and instants as such."""

    def __init__(self, name: str) -> None:
        part = PARTS[name]
        self.columns = [each for each in part.table.c if each.name not in ("case_id", "organisation_id")]
        names = [column.name for column in self.columns]
        self._row: Any = namedtuple(f"{name}_row", names)  # type: ignore[misc]
        self._decoders = [
            (at, decode) for at, column in enumerate(self.columns) if (decode := _decoder(column.type))
        ]
        # Deadlines stand in the order in which they were set; the other keys are numbers that grow.
        order = [names.index("id")] if "id" in names else [names.index(key) for key in part.keys]
        self._order: Callable[[list[Any]], Any] = lambda row: [row[at] for at in order]

    def read(self, text: str | None) -> Sequence[Any]:
        if text is None or text == "[]":
            return ()
        rows: list[list[Any]] = json.loads(text)
        rows.sort(key=self._order)
        for row in rows:
            for at, decode in self._decoders:
                if row[at] is not None:
                    row[at] = decode(row[at])
        return [self._row._make(row) for row in rows]


@cache
def _shapes() -> Mapping[str, _Shape]:
    return {name: _Shape(name) for name in PARTS}


def _decoder(kind: Any) -> Decode | None:
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    if isinstance(plain, Boolean):
        return bool
    if isinstance(plain, DateTime):
        return _instant
    return date.fromisoformat if isinstance(plain, Date) else None


def _instant(text: str) -> datetime:
    """SQLite keeps UTC without saying so."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _worlds(uow: UnitOfWork, found: Sequence[Any], needs: Needs) -> list[World]:
    places = places_of(uow, (PlaceRow._make(row[_OF_CASE:_OF_PLACE]) for row in found))
    posts = rosters_of(uow, {place.id: place.roster_version for place in places.values()})
    workflows = uow.database.workflows(uow, {row.definition for row in found})
    facets = _wanted(needs, workflows.values())
    shapes = _shapes()
    return [
        World(
            case=read_case(
                _CaseRow._make(row[:_OF_CASE]),
                {
                    name: shape.read(text)
                    for (name, shape), text in zip(shapes.items(), row[_OF_MOMENT:], strict=True)
                },
            ),
            workflow=workflows[row.definition],
            place=places[row.organisation_id],
            posts=posts[row.organisation_id],
            inspection=_inspection(row) if Facet.INSPECTION in facets else None,
            head=row.head,
        )
        for row in found
    ]


def _wanted(needs: Needs, workflows: Iterable[Workflow]) -> frozenset[Facet]:
    if not callable(needs):
        return frozenset(needs)
    return frozenset(facet for workflow in workflows for facet in needs(workflow))


def _inspection(row: Any) -> InspectionFacts | None:
    if row.inspection_id is None:
        return None
    return InspectionFacts(row.inspection_id, row.inspection_key, row.feedback_on)
