"""A database comes to our version by migrations alone, on both databases, and says so when it is not there."""

from __future__ import annotations

from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from engine.errors import Unavailable
from engine.store.database import Database
from engine.store.migrations import HEAD, REVISIONS
from engine.store.schema import alembic_config
from engine.store.scope import Scope
from engine.store.tables import metadata
from tests.kit.databases import MONDAY, Databases


def test_the_migrations_make_exactly_the_tables_that_the_program_declares(database: Database) -> None:
    with database.connect(writing=False) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []


def test_keys_have_the_same_columns_in_the_same_order(database: Database) -> None:
    """What autogenerate does not compare."""
    with database.connect(writing=False) as connection:
        inspector = inspect(connection)
        found = {name: inspector.get_pk_constraint(name)["constrained_columns"] for name in metadata.tables}
        foreign = {
            name: sorted(str(key["name"]) for key in inspector.get_foreign_keys(name))
            for name in metadata.tables
        }
    declared = {
        name: [column.name for column in table.primary_key] for name, table in metadata.tables.items()
    }
    named = {
        name: sorted(str(key.name) for key in table.foreign_key_constraints)
        for name, table in metadata.tables.items()
    }
    assert (found, foreign) == (declared, named)


def test_the_listed_revisions_are_those_of_the_scripts(database: Database) -> None:
    with database.connect(writing=False) as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert scripts.get_heads() == [HEAD]
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.begin(Scope.whole()) as uow:
        uow.execute(text("INSERT INTO home_setting (name, value) VALUES ('demo', 'yes')"))
        uow.commit()
    database.migrate(MONDAY)
    with database.begin(Scope.whole(), writing=False) as uow:
        assert uow.execute(text("SELECT value FROM home_setting")).scalar() == "yes"


def test_two_that_migrate_at_once_both_succeed(databases: Databases, backend: str) -> None:
    failures: list[BaseException] = []

    def migrate(url: str) -> None:
        database = Database.open(url)
        try:
            database.migrate(MONDAY)
        except BaseException as error:
            failures.append(error)
        finally:
            database.close()

    with databases.fresh_url(backend, is_migrated=False) as url:
        threads = [Thread(target=migrate, args=(url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        database = Database.open(url)
        database.check()
        database.close()


def test_foreign_keys_are_enforced_after_a_migration(databases: Databases) -> None:
    with databases.fresh_url("sqlite", is_migrated=False) as url:
        database = Database.open(url)
        database.migrate(MONDAY)
        with database.begin(Scope.whole()) as uow:
            assert uow.execute(text("PRAGMA foreign_keys")).scalar() == 1
        database.close()


@pytest.mark.parametrize(
    ("revision", "code"), [("9999", "database_newer"), (None, "database_older")], ids=["newer", "empty"]
)
def test_a_database_of_another_version_is_refused_before_anything_is_read(
    databases: Databases, backend: str, revision: str | None, code: str
) -> None:
    with databases.fresh_url(backend, is_migrated=False) as url:
        database = Database.open(url)
        if revision is not None:
            database.migrate(MONDAY)
            with database.begin(Scope.whole()) as uow:
                uow.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": revision})
                uow.commit()
        elif database.path is not None:
            database.path.touch()
        database.close()
        late = Database.open(url)
        with pytest.raises(Unavailable) as refused:
            late.begin(Scope.whole())
        assert (refused.value.code, refused.value.facts["needed"]) == (code, HEAD)
        if revision is not None:
            with pytest.raises(Unavailable) as not_migrated:
                late.migrate(MONDAY)
            assert not_migrated.value.code == code
        late.close()
