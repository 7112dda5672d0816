"""Whoever can write to the database cannot hide it: each way of tampering, and the first bad row that is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.core.history import GENESIS
from engine.core.plan import Plan
from engine.core.record import NewEvidence, attach_evidence
from engine.core.seals import OutsideSeal, read_seal
from engine.services.sealing import line_of, seal_now
from engine.services.verifying import Verified, Wish, verify
from engine.store.apply import apply
from engine.store.blobs import FolderBlobs, note_blob
from engine.store.database import Database
from engine.store.seals import StoredSeal
from engine.store.worlds import load_world
from tests.integration.test_store_apply import walk_to_closed
from tests.kit.databases import MONDAY, OWNER, Databases, Home, make_home
from tests.kit.worlds import vocabulary


@dataclass
class Vault:
    """A school with three cases, one of them closed with all that a case can hold, sealed once."""

    home: Home
    blobs: FolderBlobs
    seal: StoredSeal
    digest: str

    def look(self, *outside: OutsideSeal, with_blobs: bool = True, case: int | None = None) -> Verified:
        wish = Wish(case, tuple(outside), with_blobs=with_blobs)
        with self.home.begin(writing=False) as uow:
            return verify(uow, self.home.organisation, "school", self.blobs, wish)

    def found(self, *outside: OutsideSeal) -> list[tuple[str, str | None, int | None]]:
        return [(row.what, row.case, row.seq) for row in self.look(*outside).broken]

    def tamper(self, *statements: str) -> None:
        """As somebody who holds the database file: nothing of ours in between, no foreign keys."""
        with self.home.database.connect(writing=True) as connection:
            if self.home.database.is_sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
                connection.rollback()
            with connection.begin():
                if not self.home.database.is_sqlite:
                    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                for statement in statements:
                    connection.exec_driver_sql(statement)
            connection.invalidate()

    def found_if(self, *statements: str) -> list[tuple[str, str | None, int | None]]:
        """What would be found after these statements; they are rolled back, so one school serves many rows."""
        with self.home.begin() as uow:
            is_sqlite = self.home.database.is_sqlite
            uow.connection.exec_driver_sql(
                "PRAGMA defer_foreign_keys=ON"
                if is_sqlite
                else "SET LOCAL session_replication_role = replica"
            )
            for statement in statements:
                uow.connection.exec_driver_sql(statement)
            found = verify(uow, self.home.organisation, "school", self.blobs, Wish())
        return [(row.what, row.case, row.seq) for row in found.broken]

    @property
    def outside(self) -> OutsideSeal:
        copy = read_seal(line_of(self.seal, "Asia/Shanghai"))
        assert copy is not None
        return copy


Prepare = Callable[[str], tuple[str, Vault]]
Standing = Callable[[str], Vault]


@pytest.fixture(scope="module")
def prepared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepare]:
    """One prepared school for each kind of database: (address, what lies there), closed, to be copied."""
    made: dict[str, tuple[str, Vault]] = {}
    with ExitStack() as stack:

        def prepare(backend: str) -> tuple[str, Vault]:
            if backend not in made:
                url = stack.enter_context(databases.fresh_url(backend))
                with closing(Database.open(url, vocabulary())) as database:
                    vault = filled(make_home(database), tmp_path_factory.mktemp(f"blobs-{backend}"))
                made[backend] = (url, vault)
            return made[backend]

        yield prepare


@pytest.fixture
def vault(databases: Databases, prepared: Prepare, backend: str, tmp_path: Path) -> Iterator[Vault]:
    url, ready = prepared(backend)
    shutil.copytree(ready.blobs.root, tmp_path / "blobs")
    with databases.copy_of(url) as mine, closing(Database.open(mine, vocabulary())) as database:
        yield replace(
            ready, home=replace(ready.home, database=database), blobs=FolderBlobs(tmp_path / "blobs")
        )


@pytest.fixture(scope="module")
def standing(databases: Databases, prepared: Prepare) -> Iterator[Standing]:
    """One school for each kind of database that nobody changes for good."""
    made: dict[str, Vault] = {}
    with ExitStack() as stack:

        def stand(backend: str) -> Vault:
            if backend not in made:
                url, ready = prepared(backend)
                mine = Database.open(stack.enter_context(databases.copy_of(url)), vocabulary())
                database = stack.enter_context(closing(mine))
                made[backend] = replace(ready, home=replace(ready.home, database=database))
            return made[backend]

        yield stand


def filled(home: Home, folder: Path) -> Vault:
    for number in (1, 2, 3):
        home.open_issue(number)
    blobs = FolderBlobs(folder)
    digest, size = blobs.put(home.organisation, BytesIO("会议记录".encode()))
    with home.begin() as uow:
        walk_to_closed(home, uow)
        world = load_world(uow, home.organisation, "2026-2")
        paper = NewEvidence("minutes", "minutes.txt", MONDAY.date(), digest, size)
        plan = attach_evidence(world, home.principal("office"), [paper], MONDAY)
        assert isinstance(plan, Plan)
        note_blob(uow, home.organisation, digest, size, MONDAY)
        apply(uow, world, plan, MONDAY)
        uow.commit()
    with home.begin() as uow:
        seal = seal_now(uow, home.organisation, MONDAY + timedelta(hours=1))
        uow.commit()
    return Vault(home, blobs, seal, digest)


def test_what_nobody_touched_is_whole(vault: Vault) -> None:
    found = vault.look(vault.outside)
    assert (found.broken, found.cases, found.blobs, found.is_outside) == ((), 3, 1, True)


CASE_1 = "(SELECT id FROM case_file WHERE key = '2026-1')"
CASE_3 = "(SELECT id FROM case_file WHERE key = '2026-3')"
OF_1 = f"WHERE case_id = {CASE_1}"
ONE = "2026-1"


def event_column(column: str, value: str, seq: int = 4) -> str:
    return f"UPDATE event SET {column} = {value} {OF_1} AND seq = {seq}"


# (what was done) → (code, case, seq) of the first bad row
TAMPERED: dict[str, tuple[tuple[str, ...], tuple[str, str | None, int | None]]] = {
    "a payload": ((event_column("payload", "'{}'"),), ("payload_changed", ONE, 4)),
    "a payload that is no JSON": ((event_column("payload", "'{'"),), ("payload_changed", ONE, 4)),
    "a header": ((event_column("header", "'{}'"),), ("header_changed", ONE, 4)),
    "a hash": ((event_column("hash", f"'{GENESIS}'"),), ("header_changed", ONE, 4)),
    "a previous hash": ((event_column("previous", f"'{GENESIS}'"),), ("link_broken", ONE, 4)),
    "a type": ((event_column("type", "'erasure_asked'"),), ("column_changed", ONE, 4)),
    "a version": ((event_column("version", "2"),), ("column_changed", ONE, 4)),
    "an effective time": (
        (event_column("effective_at", "'2026-03-01 00:00:00.000000'"),),
        ("column_changed", ONE, 4),
    ),
    "a recorded time": (
        (event_column("recorded_at", "'2026-03-01 00:00:00.000000'"),),
        ("column_changed", ONE, 4),
    ),
    "who acted": ((event_column("person", "1"),), ("column_changed", ONE, 4)),
    "for whom": ((event_column("acting_for", "1"),), ("column_changed", ONE, 4)),
    "by which door": ((event_column("via", "'paper'"),), ("column_changed", ONE, 4)),
    "with which proof": ((event_column("credential", "'pin'"),), ("column_changed", ONE, 4)),
    "by which token": ((event_column("credential_id", "7"),), ("column_changed", ONE, 4)),
    "the rules it was under": ((event_column("definition", "'x'"),), ("column_changed", ONE, 4)),
    "the organisation of an event": ((event_column("organisation_id", "1"),), ("column_changed", ONE, 4)),
    "a text": (
        (f"UPDATE event_text SET text = 'other' {OF_1} AND seq = 1 AND name = 'title'",),
        ("text_changed", ONE, 1),
    ),
    "a salt": (
        (f"UPDATE event_text SET salt = 'other' {OF_1} AND seq = 1 AND name = 'title'",),
        ("text_changed", ONE, 1),
    ),
    "a text that was blanked": (
        (f"UPDATE event_text SET text = NULL {OF_1} AND seq = 1 AND name = 'title'",),
        ("text_missing", ONE, 1),
    ),
    "a text that was deleted": (
        (f"DELETE FROM event_text {OF_1} AND seq = 1 AND name = 'title'",),
        ("text_missing", ONE, 1),
    ),
    "a text that nobody wrote": (
        (f"UPDATE event_text SET name = 'titel' {OF_1} AND seq = 1 AND name = 'title'",),
        ("text_added", ONE, 1),
    ),
    "a row in the middle": (
        (f"DELETE FROM event_text {OF_1} AND seq = 2", f"DELETE FROM event {OF_1} AND seq = 2"),
        ("event_missing", ONE, 2),
    ),
    "the first row": (
        (f"DELETE FROM event_text {OF_1} AND seq = 1", f"DELETE FROM event {OF_1} AND seq = 1"),
        ("event_missing", ONE, 1),
    ),
    "a tail": ((f"DELETE FROM event {OF_1} AND seq > 8",), ("tail_missing", ONE, 9)),
    "a tail, with revision and head set to match": (
        (
            f"DELETE FROM event_text {OF_1} AND seq > 8",
            f"DELETE FROM event {OF_1} AND seq > 8",
            f"UPDATE case_file SET revision = 8, head = (SELECT hash FROM event {OF_1} AND seq = 8) WHERE key = '{ONE}'",
        ),
        ("tail_missing", ONE, 9),
    ),
    "a head": (
        (f"UPDATE case_file SET head = '{GENESIS}' WHERE key = '{ONE}'",),
        ("projection_differs", ONE, -1),
    ),
    "a revision": (
        (f"UPDATE case_file SET revision = 2 WHERE key = '{ONE}'",),
        ("projection_differs", ONE, -1),
    ),
    "a state": (
        ("UPDATE case_file SET state = 'closed' WHERE key = '2026-3'",),
        ("projection_differs", "2026-3", 6),
    ),
    "a title": (
        ("UPDATE case_file SET title = 'x' WHERE key = '2026-3'",),
        ("projection_differs", "2026-3", 6),
    ),
    "who acted before": (
        (f"UPDATE case_file SET acted = '[]' WHERE key = '{ONE}'",),
        ("projection_differs", ONE, -1),
    ),
    "a measure": (
        (f"UPDATE measure SET state = 'done' WHERE case_id = {CASE_3}",),
        ("projection_differs", "2026-3", 6),
    ),
    "a measure that was deleted": (
        (f"DELETE FROM measure WHERE case_id = {CASE_3} AND number = 2",),
        ("projection_differs", "2026-3", 6),
    ),
    "a deliverable": (
        (f"UPDATE deliverable SET count = 1 WHERE case_id = {CASE_3}",),
        ("projection_differs", "2026-3", 6),
    ),
    "a date": (
        (f"UPDATE deadline SET due_on = '2027-01-01' WHERE case_id = {CASE_3} AND kind = 'plan'",),
        ("projection_differs", "2026-3", 6),
    ),
    "an evidence": ((f"UPDATE evidence SET copies = 3 {OF_1}",), ("projection_differs", ONE, -1)),
    "a request": (
        (f"UPDATE request SET status = 'returned' {OF_1} AND number = 1",),
        ("projection_differs", ONE, -1),
    ),
    "a vote": ((f"UPDATE vote SET person = 3 {OF_1} AND request = 1",), ("projection_differs", ONE, -1)),
    "the organisation of a part": (
        (f"UPDATE measure SET organisation_id = 1 WHERE case_id = {CASE_3}",),
        ("projection_differs", "2026-3", 6),
    ),
    "a case, but not its rows": (
        ("DELETE FROM case_file WHERE key = '2026-3'",),
        ("case_missing", "2026-3", None),
    ),
    "a definition": (
        (
            "UPDATE definition SET text = replace(text, 'verify:', 'verifies:') WHERE kind = 'workflow' AND name = 'rectification'",
        ),
        ("definition_changed", None, None),
    ),
    "a definition that was deleted": (
        ("DELETE FROM definition WHERE kind = 'workflow' AND name = 'rectification'",),
        ("definition_missing", ONE, 1),
    ),
    "a seal": (("UPDATE seal SET cases = 2",), ("seal_changed", None, None)),
    "a leaf of a seal": (
        (f"UPDATE seal_leaf SET head = '{GENESIS}' WHERE key = '2026-3'",),
        ("sealed_otherwise", "2026-3", 6),
    ),
    "a leaf of a seal that was deleted": (
        ("DELETE FROM seal_leaf WHERE key = '2026-3'",),
        ("case_missing", None, None),
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_the_first_bad_row_is_named(standing: Standing, backend: str, what: str) -> None:
    statements, (code, case, seq) = TAMPERED[what]
    found_code, found_case, found_seq = standing(backend).found_if(*statements)[0]
    assert (found_code, found_case) == (code, case)
    assert seq in (found_seq, -1)  # -1: the last event, whatever its number


def test_a_school_tampered_with_for_a_moment_is_whole_again(standing: Standing, backend: str) -> None:
    vault = standing(backend)
    assert (vault.found_if(TAMPERED["a header"][0][0]) == [], vault.found()) == (False, [])


def test_a_whole_case_that_vanished_with_all_its_rows_is_missed(vault: Vault) -> None:
    tables = ("event", "event_text", "measure", "deliverable", "deadline")
    statements = [f"DELETE FROM {name} WHERE case_id = {CASE_3}" for name in tables]
    vault.tamper(*statements, "DELETE FROM case_file WHERE key = '2026-3'")
    assert vault.found() == [("case_missing", "2026-3", None)]


def test_whoever_forges_the_seals_too_is_caught_by_the_copy_outside(vault: Vault) -> None:
    tables = ("event", "event_text", "measure", "deliverable", "deadline")
    statements = [f"DELETE FROM {name} WHERE case_id = {CASE_3}" for name in tables]
    vault.tamper(
        *statements, "DELETE FROM case_file WHERE key = '2026-3'", "DELETE FROM seal_leaf", "DELETE FROM seal"
    )
    with vault.home.begin() as uow:
        seal_now(uow, vault.home.organisation, MONDAY)
        uow.commit()
    assert vault.found() == []
    assert vault.found(vault.outside) == [("seal_differs", None, None)]


def test_a_seal_that_is_known_outside_and_not_here_is_missed(vault: Vault) -> None:
    assert vault.found(OutsideSeal(2, "0" * 16)) == [("seal_missing", None, None)]


def test_a_history_that_grew_since_the_seal_is_whole(vault: Vault) -> None:
    vault.home.open_issue(4)
    with vault.home.begin() as uow:
        second = seal_now(uow, vault.home.organisation, MONDAY + timedelta(days=31))
        uow.commit()
    assert second.seal.cases == 4
    assert vault.found(vault.outside) == []


def test_a_case_that_did_not_change_has_one_leaf(vault: Vault) -> None:
    vault.home.open_issue(4)
    with vault.home.begin() as uow:
        seal_now(uow, vault.home.organisation, MONDAY + timedelta(days=31))
        uow.commit()
    with vault.home.begin(writing=False) as uow:
        rows = uow.execute(
            text("SELECT seal FROM seal_leaf WHERE organisation_id > 0 AND case_id > 0 ORDER BY case_id")
        )
        assert list(rows.scalars()) == [1, 1, 1, 2]


def test_bytes_that_were_swapped_or_lost_are_named_with_their_case(vault: Vault) -> None:
    path = next(vault.blobs.root.rglob(vault.digest))
    kept = path.read_bytes()
    path.write_bytes(b"x" * len(kept))
    swapped = vault.found()
    without = vault.look(with_blobs=False).broken
    path.write_bytes(kept + b"x")
    longer = vault.found()
    path.unlink()
    lost = vault.found()
    assert swapped == longer == [("blob_changed", "2026-2", None)]
    assert without == ()
    assert lost[0][:2] == ("blob_missing", "2026-2")


def test_a_poisoned_case_does_not_stop_the_rest(vault: Vault) -> None:
    vault.tamper(
        f"UPDATE event SET payload = '[' {OF_1} AND seq = 1",
        "UPDATE case_file SET state = 'closed' WHERE key = '2026-3'",
    )
    assert [row[:2] for row in vault.found()] == [("payload_changed", ONE), ("projection_differs", "2026-3")]


def test_a_value_that_cannot_be_read_spoils_its_own_case_alone(vault: Vault) -> None:
    if not vault.home.database.is_sqlite:
        pytest.skip("columns of PostgreSQL hold only what they can hold")
    vault.tamper(f"UPDATE deadline SET due_on = 'soon' WHERE case_id = {CASE_3}")
    assert [row.what for row in vault.look().broken] == ["row_unreadable"]


def test_one_case_can_be_looked_at_alone(vault: Vault) -> None:
    vault.tamper(event_column("payload", "'{}'"))
    with vault.home.begin(writing=False) as uow:
        ids = {key: load_world(uow, vault.home.organisation, key).case.id for key in (ONE, "2026-3")}
    assert [len(vault.look(case=ids[key]).broken) for key in (ONE, "2026-3")] == [1, 0]


def test_only_the_own_organisation_is_sealed(vault: Vault) -> None:
    with vault.home.begin(writing=False) as uow:
        assert uow.execute(text("SELECT DISTINCT organisation_id FROM seal")).scalars().all() == [
            vault.home.organisation
        ]
        assert OWNER in vault.home.posts
