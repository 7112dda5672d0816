"""One transaction with its scope: opened by the edge, handed to verbs, undone unless committed (law 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, CursorResult, Executable
from sqlmodel import Session

from engine.core.history import Stamp
from engine.core.register import Entry
from engine.store.faults import fault
from engine.store.register import Noted, Signature, chain_changes
from engine.store.scope import Scope

if TYPE_CHECKING:
    from engine.store.database import Database
    from engine.store.idempotency import Question

_OF_PEOPLE = frozenset({"organisation", "person", "post", "holding"})


class UnitOfWork:
    """An open transaction. `writing` False means that the database itself refuses every write.

    `connection` speaks Core; `session` is an SQLModel session on the same connection and transaction. `held` are
    the organisations whose row is locked until the end: neither people nor calendar change meanwhile. `question` is
    a key that was not looked up yet: the first statement does it, or it is done before that one is sent. With
    `changed_wording` this process reads definitions anew once it is over: until then nobody knows which words hold.
    """

    def __init__(self, database: Database, connection: Connection, scope: Scope, *, writing: bool) -> None:
        self.database = database
        self.connection = connection
        self.scope = scope
        self.writing = writing
        self.is_postgresql = connection.dialect.name == "postgresql"
        self.held: set[int] = set()
        self.question: Question | None = None
        self.changed_wording = False
        self._changed_people = False
        self._session: Session | None = None
        self._driver: Any = None
        self._signature: Signature | None = None
        self._noted: list[Noted] = []

    @property
    def session(self) -> Session:
        self.settle_question()
        if self._session is None:
            self._session = Session(
                self.connection, join_transaction_mode="rollback_only", expire_on_commit=False
            )
        return self._session

    @property
    def changed_people(self) -> bool:
        """Whether people were changed here, or their version was: what is read then is nobody else's yet."""
        return self._changed_people or self._session is not None

    def sees_one_moment_of(self, organisation: int) -> bool:
        """Whether two reads about an organisation are of the same moment: a snapshot, or a lock."""
        return not (self.is_postgresql and self.writing) or organisation in self.held

    def execute(self, statement: Executable, params: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Run a Core statement after what the session still holds back; a list of params runs as many."""
        self.settle_question()
        self.flush()
        if statement.is_dml and statement.table.name in _OF_PEOPLE:  # type: ignore[attr-defined]
            self._changed_people = True
        result: CursorResult[*tuple[Any, ...]] = self.connection.execute(statement, params)
        return result

    def send(self, sql: str, params: Any, *, many: bool = False) -> Any:
        """Run SQL that was compiled before (`store.prepared`) on the driver's own cursor, and return that.

        Parameters are a sequence, in their order in the SQL; `many`: a list of them runs as many. Whoever watches
        statements, and whoever reads errors, is told as by `execute`.
        """
        self.settle_question()
        self.flush()
        cursor = self._cursor()
        for watcher in self.database.engine.dispatch.before_cursor_execute:
            watcher(self.connection, cursor, sql, params, None, many)
        try:
            if many:
                cursor.executemany(sql, params)
            else:
                cursor.execute(sql, params)
        except Exception as error:
            found = fault(self.database.url, error)
            if found is None:
                raise
            raise found from error
        return cursor

    def _cursor(self) -> Any:
        """On PostgreSQL one that takes SQL as it is (`$1`): long statements are not taken apart for each call."""
        if self._driver is None:
            self._driver = self.connection.connection.driver_connection
        if not self.is_postgresql:
            return self._driver.cursor()
        from psycopg import RawCursor

        return RawCursor(self._driver)

    def take_question(self) -> Question | None:
        """The key that was not looked up yet, for a statement that looks it up beside what it is for."""
        question, self.question = self.question, None
        return question

    def settle_question(self) -> None:
        """Look the key up now, if that was not done yet."""
        question = self.take_question()
        if question is not None:
            question.settle(self)

    def sign(self, stamp: Stamp, now: datetime) -> None:
        """Say by whom and when what follows is changed; the register repeats it (law 11)."""
        self._signature = Signature(stamp, now)

    @property
    def is_signed(self) -> bool:
        return self._signature is not None

    def note(self, entry: Entry) -> None:
        """Keep what the register has to say until the commit. Raises RuntimeError where nobody signed."""
        if self._signature is None:
            raise RuntimeError(f"nobody signed {entry.event.type}")
        self._noted.append(Noted(entry, self._signature))

    def flush(self) -> None:
        """Send what the session has not sent yet, so that Core statements see it."""
        if self._session is not None:
            self._session.flush()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone alone if it raises; the exception goes on."""
        self.flush()
        nested = self.connection.begin_nested()
        held, noted = set(self.held), len(self._noted)
        try:
            yield
            self.flush()
        except BaseException:
            if nested.is_active:
                nested.rollback()
            self.held = held  # what was locked inside is free again
            del self._noted[noted:]
            self._forget()
            raise
        nested.commit()

    def commit(self) -> None:
        """Make it durable, with the register of what was changed. The unit of work is over afterwards."""
        self.chain()
        self.connection.commit()

    def chain(self) -> None:
        """Write the register of what was changed so far; the commit does."""
        self.flush()
        noted, self._noted = self._noted, []
        if noted:
            chain_changes(self, noted)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forget()
        self.connection.close()
        if self.changed_wording:
            self.database.forget_definitions()

    def _forget(self) -> None:
        """Drop the session with its unsent rows: they belonged to what was rolled back."""
        if self._session is not None:
            session, self._session = self._session, None
            session.expunge_all()
            session.close()
