"""Definitions, idempotency rows, blobs and lists: the smaller parts of the store."""

from __future__ import annotations

import hashlib
import io
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from engine.core.fold import replay
from engine.core.history import NewEvent
from engine.core.vocabulary import Vocabulary
from engine.errors import Conflict, DefinitionError, NotFound, Unavailable
from engine.store.blobs import FolderBlobs, note_blob
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.definitions import FOR_ALL, by_digest, current, current_of_kind, publish
from engine.store.histories import histories
from engine.store.idempotency import Answered, Question, ask, remember
from engine.store.places import load_place
from engine.store.prepared import SENT, Prepared
from engine.store.scope import Scope
from engine.store.tables import BlobRow, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds_by_key
from tests.kit.databases import MONDAY, OWNER, Home

CLOSED = "calendar: china\nversion: '1'\nyears:\n  2026: {status: confirmed, source: us, closed: [03-03], makeup: []}\n"


def test_an_organisations_own_definition_rules_before_the_one_for_all(home: Home) -> None:
    with home.database.begin(Scope.whole()) as uow:
        publish(uow, "school", "ladder", "default", 1, "own", "own text", MONDAY)
        assert current(uow, "school", "ladder", "default").text == "own text"
        assert current(uow, "neighbour", "ladder", "default").digest != "own"
        assert current_of_kind(uow, "school", "ladder")["default"].digest == "own"
        assert current_of_kind(uow, "neighbour", "ladder")["default"].digest != "own"
        assert by_digest(uow, "ladder", "own").scope == "school"


def test_a_new_version_becomes_current_and_the_old_one_stays(home: Home) -> None:
    with home.database.begin(Scope.whole()) as uow:
        assert publish(uow, FOR_ALL, "ladder", "x", 1, "d1", "one", MONDAY)
        assert publish(uow, FOR_ALL, "ladder", "x", 2, "d2", "two", MONDAY)
        assert not publish(uow, FOR_ALL, "ladder", "x", 2, "d2", "two", MONDAY)
        assert current(uow, "school", "ladder", "x").digest == "d2"
        assert by_digest(uow, "ladder", "d1").text == "one"
        assert publish(uow, FOR_ALL, "ladder", "x", 1, "d1", "one", MONDAY)
        assert current(uow, "school", "ladder", "x").digest == "d1"


@pytest.mark.parametrize("what", ["name", "digest"])
def test_what_was_never_published_is_not_found(home: Home, what: str) -> None:
    with home.begin() as uow, pytest.raises(NotFound) as missing:
        if what == "name":
            current(uow, "school", "workflow", "nothing")
        else:
            home.database.workflow(uow, "nothing")
    assert missing.value.code == "definition_not_found"


def test_a_workflow_is_compiled_once_and_its_wording_may_be_corrected(home: Home) -> None:
    with home.database.begin(Scope.whole()) as uow:
        old = current(uow, "school", "workflow", "rectification")
        first = home.database.workflow(uow, old.digest)
        assert home.database.workflow(uow, old.digest) is first
        text = old.text.replace("label: 已分派", "label: 已交办")
        publish(uow, FOR_ALL, "workflow", "rectification", 1, old.digest, text, MONDAY)
        uow.commit()
    with home.database.begin(Scope.whole()) as uow:
        assert home.database.workflow(uow, old.digest).definition.states["assigned"].label == "已交办"


def test_a_workflow_whose_guards_are_gone_is_a_definition_error(home: Home) -> None:
    with home.begin() as uow:
        digest = current(uow, "school", "workflow", "rectification").digest
    poor = Database(home.database.url, Vocabulary())
    with poor.begin(home.scope) as uow, pytest.raises(DefinitionError):
        poor.workflow(uow, digest)
    poor.close()


def test_a_published_calendar_rules_at_once_and_bumps_those_it_rules(home: Home) -> None:
    with home.database.begin(Scope.whole()) as uow:
        before = {place: load_place(uow, place) for place in (home.organisation, home.neighbour)}
        publish(uow, "school", "calendar", "china", 1, "c1", CLOSED, MONDAY)
        after = {place: load_place(uow, place) for place in before}
    tuesday = date(2026, 3, 3)
    assert before[home.organisation].calendar.is_workday(tuesday)
    assert not after[home.organisation].calendar.is_workday(tuesday)
    assert after[home.organisation].calendar_version == before[home.organisation].calendar_version + 1
    assert after[home.neighbour] == before[home.neighbour]


def test_a_key_is_answered_again_and_refused_for_other_content(home: Home) -> None:
    with home.begin() as uow:
        assert answered(uow, Question(home.organisation, "cli:1", "k", "d")) is None
        answer = {"case": "2026-1", "说": ["好", 1, None]}
        remember(uow, Question(home.organisation, "cli:1", "k", "d"), answer, MONDAY)
        uow.commit()
    with home.begin() as uow:
        assert answered(uow, Question(home.organisation, "cli:1", "k", "d")) == answer
        assert answered(uow, Question(home.organisation, "cli:2", "k", "d")) is None
        with pytest.raises(Conflict) as reused:
            answered(uow, Question(home.organisation, "cli:1", "k", "other"))
        with pytest.raises(Conflict):
            remember(uow, Question(home.organisation, "cli:1", "k", "d"), {}, MONDAY)
    assert reused.value.code == "idempotency_key_reused"


def answered(uow: UnitOfWork, question: Question) -> Mapping[str, object] | None:
    """What the key got before, looked up by itself."""
    ask(uow, question)
    try:
        uow.settle_question()
    except Answered as before:
        return before.answer
    return None


FIRST_STATEMENTS: dict[str, Callable[[UnitOfWork, Home], object]] = {
    "loading a case": lambda uow, home: load_world(uow, home.organisation, "2026-1"),
    "loading a case that is not there": lambda uow, home: load_world(uow, home.organisation, "2026-9"),
    "loading two cases": lambda uow, home: load_worlds_by_key(uow, home.organisation, ["2026-1", "2026-9"]),
    "any other statement": lambda uow, home: load_place(uow, home.organisation),
    "one of the session": lambda uow, home: uow.session.get(Organisation, home.organisation),
}


@pytest.mark.parametrize("first", FIRST_STATEMENTS)
def test_whatever_is_sent_first_looks_the_key_up(home: Home, first: str) -> None:
    home.open_issue()
    question = Question(home.organisation, "cli:1", "k", "d")
    act = FIRST_STATEMENTS[first]
    with home.begin() as uow:
        remember(uow, question, {"case": "2026-1"}, MONDAY)
        uow.commit()
    with home.begin() as uow:
        ask(uow, question)
        with pytest.raises(Answered) as before:
            act(uow, home)
    with home.begin() as uow:
        ask(uow, replace(question, digest="other"))
        with pytest.raises(Conflict) as reused:
            act(uow, home)
    assert (before.value.answer, reused.value.code) == ({"case": "2026-1"}, "idempotency_key_reused")


def test_a_key_that_is_new_hinders_no_load(home: Home) -> None:
    home.open_issue()
    with home.begin() as uow:
        plain = load_world(uow, home.organisation, "2026-1")
        ask(uow, Question(home.organisation, "cli:1", "new", "d"))
        assert load_world(uow, home.organisation, "2026-1") == plain
        ask(uow, Question(home.organisation, "cli:1", "new", "d"))
        with pytest.raises(NotFound):
            load_world(uow, home.organisation, "2026-9")


def test_a_blob_is_kept_once_per_organisation_under_its_digest(tmp_path: Path) -> None:
    blobs, data = FolderBlobs(tmp_path), b"minutes" * 400_000
    digest = hashlib.sha256(data).hexdigest()
    assert blobs.put(1, io.BytesIO(data)) == (digest, len(data))
    assert blobs.put(1, io.BytesIO(data)) == (digest, len(data))
    assert list(blobs.digests(1)) == [digest]
    assert (blobs.holds(1, digest), blobs.holds(2, digest)) == (True, False)
    with blobs.open(1, digest) as stored:
        assert stored.read() == data
    assert [path for path in (tmp_path / "1" / "incoming").iterdir()] == []


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_a_blob_that_is_not_there_is_not_found(tmp_path: Path, digest: str) -> None:
    blobs = FolderBlobs(tmp_path)
    assert not blobs.holds(1, digest)
    with pytest.raises(NotFound) as missing:
        blobs.open(1, digest)
    assert missing.value.code == "blob_not_found"


def test_a_source_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise ValueError("broken off")
            return super().read(5)

    blobs = FolderBlobs(tmp_path)
    with pytest.raises(ValueError, match="broken off"):
        blobs.put(1, Broken(b"0123456789"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_full_disk_while_storing_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path)], check=False)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small file system")
    try:
        with pytest.raises(Unavailable) as refused:
            FolderBlobs(tmp_path / "blobs").put(1, io.BytesIO(b"x" * 1_000_000))
        assert refused.value.code == "disk_full"
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_blob_is_noted_once(home: Home) -> None:
    with home.begin() as uow:
        note_blob(uow, home.organisation, "a" * 64, 5, MONDAY)
        note_blob(uow, home.organisation, "a" * 64, 5, MONDAY + timedelta(days=1))
        uow.commit()


def test_a_list_shows_each_case_with_its_next_day_and_its_measures(home: Home) -> None:
    owner = home.posts[OWNER]
    first = home.open_issue(
        1,
        more=[
            NewEvent("owner_set", {"post": owner}),
            NewEvent("measure_changed", {"measure": 1, "state": "done", "done_on": "2026-03-02"}),
            NewEvent("deadline_set", {"kind": "plan", "version": 2, "due_on": "2026-03-27", "armed": True}),
            NewEvent(
                "deadline_set", {"kind": "rectify", "version": 2, "due_on": "2026-08-27", "armed": True}
            ),
        ],
    )
    second = home.open_issue(
        10, measures=3, more=[NewEvent("measure_changed", {"measure": 2, "state": "dropped"})]
    )
    with home.begin(writing=False) as uow:
        lines = list_cases(uow, home.organisation, ["issue"])
        mine = list_cases(uow, home.organisation, owner_post=owner, states=["assigned"], is_final=False)
        closed = list_cases(uow, home.organisation, is_final=True)
        told = histories(uow, [second.id, first.id])
    assert [(line.key, line.due_on, line.measures, line.measures_done) for line in lines] == [
        ("2026-1", date(2026, 3, 27), 2, 1),
        ("2026-10", None, 2, 0),
    ]
    assert ([line.key for line in mine], closed) == (["2026-1"], [])
    assert [replay(case.id, home.organisation, told[case.id]) for case in (first, second)] == [first, second]


def test_a_column_that_a_row_does_not_bring_is_missed_and_never_made_up(home: Home) -> None:
    statement = Prepared(insert(table_of(BlobRow)), ["organisation_id", "digest", "size"])
    SENT.remove(statement)  # it is none of the program's own
    with home.begin() as uow, pytest.raises(KeyError, match="size"):
        statement.send(uow, {"organisation_id": home.organisation, "digest": "d"})
