"""Whether a contender wrote the very same rows: every table of the cases, compared with what the engine wrote."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, make_url, select

from engine.store.tables import metadata

TABLES = ("case_file", "event", "event_text", "deadline", "request", "vote", "measure", "evidence", "notice")
# Numbers that the database gives, and the person's salt and the hashes that rest on it where they are drawn anew.
GIVEN = {"id"}
DRAWN = {
    "salt",
    "hash",
    "previous",
    "header",
    "payload",
    "head",
    "text_commit",
    "name_commit",
    "seal",
    "manifest",
}


def contents(url: str, cases: list[int], *, but_for_drawn: bool) -> dict[str, tuple[int, list[Any]]]:
    """Table → (rows, their values in order); drawn values count by their length alone."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return {name: _rows(connection, name, cases, but_for_drawn=but_for_drawn) for name in TABLES}
    finally:
        engine.dispose()


def _rows(connection: Any, name: str, cases: list[int], *, but_for_drawn: bool) -> tuple[int, list[Any]]:
    table = metadata.tables[name]
    case = table.c.id if name == "case_file" else table.c.case_id
    columns = [column for column in table.c if column.name not in GIVEN]
    found = connection.execute(select(*columns).where(case.between(min(cases), max(cases)))).all()
    rows = [
        tuple(
            len(str(value)) if but_for_drawn and column.name in DRAWN else str(value)
            for column, value in zip(columns, row, strict=True)
        )
        for row in found
    ]
    return len(rows), sorted(rows, key=str)


def _engine(url: str) -> Engine:
    return create_engine(make_url(url))
