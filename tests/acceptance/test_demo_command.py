"""A stranger runs `demo` and goes on with the same data; nobody's real home is ever touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_SERVER = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"


@dataclass(frozen=True)
class Shown:
    """A demonstration that somebody ran with the address of a server in their settings, and what it answered."""

    home: Path
    answer: dict[str, Any]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    home = tmp_path_factory.mktemp("demo") / "home"
    return Shown(home, asked(home, "demo", ZHENGGAI_DATABASE_URL=NO_SERVER))


def test_the_demo_never_goes_near_a_database_server(shown: Shown) -> None:
    assert (shown.home / "zhenggai.db").exists()


def test_a_stranger_runs_the_demo_and_goes_on_with_its_data(shown: Shown) -> None:
    home, first = shown.home, shown.answer
    assert (first["schema"], len(first["closed"]), len(first["late"])) == (1, 8, 1)
    assert len(asked(home, "issues")["issues"]) == 12
    assert [row["case"] for row in asked(home, "issues", "--late")["issues"]] == [
        row["case"] for row in first["late"]
    ]
    request = first["requests"][0]
    asked(home, "approve", request, "--as", "jiashan")
    assert asked(home, "show", request.removesuffix("-R2"))["state"] == "closed"


def test_the_next_demo_replaces_the_one_before(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    assert run(home, "init", "--demo").returncode == 0
    done = run(home, "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "jiashan" in done.stdout
    assert "export ZHENGGAI_HOME=" in done.stdout or "set ZHENGGAI_HOME=" in done.stdout


def test_a_real_home_is_never_touched(tmp_path: Path) -> None:
    assert run(tmp_path, "init").returncode == 0
    before = (tmp_path / "zhenggai.db").read_bytes()
    refused = run(tmp_path, "demo")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert (tmp_path / "zhenggai.db").read_bytes() == before
    assert not (tmp_path / "report.md").exists()


def asked(home: Path, *words: str, **environment: str) -> dict[str, Any]:
    """The JSON document of a command that has to succeed."""
    done = run(home, *words, "--json", **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line as somebody has it, without the settings of whoever runs the tests."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("ZHENGGAI_")}
    mine |= {"ZHENGGAI_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment}
    command = [sys.executable, "-m", "engine", *words]
    return subprocess.run(
        command, check=False, env=mine, capture_output=True, encoding="utf-8", cwd=home.parent
    )
