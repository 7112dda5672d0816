"""Very many cases in a moment: copies of one, made inside the database. Their chains prove nothing; they only stand there."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text

from engine.core.case import Case
from engine.store.tables import metadata
from engine.store.unit_of_work import UnitOfWork
from tests.kit.databases import Home

FIRST = 10_000_000
FULL = ("case_file", "event", "event_text", "measure", "deliverable", "deadline")
WHOLE = (*FULL, "evidence", "request", "vote", "notice", "occurrence")
LEAN = ("case_file", "measure", "deadline")


def copies(
    home: Home,
    template: Case,
    count: int,
    *,
    first: int = FIRST,
    tables: tuple[str, ...] = FULL,
    organisation: int | None = None,
) -> None:
    """`count` copies of a committed case, with ids from `first` and keys `copy-<id>`, perhaps in another school."""
    numbers = {"template": template.id, "first": first, "count": count}
    numbers["place"] = template.organisation if organisation is None else organisation
    with home.begin() as uow:
        for name in tables:
            uow.session.connection().execute(
                text(_copy(uow, name)),
                numbers,
            )
        uow.commit()
    analyze(home)


def analyze(home: Home) -> None:
    """Count the rows, as PostgreSQL does by itself in time; SQLite plans by its rules, since nobody counts there."""
    if home.database.is_sqlite:
        return
    with home.database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _copy(uow: UnitOfWork, name: str) -> str:
    columns = [column.name for column in metadata.tables[name].columns]
    made = _made(name)
    kept = [column for column in columns if not (column == "id" and name != "case_file")]
    values = ", ".join(made.get(column, f'old."{column}"') for column in kept)
    named = ", ".join(f'"{column}"' for column in kept)
    case = "id" if name == "case_file" else "case_id"
    series = (
        "SELECT generate_series(:first, :first + :count - 1) AS n"
        if uow.is_postgresql
        else "SELECT :first UNION ALL SELECT n + 1 FROM series WHERE n < :first + :count - 1"
    )
    recursive = "" if uow.is_postgresql else "RECURSIVE "
    # organisation_id is that of the template, which was found under a scope, or of a school that is made for it.
    return (
        f'INSERT INTO "{name}" ({named}) WITH {recursive}series(n) AS ({series}) '
        f'SELECT {values} FROM "{name}" AS old, series WHERE old.{case} = :template'
    )


def _made(name: str) -> Mapping[str, str]:
    place = {"organisation_id": "CAST(:place AS INTEGER)"}
    if name == "case_file":
        return {**place, "id": "series.n", "key": "'copy-' || series.n", "number": "series.n"}
    own = {"notice": {"delivery_id": "NULL"}, "occurrence": {"period": "'p' || series.n"}}
    return {**place, "case_id": "series.n", **own.get(name, {})}
