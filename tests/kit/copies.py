"""Databases on the server of the tests: made from a template, and lent to one test after another.

To make and to drop a database costs the server a checkpoint each, which is more than most tests do themselves. So a
copy is put back instead: its rows and counters as in the template. One whose shape changed (a trigger, a column),
or that grew, or that the role of the tests may not put back, is dropped and the next test gets a new one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

SERVER = "ZHENGGAI_TEST_DATABASE_URL"
GROWN = 8 << 20
"""Bytes more than its template after which a copy is not put back: what was deleted in it would slow reading."""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
COUNTERS = "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences ORDER BY 1"
SIZE = """
SELECT coalesce(sum(pg_relation_size(oid)), 0)::bigint FROM pg_class WHERE relnamespace = 'public'::regnamespace"""
# Whatever a statement may change that is no row: tables, columns, triggers, keys, rights, rules, types, settings.
SHAPE = """
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'),
     relations AS (SELECT * FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours))
SELECT md5(string_agg(part, E'\\n' ORDER BY part)) FROM (
    SELECT concat_ws(' ', 'class', oid, relname, relkind, relnatts, relowner, relpersistence, relrowsecurity,
        relforcerowsecurity, relacl::text, reloptions::text) FROM relations
    UNION ALL SELECT a::text FROM pg_attribute a WHERE attrelid IN (SELECT oid FROM relations)
    UNION ALL SELECT d::text FROM pg_attrdef d
    UNION ALL SELECT t::text FROM pg_trigger t
    UNION ALL SELECT c::text FROM pg_constraint c WHERE connamespace IN (SELECT oid FROM ours)
    UNION ALL SELECT i::text FROM pg_index i WHERE indrelid IN (SELECT oid FROM relations)
    UNION ALL SELECT p::text FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM ours)
    UNION ALL SELECT s::text FROM pg_sequence s
    UNION ALL SELECT p::text FROM pg_policy p
    UNION ALL SELECT r::text FROM pg_rewrite r WHERE ev_class IN (SELECT oid FROM relations)
    UNION ALL SELECT t::text FROM pg_type t WHERE typnamespace IN (SELECT oid FROM ours)
    UNION ALL SELECT n::text FROM pg_namespace n WHERE oid IN (SELECT oid FROM ours)
    UNION ALL SELECT r.setconfig::text FROM pg_db_role_setting r JOIN pg_database b ON b.oid = r.setdatabase
        WHERE b.datname = current_database()
) AS parts (part)"""
OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a template holds: its shape and size, the rows of each table that has some, its counters."""

    shape: str
    size: int
    rows: dict[str, bytes]
    counters: dict[str, tuple[int, bool]]


class Copies:
    """The copies of one template, which nobody may be connected to or change from the first loan on."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._free: list[str] = []
        self._contents: Contents | None = None

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of a copy that nobody else sees."""
        if self._contents is None:
            self._contents = _contents(self._template)
        name = self._free.pop() if self._free else create(self._template)
        try:
            yield url_of(name)
        finally:
            if _is_put_back(name, self._contents):
                self._free.append(name)
            else:
                drop(name)

    def close(self) -> None:
        while self._free:
            drop(self._free.pop())


def create(template: str) -> str:
    """The name of a new database like `template`."""
    name = f"zg_test_{uuid.uuid4().hex[:16]}"
    with closing(_connect()) as server:
        server.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    return name


def drop(name: str) -> None:
    with closing(_connect()) as server:
        server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def url_of(name: str) -> str:
    return make_url(os.environ[SERVER]).set(database=name).render_as_string(hide_password=False)


def _connect(name: str | None = None) -> Connection:
    url = make_url(url_of(name) if name else os.environ[SERVER]).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _contents(template: str) -> Contents:
    with closing(_connect(template)) as server:
        filled = _filled(server)
        rows = {table: _copied_out(server, table) for table in filled}
        return Contents(str(_one(server, SHAPE)), int(_one(server, SIZE)), rows, _counters(server))


def _is_put_back(name: str, contents: Contents) -> bool:
    """Whether a copy is again what its template is."""
    try:
        with closing(_connect(name)) as server:
            server.execute(OTHERS)
            is_grown = int(_one(server, SIZE)) > contents.size + GROWN
            if is_grown or _one(server, SHAPE) != contents.shape:
                return False
            with server.transaction():
                _put_back(server, contents)
    except psycopg.Error:
        return False
    return True


def _put_back(server: Connection, contents: Contents) -> None:
    """Without its triggers, which forbid to delete history, and without a wait for the disk."""
    server.execute("SET LOCAL session_replication_role = replica")
    server.execute("SET LOCAL synchronous_commit = off")
    for table in _filled(server):
        server.execute(SQL("DELETE FROM {}").format(Identifier(table)))
    for table, rows in contents.rows.items():
        with server.cursor().copy(
            SQL("COPY {} FROM STDIN (FORMAT binary)").format(Identifier(table))
        ) as into:
            into.write(rows)
    for counter, (last, is_used) in contents.counters.items() - _counters(server).items():
        server.execute("SELECT setval(%s::regclass, %s, %s)", [counter, last, is_used])


def _filled(server: Connection) -> list[str]:
    """The tables that have rows."""
    tables = [str(row[0]) for row in server.execute(TABLES).fetchall()]
    asked = [
        SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(name, Identifier(name)) for name in tables
    ]
    return sorted(str(row[0]) for row in server.execute(SQL(" UNION ALL ").join(asked)).fetchall())


def _copied_out(server: Connection, table: str) -> bytes:
    with server.cursor().copy(SQL("COPY {} TO STDOUT (FORMAT binary)").format(Identifier(table))) as out:
        return b"".join(bytes(part) for part in out)


def _counters(server: Connection) -> dict[str, tuple[int, bool]]:
    return {str(name): (last, bool(used)) for name, last, used in server.execute(COUNTERS).fetchall()}


def _one(server: Connection, query: str) -> Any:
    row = server.execute(query.encode()).fetchone()
    return row[0] if row else None
