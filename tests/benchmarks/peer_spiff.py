"""SpiffWorkflow: a BPMN process of five user tasks, its state kept as JSON beside the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, insert, make_url, select, update

from engine.store.engines import make_engine
from engine.store.tables import metadata
from tests.benchmarks.core_plain import FILES, changed
from tests.benchmarks.floor import put
from tests.benchmarks.habits import chained, may, person_of
from tests.benchmarks.recording import MOVES, Course, Written

HOLDINGS, MEASURES = metadata.tables["holding"], metadata.tables["measure"]
STATES = Table("spiff_state", MetaData(), Column("case_id", Integer, primary_key=True), Column("state", Text))


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    parser = BpmnParser()
    parser.add_bpmn_str(_process().encode())
    serializer = BpmnWorkflowSerializer()
    fresh = BpmnWorkflow(parser.get_spec("rectification"))
    fresh.do_engine_steps()
    text = serializer.serialize_json(fresh)
    engine = make_engine(make_url(url))
    with engine.begin() as connection:
        STATES.create(connection)
        cases = sorted({written.case for written in course.written})
        connection.execute(insert(STATES), [{"case_id": case, "state": text} for case in cases])
    yield lambda written: _step(engine, serializer, written)
    engine.dispose()


def _step(engine: Engine, serializer: Any, written: Written) -> None:
    with engine.begin() as connection:
        wanted = select(FILES.c.revision, STATES.c.state).where(
            FILES.c.id == written.case, STATES.c.case_id == written.case
        )
        row = connection.execute(wanted.with_for_update()).one()
        assert row.revision == written.was_revision
        held = connection.execute(
            select(HOLDINGS.c.person_id).where(HOLDINGS.c.organisation_id == written.organisation)
        )
        promised = connection.execute(
            select(MEASURES.c.number).where(MEASURES.c.case_id == written.case)
        ).all()
        assert may(set(held.scalars()), person_of(written), len(promised))
        workflow = serializer.deserialize_json(row.state)
        (task,) = workflow.get_tasks(state=TaskState.READY)
        assert task.task_spec.name == written.move
        task.run()
        workflow.do_engine_steps()
        own = update(STATES).where(STATES.c.case_id == written.case)
        connection.execute(own.values(state=serializer.serialize_json(workflow)))
        which = {"its_id": written.case, "its_organisation": written.organisation}
        change = {**written.columns, **which, "was_revision": row.revision}
        connection.execute(changed(tuple(written.columns)), change)
        for name, rows in written.rows.items():
            full = [chained(each) for each in rows] if name == "event" else rows
            connection.execute(put(name, tuple(full[0]), connection.dialect.name), full)


def _process() -> str:
    nodes = ["begin", *MOVES, "end"]
    tasks = "".join(f'<bpmn:userTask id="{name}" name="{name}"/>' for name in MOVES)
    flows = "".join(
        f'<bpmn:sequenceFlow id="flow{at}" sourceRef="{before}" targetRef="{after}"/>'
        for at, (before, after) in enumerate(pairwise(nodes))
    )
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
        '<bpmn:process id="rectification" isExecutable="true"><bpmn:startEvent id="begin"/>'
        f'{tasks}<bpmn:endEvent id="end"/>{flows}</bpmn:process></bpmn:definitions>'
    )
