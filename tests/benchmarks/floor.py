"""The floor: the driver alone writes rows that are already made. Nothing is read, decided, chained or checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import make_url, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.tables import metadata
from tests.benchmarks.recording import Course, Row, Written

KEYS = {
    "measure": ("case_id", "number"),
    "deliverable": ("case_id", "number"),
    "deadline": ("case_id", "kind", "subject", "version"),
    "evidence": ("case_id", "number"),
    "request": ("case_id", "number"),
    "vote": ("case_id", "request", "number"),
    "roster": ("case_id", "number"),
}
Call = tuple[str, Any]


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    is_sqlite = url.startswith("sqlite")
    dialect: Any = sqlite.dialect() if is_sqlite else postgresql.psycopg.dialect()
    made = {id(row): _calls(row, dialect) for row in course.written}
    step = _on_sqlite(url, made) if is_sqlite else _on_postgresql(url, made)
    yield step


def _calls(written: Written, dialect: Any) -> list[Call]:
    change = {**written.columns, "its_id": written.case, "was_revision": written.was_revision}
    calls = [_call(_update(tuple(written.columns)), [change], dialect)]
    calls += [
        _call(put(name, tuple(rows[0]), dialect.name), rows, dialect) for name, rows in written.rows.items()
    ]
    return calls


def _call(statement: Any, rows: list[Row], dialect: Any) -> Call:
    """SQL text and finished parameters: the driver has nothing left to work out."""
    compiled = statement.compile(dialect=dialect, column_keys=list(rows[0]))
    names = list(compiled.positiontup or compiled.binds)
    processors = {name: compiled._bind_processors.get(name) for name in names}

    def bound(row: Row) -> Any:
        values = [processors[name](row[name]) if processors[name] else row[name] for name in names]
        return tuple(values) if compiled.positional else dict(zip(names, values, strict=True))

    return str(compiled), [bound(row) for row in rows]


@cache
def _update(columns: tuple[str, ...]) -> Any:
    from sqlalchemy import bindparam

    files = metadata.tables["case_file"]
    return (
        update(files)
        .where(files.c.id == bindparam("its_id"), files.c.revision == bindparam("was_revision"))
        .values({column: bindparam(column) for column in columns})
    )


@cache
def put(name: str, columns: tuple[str, ...], dialect: str) -> Any:
    """An INSERT, or for a part of a case an INSERT that becomes an UPDATE."""
    speak: Any = sqlite if dialect == "sqlite" else postgresql
    new = speak.insert(metadata.tables[name])
    if name not in KEYS:
        return new
    values = {column: new.excluded[column] for column in columns if column not in KEYS[name]}
    return new.on_conflict_do_update(index_elements=list(KEYS[name]), set_=values)


def raw_sqlite(url: str) -> sqlite3.Connection:
    """Durable as a ledger: write-ahead log, a sync for every commit, foreign keys."""
    connection = sqlite3.connect(make_url(url).database or "", isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _on_sqlite(url: str, made: dict[int, list[Call]]) -> Callable[[Written], None]:
    connection = raw_sqlite(url)

    def step(written: Written) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for sql, rows in made[id(written)]:
            connection.executemany(sql, rows)
        connection.execute("COMMIT")

    return step


def _on_postgresql(url: str, made: dict[int, list[Call]]) -> Callable[[Written], None]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(plain)

    def step(written: Written) -> None:
        with connection.cursor() as cursor:
            for sql, rows in made[id(written)]:
                if len(rows) == 1:
                    cursor.execute(sql, rows[0])
                else:
                    cursor.executemany(sql, rows)
        connection.commit()

    return step
