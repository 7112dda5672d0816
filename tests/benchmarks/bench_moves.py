"""What a move costs: whole durable moves against raw sqlite3 writing the very same rows, and `decide` alone.

Ratios are taken side by side in one run; absolute times are of this machine at this moment.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from engine.core.decide import decide
from engine.core.world import Ask, MakeMove
from engine.services.moves import Assign, assign
from engine.store.scope import Scope
from tests.kit.databases import MONDAY, OWNER, Databases, Home, make_home
from tests.kit.worlds import in_progress

CASES, RUNS, CALLS = 200, 3, 2000
FLOOR_GOAL, DECIDE_GOAL = 0.4, 100.0
TABLES = ("event", "event_text", "deadline", "notice")


def main() -> None:
    ratios, fsyncs = [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            ours, floor = _moves_and_floor(Path(folder))
            fsyncs.append(_fsync_probe(Path(folder)))
        ratios.append(floor / ours)
        print(
            f"  assign, durable: {ours * 1e3:6.2f} ms a move; raw sqlite3, same rows: {floor * 1e3:6.2f} ms"
        )
    ratio = statistics.median(ratios)
    print(f"one fsync of 4 KiB: {statistics.median(fsyncs) * 1e3:.2f} ms")
    print(_goal(f"speed of a move against its floor: {ratio:.2f}", ratio >= FLOOR_GOAL, f">= {FLOOR_GOAL}"))
    cost = _decide_cost()
    print(
        _goal(
            f"decide with all guards of submit_evidence: {cost:.0f} us",
            cost <= DECIDE_GOAL,
            f"<= {DECIDE_GOAL:.0f} us",
        )
    )


def _goal(said: str, is_met: bool, goal: str) -> str:
    return f"{said}   (goal {goal}: {'met' if is_met else 'MISSED'})"


def _moves_and_floor(folder: Path) -> tuple[float, float]:
    """Seconds per move, ours and the floor's."""
    with Databases(folder).fresh("sqlite") as database:
        home = make_home(database)
        keys = _open_issues(home)
        path = database.path
        assert path is not None
        before = folder / "before.db"
        _copy(path, before)
        ours = _timed(lambda key: _assign(home, key), keys)
        rows = _written(path, before)
    connection = _connect(before)
    return ours, _timed(lambda case: _write(connection, case), rows)


def _open_issues(home: Home) -> list[str]:
    return [home.open_issue(number).key for number in range(1, CASES + 1)]


def _assign(home: Home, key: str) -> None:
    with home.database.begin(Scope.one(home.organisation)) as uow:
        assign(uow, home.principal("office"), key, Assign(home.posts[OWNER]), MONDAY)
        uow.commit()


def _timed(act: Callable[[Any], None], items: Iterable[Any]) -> float:
    todo = list(items)
    started = time.perf_counter()
    for item in todo:
        act(item)
    return (time.perf_counter() - started) / len(todo)


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _written(path: Path, before: Path) -> list[dict[str, Any]]:
    """Per case the rows that our move wrote, as they are in the database afterwards."""
    now, then = sqlite3.connect(path), sqlite3.connect(before)
    cases = [row[0] for row in then.execute("SELECT id FROM case_file ORDER BY id")]
    found = []
    for case in cases:
        rows: dict[str, Any] = {"case": case}
        for table in TABLES:
            old = set(then.execute(f"SELECT * FROM {table} WHERE case_id = ?", (case,)))
            new = now.execute(f"SELECT * FROM {table} WHERE case_id = ?", (case,)).fetchall()
            rows[table] = [row for row in new if row not in old]
        columns = [row[1] for row in now.execute("PRAGMA table_info(case_file)")]
        rows["columns"] = columns
        rows["case_file"] = now.execute("SELECT * FROM case_file WHERE id = ?", (case,)).fetchone()
        found.append(rows)
    return found


def _write(connection: sqlite3.Connection, rows: dict[str, Any]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        for row in rows[table]:
            marks = ",".join("?" * len(row))
            connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
    columns = ",".join(f"{name}=?" for name in rows["columns"][1:])
    connection.execute(f"UPDATE case_file SET {columns} WHERE id=?", (*rows["case_file"][1:], rows["case"]))
    connection.execute("COMMIT")


def _fsync_probe(folder: Path) -> float:
    with (folder / "probe").open("wb") as file:
        started = time.perf_counter()
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return (time.perf_counter() - started) / 50


def _decide_cost() -> float:
    """Microseconds of one decision in which every guard of the move speaks."""
    bench = in_progress()
    ask = Ask(bench.world, bench.person("vice_principal_teaching"), MakeMove("submit_evidence"), bench.now)
    runs = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for _ in range(CALLS):
            decide(ask)
        runs.append((time.perf_counter() - started) / CALLS * 1e6)
    return statistics.median(runs)


if __name__ == "__main__":
    main()
