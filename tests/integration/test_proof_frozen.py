"""A database as an earlier release left it: migrated, proved and replayed by today's code (law 11).

`tests/fixtures/frozen/<revision>.sql.gz` is the dump of an invented school made by the program of that revision;
never made anew. A later release adds one of its own.
"""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.fold import replay
from engine.services.verifying import Verified, Wish, verify
from engine.store.blobs import FolderBlobs
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.histories import history
from engine.store.places import find_organisation
from engine.store.scope import Scope
from engine.store.worlds import load_world
from tests.kit.source_tree import ROOT
from tests.kit.worlds import vocabulary

FROZEN = ROOT / "tests" / "fixtures" / "frozen"
REVISIONS = sorted(path.name.split(".")[0] for path in FROZEN.glob("*.sql.gz"))


@pytest.fixture(params=REVISIONS)
def thawed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "zhenggai.db"
    dump = gzip.decompress((FROZEN / f"{request.param}.sql.gz").read_bytes()).decode("utf-8")
    connection = sqlite3.connect(path)
    connection.executescript(dump)
    connection.close()
    database = Database.open(f"sqlite:///{path.as_posix()}", vocabulary())
    database.migrate()
    yield database
    database.close()


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


def test_every_history_replays_to_its_rows(thawed: Database) -> None:
    organisation = organisation_of(thawed)
    with thawed.begin(Scope.one(organisation), writing=False) as uow:
        lines = list_cases(uow, organisation)
        for line in lines:
            case = load_world(uow, organisation, line.key, lock=False).case
            assert replay(case.id, organisation, history(uow, case.id)) == case
    assert len(lines) == 5
