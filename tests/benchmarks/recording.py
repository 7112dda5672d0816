"""Five moves of many issues, made by the engine once and kept as rows: what every contender then writes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import engine.store.apply as applying
from engine.core.history import NewEvent
from engine.core.world import MakeMove
from engine.services.decisions import Word, decide_together
from engine.services.moves import Assign, assign, make_move
from engine.store.database import Database
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.store.writing import Batch
from tests.kit.databases import MONDAY, OWNER, Home, make_home, open_issue
from tests.kit.worlds import vocabulary

MOVES = ("assign", "plan", "approve", "start", "submit_evidence")
AT_ONCE = 50
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """One move: which, of which case, what must still stand, the columns it sets, and its rows by table."""

    move: str
    case: int
    organisation: int
    was_state: str
    was_revision: int
    columns: Row
    rows: dict[str, list[Row]]


@dataclass(frozen=True)
class Course:
    """The school in which the moves are made: ids that every contender needs, and the moves in their order."""

    organisation: int
    people: dict[str, int]
    posts: dict[str, int]
    keys: tuple[str, ...]
    written: tuple[Written, ...]

    def of_first(self, issues: int) -> Course:
        cases = {row.case for row in self.written[: issues * len(MOVES)]}
        return Course(
            self.organisation,
            self.people,
            self.posts,
            self.keys[:issues],
            tuple(row for row in self.written if row.case in cases),
        )

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self))

    @classmethod
    def load(cls, path: Path) -> Course:
        """Only ever what `save` wrote a moment ago in a folder of our own."""
        found = pickle.loads(path.read_bytes())
        assert isinstance(found, Course)
        return found


def settle(database: Database, issues: int) -> Home:
    """A school with `issues` findings whose measures are done and whose papers are there."""
    home = make_home(database)
    for first in range(1, issues + 1, AT_ONCE):
        with home.begin() as uow:
            for number in range(first, min(first + AT_ONCE, issues + 1)):
                open_issue(uow, home, number, more=_ready())
            uow.commit()
    return home


def _ready() -> list[NewEvent]:
    done = [
        NewEvent("measure_changed", {"measure": number, "state": "done", "done_on": "2026-03-02"})
        for number in (1, 2)
    ]
    paper = {"evidence": 1, "kind": "minutes", "copies": 2, "deliverable": 1, "offline": {"place": "A1"}}
    return [*done, NewEvent("evidence_attached", paper, {"name": "minutes"})]


def moves_of(home: Home, key: str) -> Iterator[Callable[[UnitOfWork], object]]:
    """The five moves of one issue, as the verbs of the engine make them."""
    later = [MONDAY + timedelta(hours=at) for at in range(len(MOVES))]
    owner, comment = home.principal(OWNER), "all that was promised"
    word = Word([f"{key}-R1"], "approve", comment)
    yield lambda uow: assign(uow, home.principal("office"), key, Assign(home.posts[OWNER]), later[0])
    yield lambda uow: make_move(uow, owner, key, MakeMove("plan", {}, comment), later[1])
    yield lambda uow: decide_together(uow, home.principal("secretary"), word, later[2])
    yield lambda uow: make_move(uow, owner, key, MakeMove("start", {}, comment), later[3])
    yield lambda uow: make_move(uow, owner, key, MakeMove("submit_evidence", {}, comment), later[4])


def record(home: Home, keys: Sequence[str]) -> Course:
    """Make all the moves and keep what was written. The database then holds the rows to compare with."""
    written: list[Written] = []
    real = applying.write

    def _kept(uow: UnitOfWork, batch: Batch) -> bool:
        written.append(_written(batch))
        return real(uow, batch)

    applying.write = _kept
    try:
        for key in keys:
            for act in moves_of(home, key):
                in_one_commit(home, act)
    finally:
        applying.write = real
    named = [Written(MOVES[at % len(MOVES)], *_fields(row)) for at, row in enumerate(written)]
    return Course(home.organisation, home.people, home.posts, tuple(keys), tuple(named))


def in_one_commit(home: Home, act: Callable[[UnitOfWork], object]) -> None:
    with home.database.begin(Scope.one(home.organisation)) as uow:
        act(uow)
        uow.commit()


def home_again(url: str, course: Course) -> Home:
    """The same school in a copy of its database."""
    return Home(Database.open(url, vocabulary()), 0, course.organisation, 0, course.people, course.posts, 0)


def _written(batch: Batch) -> Written:
    (change,) = batch.changes
    rows = {name: [dict(row) for row in found] for name, found in batch.rows.items()}
    return Written(
        "", change.case, change.organisation, change.state, change.revision, dict(change.columns), rows
    )


def _fields(row: Written) -> tuple[Any, ...]:
    return row.case, row.organisation, row.was_state, row.was_revision, row.columns, row.rows
