"""A command that is killed before any of its statements is done or not begun, and its repetition does it once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from engine.core.fold import replay
from engine.services.verifying import Wish, verify
from engine.store.blobs import FolderBlobs
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.histories import history
from engine.store.places import find_organisation
from engine.store.scope import Scope
from engine.store.worlds import load_world
from tests.kit.cli import COMMISSIONER, LEADER, PEOPLE, PINS, SECRETARY, CommandLine
from tests.kit.contents import content_digest
from tests.kit.databases import Databases
from tests.kit.doomed import nursery
from tests.kit.reports import TEXT
from tests.kit.stories import ZONE
from tests.kit.worlds import vocabulary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX word")

DUE = (date.today() + timedelta(days=90)).isoformat()
FIRST, SECOND = "2026-1", "2026-2"
SIGNED = ("--as", SECRETARY, "--pin", PINS[SECRETARY])
ASSIGNED = [("assign", case, "--leader", LEADER) for case in (FIRST, SECOND)]
ASKED = [*ASSIGNED, *(("do", case, "plan", "--as", LEADER) for case in (FIRST, SECOND))]
TO_BE_CLOSED = [
    *ASKED,
    ("approve", f"{FIRST}-R1", *SIGNED),
    ("do", FIRST, "start", "--as", LEADER),
    ("measure", "done", FIRST, "1", "2", "--as", LEADER),
    ("evidence", "add", FIRST, "--as", LEADER, "--offline", "学习计划", "--deliverable", "1"),
    ("do", FIRST, "submit_evidence", "--as", LEADER),
    ("do", FIRST, "verify", "--as", COMMISSIONER, "--pin", PINS[COMMISSIONER]),
    ("do", FIRST, "close", "--as", LEADER),
]


@dataclass(frozen=True)
class Doomed:
    """A command, what came before it, and the state in which the first case ends."""

    before: list[tuple[str, ...]]
    words: tuple[str, ...]
    state: str


TO_BE_ERASED = [
    ("people", "add", "钱五", "--title", "教师"),
    ("people", "leave", "p5", "--on", (datetime.now(ZONE).date() - timedelta(days=1)).isoformat()),
    ("erase", "--person", "p5", "--as", "p4", "--reason", "本人要求"),
]
BUNDLED = [*ASKED, ("bundle", "make", "2026", "plan", "--as", "p4")]
COMMANDS = {
    "do": Doomed(ASSIGNED, ("do", FIRST, "plan", "--as", LEADER, "--file", "PAPER"), "assigned"),
    "assign": Doomed([], ("assign", FIRST, "--leader", LEADER, "--due", DUE), "assigned"),
    "approve": Doomed(TO_BE_CLOSED, ("approve", f"{FIRST}-R2", *SIGNED), "closed"),
    "bundle": Doomed(BUNDLED, ("approve", "2026-B1", *SIGNED, "--digest", "DIGEST"), "planned"),
    "handover": Doomed(
        ASKED,
        ("people", "handover", "vice_principal_teaching", "--from", LEADER, "--to", "p4", "--as", "p4"),
        "assigned",
    ),
    "erase": Doomed(TO_BE_ERASED, ("erase", "--person", "p5", *SIGNED), "assigned"),
}
QUICK = ("do", "handover")
"""One that writes a case, and one that writes the register beside cases."""
CHOSEN = [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.long]) for name in COMMANDS]


@dataclass(frozen=True)
class Patient:
    """A home whose commands are killed."""

    cli: CommandLine
    database: Database
    blobs: FolderBlobs

    def holds(self) -> str:
        """Everything but the count of tries of a PIN, which is committed before the command begins."""
        return content_digest(self.database, without=("credential",))

    def faults(self) -> list[str]:
        """What `verify` says, and cases whose rows are not what their history says."""
        with self.database.begin(Scope.whole(), writing=False) as uow:
            place = find_organisation(uow)
            assert place.id is not None
            broken = verify(uow, place.id, place.key, self.blobs, Wish()).broken
            found = [row.what for row in broken]
            for line in list_cases(uow, place.id):
                case = load_world(uow, place.id, line.key, lock=False).case
                if replay(line.id, place.id, history(uow, line.id)) != case:
                    found.append(line.key)
        return found


@pytest.fixture
def patient(databases: Databases, backend: str, tmp_path: Path) -> Iterator[Patient]:
    with databases.fresh_url(backend) as url:
        cli = CommandLine(tmp_path / "home", url)
        (tmp_path / "paper.txt").write_text("学习计划", encoding="utf-8")
        (tmp_path / "report.txt").write_text(TEXT, encoding="utf-8")
        prepared(cli, ("init", "--name", "青石桥小学", "--go-live", "2026-01-01"))
        prepared(cli, *(("people", "add", name, "--post", post) for name, post in PEOPLE))
        prepared(cli, *(("people", "pin", person, "--pin", pin) for person, pin in PINS.items()))
        prepared(cli, ("import", str(tmp_path / "report.txt")))
        database = Database.open(url, vocabulary())
        yield Patient(cli, database, FolderBlobs(cli.home / "blobs"))
        database.close()


def prepared(cli: CommandLine, *commands: tuple[str, ...]) -> None:
    for words in commands:
        said = cli(*words)
        assert said.code == 0, (words, said)


@pytest.mark.parametrize("name", CHOSEN)
def test_a_command_killed_before_any_statement_is_done_or_not_begun(
    patient: Patient, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    doomed = COMMANDS[name]
    prepared(patient.cli, *doomed.before)
    words = spoken(patient, doomed, tmp_path)
    seen = killed_at_every_step(patient, words, from_write=not request.config.getoption("--long"))
    # Not begun until the commit, done from then on: two states, in this order, and nothing between them.
    assert len(dict.fromkeys(seen)) == 2
    assert seen == sorted(seen, key=seen.index)
    assert seen[-2] == seen[-1], "one kill at least fell between the commit and the answer"
    assert patient.cli("show", FIRST, "--json").data["state"] == doomed.state


def spoken(patient: Patient, doomed: Doomed, folder: Path) -> tuple[str, ...]:
    known = {"PAPER": str(folder / "paper.txt")}
    if "DIGEST" in doomed.words:
        known["DIGEST"] = patient.cli("bundle", "show", "2026-B1", "--json").data["digest"]
    return (*(known.get(word, word) for word in doomed.words), "--key", "once")


def killed_at_every_step(patient: Patient, words: tuple[str, ...], *, from_write: bool) -> list[str]:
    """What the home held after each kill, and after the last run, which nobody killed."""
    seen: list[str] = []
    with nursery(patient.cli.variables()) as born:
        for allowed in range(1000):
            code = born.run(words, allowed=allowed, from_write=from_write)
            held = patient.holds()
            # What was whole a moment ago is whole still, where not a row has changed.
            assert held in seen or patient.faults() == [], allowed
            seen.append(held)
            if code == 0:
                return seen
    raise AssertionError("the command never came to its end")
