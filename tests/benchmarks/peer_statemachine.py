"""python-statemachine on SQLAlchemy's ORM: one machine class, an instance for each loaded row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, make_url, select
from sqlalchemy.orm import Session
from statemachine import State, StateMachine

from engine.store.engines import make_engine
from engine.store.tables import CaseFile, EventRow, HoldingRow, MeasureRow
from tests.benchmarks.habits import chained, may, person_of
from tests.benchmarks.naive_sqlmodel import _row
from tests.benchmarks.recording import Course, Written


class Rectification(StateMachine):
    """The five moves; a request to plan leaves the case where it is."""

    assigned = State("assigned", initial=True, value="assigned")
    planned = State("planned", value="planned")
    in_progress = State("in_progress", value="in_progress")
    evidence_submitted = State("evidence_submitted", value="evidence_submitted", final=True)

    assign = assigned.to.itself(cond="may")
    plan = assigned.to.itself(cond="may")
    approve = assigned.to(planned, cond="may")
    start = planned.to(in_progress, cond="may")
    submit_evidence = in_progress.to(evidence_submitted, cond="may")

    def __init__(self, model: Any, session: Session, written: Written) -> None:
        self.session, self.written = session, written
        super().__init__(model=model, state_field="state")

    def may(self) -> bool:
        held = select(HoldingRow).where(HoldingRow.organisation_id == self.written.organisation)  # type: ignore[arg-type]
        promised = select(MeasureRow).where(MeasureRow.case_id == self.written.case)  # type: ignore[arg-type]
        holders = {row.person_id for row in self.session.scalars(held)}
        return may(holders, person_of(self.written), len(self.session.scalars(promised).all()))


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    engine = make_engine(make_url(url))
    yield lambda written: _step(engine, written)
    engine.dispose()


def _step(engine: Engine, written: Written) -> None:
    with Session(engine) as session:
        wanted = select(CaseFile).where(CaseFile.id == written.case).with_for_update()  # type: ignore[arg-type]
        case = session.scalars(wanted).one()
        assert case.revision == written.was_revision
        machine = Rectification(case, session, written)
        machine.send(written.move)
        for name, value in written.columns.items():
            setattr(case, name, value)
        for name, rows in written.rows.items():
            for row in rows:
                session.add(EventRow(**chained(row)) if name == "event" else _row(session, name, row))  # type: ignore[arg-type]
        session.commit()
