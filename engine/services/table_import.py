"""A plain table becomes cases of one kind, a row each: all of them, or none and everything that is wrong.

The preview and the import are one computation, as with reports.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.core.case import Field
from engine.core.definition import WorkflowDefinition
from engine.core.definition_reader import nearest
from engine.core.fields import field_called, missing_at_opening, read_fields
from engine.core.plain_text import LONGEST_TITLE, is_seen, is_too_long
from engine.core.principal import Principal
from engine.core.record import NewMeasure
from engine.core.refusal import Unmet
from engine.documents.csv_table import Table, TableRow, role_of
from engine.errors import BadInput, WrongUsage
from engine.services.clerks import Desk, clerks_desk
from engine.services.fields import plain_fields
from engine.services.importing import LEADER, VERB
from engine.services.inspections import find_inspection
from engine.services.kinds import kinds_of
from engine.services.opening import (
    USUAL_WORKFLOW,
    NewIssue,
    Opener,
    Seat,
    issue_key,
    open_on,
    workflow_called,
)
from engine.services.responsible import Directory, recognise
from engine.store.cases import list_cases, numbers_under
from engine.store.inspections import InspectionFile
from engine.store.people import people_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.unresolved import keep_unresolved

_BETWEEN = re.compile("[\n\uff1b;]")
LARGEST_NUMBER = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where the rows go: a workflow, and the key of a round (None: outside any)."""

    workflow: str | None = None
    inspection: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong in a table: the row as a spreadsheet counts it, and the header of the column."""

    row: int
    column: str | None
    unmet: Unmet


@dataclass(frozen=True, slots=True)
class TableLine:
    """One row as it was read. `outcome`: new, same (it is there) or kept (there under another title)."""

    row: TableRow
    issue: NewIssue
    unresolved: tuple[str, ...]
    outcome: str
    case: str | None = None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What an import of a table would do; nothing, where anything is `wrong`."""

    definition: WorkflowDefinition
    lines: tuple[TableLine, ...]
    wrong: tuple[Wrong, ...]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(line.outcome for line in self.lines)
        return {**{name: found[name] for name in ("new", "same", "kept")}, "wrong": len(self.wrong)}


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every row is held against."""

    desk: Desk
    file: InspectionFile | None
    definition: WorkflowDefinition
    directory: Directory
    by_number: Mapping[int, tuple[str, str | None]]
    by_title: Mapping[str, str]


def import_table(
    uow: UnitOfWork, principal: Principal, table: Table, target: Target, now: datetime
) -> tuple[TablePlan, tuple[str, ...]]:
    """Open a case for every row that is not there yet; the plan, and the keys opened (none if anything is wrong).

    A dry run is the same without the commit. Raises NotFound for an unknown round or workflow, WrongUsage
    `kind_needs_round` or `round_has_other_workflow`, BadInput `table_without_title` for a table of something else.
    """
    if not any(role_of(header) == "title" for header in table.headers):
        raise BadInput("table_without_title")
    desk = clerks_desk(uow, principal, VERB, now)
    ground = _ground(uow, desk, target)
    plan = _plan(uow, ground, table)
    if plan.wrong:
        return plan, ()
    place, definition = desk.place, ground.definition
    opener = Opener(principal, place, workflow_called(uow, place, definition.workflow), desk.acting_for)
    opened = []
    for line, seat in _seats(uow, ground, plan):
        case = open_on(uow, opener, seat, line.issue, now)
        keep_unresolved(uow, principal.organisation, [(name, case.id) for name in line.unresolved])
        opened.append(case.key)
    return plan, tuple(opened)


def _ground(uow: UnitOfWork, desk: Desk, target: Target) -> _Ground:
    place = desk.place
    file = find_inspection(uow, place.id, target.inspection) if target.inspection else None
    name = target.workflow or (file.workflow if file else USUAL_WORKFLOW)
    definition = kinds_of(uow, place.key).named(name)
    if file is None and not definition.key_prefix:
        raise WrongUsage("kind_needs_round", kind=definition.workflow)
    if file is not None and file.workflow != definition.workflow:
        raise WrongUsage("round_has_other_workflow", inspection=file.key, workflow=file.workflow)
    rows = list_cases(uow, place.id, (definition.case,), inspection=file.id if file else None)
    there = [row for row in rows if file is not None or row.inspection is None]
    by_number = {row.number: (row.key, row.title) for row in there if file and row.number is not None}
    by_title = {row.title: row.key for row in there if row.title}
    directory = Directory(people_of(uow, place.id), desk.posts, desk.today)
    return _Ground(desk, file, definition, directory, by_number, by_title)


def _plan(uow: UnitOfWork, ground: _Ground, table: Table) -> TablePlan:
    wrong = list(_wrong_columns(ground.definition, table))
    lines: list[TableLine] = []
    seen: set[object] = set()
    for row in table.rows:
        line, problems = _read_row(uow, ground, row)
        for name in {line.issue.title, line.issue.number} - {"", None}:
            if name in seen:
                problems.append(Wrong(row.number, None, Unmet("row_twice", {"given": str(name)})))
            seen.add(name)
        lines.append(line)
        wrong += problems
    return TablePlan(ground.definition, tuple(lines), tuple(wrong))


def _wrong_columns(definition: WorkflowDefinition, table: Table) -> Iterator[Wrong]:
    known = [*(rule.label for rule in definition.fields.values()), *definition.fields]
    for header, count in Counter(filter(None, table.headers)).items():
        if count > 1:
            yield Wrong(1, header, Unmet("column_twice", {"column": header}))
        if field_called(definition.fields, header) is None and role_of(header) is None:
            facts: dict[str, Any] = {"column": header, "nearest": nearest(header, known)}
            yield Wrong(1, header, Unmet("column_unknown", facts))
    for at in table.beyond:
        yield Wrong(at, None, Unmet("cells_beyond_header"))


def _read_row(uow: UnitOfWork, ground: _Ground, row: TableRow) -> tuple[TableLine, list[Wrong]]:
    rules = ground.definition.fields
    given: dict[str, Field] = {}
    said: dict[str, str] = {}
    headers: dict[str, str] = {}
    for header, cell in row.cells.items():
        name = field_called(rules, header)
        if name is not None:
            given[name], headers[name] = cell, header
        elif role := role_of(header):
            # Of two columns with the title's words, the second says more about it.
            role = "problem" if role in said and role == "title" else role
            said[role], headers[role] = cell, header
    plain = plain_fields(uow, ground.desk.place.id, rules, given)
    reading = read_fields(rules, plain, ground.desk.today)
    unmet = [*reading.unmet, *missing_at_opening(ground.definition, reading)]
    wrong = [Wrong(row.number, headers.get(str(each.facts.get("field"))), each) for each in unmet]
    wrong += [Wrong(row.number, headers.get(role), each) for role, each in _wrong_roles(said)]
    named = recognise([said.get("leader", "")], ground.directory)
    extra = {"deadline": said.get("due"), "responsible": said.get("leader")}
    texts = {**reading.texts, **{name: text for name, text in extra.items() if text}}
    issue = NewIssue(
        title=said.get("title", "")[: LONGEST_TITLE + 1],
        problem=said.get("problem", ""),
        number=_number(said),
        more_texts={name: text for name, text in texts.items() if text},
        fields={**_filled(reading.fields), **({LEADER: named.leader} if named.leader else {})},
        measures=tuple(NewMeasure(text) for text in _measures(said.get("measures", ""))),
    )
    outcome, case = _outcome(ground, issue)
    return TableLine(row, issue, named.unresolved, outcome, case), wrong


def _wrong_roles(said: Mapping[str, str]) -> Iterator[tuple[str, Unmet]]:
    title = said.get("title", "")
    if not is_seen(title):
        yield "title", Unmet("row_without_title")
    elif is_too_long(title):
        yield "title", Unmet("row_title_too_long", {"longest": LONGEST_TITLE, "given": len(title)})
    if said.get("number") and _number(said) is None:
        yield "number", Unmet("row_number_wrong", {"given": said["number"]})


def _number(said: Mapping[str, str]) -> int | None:
    word = said.get("number", "")
    is_number = word.isascii() and word.isdigit() and len(word) < len(str(LARGEST_NUMBER))
    return int(word) or None if is_number else None


def _measures(cell: str) -> list[str]:
    return [text for part in _BETWEEN.split(cell) if (text := part.strip())]


def _filled(fields: Mapping[str, Field]) -> dict[str, Field]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _outcome(ground: _Ground, issue: NewIssue) -> tuple[str, str | None]:
    """Whether the row is there already: by its number in a round, else by its title."""
    if issue.number is not None and issue.number in ground.by_number:
        key, title = ground.by_number[issue.number]
        return ("same" if title == issue.title else "kept"), key
    key_of_title = ground.by_title.get(issue.title)
    return ("same", key_of_title) if key_of_title else ("new", None)


def _seats(uow: UnitOfWork, ground: _Ground, plan: TablePlan) -> Iterator[tuple[TableLine, Seat]]:
    """The rows to open, each with its number: in a round its own, where the table gives one, else the next free."""
    file, new = ground.file, [line for line in plan.lines if line.outcome == "new"]
    prefix = f"{ground.definition.key_prefix}-{ground.desk.today.year}-"
    taken = set(ground.by_number) if file else set(numbers_under(uow, ground.desk.place.id, prefix))
    asked = {line.issue.number for line in new if line.issue.number is not None} if file else set()
    last = max((*taken, *asked), default=0)
    for line in new:
        number = line.issue.number if file else None
        if number is None:
            number = last = last + 1
        key = issue_key(file, number) if file else f"{prefix}{number}"
        yield line, Seat(file, number, key)
