"""The files of this repository, as the architecture tests see them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "workflows", "notifiers")


def python_files() -> list[Path]:
    """The Python of the product: the three packages and the bootstrap, without tests."""
    return [ROOT / "run.py", *(path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))]


def files_of_tests() -> list[Path]:
    """The Python of the tests and of what helps them."""
    return sorted((ROOT / "tests").rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_files() -> Iterator[tuple[str, str]]:
    """(name, text) of every file that git knows or would take, unless it is binary."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode("utf-8")
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            yield name, content.decode("utf-8", "replace")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))
