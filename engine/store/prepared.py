"""Core statements compiled once per dialect and handed to the driver as they are: the hot path (issue: speed).

Columns, types and conditions are those of the Core statement; only the work of looking a compiled form up
again for every call is saved. `SENT` lists every statement that goes this way, so that a test can judge its scope.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Date, DateTime, Dialect, Executable
from sqlalchemy.types import TypeDecorator

from engine.store.unit_of_work import UnitOfWork

Row = Mapping[str, Any]
Convert = Callable[[Any], Any]
SENT: list[Prepared] = []
_PLACE = re.compile(r"%\((?P<name>\w+)\)s|%%")


class Prepared:
    """One statement, spoken in the dialect of the connection that it is sent over."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that an INSERT or UPDATE sets, where the statement leaves it open."""
        self.statement = statement
        self._columns = list(columns) if columns is not None else None
        self._spoken: dict[str, _Spoken] = {}
        SENT.append(self)

    def send(self, uow: UnitOfWork, row: Row) -> Any:
        """The cursor of the driver, with values as the driver gives them."""
        spoken = self._in(uow)
        return uow.send(spoken.sql, spoken.bound(row))

    def send_all(self, uow: UnitOfWork, rows: Sequence[Row]) -> Any:
        """The same statement for each row, in one call of the driver; its row count is that of all of them."""
        if len(rows) == 1:
            return self.send(uow, rows[0])
        spoken = self._in(uow)
        return uow.send(spoken.sql, [spoken.bound(row) for row in rows], many=True)

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
        self.sql, self._names = str(compiled), list(compiled.positiontup or ())
        if not compiled.positional:
            self.sql, self._names = numbered(self.sql)
        # A column that a row has to bring holds a marker of SQLAlchemy, which is no value.
        self._said = {
            name: bind.value
            for name, bind in compiled.binds.items()
            if bind.value is not None and not bind.required
        }
        self._converters = [
            (at, convert)
            for at, name in enumerate(self._names)
            if (convert := converter(compiled.binds[name].type, dialect)) is not None
        ]
        self._read: Callable[[Row], Sequence[Any]] = (
            itemgetter(*self._names)
            if len(self._names) > 1
            else lambda row: [row[name] for name in self._names]
        )

    def bound(self, row: Row) -> Any:
        values = list(self._read({**self._said, **row} if self._said else row))
        for at, convert in self._converters:
            if values[at] is not None:
                values[at] = convert(values[at])
        return values


def numbered(sql: str) -> tuple[str, list[str]]:
    """SQL with `%(name)s` as PostgreSQL itself takes it (`$1`), and the names in the order of their numbers."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACE.sub(number, sql), names


def converter(kind: Any, dialect: Dialect) -> Convert | None:
    """How a value of this column type is handed to the driver; None as it is."""
    plain = kind.impl if isinstance(kind, TypeDecorator) else kind
    if dialect.name == "sqlite" and isinstance(plain, DateTime):
        return utc_text
    if dialect.name == "sqlite" and isinstance(plain, Date):
        return date.isoformat
    processor: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor


def utc_text(moment: datetime) -> str:
    """An aware instant as SQLAlchemy stores it in SQLite: UTC without saying so."""
    if moment.tzinfo is None:
        raise ValueError("naive time in a row")
    return _utc_text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=256)
def _utc_text(moment: datetime) -> str:
    """Kept, because the rows of one move name the same few instants; only for UTC, where equal ones are the same."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")
