"""A process that is killed between any two statements leaves whole cases behind, and frees its locks."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.core.fold import replay
from engine.errors import Unavailable
from engine.store.cases import list_cases
from engine.store.histories import history
from engine.store.ticker_lock import ticker_lock
from engine.store.worlds import load_world
from tests.kit.chains import first_break
from tests.kit.databases import Databases, Home, make_home

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from datetime import datetime, UTC
from sqlalchemy import event
from engine.core.history import NewEvent, Stamp
from engine.core.plan import Plan, ReadSet
from engine.core.principal import system
from engine.store.apply import apply
from engine.store.database import Database
from engine.store.scope import Scope
from engine.store.worlds import load_world
from tests.kit.worlds import vocabulary
import os, signal

url, organisation, left = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
database = Database.open(url, vocabulary())
database.check()

def _countdown(*_rest):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(database.engine, "before_cursor_execute", _countdown)
event.listen(database.engine, "commit", _countdown)
while True:
    with database.begin(Scope.one(organisation)) as uow:
        world = load_world(uow, organisation, "2026-1")
        case, place = world.case, world.place
        number = len(case.measures) + 1
        due = {"kind": "measure", "subject": str(number), "version": 1, "due_on": "2026-06-01", "armed": True}
        events = (NewEvent("measure_added", {"measure": number}, {"text": f"text {number}"}), NewEvent("deadline_set", due))
        reads = ReadSet(case.id, case.revision, place.roster_version, place.calendar_version, case.definition)
        apply(uow, world, Plan(events, Stamp.of(system(organisation)), reads, case), now)
        uow.commit()
        print(number, flush=True)
"""
HOLDER = """
import sys, time
from engine.store.database import Database
from engine.store.ticker_lock import ticker_lock
with ticker_lock(Database.open(sys.argv[1])).hold():
    print("held", flush=True)
    time.sleep(60)
"""


def url_of(home: Home) -> str:
    return home.database.url.render_as_string(hide_password=False)


def killed_writer(home: Home, statements: int) -> int:
    """Let a process write until it has sent so many statements; the number of the last measure it committed."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, url_of(home), str(home.organisation), str(statements)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return int((done.stdout.split() or ["0"])[-1])


# One round of the writer sends about twenty statements: these cuts fall all over two rounds.
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX word")
@pytest.mark.parametrize("statements", [1, 17, 18, 19, 20, 21, 22, 40])
def test_a_kill_between_two_statements_leaves_nothing_half_written(home: Home, statements: int) -> None:
    opened = home.open_issue(measures=0)
    said = killed_writer(home, statements)
    with home.begin() as uow:
        case = load_world(uow, home.organisation, "2026-1").case
        told = history(uow, opened.id)
        lines = list_cases(uow, home.organisation)
    assert replay(opened.id, home.organisation, told) == case
    assert first_break(told) is None
    assert len(case.measures) in (said, said + 1)
    assert case.revision == opened.revision + 2 * len(case.measures)
    assert [line.measures for line in lines] == [len(case.measures)]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX word")
def test_a_second_ticker_is_refused_until_the_first_is_killed(databases: Databases, backend: str) -> None:
    with databases.fresh(backend) as database:
        home = make_home(database)
        first = subprocess.Popen(
            [sys.executable, "-c", HOLDER, url_of(home)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert first.stdout is not None
        with first.stdout:
            assert first.stdout.readline() == b"held\n"
            with pytest.raises(Unavailable) as refused, ticker_lock(database).hold():
                pass
            first.send_signal(signal.SIGKILL)
            first.wait()
        assert refused.value.code == "ticker_running"
        assert can_hold(database, within=5.0)


def can_hold(database: object, *, within: float) -> bool:
    """Whether the lock comes free in time: a server notices a broken connection a moment later."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            with ticker_lock(database).hold():  # type: ignore[arg-type]
                return True
        except Unavailable:
            time.sleep(0.05)
    return False


def test_one_process_has_one_ticker_too_and_frees_it(home: Home) -> None:
    lock, same = ticker_lock(home.database), ticker_lock(home.database)
    with lock.hold(), pytest.raises(Unavailable) as refused, same.hold():
        pass
    assert refused.value.code == "ticker_running"
    with same.hold():
        pass


def test_two_databases_tick_side_by_side(databases: Databases, backend: str) -> None:
    with (
        databases.fresh(backend) as one,
        databases.fresh(backend) as other,
        ticker_lock(one).hold(),
        ticker_lock(other).hold(),
    ):
        pass
