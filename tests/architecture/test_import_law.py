"""The import law of the house, and that its contracts would notice a breach."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.source_tree import PACKAGES, ROOT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"

BREACHES = {
    "engine/core/breach.py": "import engine.text\nimport sqlalchemy\nimport jinja2\nimport docx",
    "engine/errors.py": "import engine.core.breach",
    "engine/text/breach.py": "import transitions\nimport apscheduler\nimport notifiers\nimport yaml",
    "engine/breach.py": "import apprise",
    "workflows/breach.py": "import engine.text",
    "notifiers/breach.py": "import engine.text",
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_every_module_keeps_the_import_law() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def report_on_breaches(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("breaches")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, lines in BREACHES.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\n" + lines + "\n")
    return lint_imports(folder).stdout


@pytest.mark.parametrize(
    "contract",
    [
        "The house: each layer knows only those below it",
        "The engine never imports workflows or notifiers by name",
        "Workflows know engine.core alone",
        "Notifiers know engine.core and engine.errors alone",
        "transitions is spoken in engine.core alone",
        "The database is spoken in engine.store alone",
        "The scheduler libraries are spoken in engine.scheduling alone",
        "apprise is spoken in notifiers alone",
        "One file reads YAML",
        "Templates are filled in engine.text and engine.web alone",
        "Word files are spoken in engine.documents alone",
    ],
)
def test_a_breach_of_the_contract_is_noticed(contract: str, report_on_breaches: str) -> None:
    verdict = next(line for line in report_on_breaches.splitlines() if line.startswith(contract))
    assert " BROKEN" in verdict


def test_a_module_without_a_place_is_noticed(report_on_breaches: str) -> None:
    places = report_on_breaches.partition("not listed as layers:")[2]
    assert places.split()[1] == "engine.breach"
