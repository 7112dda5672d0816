"""What a move costs beside the floor, bare Core and other engines: the same rows, the same durability, one run.

    python3 run.py bench [--issues 2000] [--peer-issues 100] [--runs 3] [--only NAME …]

Each contender runs in a process of its own on a fresh copy of one database. Ratios are taken within a run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.core.decide import decide
from engine.core.world import Ask, MakeMove
from tests.benchmarks.recording import Course, record, settle
from tests.benchmarks.sameness import contents
from tests.benchmarks.table import FLOOR, OURS, Line, goal, goals, shown
from tests.kit.databases import Databases, backends, copied
from tests.kit.worlds import in_progress

# file → what it is called in the table and what has to be said of it
CONTENDERS = {
    FLOOR: ("driver alone (the floor)", "no read, no guard, no hash"),
    "core_plain": ("bare Core, pre-built statements", "reads state and revision; no guard, no hash"),
    OURS: ("this engine", "every guard, read set, chain"),
    "naive_sqlmodel": ("SQLModel session + transitions", "as most people write it"),
    "peer_django_fsm": ("django-fsm-2", ""),
    "peer_statemachine": ("python-statemachine + SQLAlchemy", ""),
    "peer_spiff": ("SpiffWorkflow", "and its own state of each case"),
    "peer_dbos": ("DBOS", "and its own log of each step"),
}
QUICK = (FLOOR, "core_plain", OURS)
CALLS = 2000


def main() -> None:
    options = _options()
    print(
        f"{options.issues} issues x 5 moves, {options.peer_issues} for peers; medians of {options.runs} runs"
    )
    for backend in backends():
        with tempfile.TemporaryDirectory() as folder:
            _backend(backend, Path(folder), options)
    print(goal("decide with all guards of submit_evidence", _decide_cost(), at_most=100, unit=" us"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py bench")
    parser.add_argument("--issues", type=int, default=2000)
    parser.add_argument("--peer-issues", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(CONTENDERS))
    return parser.parse_args()


def _backend(backend: str, folder: Path, options: argparse.Namespace) -> None:
    databases = Databases(folder)
    lines = {name: Line(name, *CONTENDERS[name]) for name in CONTENDERS if _wanted(name, options)}
    fsyncs: list[float] = []
    with databases.fresh_url(backend) as start, _prepared(start, folder, options.issues) as (course, kept):
        for run in range(options.runs):
            fsyncs.append(_fsync_probe(folder))
            for line in lines.values():
                issues = (
                    options.issues if line.contender in QUICK else min(options.peer_issues, options.issues)
                )
                with copied(start, folder) as url:
                    _run(line, url, folder, course.of_first(issues), kept if run == 0 else None)
    probe = f"one fsync of 4 KiB: {statistics.median(fsyncs) * 1e6:.0f} us"
    for text in (*shown(f"{backend} ({probe})", lines), *goals(lines)):
        print(text, flush=True)
    databases.close()


def _wanted(name: str, options: argparse.Namespace) -> bool:
    return not options.only or name in (*QUICK, *options.only)


@contextmanager
def _prepared(start: str, folder: Path, issues: int) -> Iterator[tuple[Course, str]]:
    """The school at its start, and a copy of it in which the engine made all the moves."""
    from engine.store.database import Database
    from tests.kit.worlds import vocabulary

    database = Database.open(start, vocabulary())
    home = settle(database, issues)
    database.close()
    with copied(start, folder) as kept:
        done = Database.open(kept, vocabulary())
        there = type(home)(
            done, home.district, home.organisation, home.neighbour, home.people, home.posts, home.inspection
        )
        course = record(there, [f"2026-{number}" for number in range(1, issues + 1)])
        done.close()
        course.save(folder / "course")
        yield course, kept


def _run(line: Line, url: str, folder: Path, course: Course, kept: str | None) -> None:
    if line.why_not:
        return
    command = [
        sys.executable,
        "-P",
        "-m",
        "tests.benchmarks.one",
        line.contender,
        url,
        str(folder / "course"),
    ]
    done = subprocess.run(
        [*command, str(len(course.keys))], capture_output=True, text=True, env=_variables(), check=False
    )
    if done.returncode:
        line.why_not = (done.stderr.strip().splitlines() or ["it failed"])[-1][:90]
        return
    found = json.loads(done.stdout.strip().splitlines()[-1])
    line.wall.append(found["wall"])
    line.cpu.append(found["cpu"])
    line.moves = found["moves"]
    if kept is not None:
        cases = sorted({row.case for row in course.written})
        is_drawn = line.contender == OURS
        theirs = contents(url, cases, but_for_drawn=is_drawn)
        wanted = contents(kept, cases, but_for_drawn=is_drawn)
        differing = [name for name in wanted if theirs[name] != wanted[name]]
        line.same = "yes" if not differing else f"not {differing[0]}"


def _variables() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}


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
    return statistics.median(_timed(lambda: decide(ask)) for _ in range(3))


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(CALLS):
        act()
    return (time.perf_counter() - started) / CALLS * 1e6


if __name__ == "__main__":
    main()
