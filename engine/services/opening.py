"""The first events of a case that people open: what was found, promised and claimed, deadlines not armed yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.core.case import Case, Field
from engine.core.counting import NewDeadline
from engine.core.deadlines import span_for
from engine.core.history import NewEvent, Stamp
from engine.core.machine import Workflow
from engine.core.principal import Principal
from engine.core.record import NewEvidence, NewMeasure, measure_added, papers_attached
from engine.core.world import Place
from engine.store.apply import open_case
from engine.store.definitions import current
from engine.store.inspections import InspectionFile
from engine.store.unit_of_work import UnitOfWork

USUAL_WORKFLOW = "rectification"
"""The workflow of a round that names none: rounds were opened before they could."""
TEXTS = ("title", "problem", "aspect", "section")


@dataclass(frozen=True, slots=True)
class Promise:
    """A deliverable as promised; `count` None is unknown, `name` None where the text names none."""

    name: str | None
    count: int | None = None
    per_person: bool = False


@dataclass(frozen=True, slots=True)
class NewIssue:
    """A finding about to become a case. `number` None takes the next free one of its inspection.

    `given` are declared fields as somebody typed them, `fields` facts that the engine itself keeps. What is split
    off has its owner (`owner_post`) and `deadlines` from the beginning.
    """

    title: str
    problem: str = ""
    number: int | None = None
    aspect: str = ""
    section: str = ""
    more_texts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Field] = field(default_factory=dict)
    given: Mapping[str, Field] = field(default_factory=dict)
    measures: tuple[NewMeasure, ...] = ()
    deliverables: tuple[Promise, ...] = ()
    claimed: str | None = None
    papers: tuple[NewEvidence, ...] = ()
    owner_post: int | None = None
    waits_for: str = "office"
    deadlines: tuple[NewDeadline, ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        named = {name: getattr(self, name) for name in TEXTS}
        return {**named, **self.more_texts}


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a case comes to lie: its round, if it has one, its number and printed key."""

    inspection: InspectionFile | None
    number: int
    key: str


def issue_key(inspection: InspectionFile, number: int) -> str:
    return f"{inspection.key}-{number}"


def workflow_called(uow: UnitOfWork, place: Place, name: str) -> Workflow:
    """The workflow of this name that new cases of the organisation begin on. Raises NotFound."""
    return uow.database.workflow(uow, current(uow, place.key, "workflow", name).digest)


def issue_workflow(uow: UnitOfWork, place: Place, inspection: InspectionFile | None = None) -> Workflow:
    """The workflow that the issues of a round begin on. Raises NotFound before `init`."""
    return workflow_called(uow, place, inspection.workflow if inspection else USUAL_WORKFLOW)


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opens issues where, and on which workflow; `acting_for` is whom a substitute stands in for."""

    principal: Principal
    place: Place
    workflow: Workflow
    acting_for: int | None = None


def open_on(uow: UnitOfWork, opener: Opener, seat: Seat, issue: NewIssue, now: datetime) -> Case:
    """Open the case of `issue`; everything about it is in its first events."""
    opened = opened_event(opener.workflow, seat, issue, opener.place.local_day(now))
    more = list(first_events(opener.workflow, issue))
    stamp = Stamp.of(opener.principal, opener.acting_for)
    return open_case(uow, opener.place, opener.workflow, opened, more, stamp, now)


def opened_event(workflow: Workflow, seat: Seat, issue: NewIssue, today: date) -> NewEvent:
    owner = {} if issue.owner_post is None else {"owner": issue.owner_post}
    facts = {
        "key": seat.key,
        "kind": workflow.definition.case,
        "workflow": workflow.definition.workflow,
        "state": workflow.definition.initial,
        "opened_on": today.isoformat(),
        "waits_for": issue.waits_for,
        "inspection": seat.inspection.id if seat.inspection else None,
        "number": seat.number,
        "fields": dict(issue.fields),
        **owner,
    }
    return NewEvent("case_opened", facts, issue.texts)


def first_events(workflow: Workflow, issue: NewIssue) -> Iterator[NewEvent]:
    """Measures, deliverables, the claim, and the deadlines, which arm on assignment (law 7)."""
    for number, measure in enumerate(issue.measures, start=1):
        yield measure_added(number, measure)
    yield from promised(issue.deliverables, first=1)
    if issue.claimed is not None:
        yield NewEvent("claimed", {"status": issue.claimed})
    yield from papers_attached(issue.papers, first=1, by="finder")
    yield from (row.event() for row in issue.deadlines)
    given = {row.kind for row in issue.deadlines}
    for kind in workflow.definition.new_deadlines:
        if kind in given:
            continue
        rule = workflow.definition.deadlines[kind]
        if not rule.when or span_for(rule, issue.fields).is_counted:
            yield NewDeadline(kind, "", None, armed=False, ladder=rule.ladder).event()


def promised(promises: Iterable[Promise], *, first: int) -> Iterator[NewEvent]:
    """The events of deliverables numbered from `first`."""
    for number, promise in enumerate(promises, start=first):
        facts = {"deliverable": number, "count": promise.count, "per_person": promise.per_person}
        yield NewEvent("deliverable_promised", facts, {"name": promise.name} if promise.name else {})
