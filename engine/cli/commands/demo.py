"""`demo`: an invented school goes through half a year in a home of its own, which the next run replaces."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from shlex import quote

import engine
from engine.bootstrap import Application
from engine.cli.answer import Answer, answer
from engine.clock import now as wall
from engine.errors import WrongUsage
from engine.services.demo.example import read_example
from engine.services.demo.half_year import Premises, own_files, play_half_year
from engine.services.demo.outcome import Outcome, outcome_of
from engine.services.demo.stage import said as words
from engine.services.setup import is_demo_home
from engine.settings import DATABASE_FILE, Settings
from engine.store.database import Database
from engine.store.homes import count_organisations
from engine.store.scope import Scope
from engine.store.ticker_lock import ticker_lock

DEFAULT_HOME = "var/demo"
OURS = ("blobs", "workflows", "report.md")
SQLITE_LEAVES = ("", "-wal", "-shm", "-journal")


def demo(said: Namespace) -> Answer:
    """Play the half-year up to this moment, in `ZHENGGAI_HOME` (default ./var/demo), always on SQLite."""
    now = wall()
    settings = _settings()
    example = read_example(files(settings.workflow_package).joinpath("example"))
    _clear(settings)
    application = Application(settings)
    for name, text in own_files(example, now).items():
        path = settings.home.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    definitions = (*application.shipped_definitions(), *application.site_definitions())
    stream = sys.stderr if said.json else sys.stdout
    premises = Premises(
        application.database,
        application.blobs,
        application.vocabulary,
        definitions,
        example,
        lambda line: print(line, file=stream, flush=True),
    )
    outcome = outcome_of(play_half_year(premises, now), now)
    commands = dict(_next(outcome))
    facts = {"home": str(settings.home), **outcome.as_json(), "next": list(commands.values())}
    return answer(facts, [*outcome.lines(), *_next_lines(settings.home, commands)])


def _settings() -> Settings:
    """The demonstration never goes near a database server, whatever the environment says."""
    own = {name: value for name, value in os.environ.items() if name != "ZHENGGAI_DATABASE_URL"}
    own["ZHENGGAI_HOME"] = own.get("ZHENGGAI_HOME", "").strip() or DEFAULT_HOME
    return Settings.from_environment(own)


def _clear(settings: Settings) -> None:
    """Remove the demonstration before. Raises WrongUsage `home_is_real`, Unavailable while it runs."""
    file = settings.home / DATABASE_FILE
    if file.exists():
        database = Application(settings).database
        _refuse_real(database)
        with ticker_lock(database).hold():
            database.close()
            for ending in SQLITE_LEAVES:
                file.with_name(file.name + ending).unlink(missing_ok=True)
    for name in OURS:
        path = settings.home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _refuse_real(database: Database) -> None:
    with database.begin(Scope.whole(), writing=False) as uow:
        # A first run that was killed at its very beginning leaves a home of nobody: nothing in it is lost.
        if not is_demo_home(uow) and count_organisations(uow) > 0:
            raise WrongUsage("home_is_real")


def _next(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """What to try on the same data: the words for it, and the arguments behind the program's name."""
    yield "next_issues", "issues"
    yield "next_late", "issues --late"
    case = (outcome.late or outcome.open or list(outcome.rows))[0].case.key
    yield "next_show", f"show {case}"
    for request in outcome.waiting[:1]:
        yield "next_approve", f"approve {request} --as jiashan"
    busiest = max(outcome.hearers, key=lambda row: len(row.told))
    yield "next_messages", f"messages --person {busiest.key}"
    yield "next_duties", "duties"
    yield "next_tick", "tick"
    yield "next_serve", "serve"


def _next_lines(home: Path, commands: Mapping[str, str]) -> Iterator[str]:
    """The same as somebody types it here."""
    program, place = _program(), str(home.absolute())
    yield from ("", words("next"), f"  {words('next_home')}")
    if os.name == "nt":
        yield f"    set ZHENGGAI_HOME={place}"
        yield f'    $env:ZHENGGAI_HOME = "{place}"  (PowerShell)'
    else:
        yield f"    export ZHENGGAI_HOME={quote(place)}"
    for name, command in commands.items():
        yield f"  {words(name)}"
        yield f"    {program} {command}"


def _program() -> str:
    """How the program is called where we run: by the bootstrap beside the source, else by its own name."""
    bootstrap = Path(engine.__file__).resolve().parent.parent / "run.py"
    if not bootstrap.exists():
        return "zhenggai"
    shown = bootstrap.name if bootstrap.parent == Path.cwd() else str(bootstrap)
    return f'py "{shown}" start' if os.name == "nt" else f"python3 {quote(shown)} start"
