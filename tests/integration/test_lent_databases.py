"""The databases that the tests lend one another: whoever gets one finds nothing of whoever had it before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.kit.contents import contents
from tests.kit.copies import SERVER
from tests.kit.databases import Databases, Home

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(SERVER not in os.environ, reason=f"{SERVER} names no server"),
]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Databases]:
    """Databases of this test alone, so that it knows who had one before."""
    made = Databases(tmp_path)
    yield made
    made.close()


def test_a_lent_home_has_the_rows_and_numbers_of_the_first_again(own: Databases) -> None:
    with own.fresh_home("postgresql") as first:
        untouched, number = contents(first.database), first.open_issue().id
        assert contents(first.database) != untouched
    with own.fresh_home("postgresql") as second:
        assert address(second) == address(first)
        assert contents(second.database) == untouched
        assert second.open_issue().id == number


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "ALTER TABLE event ADD COLUMN more TEXT",
        "CREATE TABLE more (id INT)",
        "CREATE INDEX more ON event (case_id)",
        "GRANT SELECT ON event TO PUBLIC",
        "CREATE RULE more AS ON INSERT TO event DO ALSO NOTHING",
    ],
)
def test_a_database_of_another_shape_is_not_lent_again(own: Databases, change: str) -> None:
    with own.fresh_home("postgresql") as first:
        changed(first, change)
    with own.fresh_home("postgresql") as second:
        assert address(second) != address(first)


def test_whoever_is_still_connected_is_sent_away(own: Databases) -> None:
    with own.fresh_home("postgresql") as first:
        left = psycopg.connect(address(first))
        left.execute("LOCK TABLE event")
    with own.fresh_home("postgresql") as second:
        assert address(second) == address(first)
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
        left.close()


def address(home: Home) -> str:
    url = make_url(home.database.url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def changed(home: Home, statement: str) -> None:
    with psycopg.connect(address(home)) as connection:
        connection.execute(statement.encode())
