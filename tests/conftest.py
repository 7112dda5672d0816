"""What every test run shares: `--long`, and the quick tests before the slow ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from engine.store.database import Database
    from tests.kit.cli import CommandLine
    from tests.kit.databases import Databases, Home
    from tests.kit.homes import Homes

LEFT_OUT = "long_tests_left_out"
FIRST_TO_LAST = ("architecture", "unit")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the tests marked long (minutes)")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_left_out] = 0
    # A busy machine is no finding: how long an example takes is not what these tests are about.
    from hypothesis import settings

    settings.register_profile("no deadline", deadline=None)
    settings.load_profile("no deadline")


_left_out = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = (
        [] if config.getoption("--long") else [item for item in items if item.get_closest_marker("long")]
    )
    config.stash[_left_out] = len(left_out)
    config.hook.pytest_deselected(items=left_out)
    items[:] = sorted((item for item in items if item not in set(left_out)), key=_stage)


def _stage(item: pytest.Item) -> int:
    kinds = [kind for kind in FIRST_TO_LAST if kind in item.path.parts]
    return FIRST_TO_LAST.index(kinds[0]) if kinds else len(FIRST_TO_LAST)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of a parallel run hands its count to the process that prints the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[LEFT_OUT] = session.config.stash[_left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get(LEFT_OUT, 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_left_out]:
        terminalreporter.write_line(f"{config.stash[_left_out]} long tests left out (--long runs them)")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The maker of databases, for tests that need more than one, or one that is not migrated."""
    from tests.kit.databases import Databases

    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever stands on a database runs on SQLite, and on PostgreSQL where a server is named."""
    if "backend" not in metafunc.fixturenames:
        return
    from tests.kit.databases import backends

    marks = {"postgresql": [pytest.mark.postgres]}
    metafunc.parametrize("backend", [pytest.param(name, marks=marks.get(name, [])) for name in backends()])


@pytest.fixture
def database(request: pytest.FixtureRequest, databases: Databases, backend: str) -> Iterator[Database]:
    """A fresh, migrated database of each kind: the one of `home` where a test asks for both, else empty."""
    if "home" in request.fixturenames:
        yield request.getfixturevalue("home").database
        return
    with databases.fresh(backend) as made:
        yield made


@pytest.fixture
def home(databases: Databases, backend: str) -> Iterator[Home]:
    """A district with a school, its cast of people and posts, and a neighbour school."""
    with databases.fresh_home(backend) as made:
        yield made


@pytest.fixture(scope="session")
def homes(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    """The maker of homes for the command line, for tests that keep one for several."""
    from tests.kit.homes import Homes

    made = Homes(databases, tmp_path_factory.mktemp("homes"))
    yield made
    made.close()


@pytest.fixture
def report(tmp_path: Path) -> str:
    """The invented report as a file."""
    from tests.kit.reports import TEXT

    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


@pytest.fixture
def command_line(homes: Homes, backend: str, tmp_path: Path) -> Iterator[CommandLine]:
    """A home with four people and three issues, its database of each kind."""
    with homes.fresh(backend, tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def _scope_law() -> Iterator[None]:
    """Every statement of every test: one that reaches a root table without a scope fails it (law 13), and one that
    writes past the register what the register answers for (law 11).
    """
    from sqlalchemy import Engine, event

    from tests.kit.register_law import unnoted
    from tests.kit.scope_law import judged

    def _judge(_connection: Any, statement: Any, *_rest: Any) -> None:
        found = judged(statement)
        assert not found, f"no scope on {sorted(found)}: {statement}"
        past = unnoted(statement)
        assert not past, f"past the register {sorted(past)}: {statement}"

    event.listen(Engine, "before_execute", _judge)
    yield
    event.remove(Engine, "before_execute", _judge)
