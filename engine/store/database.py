"""The database of a home: opened, checked, migrated, and asked for units of work."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, exc, make_url

from engine.core.vocabulary import Vocabulary
from engine.errors import Unavailable, WrongUsage
from engine.store.compiled import Compiled
from engine.store.engines import PATIENCE, READING, make_engine
from engine.store.faults import where
from engine.store.rosters import Rosters
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from engine.core.machine import Workflow
    from engine.core.workdays import WorkCalendar


class Database:
    """One database and what was compiled from it. Safe to share between threads; a unit of work is not."""

    def __init__(self, url: URL, vocabulary: Vocabulary, patience: float = PATIENCE) -> None:
        self.url = url
        self.engine = make_engine(url, patience=patience)
        self.rosters = Rosters()
        self._compiled = Compiled(vocabulary)
        self._is_checked = False

    @classmethod
    def open(cls, url: str, vocabulary: Vocabulary | None = None, *, patience: float = PATIENCE) -> Database:
        """Take hold of a database; nothing is connected, created or migrated yet.

        `url`: `sqlite:///path` (`?mode=ro` reads only) or `postgresql+psycopg://…`; `patience`: seconds to
        wait for locks. Raises WrongUsage for anything else.
        """
        try:
            return cls(make_url(url), vocabulary or Vocabulary(), patience)
        except exc.ArgumentError as error:
            raise WrongUsage("database_url_wrong", backend="") from error

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.url.database or "").absolute() if self.is_sqlite else None

    def begin(self, scope: Scope, *, writing: bool = True) -> UnitOfWork:
        """Open a unit of work. A writer has SQLite to itself until its end; a reader sees one moment.

        Raises Unavailable: locked, missing, older or newer than the program, corrupt, unreachable.
        """
        if not self._is_checked:
            self.check()
        return self._begun(scope, writing=writing)

    def begin_older(self, scope: Scope) -> UnitOfWork:
        """A reader of a database before its migration: only what the first tables held may be asked for."""
        return self._begun(scope, writing=False)

    def _begun(self, scope: Scope, *, writing: bool) -> UnitOfWork:
        connection = self.connect(writing=writing)
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return UnitOfWork(self, connection, scope, writing=writing)

    def migrate(self, now: datetime) -> None:
        """Create the database's tables or bring them to this program's version; again is nothing.

        `now`: the moment at which the register of an older home takes over what it finds.

        Raises Unavailable `database_newer` for the database of a later program.
        """
        from engine.store.schema import migrate

        migrate(self, now)
        self._is_checked = True

    def is_behind(self) -> bool:
        """Whether `migrate` has something to do. Raises Unavailable `database_newer`."""
        from engine.store.migrations import HEAD, REVISIONS
        from engine.store.schema import revision_of

        found = revision_of(self)
        if found not in (None, *REVISIONS):
            self.check()
        return found != HEAD

    def is_new(self) -> bool:
        """Whether there are no tables yet."""
        from engine.store.schema import revision_of

        return revision_of(self) is None

    def check(self) -> None:
        """Raises Unavailable unless the database is there, whole enough to ask, and of our version."""
        from engine.store.schema import check

        check(self)
        self._is_checked = True

    def workflow(self, uow: UnitOfWork, digest: str) -> Workflow:
        """The published workflow of this digest, compiled once per process."""
        return self._compiled.workflow(uow, digest)

    def workflows(self, uow: UnitOfWork, digests: set[str]) -> dict[str, Workflow]:
        """The same for several, with at most one query."""
        return self._compiled.workflows(uow, digests)

    def calendars(self, uow: UnitOfWork, digests: set[str]) -> dict[str, WorkCalendar]:
        """Published calendars by digest, read once per process, with at most one query."""
        return self._compiled.calendars(uow, digests)

    def forget_definitions(self) -> None:
        """Read definitions anew: after a publication, or in a test."""
        self._compiled.clear()

    def close(self) -> None:
        self.engine.dispose()

    def connect(self, *, writing: bool) -> Connection:
        """A bare connection, for this package alone: everybody else begins a unit of work."""
        try:
            connection = self.engine.connect()
        except exc.TimeoutError as error:  # the pool is exhausted
            raise Unavailable("database_locked", **where(self.url)) from error
        if writing:
            return connection
        if self.is_sqlite:
            return connection.execution_options(**{READING: True})
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
