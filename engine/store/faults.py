"""What a driver complains about, as an error with a stable code; never with a password in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
from sqlalchemy import URL

from engine.errors import Conflict, Facts, Unavailable

_PRIMARY = 0xFF  # SQLite's extended codes keep the primary one in the low byte
_SQLITE = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_READONLY: "database_read_only",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_CORRUPT: "database_corrupt",
    sqlite3.SQLITE_NOTADB: "database_corrupt",
    sqlite3.SQLITE_IOERR: "database_unreachable",
    sqlite3.SQLITE_PERM: "database_unreachable",
    sqlite3.SQLITE_AUTH: "database_unreachable",
}
# No room for the shared index of the write-ahead log (even reading needs some), or for a page: a quota and a limit
# on the size of files stop a write so, where a full disk itself says SQLITE_FULL.
_NO_ROOM = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE})
_TAKEN = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
# https://www.postgresql.org/docs/15/errcodes-appendix.html
_POSTGRESQL = {
    "55P03": "database_locked",  # lock_not_available
    "40P01": "database_locked",  # deadlock_detected: one of the two may simply try again
    "40001": "database_locked",  # serialization_failure
    "25006": "database_read_only",
    "53100": "disk_full",
    "53300": "database_unreachable",  # too_many_connections
    "3D000": "database_missing",
    "XX001": "database_corrupt",
    "XX002": "database_corrupt",
}
_CONNECTION_CLASSES = ("08", "57", "28")


def where(url: URL) -> Facts:
    """The facts that name a database to a person: a file, or host, port and name."""
    if url.get_backend_name() == "sqlite":
        return {"path": url.database or ""}
    return {"host": url.host or "", "port": url.port or 5432, "database": url.database or ""}


def fault(url: URL, error: BaseException) -> Unavailable | Conflict | None:
    """What a driver's exception means to a caller, or None when it is a mistake of ours.

    Two writers who want the same key at once are a Conflict: the second one looks again and tries again.
    """
    if _is_taken(error):
        return Conflict("written_at_once")
    code: str | None = None
    if isinstance(error, sqlite3.Error):
        code = _of_sqlite(url, error)
    elif isinstance(error, psycopg.Error):
        code = _of_postgresql(error)
    return Unavailable(code, **where(url)) if code else None


def _is_taken(error: BaseException) -> bool:
    if isinstance(error, sqlite3.IntegrityError):
        return getattr(error, "sqlite_errorcode", None) in _TAKEN
    return isinstance(error, psycopg.errors.UniqueViolation)


def _of_sqlite(url: URL, error: sqlite3.Error) -> str | None:
    full = getattr(error, "sqlite_errorcode", None)
    if full is None:
        return None
    if full & _PRIMARY == sqlite3.SQLITE_CANTOPEN:
        return _cannot_open(Path(url.database or ""))
    if full in _NO_ROOM:
        return "disk_full"
    return _SQLITE.get(full & _PRIMARY)


def _cannot_open(path: Path) -> str:
    if not path.exists():
        return "database_missing"
    # The file is there: it is a folder, or its folder refuses the files that a write-ahead log needs.
    return "database_read_only" if path.is_file() else "database_corrupt"


def _of_postgresql(error: psycopg.Error) -> str | None:
    state = error.sqlstate
    if state is None:
        return "database_unreachable" if isinstance(error, psycopg.OperationalError) else None
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    return "database_unreachable" if state[:2] in _CONNECTION_CLASSES else None
