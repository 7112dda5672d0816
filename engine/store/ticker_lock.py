"""One embedded ticker per database: a lock that ends with its process, however that ends (law 10)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import func, select

from engine.core.ports import TickerLock
from engine.errors import Unavailable
from engine.store.database import Database
from engine.store.faults import where

_TICKING = 0x7A6774  # any number that is ours; an advisory lock lives within one PostgreSQL database


def ticker_lock(database: Database) -> TickerLock:
    """The lock of this database: a file beside an SQLite file, an advisory lock on PostgreSQL."""
    if database.path is not None:
        return FileTickerLock(database, database.path.with_name(f"{database.path.name}.ticker"))
    return AdvisoryTickerLock(database)


class FileTickerLock:
    """The operating system holds it for the process and lets go when that is killed."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Raises Unavailable `ticker_running` when another process, or this one, holds it."""
        lock = FileLock(self._path, is_singleton=False)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise _running(self._database) from error
        try:
            yield
        finally:
            lock.release()


class AdvisoryTickerLock:
    """The server holds it for one connection of its own and lets go when that breaks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Raises Unavailable `ticker_running` when another connection holds it."""
        with self._database.engine.connect() as connection:
            # Outside of any transaction, and never back into the pool, where the next one would own the lock.
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            if not connection.execute(select(func.pg_try_advisory_lock(_TICKING))).scalar():
                raise _running(self._database)
            yield


def _running(database: Database) -> Unavailable:
    return Unavailable("ticker_running", **where(database.url))
