"""Core statements compiled once per dialect and handed to the driver as they are: the hot path (issue: speed).

Columns, types and conditions are those of the Core statement; only the work of looking a compiled form up
again for every call is saved. `SENT` lists every statement that goes this way, so that a test can judge its scope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Dialect, Executable

from engine.store.unit_of_work import UnitOfWork

Row = Mapping[str, Any]
Convert = Callable[[Any], Any]
SENT: list[Prepared] = []


class Prepared:
    """One statement, spoken in the dialect of the connection that it is sent over."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that an INSERT or UPDATE sets, where the statement leaves it open."""
        self.statement = statement
        self._columns = list(columns) if columns is not None else None
        self._spoken: dict[str, _Spoken] = {}
        SENT.append(self)

    def send(self, uow: UnitOfWork, row: Row) -> CursorResult[*tuple[Any, ...]]:
        spoken = self._in(uow)
        return uow.send(spoken.sql, spoken.bound(row))

    def send_all(self, uow: UnitOfWork, rows: Sequence[Row]) -> CursorResult[*tuple[Any, ...]]:
        """The same statement for each row, in one call of the driver; its row count is that of all of them."""
        spoken = self._in(uow)
        if len(rows) == 1:
            return uow.send(spoken.sql, spoken.bound(rows[0]))
        return uow.send(spoken.sql, [spoken.bound(row) for row in rows])

    def _in(self, uow: UnitOfWork) -> _Spoken:
        dialect = uow.connection.dialect
        spoken = self._spoken.get(dialect.name)
        if spoken is None:
            spoken = self._spoken[dialect.name] = _Spoken(self.statement, self._columns, dialect)
        return spoken


class _Spoken:
    """The SQL text of one dialect, and how each of its parameters is made."""

    def __init__(self, statement: Any, columns: list[str] | None, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self._is_positional = bool(compiled.positional)
        names = list(compiled.positiontup if compiled.positional else compiled.binds)
        self._slots: list[tuple[str, Convert | None, Any]] = [
            (name, _converter(compiled.binds[name].type, dialect), compiled.binds[name].value)
            for name in names
        ]

    def bound(self, row: Row) -> Any:
        if self._is_positional:
            return tuple([_given(row.get(name, given), convert) for name, convert, given in self._slots])
        return {name: _given(row.get(name, given), convert) for name, convert, given in self._slots}


def _given(value: Any, convert: Convert | None) -> Any:
    return value if convert is None or value is None else convert(value)


def _converter(kind: Any, dialect: Dialect) -> Convert | None:
    processor: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor
