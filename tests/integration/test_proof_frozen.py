"""A database as an earlier release left it: migrated, proved and replayed by today's code (law 11).

`tests/fixtures/frozen/<revision>.sql.gz` is the dump of an invented school made by the program of that revision;
never made anew. A later release adds one of its own.
"""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, text

from engine.core.fold import replay
from engine.core.sound.sheet import Known
from engine.core.yaml_text import load
from engine.errors import Unavailable, WrongUsage
from engine.services.publishing import check_definitions, check_loaded
from engine.services.setup import HomePlan, HomeState, init_home, try_home
from engine.services.verifying import Verified, Wish, verify
from engine.store.blobs import FolderBlobs
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.histories import history
from engine.store.places import find_organisation
from engine.store.scope import Scope
from engine.store.worlds import load_world
from tests.kit.databases import MONDAY
from tests.kit.source_tree import ROOT
from tests.kit.stories import shipped
from tests.kit.worlds import vocabulary

FROZEN = ROOT / "tests" / "fixtures" / "frozen"
REVISIONS = sorted(path.name.split(".")[0] for path in FROZEN.glob("*.sql.gz"))

Act = Callable[..., HomeState]


@pytest.fixture(params=REVISIONS)
def thawed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    database = unpacked(request.param, tmp_path)
    database.migrate(MONDAY)
    yield database
    database.close()


def unpacked(revision: str, folder: Path) -> Database:
    path = folder / "zhenggai.db"
    dump = gzip.decompress((FROZEN / f"{revision}.sql.gz").read_bytes()).decode("utf-8")
    connection = sqlite3.connect(path)
    connection.executescript(dump)
    connection.close()
    return Database.open(f"sqlite:///{path.as_posix()}", vocabulary())


def organisation_of(database: Database) -> int:
    with database.begin(Scope.whole(), writing=False) as uow:
        found = find_organisation(uow).id
    assert found is not None
    return found


def proved(database: Database) -> Verified:
    organisation = organisation_of(database)
    with database.begin(Scope.one(organisation), writing=False) as uow:
        blobs = FolderBlobs(FROZEN / "blobs")
        return verify(uow, organisation, "main", blobs, Wish())


def test_it_proves_itself(thawed: Database) -> None:
    found = proved(thawed)
    assert found.broken == ()
    assert (found.cases, found.events) == (5, 66)


def test_who_keeps_a_paper_is_read_from_where_it_was_kept_then(thawed: Database) -> None:
    organisation = organisation_of(thawed)
    with thawed.begin(Scope.one(organisation), writing=False) as uow:
        cases = [
            load_world(uow, organisation, line.key, lock=False).case for line in list_cases(uow, organisation)
        ]
    assert [dict(paper.offline) for case in cases for paper in case.evidence if paper.offline] == [
        {"box": "1号盒", "keeper": "赵四", "inspector": "", "inspected_on": None}
    ]


def test_its_register_says_that_it_took_over_what_it_found(thawed: Database) -> None:
    """Who made those rows, and when, nobody can prove: their first events do not claim it."""
    assert proved(thawed).found_on == date(2026, 3, 2)
    with thawed.begin(Scope.whole(), writing=False) as uow:
        told = text(
            "SELECT DISTINCT via, credential, person FROM register_event WHERE organisation_id > -1"
            " AND type LIKE '%_found'"
        )
        others = text(
            "SELECT count(*) FROM register_event WHERE organisation_id > -1 AND type NOT LIKE '%_found'"
        )
        assert [tuple(row) for row in uow.execute(told)] == [("system", "system", None)]
        assert uow.execute(others).scalar() == 0


def test_what_is_changed_behind_its_back_after_that_is_named(thawed: Database) -> None:
    with thawed.begin(Scope.whole()) as uow:
        uow.connection.exec_driver_sql("UPDATE holding SET since = '2019-01-01' WHERE id = 1")
        uow.commit()
    (found,) = proved(thawed).broken
    assert (found.what, found.facts["table"], found.facts["column"]) == (
        "register_differs",
        "holding",
        "since",
    )


def test_a_migration_that_is_cut_off_has_begun_no_register(tmp_path: Path) -> None:
    """The tables and the register that takes over are one transaction: `init` again finds the old home."""
    database = unpacked("0001", tmp_path)

    def cut(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO register_head"):
            raise KeyboardInterrupt

    event.listen(database.engine, "before_cursor_execute", cut)
    with pytest.raises(KeyboardInterrupt):
        database.migrate(MONDAY)
    event.remove(database.engine, "before_cursor_execute", cut)
    with pytest.raises(Unavailable) as older:
        database.check()
    database.migrate(MONDAY)
    assert (older.value.code, proved(database).broken) == ("database_older", ())
    database.close()


def test_every_history_replays_to_its_rows(thawed: Database) -> None:
    organisation = organisation_of(thawed)
    with thawed.begin(Scope.one(organisation), writing=False) as uow:
        lines = list_cases(uow, organisation)
        for line in lines:
            case = load_world(uow, organisation, line.key, lock=False).case
            assert replay(case.id, organisation, history(uow, case.id)) == case
    assert len(lines) == 5


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_means_something_else_since_a_release_has_a_higher_number(revision: str, tmp_path: Path) -> None:
    database = unpacked(revision, tmp_path)
    shipped_now = {(row.kind, row.name): row for row in check_definitions(shipped(), vocabulary())}
    columns = "SELECT kind, name, version, text FROM definition WHERE scope = '*'"
    with closing(sqlite3.connect(database.path or "")) as connection:
        then = connection.execute(columns).fetchall()
    database.close()
    known = Known(vocabulary())
    changed = {}
    for kind, name, version, text_then in then:
        now = shipped_now[kind, name]
        if check_loaded(kind, load(text_then, name), text_then, known).digest != now.digest:
            changed[kind, name] = (version, now.version)
    assert ("workflow", "rectification") in changed
    assert {} == {key: pair for key, pair in changed.items() if pair[1] <= pair[0]}


def whole_dump(database: Database) -> list[str]:
    assert database.path is not None
    with closing(sqlite3.connect(database.path)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("act", [init_home, try_home])
def test_an_older_real_home_is_no_demo_and_is_left_as_it_was(act: Act, tmp_path: Path) -> None:
    """The trial and the real thing refuse alike, and nothing was migrated by then."""
    database = unpacked("0001", tmp_path)
    with closing(sqlite3.connect(database.path or "")) as connection:
        connection.execute("UPDATE home_setting SET value = 'false' WHERE name = 'is_demo'")
        connection.commit()
    before = whole_dump(database)
    with pytest.raises(WrongUsage, match="home_is_real"):
        act(database, MONDAY, (), vocabulary(), HomePlan(is_demo=True))
    assert (database.is_behind(), whole_dump(database) == before) == (True, True)
    assert act(database, MONDAY, (), vocabulary(), HomePlan()).is_demo is False
    database.close()


@pytest.mark.parametrize("act", [try_home, init_home])
def test_an_older_demo_stays_one(act: Act, tmp_path: Path) -> None:
    database = unpacked("0001", tmp_path)
    with closing(sqlite3.connect(database.path or "")) as connection:
        connection.execute("UPDATE home_setting SET value = 'true' WHERE name = 'is_demo'")
        connection.commit()
    assert act(database, MONDAY, (), vocabulary(), HomePlan()).is_demo is True
    database.close()
