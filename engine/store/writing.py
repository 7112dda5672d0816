"""What decisions leave behind, written with one statement a table, however many cases there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, exists, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.part_rows import PARTS, Row
from engine.store.prepared import Prepared
from engine.store.scope import Reach, covering
from engine.store.tables import CaseFile, EventRow, EventText, Notice, Organisation, Outgoing, table_of
from engine.store.unit_of_work import UnitOfWork

_FILES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)
# In the order of the foreign keys.
_GROWING: Mapping[str, Table] = {"event": table_of(EventRow), "event_text": table_of(EventText)}
_TABLES: Mapping[str, Table] = {
    **_GROWING,
    **{name: part.table for name, part in PARTS.items()},
    "notice": table_of(Notice),
    "outgoing": table_of(Outgoing),
}


@dataclass(frozen=True, slots=True)
class CaseChange:
    """The new columns of one case, and everything that must still stand for them to be written."""

    case: int
    organisation: int
    state: str
    revision: int
    head: str
    roster_version: int
    calendar_version: int
    columns: Row

    def row(self) -> Row:
        return {
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
    if batch.changes:
        rows = [change.row() for change in batch.changes]
        statement = _compare_and_set(uow.scope.reach, tuple(batch.changes[0].columns))
        done = statement.send_all(uow, [{**uow.scope.params, **row} for row in rows])
        if done.rowcount != len(rows):
            return False
    dialect = uow.connection.dialect.name
    for name in _TABLES:
        if name in batch.rows:
            rows = batch.rows[name]
            _put(name, dialect, tuple(rows[0])).send_all(uow, rows)
    return True


@cache
def _compare_and_set(reach: Reach, columns: tuple[str, ...]) -> Prepared:
    """The first of two writers wins, and only on the people and the calendar that were decided on (law 1)."""
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
        )
        .values({column: bindparam(column) for column in columns})
    )


@cache
def _put(name: str, dialect: str, columns: tuple[str, ...]) -> Prepared:
    """Events and notices are only added; a part of a case is added, or becomes what it is now."""
    table = _TABLES[name]
    if name not in PARTS:
        return Prepared(insert(table), columns)
    speak: Any = postgresql if dialect == "postgresql" else sqlite
    keys = ("case_id", *PARTS[name].keys)
    new = speak.insert(table)
    values = {column: new.excluded[column] for column in columns if column not in (*keys, "organisation_id")}
    return Prepared(new.on_conflict_do_update(index_elements=list(keys), set_=values), columns)
