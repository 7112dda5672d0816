"""An SQLAlchemy engine for each of the two databases, with the traps of their drivers stepped around."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import ExceptionContext

from engine.errors import WrongUsage
from engine.store.faults import fault, where

READING = "zhenggai_reading"
PATIENCE = 10.0
"""Seconds that a writer waits for the others before it says `database_locked`."""


def make_engine(url: URL, *, patience: float = PATIENCE) -> Engine:
    """An engine that opens nothing yet. Raises WrongUsage for a URL of another database."""
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return _watched(url, _sqlite(url, patience))
    if backend == "postgresql":
        return _watched(url, _postgresql(url, patience))
    raise WrongUsage("database_url_wrong", backend=backend)


def _watched(url: URL, engine: Engine) -> Engine:
    @event.listens_for(engine, "handle_error")
    def _translate(context: ExceptionContext) -> None:
        if context.is_pre_ping:
            return  # the pool connects again by itself, as long as it sees the error of the driver
        found = fault(url, context.original_exception)
        if found is not None:
            raise found from context.original_exception

    return engine


def _sqlite(url: URL, patience: float) -> Engine:
    """Transactions are ours: the driver's own begin lost updates without a word (it starts too late)."""
    engine = create_engine(
        "sqlite://",
        creator=_opener(url, patience),
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        pool_timeout=patience,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(READING, False)
        driver: Any = connection.connection.driver_connection
        try:  # the driver is asked directly: it is the first word of every move
            driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
            if reading:
                connection.info[READING] = True
                driver.execute("PRAGMA query_only=ON")
        except sqlite3.Error as error:
            raise fault(url, error) or error from error

    @event.listens_for(engine, "checkin")
    def _open_again(connection: Any, record: Any) -> None:
        if connection is not None and record.info.pop(READING, False):
            connection.execute("PRAGMA query_only=OFF")

    return engine


def _opener(url: URL, patience: float) -> Callable[[], sqlite3.Connection]:
    path = Path(url.database or "")
    mode = str(url.query.get("mode", "rw"))

    def _open() -> sqlite3.Connection:
        # Never `rwc`: an empty file where a ledger should be would hide that the path is wrong.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            _prepare(connection, can_write=mode != "ro")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return _open


def _prepare(connection: sqlite3.Connection, *, can_write: bool) -> None:
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    if can_write:
        connection.execute("PRAGMA journal_mode=WAL")


def _postgresql(url: URL, patience: float) -> Engine:
    milliseconds = int(patience * 1000)
    options = f"-c timezone=UTC -c lock_timeout={milliseconds}"
    given = url.query.get("options")
    query: dict[str, Any] = {**url.query, "options": f"{given} {options}" if given else options}
    return create_engine(
        url.set(drivername="postgresql+psycopg", query=query),
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": max(2, int(patience))},
        pool_size=8,
        max_overflow=24,
        pool_timeout=patience,
        pool_pre_ping=True,
    )


__all__ = ["PATIENCE", "READING", "make_engine", "where"]
