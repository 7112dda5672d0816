"""Every way in which a database can be out of reach has one stable code, and no password in its facts."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from engine.errors import Unavailable, WrongUsage
from engine.store.database import Database
from engine.store.faults import fault
from engine.store.places import bump_roster, find_organisation
from engine.store.scope import Scope
from tests.kit.databases import MONDAY, SERVER, Databases, make_home

INSERT = text("INSERT INTO home_setting (name, value) VALUES (:name, :value)")


@pytest.fixture
def path(databases: Databases, tmp_path: Path) -> Path:
    """A migrated SQLite file with a home in it, closed."""
    with databases.fresh("sqlite") as database:
        make_home(database)
        with database.engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        shutil.copy(str(database.path), tmp_path / "home.db")
    return tmp_path / "home.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Database]:
    database = Database.open(f"sqlite:///{path}", patience=0.2)
    yield database
    database.close()


def code_of(url: str, *, writing: bool = True) -> str:
    """The code of the refusal when somebody begins and writes."""
    database = Database.open(url, patience=0.2)
    try:
        with pytest.raises(Unavailable) as refused, database.begin(Scope.whole(), writing=writing) as uow:
            uow.execute(text("SELECT count(*) FROM event_text WHERE organisation_id = 1")).scalar()
            uow.execute(INSERT, {"name": "a", "value": "b"})
            uow.commit()
    finally:
        database.close()
    return refused.value.code


def test_a_missing_file_is_said_to_be_missing_and_not_created(tmp_path: Path) -> None:
    path = tmp_path / "no" / "home.db"
    assert code_of(f"sqlite:///{path}") == "database_missing"
    assert not path.parent.exists()


def test_a_locked_database_is_busy_after_the_patience_and_free_again_later(
    opened: Database, path: Path
) -> None:
    with opened.begin(Scope.whole()):
        assert code_of(f"sqlite:///{path}") == "database_locked"
    with opened.begin(Scope.whole()) as uow:
        uow.execute(INSERT, {"name": "a", "value": "b"})
        uow.commit()


def test_a_reader_is_not_stopped_by_a_writer(opened: Database) -> None:
    with opened.begin(Scope.whole()) as writer:
        writer.execute(INSERT, {"name": "a", "value": "b"})
        with opened.begin(Scope.whole(), writing=False) as reader:
            assert reader.execute(text("SELECT count(*) FROM home_setting")).scalar() == 0


def test_a_reading_unit_of_work_cannot_write_and_the_next_writer_can(database: Database) -> None:
    with database.begin(Scope.whole(), writing=False) as uow, pytest.raises(Unavailable) as refused:
        uow.execute(INSERT, {"name": "a", "value": "b"})
    assert refused.value.code == "database_read_only"
    with database.begin(Scope.whole()) as uow:
        uow.execute(INSERT, {"name": "a", "value": "b"})
        uow.commit()


def test_a_read_only_database_can_be_read_and_not_written(path: Path) -> None:
    database = Database.open(f"sqlite:///{path}?mode=ro")
    with database.begin(Scope.whole(), writing=False) as uow:
        assert find_organisation(uow, "school").name == "school"
    database.close()
    assert code_of(f"sqlite:///{path}?mode=ro") == "database_read_only"


def test_a_database_file_that_is_none_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    path.write_text("this is a text file that somebody renamed\n" * 50, encoding="utf-8")
    assert code_of(f"sqlite:///{path}") == "database_corrupt"


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert code_of(f"sqlite:///{tmp_path}") == "database_corrupt"


def test_a_damaged_file_is_corrupt(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    for at in range(4096 * 2, len(whole)):
        whole[at] = 0xAA
    path.write_bytes(bytes(whole))
    assert code_of(f"sqlite:///{path}") == "database_corrupt"


def test_a_full_disk_is_said_and_nothing_is_half_written(opened: Database) -> None:
    with opened.begin(Scope.whole()) as uow:
        pages = uow.execute(text("PRAGMA page_count")).scalar()
        uow.execute(text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(Unavailable) as refused:
            for number in range(1000):
                uow.execute(INSERT, {"name": f"n{number}", "value": "x" * 4000})
    assert refused.value.code == "disk_full"
    with opened.begin(Scope.whole(), writing=False) as uow:
        assert uow.execute(text("SELECT count(*) FROM home_setting")).scalar() == 0


@pytest.mark.skipif(not Path("/dev/shm").is_dir() or os.name == "nt", reason="needs a mountable tmpfs")
def test_a_really_full_disk_is_said_too(path: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    size = path.stat().st_size + 600_000
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small file system")
    try:
        shutil.copy(path, small / "home.db")
        database = Database.open(f"sqlite:///{small / 'home.db'}")
        with pytest.raises(Unavailable) as refused, database.begin(Scope.whole()) as uow:
            for number in range(1000):
                uow.execute(INSERT, {"name": f"n{number}", "value": "x" * 4000})
            uow.commit()
        assert refused.value.code == "disk_full"
        database.close()
        whole = sqlite3.connect(small / "home.db")
        assert whole.execute("SELECT count(*) FROM home_setting").fetchone() == (0,)
        whole.close()
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_server_that_does_not_answer_is_unreachable_without_its_password() -> None:
    database = Database.open("postgresql+psycopg://clerk:s3cret@127.0.0.1:1/home", patience=0.5)
    with pytest.raises(Unavailable) as refused:
        database.begin(Scope.whole())
    assert refused.value.code == "database_unreachable"
    assert dict(refused.value.facts) == {"host": "127.0.0.1", "port": 1, "database": "home"}
    assert "s3cret" not in f"{refused.value!r} {refused.value} {refused.value.__cause__}"


@pytest.mark.postgres
@pytest.mark.skipif(SERVER not in os.environ, reason=f"{SERVER} names no server")
def test_a_connection_that_the_server_ends_is_unreachable_and_the_next_one_works(
    databases: Databases,
) -> None:
    with databases.fresh("postgresql") as database:
        with database.begin(Scope.whole()) as uow:
            number = uow.execute(text("SELECT pg_backend_pid()")).scalar()
            with database.engine.connect() as other:
                other.execute(text(f"SELECT pg_terminate_backend({number})"))
            with pytest.raises(Unavailable) as refused:
                uow.execute(text("SELECT 1"))
        assert refused.value.code == "database_unreachable"
        with database.begin(Scope.whole()) as uow:
            assert uow.execute(text("SELECT 1")).scalar() == 1


@pytest.mark.postgres
@pytest.mark.skipif(SERVER not in os.environ, reason=f"{SERVER} names no server")
def test_a_row_that_is_held_too_long_on_a_server_is_locked(databases: Databases) -> None:
    with databases.fresh("postgresql", patience=0.3) as database:
        home = make_home(database)
        with home.begin() as first, home.begin() as second:
            bump_roster(first, home.organisation)
            with pytest.raises(Unavailable) as refused:
                bump_roster(second, home.organisation)
    assert refused.value.code == "database_locked"


@pytest.mark.parametrize("url", ["", "no url", "mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_a_url_of_something_else_is_wrong_usage(url: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        Database.open(url)
    assert refused.value.code == "database_url_wrong"


def test_opening_a_database_touches_nothing(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path / 'home.db'}").close()
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_hold_blanks_percent_signs_and_hanzi(tmp_path: Path) -> None:
    path = tmp_path / "整改 100% #1?" / "home.db"
    database = Database.open(f"sqlite:///{path}".replace("%", "%25").replace("?", "%3F"))
    database.migrate(MONDAY)
    database.close()
    assert path.is_file()


def test_a_disk_too_full_for_the_shared_index_is_said_to_be_full() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    said = fault(make_url("sqlite:///zhenggai.db"), error)
    assert said is not None
    assert said.code == "disk_full"
