"""Commands and schedulers that are killed in the middle: what was committed is whole, and nothing comes twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engine.core.fold import replay
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.histories import history
from engine.store.places import find_organisation
from engine.store.scope import Scope
from engine.store.worlds import load_world
from tests.kit.chains import first_break
from tests.kit.cli import LEADER, CommandLine, Said, new_home
from tests.kit.reports import TEXT
from tests.kit.source_tree import ROOT
from tests.kit.worlds import vocabulary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX word")

# The real command, which the kernel kills just before its nth statement, or just before or after a commit.
DOOMED = """
import os, signal, sys
from sqlalchemy import Engine, Pool, event
allowed, done = int(sys.argv.pop(1)), 0

def count(*_rest):
    global done
    done += 1
    if done > allowed:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "before_cursor_execute", count)
event.listen(Engine, "commit", count)
event.listen(Pool, "checkin", count)
from engine.cli.entry import main
code = main(sys.argv[1:])
sys.stderr.write(f"\\n{done}")
sys.exit(code)
"""
ALL = 1_000_000
ISSUE = "2026-1"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def doomed(cli: CommandLine, steps: int, *words: str) -> int | None:
    """Let a command take so many steps. How many it took in all, or None when it was killed."""
    done = subprocess.run(
        [sys.executable, "-c", DOOMED, str(steps), *words],
        cwd=ROOT,
        env=cli.variables(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return int(done.stderr.split()[-1]) if done.returncode == 0 else None


def broken_cases(cli: CommandLine) -> list[str]:
    """Cases whose rows do not say what their history says."""
    database = Database.open(f"sqlite:///{cli.database.as_posix()}", vocabulary())
    found = []
    with database.begin(Scope.whole(), writing=False) as uow:
        organisation = find_organisation(uow).id or 0
        for line in list_cases(uow, organisation):
            told = history(uow, line.id)
            case = load_world(uow, organisation, line.key, lock=False).case
            if replay(line.id, organisation, told) != case or first_break(told) is not None:
                found.append(line.key)
    database.close()
    return found


def assign(due: date) -> tuple[str, ...]:
    return ("assign", ISSUE, "--leader", LEADER, "--due", due.isoformat())


def test_a_killed_assignment_happened_or_did_not(cli: CommandLine, tmp_path: Path) -> None:
    words = assign(date.today() + timedelta(days=90))
    steps = doomed(new_home(tmp_path / "trial"), ALL, *words)
    assert steps is not None
    before, held = cli("show", ISSUE, "--json").data, cli.holds()
    came_through = []
    for allowed in (
        steps // 4,
        steps // 2,
        steps - 12,
        steps - 8,
        steps - 5,
        steps - 3,
        steps - 2,
        steps - 1,
    ):
        assert doomed(cli, allowed, *words) is None
        assert broken_cases(cli) == []
        after = cli("show", ISSUE, "--json").data
        came_through.append(after["revision"] > before["revision"])
        if came_through[-1]:
            armed = [row["armed"] for row in after["deadlines"]]
            assert (after["owner"], armed) == ("vice_principal_teaching", [True, True])
            break
        assert cli.holds() == held
    assert came_through[0] is False and came_through[-1] is True


def test_a_killed_import_leaves_all_issues_or_none(tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text(TEXT, encoding="utf-8")
    words = ("import", str(report))
    trial, cli = CommandLine(tmp_path / "trial"), CommandLine(tmp_path / "home")
    assert (trial("init").code, cli("init").code) == (0, 0)
    steps = doomed(trial, ALL, *words)
    assert steps is not None
    found = []
    for allowed in (steps * 2 // 3, steps - 3, steps - 1):
        assert doomed(cli, allowed, *words) is None
        found.append(len(cli("issues", "--json").data["issues"]))
        assert broken_cases(cli) == []
    assert (found[0], found[-1], set(found)) == (0, 3, {0, 3})
    assert cli(*words).code == 0
    assert len(cli("issues", "--json").data["issues"]) == 3


@pytest.mark.long
def test_forty_random_kills_in_a_row_leave_one_sound_history(cli: CommandLine) -> None:
    chance = random.Random(20260302)
    for number in range(40):
        doomed(cli, chance.randrange(70), *assign(date.today() + timedelta(days=140 - number)))
        assert broken_cases(cli) == []
        assert cli("show", ISSUE).code == 0


# -- the scheduler


def zone_at_office_hours() -> str:
    """A zone without changes in which it is about eleven in the morning now, so that messages may leave."""
    ahead = (11 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{'-' if ahead >= 0 else '+'}{abs(ahead)}"


@pytest.fixture
def late_home(tmp_path: Path) -> CommandLine:
    """A home with a plan that is due in two days, and with a monthly duty that was switched on months ago."""
    cli = CommandLine(tmp_path / "home")
    report = tmp_path / "report.txt"
    report.write_text(TEXT, encoding="utf-8")
    long_ago = (date.today() - timedelta(days=75)).isoformat()
    a_month_ago = (date.today() - timedelta(days=28)).isoformat()
    for words in (
        ("init", "--go-live", "2026-01-01"),
        ("people", "add", "赵四", "--post", "office", "--post", "secretary"),
        ("people", "add", "张三", "--post", "vice_principal_teaching"),
        ("import", str(report)),
        ("assign", ISSUE, "--leader", "张三", "--from", a_month_ago),
        ("duties", "on", "branch_committee", "--from", long_ago),
    ):
        said = cli(*words, ZONE=zone_at_office_hours())
        assert said.code == 0, said
    return cli


@contextmanager
def serving(cli: CommandLine) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler that says it is ready, killed at the end if nobody did so before."""
    process = cli.start("serve", PYTHONUNBUFFERED="1")
    assert process.stderr is not None and process.stdout is not None
    try:
        line = process.stderr.readline().decode("utf-8")
        assert line.startswith("已开始按时运行"), line + process.stderr.read().decode("utf-8")
        os.set_blocking(process.stderr.fileno(), False)
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
        process.stdout.close()


def told(cli: CommandLine) -> Said:
    said = cli("messages", "--json")
    assert said.code == 0
    return said


def until_told(cli: CommandLine, *, within: float = 20.0) -> None:
    """Wait until the scheduler has done its first round."""
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        rows = told(cli).data["messages"]
        if any(row["kind"] == "plan" for row in rows) and any("@" in row["case"] for row in rows):
            return
        time.sleep(0.1)
    raise AssertionError("the scheduler told nobody anything")


def test_a_second_scheduler_is_refused_in_one_sentence_until_the_first_is_killed(cli: CommandLine) -> None:
    with serving(cli) as first:
        second = cli.run("serve")
        assert (second.code, second.out) == (8, "")
        assert second.sentences == ["已有一个程序在按时运行，请先停掉那一个再启动。"]
        first.send_signal(signal.SIGKILL)
        first.wait()
        with serving(cli):
            pass


def test_a_scheduler_that_is_asked_to_stop_stops_in_order(cli: CommandLine) -> None:
    with serving(cli) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_manual_tick_is_safe_beside_a_scheduler(late_home: CommandLine) -> None:
    with serving(late_home):
        until_told(late_home)
        once = reasons(late_home)
        assert late_home("tick").code == 0
        assert reasons(late_home) == once


def reasons(cli: CommandLine) -> Counter[tuple[object, ...]]:
    """Why who was told what, each once."""
    names = ("case", "kind", "subject", "version", "rung", "n", "audience", "planned_on")
    return Counter(tuple(row[name] for name in names) for row in told(cli).data["messages"])


def test_a_killed_scheduler_loses_and_repeats_nothing_that_was_committed(late_home: CommandLine) -> None:
    seen: Counter[tuple[object, ...]] = Counter()
    for wait in (0.0, 0.3, 0.8):
        with serving(late_home) as process:
            until_told(late_home)
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.wait()
        now = reasons(late_home)
        assert set(now.values()) == {1}
        assert seen <= now
        assert broken_cases(late_home) == []
        seen = now
    assert_each_message_left_once(late_home)


def assert_each_message_left_once(cli: CommandLine) -> None:
    """A delivery that was marked as sent has one attempt that was accepted, however often one was killed."""
    for row in told(cli).data["messages"]:
        if row["state"] == "sent":
            assert [attempt["outcome"] for attempt in row["attempts"]].count("sent") == 1


@pytest.mark.long
def test_twenty_kills_at_any_moment_lose_and_repeat_nothing(late_home: CommandLine) -> None:
    chance = random.Random(20260302)
    for _ in range(20):
        with serving(late_home) as process:
            time.sleep(chance.random() * 1.5)
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert set(reasons(late_home).values()) <= {1}
        assert broken_cases(late_home) == []
    with serving(late_home):
        until_told(late_home)
    assert_each_message_left_once(late_home)
