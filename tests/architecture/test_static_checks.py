"""The type checker and the linter are part of the test run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.kit.source_tree import ROOT


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["mypy"], id="types of the packages"),
        pytest.param(["mypy", "--strict", "run.py"], id="types of the bootstrap"),
        pytest.param(["ruff", "check", "."], id="lint"),
        pytest.param(["ruff", "format", "--check", "."], id="format"),
    ],
)
def test_the_checker_is_content(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
