"""The command line as a person or a script meets it: words in; exit code, stdout and stderr out."""

from __future__ import annotations

import atexit
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine.cli.entry import main
from engine.store.database import Database
from tests.kit.contents import content_digest
from tests.kit.reports import TEXT
from tests.kit.source_tree import ROOT

SECRETARY, COMMISSIONER, LEADER, CLERK = "p1", "p2", "p3", "p4"
PINS = {SECRETARY: "135790", COMMISSIONER: "246801"}
PEOPLE = (
    ("王一", "secretary"),
    ("李二", "discipline_commissioner"),
    ("张三", "vice_principal_teaching"),
    ("赵四", "office"),
)
# The program reads the real clock, so a date that has to lie ahead is counted from today.
SPRING, SUMMER = ((date.today() + timedelta(days=ahead)).isoformat() for ahead in (120, 200))


@dataclass(frozen=True)
class Said:
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        """The one JSON document on stdout; raises when there is anything beside it."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def sentences(self) -> list[str]:
        """The lines of stderr."""
        return self.err.splitlines()


def ok(said: Said) -> Said:
    """The answer of a command that did what it was told, without a word on stderr."""
    assert (said.code, said.err) == (0, ""), said
    return said


@dataclass(frozen=True)
class CommandLine:
    """A home and the program that works on it; its database is a file in it, unless another is named."""

    home: Path
    database_url: str = ""

    @property
    def database(self) -> Path:
        return self.home / "zhenggai.db"

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.database.as_posix()}"

    def __call__(self, *words: str, **settings: str) -> Said:
        """Run a command in this process. `settings` are ZHENGGAI_… variables without their prefix."""
        out, err = _Stream(), _Stream()
        with _environment(self._settings(settings)), redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(list(words))
            except SystemExit as left:
                code = int(left.code or 0)
        return Said(code, out.text, err.text)

    def run(self, *words: str, **more: str) -> Said:
        """Run it in a process of its own. `more` are variables of its environment."""
        done = subprocess.run(
            [sys.executable, "-m", "engine", *words],
            cwd=ROOT,
            env=self.variables(**more),
            capture_output=True,
            timeout=120,
            check=False,
        )
        encoding = more.get("PYTHONIOENCODING", "utf-8").partition(":")[0]
        return Said(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """Begin a command in a process of its own, for whoever wants to kill it."""
        return subprocess.Popen(
            [sys.executable, "-m", "engine", *words],
            cwd=ROOT,
            env=self.variables(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def variables(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHENGGAI_")}
        own = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **self._settings({})}
        return {**kept, **own, **more}

    def _settings(self, settings: Mapping[str, str]) -> dict[str, str]:
        # A defect shows itself as the exception that it is, never as the sentence that people get for it.
        own = {"HOME": str(self.home), "DEBUG": "1"}
        if self.database_url:
            own["DATABASE_URL"] = self.database_url
        own.update(settings)
        return {f"ZHENGGAI_{name}": value for name, value in own.items()}

    def holds(self) -> str:
        """The digest of everything in the database."""
        database = Database.open(self.url)
        try:
            return content_digest(database)
        finally:
            database.close()


class _Stream(io.TextIOWrapper):
    """A stream that speaks UTF-8, as a console of today does."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="\n")

    @property
    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8")


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: value for name, value in os.environ.items() if name.startswith("ZHENGGAI_")}
    for name in before:
        del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            os.environ.pop(name, None)
        os.environ.update(before)


def new_home(folder: Path) -> CommandLine:
    """A home with four people (the first two with a PIN) and three issues of a small report, in `folder`."""
    shutil.copytree(_template(), folder)
    return CommandLine(folder)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="zhenggai-cli-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return settled(CommandLine(folder / "home"), folder / "report.txt").home


def settled(home: CommandLine, report: Path) -> CommandLine:
    """Make the home that `new_home` hands out copies of; `report` is written and imported."""
    report.write_text(TEXT, encoding="utf-8")
    steps = [("init", "--name", "青石桥小学", "--go-live", "2026-01-01")]
    steps += [("people", "add", name, "--post", post) for name, post in PEOPLE]
    steps += [("people", "pin", person, "--pin", pin) for person, pin in PINS.items()]
    steps += [("import", str(report))]
    for words in steps:
        said = home(*words)
        assert said.code == 0, (words, said)
    return home
