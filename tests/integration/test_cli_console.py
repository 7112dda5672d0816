"""The first impression: help that is quick, and consoles of every age."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from tests.kit.cli import CommandLine, new_home
from tests.kit.source_tree import ROOT

HEAVY = (
    "sqlalchemy",
    "sqlmodel",
    "pydantic",
    "apprise",
    "jinja2",
    "transitions",
    "apscheduler",
    "docx",
    "alembic",
)
ISSUE = "2026-1"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


# -- the first impression


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom engine.cli.entry import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print(','.join(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr.strip() == ""
    assert "zhenggai" in done.stdout


def test_help_is_quick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed, not judged: a time is of the machine. What is judged is that help is whole."""
    cli, times = CommandLine(tmp_path), []
    for _ in range(5):
        began = perf_counter()
        said = cli.run("--help")
        times.append(perf_counter() - began)
        assert said.code == 0
        for command in ("init", "import", "claims", "assign", "approve", "serve"):
            assert f"\n    {command} " in said.out
    with capsys.disabled():
        print(f"\nzhenggai --help: median {median(times):.3f} s")


# -- consoles of every age


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "cp1252", "utf-8"])
def test_every_console_gets_an_answer_it_can_show(cli: CommandLine, encoding: str) -> None:
    said = cli.run("issues", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (said.code, said.err) == (0, "")
    assert len(said.out.splitlines()) == 3
    if encoding in ("gbk", "utf-8"):
        assert "学习次数少" in said.out


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_json_is_whole_on_every_console(cli: CommandLine, encoding: str) -> None:
    said = cli.run("show", ISSUE, "--json", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert json.loads(said.out)["title"] == "学习次数少"


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_an_error_reaches_every_console(cli: CommandLine, encoding: str) -> None:
    said = cli.run("show", "2026-99", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (said.code, said.out) == (6, "")
    assert "2026-99" in said.err and "Traceback" not in said.err
