"""A process that lives long outlives its connections: a server that was restarted in between is met by nobody."""

from __future__ import annotations

import os

import psycopg
import pytest
from sqlalchemy import make_url

from engine.store.database import Database
from engine.store.places import load_place
from tests.kit.databases import SERVER, Databases, Home, make_home


@pytest.mark.skipif(SERVER not in os.environ, reason=f"{SERVER} names no server")
@pytest.mark.parametrize("writing", [True, False], ids=["a writer", "a reader"])
def test_a_connection_that_died_in_the_pool_is_replaced_without_an_error(
    databases: Databases, *, writing: bool
) -> None:
    with databases.fresh("postgresql") as database:
        home = make_home(database)
        before = backend_of(home, writing=writing)
        terminate(database, before)
        after = backend_of(home, writing=writing)
    assert after != before


def backend_of(home: Home, *, writing: bool) -> int:
    """The server process behind a unit of work that did something."""
    with home.begin(writing=writing) as uow:
        load_place(uow, home.organisation)
        number = int(uow.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        uow.commit()
    return number


def terminate(database: Database, backend: int) -> None:
    """As a restart does it to every connection; back once the process is gone."""
    plain = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as other:
        (done,) = other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend]).fetchone() or (False,)
    assert done
