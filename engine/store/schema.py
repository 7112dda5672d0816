"""Which version of the tables a database has, and the way to ours (Alembic, never run by hand)."""

from __future__ import annotations

import errno
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from engine.errors import Unavailable
from engine.store.faults import where
from engine.store.migrations import HEAD, REVISIONS
from engine.store.register import take_over
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine.store.database import Database

_FILE_FAULTS = {
    errno.ENOSPC: "disk_full",
    errno.EROFS: "database_read_only",
    errno.EACCES: "database_read_only",
    errno.EPERM: "database_read_only",
}
_MIGRATING = 0x7A67  # any number that is ours: the advisory lock of a migration on PostgreSQL


def revision_of(database: Database) -> str | None:
    """The version that the tables have, None where there are none yet; nothing is made by asking."""
    if database.path is not None and not database.path.exists():
        return None
    with database.connect(writing=False) as connection:
        return _revision(connection)


def check(database: Database) -> None:
    with database.connect(writing=False) as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    raise Unavailable(_wrong_version(found), found=found or "", needed=HEAD, **where(database.url))


def migrate(database: Database, now: datetime) -> None:
    if database.path is not None:
        _create_file(database)
    with database.connect(writing=True) as connection:
        if database.is_sqlite:
            # Batch migrations drop and rename tables: enforced in between, that would drop the children too.
            # On the driver itself, because inside a transaction this setting is ignored without a word.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            _upgrade(database, connection, now)
        finally:
            connection.rollback()
            connection.invalidate()  # with foreign keys off it must not go back into the pool


def _upgrade(database: Database, connection: Connection, now: datetime) -> None:
    with connection.begin():
        if not database.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
        found = _revision(connection)
        if found == HEAD:
            return
        if found is not None and found not in REVISIONS:
            raise Unavailable("database_newer", found=found, needed=HEAD, **where(database.url))
        upgrade(connection)
        _begin_registers(database, connection, now)
        if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise Unavailable("database_corrupt", **where(database.url))


def _begin_registers(database: Database, connection: Connection, now: datetime) -> None:
    """What an earlier release left is taken over in the transaction of the migration, or not at all."""
    uow = UnitOfWork(database, connection, Scope.whole(), writing=True)
    take_over(uow, now)
    uow.chain()


def upgrade(connection: Connection) -> None:
    """Run the missing migrations in the connection's transaction."""
    from alembic import command

    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection):  # type: ignore[no-untyped-def]
    """Alembic's settings for one open connection; the scripts travel inside the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("engine.store.migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    """The revision the tables are at, None where there are none of ours."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def _wrong_version(found: str | None) -> str:
    return "database_older" if found is None or found in REVISIONS else "database_newer"


def _create_file(database: Database) -> None:
    """An empty file is a valid empty database, and the only one that the engine would not make itself."""
    path = database.path or Path()
    if path.exists() or database.url.query.get("mode", "rw") != "rw":
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise Unavailable(
            _FILE_FAULTS.get(error.errno or 0, "database_unreachable"), **where(database.url)
        ) from error
