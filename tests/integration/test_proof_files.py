"""`verify --no-blobs` reads no bytes, and still looks at the rows that note and name them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from engine.services.verifying import Wish, verify
from engine.store.database import Database
from engine.store.scope import Scope
from tests.integration.test_proof_verify import filled
from tests.kit.cli import LEADER, SECRETARY
from tests.kit.databases import Home
from tests.kit.homes import Homes
from tests.kit.worlds import vocabulary

SCAN = "f" * 64
NOTED = {
    "a file that is noted no more": ("DELETE FROM blob",),
    "a file that is noted in bytes too many": ("UPDATE blob SET size = size + 1",),
    "a file that is noted under another digest": (f"UPDATE blob SET digest = '{SCAN}'",),
}


def faults(home: Home, folder: Path, *statements: str) -> list[tuple[str, str | None]]:
    """What is found without a byte at hand, once the school has been filled and these statements were run."""
    vault = filled(home, folder / "blobs")
    with home.begin() as uow:
        for statement in statements:
            assert uow.connection.exec_driver_sql(statement).rowcount == 1
        nowhere = type(vault.blobs)(folder / "nowhere")
        found = verify(uow, home.organisation, "school", nowhere, Wish(with_blobs=False))
    return [(row.what, row.case) for row in found.broken]


@pytest.mark.parametrize("what", NOTED)
def test_rows_of_files_are_looked_at_without_their_bytes(home: Home, tmp_path: Path, what: str) -> None:
    assert faults(home, tmp_path, *NOTED[what]) == [("blob_missing", "2026-2")]


def test_the_row_of_a_scan_is_looked_at_too(homes: Homes, tmp_path: Path, backend: str) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7 signed")
    with homes.fresh(backend, tmp_path / "home") as home:
        for step in (
            ("assign", "2026-1", "--leader", LEADER),
            ("do", "2026-1", "plan", "--as", LEADER),
            ("approve", "2026-1-R1", "--as", SECRETARY, "--paper", str(tmp_path / "scan.pdf")),
        ):
            assert home(*step).code == 0
        before = home("verify", "--no-blobs").code
        with closing(Database.open(home.url, vocabulary())) as database, database.begin(Scope.whole()) as uow:
            uow.connection.exec_driver_sql("DELETE FROM blob")
            uow.commit()
        after = home("verify", "--no-blobs", "--json").data["organisations"][0]["first"]
    assert (before, after["what"], after["case"]) == (0, "blob_missing", "2026-1")


def test_bytes_that_are_not_there_are_not_missed_without_them(home: Home, tmp_path: Path) -> None:
    assert faults(home, tmp_path) == []
