"""Pages of the documentation as tests read them: what they show, and what really happens.

A block fenced `console` is meant to be run: a line `$ …` is a command, what follows is what it prints, with `…` for
any number of lines left out, or for part of a line. A block whose fence names a file (`yaml var/x.yaml`) is that file.
Everything else is only read.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.kit.source_tree import ROOT

NOW = "2026-11-23T09:00:00+08:00"
SCAN = "%PDF-1.4\n"
"""How a paper begins that was scanned: what stands for a signature is an image or a PDF."""
CUT = "…"
FENCE = re.compile(r"^```(?P<kind>\S*)(?: (?P<file>\S+))?$")
PROGRAM = re.compile(r"(?:zhenggai|python3 run\.py start|py run\.py start)\s+(?P<words>[^`#\n]+)")


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a page, what the page says it prints, and the line it stands on (from 1)."""

    command: str
    shown: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its commands in order, its files, and its whole text."""

    name: str
    text: str
    steps: tuple[Step, ...]
    files: dict[str, str]


@dataclass(slots=True)
class _Block:
    kind: str
    file: str | None
    line: int
    rows: list[str] = field(default_factory=list)


def read_page(name: str) -> Page:
    text = (ROOT / name).read_text("utf-8")
    blocks = list(_blocks(text))
    steps = [step for block in blocks if block.kind == "console" for step in _steps(block)]
    files = {block.file: "\n".join(block.rows) + "\n" for block in blocks if block.file}
    return Page(name, text, tuple(steps), files)


def _blocks(text: str) -> Iterable[_Block]:
    block: _Block | None = None
    for number, row in enumerate(text.splitlines(), 1):
        fence = FENCE.match(row)
        if block is not None and row == "```":
            yield block
            block = None
        elif block is not None:
            block.rows.append(row)
        elif fence:
            block = _Block(fence["kind"], fence["file"], number)


def _steps(block: _Block) -> Iterable[Step]:
    starts = [at for at, row in enumerate(block.rows) if row.startswith("$ ")]
    assert starts[:1] == [0], f"line {block.line}: a console block begins with a command"
    for at, end in zip(starts, [*starts[1:], len(block.rows)], strict=True):
        shown = [row for row in block.rows[at + 1 : end] if row.strip()]
        yield Step(block.rows[at][2:], tuple(shown), block.line + at + 1)


def played(pages: Sequence[Page], folder: Path) -> list[tuple[Step, dict[str, Any]]]:
    """Every step of the pages with what really happened, all in one fresh home under `folder`."""
    steps = [step for page in pages for step in page.steps]
    for page in pages:
        for name, text in page.files.items():
            _write(folder / name, text)
    for name in _papers(steps):
        if not (folder / name).exists():
            _write(folder / name, f"{SCAN}A paper that the page attaches: {name}\n")
    asked = json.dumps({"now": NOW, "commands": [step.command for step in steps]})
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tests.kit.page_session"],
        input=asked.encode(),
        cwd=folder,
        env=_environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return list(zip(steps, json.loads(done.stdout), strict=True))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _papers(steps: Iterable[Step]) -> Iterable[str]:
    """The files that `--file`, `--paper` and `--minutes` name."""
    for step in steps:
        words = shlex.split(step.command)
        yield from (name for flag, name in pairwise(words) if flag in ("--file", "--paper", "--minutes"))


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHENGGAI_")}
    login = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME"), "office-pc")
    return {**kept, **login, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def differences(steps: Iterable[tuple[Step, dict[str, Any]]]) -> list[str]:
    """Where a page does not say what happens: its line, what it shows, what came."""
    found: list[str] = []
    rows = list(steps)
    for at, (step, came) in enumerate(rows):
        is_code_shown = at + 1 < len(rows) and rows[at + 1][0].command == "echo $?"
        lines = [line.rstrip() for line in came["lines"] if line.strip()]
        if not is_as_shown(step.shown, lines) or (came["code"] and not is_code_shown):
            shown = "\n    ".join(step.shown)
            actual = "\n    ".join(lines)
            found.append(
                f"line {step.line}: {step.command}\n  shown:\n    {shown}\n  came ({came['code']}):\n    {actual}"
            )
    return found


def is_as_shown(shown: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether `lines` are what a page shows; a row of `…` stands for any number of lines."""
    parts = [r"(?:[^\n]*\n)*" if row.strip() == CUT else _row(row) for row in shown]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in lines)) is not None


def _row(row: str) -> str:
    return "[^\n]*".join(re.escape(part) for part in row.rstrip().split(CUT)) + "\n"
