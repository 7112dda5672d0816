"""What decisions leave behind, however many cases there are: a statement a table, or a single one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy import Table, bindparam, exists, insert, update
from sqlalchemy.dialects import sqlite

from engine.store.access import still_good
from engine.store.part_rows import PARTS, Row
from engine.store.prepared import Prepared
from engine.store.scope import Reach, covering
from engine.store.tables import CaseFile, EventRow, EventText, Notice, Organisation, Outgoing, table_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.writing_at_once import write_at_once

_FILES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)
# In the order of the foreign keys.
_TABLES: Mapping[str, Table] = {
    "event": table_of(EventRow),
    "event_text": table_of(EventText),
    **{name: part.table for name, part in PARTS.items()},
    "notice": table_of(Notice),
    "outgoing": table_of(Outgoing),
}
_KEYS = {name: ("case_id", *part.keys) for name, part in PARTS.items()}


@dataclass(frozen=True, slots=True)
class CaseChange:
    """The new columns of one case, and everything that must still stand for them to be written.

    `access` is the session or token behind it and the moment, where the same statement asks whether that is good.
    """

    case: int
    organisation: int
    state: str
    revision: int
    head: str
    roster_version: int
    calendar_version: int
    columns: Row
    access: tuple[int, datetime] | None = None

    def row(self) -> Row:
        return {
            "id": self.case,
            "its_id": self.case,
            "its_organisation": self.organisation,
            "was_state": self.state,
            "was_revision": self.revision,
            "was_head": self.head,
            "its_roster": self.roster_version,
            "its_calendar": self.calendar_version,
            **self.columns,
        }


@dataclass(slots=True)
class Batch:
    """Rows by table, of one case or of many; changes of cases set the same columns each."""

    changes: list[CaseChange] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, rows: Iterable[Row]) -> None:
        found = list(rows)
        if found:
            self.rows.setdefault(table, []).extend(found)


def write(uow: UnitOfWork, batch: Batch) -> bool:
    """Write it all; False when a case is no longer what its change was decided on (then nothing of it counts)."""
    changes = [change.row() for change in batch.changes]
    columns = tuple(batch.changes[0].columns) if batch.changes else ()
    rows = {name: batch.rows[name] for name in _TABLES if name in batch.rows}
    if uow.is_postgresql:
        return write_at_once(uow, changes, columns, rows, _KEYS)
    if changes:
        accesses = [change.access or (None, None) for change in batch.changes]
        rests_on_access = any(number is not None for number, _ in accesses)
        statement = _compare_and_set(uow.scope.reach, columns, rests_on_access=rests_on_access)
        params = [
            {**uow.scope.params, **row, "its_access": number, "decided_at": now}
            for row, (number, now) in zip(changes, accesses, strict=True)
        ]
        done = statement.send_all(uow, params)
        if done.rowcount != len(changes):
            return False
    for name, found in rows.items():
        _put(name, tuple(found[0])).send_all(uow, found)
    return True


@cache
def _compare_and_set(reach: Reach, columns: tuple[str, ...], *, rests_on_access: bool) -> Prepared:
    """The first of two writers wins, and only on the people, calendar and proof that were decided on (law 1)."""
    good = [still_good("its_access", "its_organisation", "decided_at")] if rests_on_access else []
    still = exists().where(
        _ORGANISATIONS.c.id == bindparam("its_organisation"),
        _ORGANISATIONS.c.roster_version == bindparam("its_roster"),
        _ORGANISATIONS.c.calendar_version == bindparam("its_calendar"),
    )
    return Prepared(
        update(_FILES)
        .where(
            _FILES.c.id == bindparam("its_id"),
            covering(reach, _FILES.c.organisation_id),
            _FILES.c.organisation_id == bindparam("its_organisation"),
            _FILES.c.state == bindparam("was_state"),
            _FILES.c.revision == bindparam("was_revision"),
            _FILES.c.head == bindparam("was_head"),
            still,
            *good,
        )
        .values({column: bindparam(column) for column in columns})
    )


@cache
def _put(name: str, columns: tuple[str, ...]) -> Prepared:
    """Events and notices are only added; a part of a case is added, or becomes what it is now."""
    if name not in _KEYS:
        return Prepared(insert(_TABLES[name]), columns)
    keys, new = _KEYS[name], sqlite.insert(_TABLES[name])
    values = {column: new.excluded[column] for column in columns if column not in (*keys, "organisation_id")}
    return Prepared(new.on_conflict_do_update(index_elements=list(keys), set_=values), columns)
