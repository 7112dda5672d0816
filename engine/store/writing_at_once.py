"""A whole batch as one statement of PostgreSQL: round trips are the cost there.

Each table's rows travel as one JSON array, so the text of the statement is the same for one case or for 500.
Nothing is inserted unless every case was still as it was decided on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from engine.store.part_rows import Row
from engine.store.prepared import numbered
from engine.store.scope import Reach
from engine.store.unit_of_work import UnitOfWork

Columns = tuple[str, ...]
Keys = tuple[str, ...]

_WAS = (
    "its_id integer, its_organisation integer, was_state text, was_revision integer, was_head text, "
    "its_roster integer, its_calendar integer"
)
_SCOPES: Mapping[Reach, str] = {
    "one": "case_file.organisation_id = %(scope_id)s",
    "subtree": "case_file.organisation_id IN (SELECT id FROM organisation WHERE path LIKE %(scope_path)s)",
    "whole": "case_file.organisation_id IS NOT NULL",
}


def write_at_once(
    uow: UnitOfWork,
    changes: Sequence[Row],
    columns: Columns,
    rows: Mapping[str, Sequence[Row]],
    keys: Mapping[str, Keys],
) -> bool:
    """False when a case is no longer what its change was decided on; nothing is inserted then.

    `keys` are those of the tables whose rows may be there already, and then become what they are now.
    """
    shape = tuple((name, tuple(found[0]), keys.get(name, ())) for name, found in rows.items())
    params: dict[str, Any] = {name: _text(found) for name, found in rows.items()}
    params.update(uow.scope.params, changes=_text(changes), expected=len(changes))
    sql, names = _statement(uow.scope.reach, columns, shape)
    done = uow.send(sql, [params[name] for name in names])
    return int(done.fetchone()[0]) == len(changes)


@cache
def _statement(
    reach: Reach, columns: Columns, shape: tuple[tuple[str, Columns, Keys], ...]
) -> tuple[str, list[str]]:
    """The SQL, and the names of its parameters in the order of their numbers."""
    parts = [f"moved AS ({_moved(reach, columns)})"] if columns else ["moved AS (SELECT 1 WHERE false)"]
    parts += [f"put_{name} AS ({_put(name, named, keys)})" for name, named, keys in shape]
    return numbered(f"WITH {', '.join(parts)} SELECT count(*) FROM moved")


def _moved(reach: Reach, columns: Columns) -> str:
    """Compare and set, as `writing` does it on SQLite."""
    new = ", ".join(f"{_quoted(column)} = new.{_quoted(column)}" for column in columns)
    return (
        f"UPDATE case_file SET {new} "
        f"FROM json_to_recordset(%(changes)s::json) AS was({_WAS}), "
        "json_populate_recordset(NULL::case_file, %(changes)s::json) AS new "
        f"WHERE case_file.id = was.its_id AND new.id = was.its_id AND {_SCOPES[reach]} "
        "AND case_file.organisation_id = was.its_organisation AND case_file.state = was.was_state "
        "AND case_file.revision = was.was_revision AND case_file.head = was.was_head "
        "AND EXISTS (SELECT 1 FROM organisation WHERE organisation.id = was.its_organisation "
        "AND organisation.roster_version = was.its_roster AND organisation.calendar_version = was.its_calendar) "
        "RETURNING case_file.id"
    )


def _put(name: str, columns: Columns, keys: Keys) -> str:
    table, named = _quoted(name), ", ".join(map(_quoted, columns))
    added = (
        f"INSERT INTO {table} ({named}) SELECT {named} "
        f"FROM json_populate_recordset(NULL::{table}, %({name})s::json) "
        "WHERE (SELECT count(*) FROM moved) = %(expected)s"
    )
    if not keys:
        return added
    changed = [column for column in columns if column not in (*keys, "organisation_id")]
    new = ", ".join(f"{_quoted(column)} = excluded.{_quoted(column)}" for column in changed)
    return f"{added} ON CONFLICT ({', '.join(map(_quoted, keys))}) DO UPDATE SET {new}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _text(rows: Sequence[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=_moment)


def _moment(value: Any) -> str:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("naive time in a row")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no column holds {type(value).__name__}")
