"""A SQLModel session with a `transitions` machine on each loaded row's model, as most people write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, make_url
from sqlmodel import Session, SQLModel, col, select
from transitions import Machine

from engine.store.engines import make_engine
from engine.store.tables import (
    CaseFile,
    DeadlineRow,
    EventRow,
    EventText,
    EvidenceRow,
    HoldingRow,
    MeasureRow,
    Notice,
    RequestRow,
    VoteRow,
)
from tests.benchmarks.habits import chained, may, person_of
from tests.benchmarks.recording import Course, Row, Written

STATES = ["assigned", "planned", "in_progress", "evidence_submitted", "verified", "closed"]
MODELS: dict[str, Any] = {
    "deadline": DeadlineRow,
    "request": RequestRow,
    "vote": VoteRow,
    "measure": MeasureRow,
    "evidence": EvidenceRow,
    "event_text": EventText,
    "notice": Notice,
}


class Issue:
    """The model that the machine moves; its guard asks the database."""

    def __init__(self, session: Session, row: CaseFile, written: Written) -> None:
        self.session, self.row, self.written = session, row, written
        target = written.columns.get("state", row.state)
        moves = [{"trigger": written.move, "source": row.state, "dest": target, "conditions": "may"}]
        self.machine = Machine(
            self, states=STATES, transitions=moves, initial=row.state, auto_transitions=False
        )

    def may(self) -> bool:
        held = select(HoldingRow).where(col(HoldingRow.organisation_id) == self.row.organisation_id)
        promised = select(MeasureRow).where(col(MeasureRow.case_id) == self.row.id)
        holders = {row.person_id for row in self.session.exec(held)}
        return may(holders, person_of(self.written), len(self.session.exec(promised).all()))


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    engine = make_engine(make_url(url))
    yield lambda written: _step(engine, written)
    engine.dispose()


def _step(engine: Engine, written: Written) -> None:
    with Session(engine) as session:
        case = session.exec(select(CaseFile).where(CaseFile.id == written.case).with_for_update()).one()
        assert case.revision == written.was_revision
        assert getattr(Issue(session, case, written), written.move)()
        for name, value in written.columns.items():
            setattr(case, name, value)
        for name, rows in written.rows.items():
            for row in rows:
                session.add(EventRow(**chained(row)) if name == "event" else _row(session, name, row))
        session.commit()


def _row(session: Any, name: str, row: Row) -> SQLModel:
    """The row that is there, changed; or a new one."""
    model = MODELS[name]
    found: Any = None
    if name == "deadline":
        keys = [getattr(model, key) == row[key] for key in ("case_id", "kind", "subject", "version")]
        found = session.scalars(select(model).where(*keys)).one_or_none()
    elif name in ("request", "measure", "evidence"):
        found = session.get(model, (row["case_id"], row["number"]))
    if found is None:
        return model(**row)
    for column, value in row.items():
        setattr(found, column, value)
    return found
