"""Bare SQLAlchemy Core with statements built beforehand: reads state and revision, writes rows already made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Engine, bindparam, make_url, select, update

from engine.store.engines import make_engine
from engine.store.tables import metadata
from tests.benchmarks.floor import put
from tests.benchmarks.recording import Course, Written

FILES = metadata.tables["case_file"]
MINE = (FILES.c.id == bindparam("its_id"), FILES.c.organisation_id == bindparam("its_organisation"))
READ = select(FILES.c.state, FILES.c.revision).where(*MINE)


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    engine = make_engine(make_url(url))
    yield lambda written: write(engine, written)
    engine.dispose()


def write(engine: Engine, written: Written) -> None:
    with engine.begin() as connection:
        which = {"its_id": written.case, "its_organisation": written.organisation}
        row = connection.execute(READ, which).one()
        assert (row.state, row.revision) == (written.was_state, written.was_revision)
        change = {**written.columns, **which, "was_revision": written.was_revision}
        done = connection.execute(changed(tuple(written.columns)), change)
        assert done.rowcount == 1
        for name, rows in written.rows.items():
            connection.execute(put(name, tuple(rows[0]), connection.dialect.name), rows)


@cache
def changed(columns: tuple[str, ...]) -> Any:
    values = {column: bindparam(column) for column in columns}
    return update(FILES).where(*MINE, FILES.c.revision == bindparam("was_revision")).values(values)
