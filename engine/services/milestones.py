"""The steps of an inspection itself: planned from its file when somebody says so, each a case of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core.case import Case
from engine.core.counting import NewDeadline, Origin
from engine.core.definition_reader import nearest
from engine.core.history import NewEvent, Stamp
from engine.core.inspection_file import InspectionDefinition, Milestone, inspection_of
from engine.core.machine import Workflow
from engine.core.principal import Principal
from engine.core.vocabulary import Facet
from engine.core.yaml_text import load
from engine.errors import NotFound
from engine.services.clerks import Desk, clerks_desk
from engine.services.inspections import find_inspection
from engine.services.opening import USUAL_WORKFLOW, workflow_called
from engine.services.views import DeadlineView, LedgerRow, deadline_views, ledger_row
from engine.store.apply import open_case
from engine.store.cases import list_cases
from engine.store.definitions import current_of_kind
from engine.store.histories import histories
from engine.store.inspections import InspectionFile
from engine.store.places import load_place
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds
from engine.text.books import words
from engine.text.filling import fill

KIND = "inspection"
FIELD = "milestone"


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of a round with its day: `name` of the file, `at` counted from 1 where it comes several times."""

    name: str
    at: int
    milestone: Milestone
    due_on: date
    origin: Origin

    @property
    def suffix(self) -> str:
        return f"{self.name}-{self.at}" if self.milestone.times > 1 else self.name

    @property
    def title(self) -> str:
        """What it is called: of several with one name, which of them it is."""
        at = self.at if self.milestone.times > 1 else None
        return fill(
            words("labels", "milestone", "title") or "{label}", {"label": self.milestone.label, "at": at}
        )


def plan_milestones(
    uow: UnitOfWork, principal: Principal, key: str | None, name: str | None, now: datetime
) -> tuple[InspectionFile, tuple[Case, ...]]:
    """Open the steps of a round that it does not have yet; again is harmless.

    What fell due before the go-live date is opened unarmed: it can be entered and is never late (law 7).
    Raises NotFound `inspection_not_found` or `milestones_not_found`.
    """
    desk = clerks_desk(uow, principal, "inspection_plan", now)
    file = find_inspection(uow, principal.organisation, key)
    definition = _definition(uow, desk, name)
    known = {row.key for row in list_cases(uow, file.organisation, inspection=file.id)}
    steps = [step for step in _steps(definition, file, desk) if f"{file.key}@{step.suffix}" not in known]
    workflows = {
        name: workflow_called(uow, desk.place, name)
        for name in dict.fromkeys(step.milestone.workflow for step in steps)
    }
    opened = [
        _open(uow, principal, desk, file, step, workflows[step.milestone.workflow], now) for step in steps
    ]
    return file, tuple(opened)


def first_milestones(
    uow: UnitOfWork, principal: Principal, file: InspectionFile, now: datetime
) -> tuple[Case, ...]:
    """The steps that a round has from its first day, in the commit that adds it.

    Only rounds of the usual workflow: the steps of another kind are its unit's own affair (`inspection plan`).
    """
    key = load_place(uow, file.organisation).key
    if file.workflow != USUAL_WORKFLOW or not current_of_kind(uow, key, KIND):
        return ()
    return plan_milestones(uow, principal, file.key, None, now)[1]


def milestones_of(
    uow: UnitOfWork, organisation: int, key: str | None, today: date
) -> tuple[InspectionFile, tuple[LedgerRow, ...]]:
    """A round (None: the newest) and its steps, the earliest first. Raises NotFound."""
    file = find_inspection(uow, organisation, key)
    ids = [
        row.id
        for row in list_cases(uow, organisation, inspection=file.id)
        if row.key.startswith(f"{file.key}@")
    ]
    worlds = load_worlds(uow, ids, frozenset({Facet.POSTS}), lock=False)
    rows = [ledger_row(world, today) for world in worlds]
    return file, tuple(sorted(rows, key=lambda row: (row.due_on or date.max, row.case.key)))


def dates_of(uow: UnitOfWork, rows: Iterable[LedgerRow], today: date) -> Mapping[str, Sequence[DeadlineView]]:
    """Each version of each day of these steps, explained from its event, by the key of the step."""
    ids = [row.case.id for row in rows]
    told = histories(uow, ids)
    worlds = load_worlds(uow, ids, frozenset({Facet.POSTS}), lock=False)
    return {world.case.key: deadline_views(world, today, told[world.case.id]) for world in worlds}


def today_of(uow: UnitOfWork, organisation: int, now: datetime) -> date:
    return load_place(uow, organisation).local_day(now)


def _definition(uow: UnitOfWork, desk: Desk, name: str | None) -> InspectionDefinition:
    found = current_of_kind(uow, desk.place.key, KIND)
    chosen = name or next(iter(found), "")
    if chosen not in found:
        raise NotFound("milestones_not_found", name=chosen, nearest=nearest(chosen, found))
    return inspection_of(load(found[chosen].text, chosen))


def _steps(definition: InspectionDefinition, file: InspectionFile, desk: Desk) -> Iterator[Planned]:
    for name, milestone in definition.milestones.items():
        days = milestone.days(file.feedback_on, desk.place.calendar)
        yield from (Planned(name, at, milestone, *row) for at, row in enumerate(days, start=1))


def _open(
    uow: UnitOfWork,
    principal: Principal,
    desk: Desk,
    file: InspectionFile,
    step: Planned,
    workflow: Workflow,
    now: datetime,
) -> Case:
    milestone = step.milestone
    definition, owner = workflow.definition, desk.posts.posts.get(milestone.post)
    facts: dict[str, Any] = {
        "key": f"{file.key}@{step.suffix}",
        "kind": definition.case,
        "workflow": definition.workflow,
        "state": definition.initial,
        "opened_on": desk.today.isoformat(),
        "waits_for": definition.states[definition.initial].waits_for[0],
        "owner": owner.id if owner else None,
        "inspection": file.id,
        "number": None,
        "fields": {
            FIELD: step.name,
            "upper_review": milestone.review,
            **{f"evidence_{proof.kind}": proof.count for proof in milestone.evidence},
        },
    }
    beginning = desk.place.go_live or desk.today
    armed, calendar = step.due_on >= beginning, desk.place.calendar.version
    deadline = NewDeadline(
        "milestone", "", step.due_on, armed, milestone.ladder, origin=step.origin, calendar=calendar
    )
    opened = NewEvent("case_opened", facts, {"title": step.title})
    stamp = Stamp.of(principal, desk.acting_for)
    return open_case(uow, desk.place, workflow, opened, [deadline.event()], stamp, now)
