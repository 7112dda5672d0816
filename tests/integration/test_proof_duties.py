"""A duty cannot be made to die quietly: its periods and the moment of its next look are proved (law 11)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.services.duties import switch_off, switch_on
from engine.services.verifying import Found, Wish, verify
from engine.store.blobs import FolderBlobs
from engine.store.unit_of_work import UnitOfWork
from tests.kit.databases import Home
from tests.kit.running import Running

MINE = "organisation_id = (SELECT id FROM organisation WHERE key = 'school')"
REPLICA = "SET LOCAL session_replication_role = replica"
MARCH = f"{MINE} AND period = '2026-03'"


@pytest.fixture
def running(home: Home) -> Running:
    """A school in April: March of a monthly meeting lapsed undone, April is open."""
    running = Running(home).at("2026-03-02", "08:00")
    with home.begin() as uow:
        for name in ("branch_committee", "ethics_pledge"):
            switch_on(uow, running.person("office"), name, date(2026, 3, 1), running.now)
        uow.commit()
    for day in ("2026-03-02", "2026-04-01", "2026-04-08"):
        running.at(day, "08:00").tick()
    return running


def bad_rows(running: Running, uow: UnitOfWork | None = None) -> tuple[Found, ...]:
    home = running.home
    if uow is None:
        with home.begin(writing=False) as reading:
            return bad_rows(running, reading)
    wish = Wish(with_blobs=False, now=running.now)
    return verify(uow, home.organisation, "school", FolderBlobs(Path("nowhere")), wish).broken


def after(running: Running, *statements: str) -> list[tuple[str, object, object]]:
    """(code, table, column) of each bad row after statements past the program, which are undone again."""
    with running.home.begin() as uow:
        loosen = "PRAGMA defer_foreign_keys = ON" if running.home.database.is_sqlite else REPLICA
        uow.connection.exec_driver_sql(loosen)
        for statement in statements:
            assert uow.connection.exec_driver_sql(statement).rowcount > 0, statement
        found = bad_rows(running, uow)
    return [(row.what, row.facts["table"], row.facts.get("column")) for row in found]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("lapses_on", "'2099-01-01'"),
        ("due_on", "'2098-01-01'"),
        ("starts_on", "'2025-01-01'"),
        ("period", "'2026-02'"),
        ("member", "'x'"),
        ("series_id", "(SELECT max(id) FROM duty_series)"),
        ("organisation_id", "(SELECT max(id) FROM organisation WHERE key <> 'school')"),
    ],
)
def test_a_changed_period_is_named(running: Running, column: str, value: str) -> None:
    found = after(running, f"UPDATE occurrence SET {column} = {value} WHERE {MARCH}")
    said = "series" if column == "series_id" else column
    assert ("projection_differs", "occurrence", said) in found


def test_a_deleted_period_is_named(running: Running) -> None:
    assert after(running, f"DELETE FROM occurrence WHERE {MARCH}") == [
        ("projection_differs", "occurrence", "")
    ]


def test_a_period_of_no_case_is_named(running: Running) -> None:
    found = after(running, f"UPDATE occurrence SET case_id = 9999 WHERE {MARCH}")
    assert ("row_without_case", "occurrence", None) in found


@pytest.mark.parametrize("at", ["'2099-01-01 00:00:00.000000'", "NULL"])
def test_a_duty_that_is_looked_at_too_late_is_named(running: Running, at: str) -> None:
    found = after(running, f"UPDATE duty_series SET next_at = {at} WHERE {MINE} AND key = 'branch_committee'")
    assert found == [("projection_differs", "duty_series", "next_at")]


def test_a_duty_that_shall_open_nothing_more_is_named(running: Running) -> None:
    found = after(running, f"UPDATE duty_series SET next_at = NULL, next_period = NULL WHERE {MINE}")
    assert found[0] == ("register_differs", "duty_series", "next_period")


def test_what_honest_work_leaves_is_whole(running: Running) -> None:
    assert bad_rows(running) == ()
    running.at("2026-07-20", "08:00")  # nobody ticked for months
    assert bad_rows(running) == ()
    running.tick()
    assert bad_rows(running) == ()
    with running.home.begin() as uow:
        switch_off(uow, running.person("office"), "branch_committee", date(2026, 7, 31), running.now)
        uow.commit()
    running.at("2026-09-03", "08:00").tick()
    assert bad_rows(running) == ()
