"""DBOS: a durable workflow for each move, with one transaction of its data source on the same tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbos import DBOS, SQLAlchemyDatasource
from sqlalchemy import make_url, select

from engine.store.engines import make_engine
from engine.store.tables import metadata
from tests.benchmarks.core_plain import FILES, changed
from tests.benchmarks.floor import put
from tests.benchmarks.habits import chained, may, person_of
from tests.benchmarks.recording import Course, Written

HOLDINGS, MEASURES = metadata.tables["holding"], metadata.tables["measure"]


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    engine = make_engine(make_url(url))
    DBOS(
        config={
            "name": "bench",
            "system_database_url": _own_database(url),
            "log_level": "CRITICAL",
            "run_admin_server": False,
        }
    )  # type: ignore[typeddict-unknown-key]
    source = SQLAlchemyDatasource.create(url, engine=engine)

    @source.transaction()
    def write(at: int) -> int:
        return _write(source.sql_session(), course.written[at])

    @DBOS.workflow()
    def move(at: int) -> int:
        return write(at)

    DBOS.launch()
    places = iter(range(len(course.written)))

    def step(_written: Written) -> None:
        move(next(places))

    yield step
    DBOS.destroy()
    engine.dispose()


def _own_database(url: str) -> str:
    """DBOS keeps its log in a database of its own on SQLite, and in a schema of its own on PostgreSQL."""
    found = make_url(url)
    if found.get_backend_name() != "sqlite":
        return url
    path = Path(f"{found.database}.dbos")
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{path}"


def _write(session: Any, written: Written) -> int:
    row = session.execute(
        select(FILES.c.state, FILES.c.revision).where(FILES.c.id == written.case).with_for_update()
    ).one()
    assert row.revision == written.was_revision
    held = session.execute(
        select(HOLDINGS.c.person_id).where(HOLDINGS.c.organisation_id == written.organisation)
    )
    promised = session.execute(select(MEASURES.c.number).where(MEASURES.c.case_id == written.case)).all()
    assert may(set(held.scalars()), person_of(written), len(promised))
    which = {"its_id": written.case, "its_organisation": written.organisation}
    session.execute(
        changed(tuple(written.columns)), {**written.columns, **which, "was_revision": row.revision}
    )
    dialect = session.get_bind().dialect.name
    for name, rows in written.rows.items():
        full = [chained(each) for each in rows] if name == "event" else rows
        session.execute(put(name, tuple(full[0]), dialect), full)
    return written.case
