"""Inspections and their issues by hand: a new round, an issue opened, corrected, split in two."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.core.case import Case, Deadline, Field, request_key
from engine.core.counting import NewDeadline, Origin, running
from engine.core.definition_reader import nearest
from engine.core.history import NewEvent
from engine.core.plain_text import LONGEST_TITLE, is_title
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.record import NewMeasure
from engine.core.refusal import Refusals, Refused, Unmet
from engine.core.vocabulary import Facet
from engine.core.workdays import read_day
from engine.core.world import World
from engine.errors import Conflict, Facts, NotFound, WrongUsage
from engine.services.clerks import Desk, clerks_desk
from engine.services.kinds import kinds_of, reading_for, with_fields
from engine.services.opening import (
    USUAL_WORKFLOW,
    NewIssue,
    Opener,
    Promise,
    Seat,
    issue_key,
    issue_workflow,
    open_on,
)
from engine.store.apply import apply
from engine.store.inspections import (
    InspectionFile,
    add_inspection_row,
    inspection_by_feedback,
    inspections_of,
    issues_of,
)
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world

EDITED = "edited"
"""Field of an issue: which of its parts a person worded, so that no later file changes them."""
MEASURES = "measures"
_KEY = re.compile(r"[A-Za-z0-9_]{1,20}")


@dataclass(frozen=True, slots=True)
class NewInspection:
    """A round as the feedback letter gives it. `key` None takes the year of the feedback."""

    feedback_on: date
    key: str | None = None
    unit: str = ""
    group: str = ""
    inspected_from: date | None = None
    inspected_to: date | None = None
    published_on: date | None = None
    stated_total: int | None = None
    workflow: str = USUAL_WORKFLOW


@dataclass(frozen=True, slots=True)
class Tally:
    """What a round is said to hold, and how many of its issues are registered; split-off ones count with theirs."""

    inspection: str
    stated: int
    registered: int

    def as_json(self) -> dict[str, Any]:
        return {"inspection": self.inspection, "stated": self.stated, "registered": self.registered}


@dataclass(frozen=True, slots=True)
class IssueEdit:
    """New wording by name (title, problem, aspect, section …) and new facts; what is not named stays.

    `given` are fields that the workflow file declares, as somebody typed them.
    """

    texts: Mapping[str, str]
    fields: Mapping[str, Field]
    given: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    """What leaves an issue: the new one's wording and the numbers of the measures that go with it.

    `remaining` is the old issue's wording from now on, by name.
    """

    title: str
    problem: str
    measures: tuple[int, ...] = ()
    remaining: Mapping[str, str] | None = None


def inspection_json(file: InspectionFile) -> dict[str, Any]:
    """A round in the shape of the CLI contract."""
    days = ("feedback_on", "inspected_from", "inspected_to", "published_on")
    told: dict[str, Any] = {name: day.isoformat() if (day := getattr(file, name)) else None for name in days}
    return {"key": file.key, "unit": file.unit or None, "group": file.group_name or None, **told,
            "stated_total": file.stated_total, "workflow": file.workflow}  # fmt: skip


def add_inspection(
    uow: UnitOfWork, principal: Principal, new: NewInspection, now: datetime
) -> InspectionFile:
    """Add a round. Raises Conflict `inspection_exists` (the feedback date is its identity) or
    `inspection_key_taken`, WrongUsage for dates that cannot be.
    """
    desk = clerks_desk(uow, principal, "inspection_add", now)
    _check_days(new, desk)
    kinds_of(uow, desk.place.key).named(new.workflow)
    return write_inspection(uow, principal.organisation, new)


def write_inspection(uow: UnitOfWork, organisation: int, new: NewInspection) -> InspectionFile:
    """The row of a round whose dates somebody else vouches for."""
    known = inspection_by_feedback(uow, organisation, new.feedback_on)
    if known is not None:
        raise Conflict("inspection_exists", key=known.key, feedback_on=new.feedback_on.isoformat())
    keys = {file.key for file in inspections_of(uow, organisation)}
    if new.key is not None and new.key in keys:
        raise Conflict("inspection_key_taken", key=new.key)
    if new.key is not None and not _KEY.fullmatch(new.key):
        raise WrongUsage("inspection_key_wrong", key=new.key)
    facts = {name: getattr(new, name) for name in new.__slots__ if name not in ("key", "group")}
    key = new.key or _free_key(str(new.feedback_on.year), keys)
    return add_inspection_row(uow, organisation, key, {**facts, "group_name": new.group})


def find_inspection(uow: UnitOfWork, organisation: int, key: str | None) -> InspectionFile:
    """The round with this key; without one, the newest. Raises NotFound `inspection_not_found`."""
    files = inspections_of(uow, organisation)
    found = [file for file in files if key in (None, file.key)]
    if not found:
        raise NotFound(
            "inspection_not_found", inspection=key, nearest=nearest(key or "", (row.key for row in files))
        )
    return found[-1]


def tallies(uow: UnitOfWork, organisation: int) -> tuple[Tally, ...]:
    """Every round that states how many issues it holds, the oldest first."""
    return tuple(
        Tally(file.key, file.stated_total, len(issues_of(uow, file)))
        for file in inspections_of(uow, organisation)
        if file.stated_total is not None
    )


def open_issue(
    uow: UnitOfWork, principal: Principal, inspection: str | None, issue: NewIssue, now: datetime
) -> Case:
    """Open an issue of a round (None: the newest). Raises Conflict `issue_number_taken`."""
    desk = clerks_desk(uow, principal, "issue_add", now)
    _check_wording(issue.texts)
    file = find_inspection(uow, principal.organisation, inspection)
    taken = issues_of(uow, file)
    number = max(taken, default=0) + 1 if issue.number is None else issue.number
    if number in taken or number < 1:
        raise Conflict("issue_number_taken", number=number, inspection=file.key)
    seat = Seat(file, number, issue_key(file, number))
    opener = Opener(principal, desk.place, issue_workflow(uow, desk.place, file), desk.acting_for)
    read = with_fields(uow, opener, seat.key, issue, desk.today)
    return open_on(uow, opener, seat, read, now)


def edit_issue(uow: UnitOfWork, principal: Principal, key: str, edit: IssueEdit, now: datetime) -> Case:
    """Correct the wording of an issue; a later file never overwrites what was worded here."""
    desk = clerks_desk(uow, principal, "issue_edit", now, case=key)
    _check_wording(edit.texts)
    world = load_world(uow, principal.organisation, key, frozenset({Facet.POSTS}))
    known = {"title", *world.case.texts}
    unmet = [Unmet("text_unknown", {"name": name}) for name in edit.texts if name not in known]
    read = reading_for(uow, world, edit.given, desk.today)
    _refuse("issue_edit", world, [*_closed(world.case), *unmet, *read.unmet])
    texts = {**edit.texts, **read.texts}
    changed = {name: text for name, text in texts.items() if text != text_of(world.case, name)}
    if not changed and not edit.fields and not read.fields:
        return world.case
    fields = {**edit.fields, **read.fields, EDITED: marked(world.case, *changed)}
    events = [NewEvent("texts_edited", {}, changed)] if changed else []
    plan = make_plan(
        world,
        principal,
        now,
        [*events, NewEvent("fields_set", {"fields": fields})],
        acting_for=desk.acting_for,
    )
    return apply(uow, world, plan, now)


def split_issue(
    uow: UnitOfWork, principal: Principal, key: str, split: Split, now: datetime
) -> tuple[Case, Case]:
    """Make two issues of one while nothing about it was decided: `2023-27`, and `2023-27b` beside it.

    No other number moves. Both histories say so (fields `split_into` and `split_from`).
    """
    desk = clerks_desk(uow, principal, "issue_split", now, case=key)
    _check_wording({"title": split.title, **(split.remaining or {})})
    world = load_world(uow, principal.organisation, key, frozenset({Facet.POSTS}))
    _refuse("issue_split", world, list(_split_requirements(world, split)))
    old = world.case
    file = next(row for row in inspections_of(uow, old.organisation) if row.id == old.inspection)
    seat = Seat(file, old.number or 0, _split_key(old))
    opener = Opener(principal, desk.place, world.workflow, desk.acting_for)
    new = open_on(uow, opener, seat, _split_off(old, split), now)
    events = list(_split_events(old, split, new.key, desk.place.local_day(now)))
    plan = make_plan(world, principal, now, events, acting_for=desk.acting_for)
    return apply(uow, world, plan, now), new


def marked(case: Case, *names: str) -> str:
    """The field `edited` with more names in it: sorted, joined by commas."""
    return ",".join(sorted({*edited_parts(case), *names}))


def edited_parts(case: Case) -> frozenset[str]:
    """The names of what a person worded by hand."""
    return frozenset(filter(None, str(case.fields.get(EDITED) or "").split(",")))


def text_of(case: Case, name: str) -> str | None:
    return case.title if name == "title" else case.texts.get(name)


def _free_key(year: str, taken: set[str]) -> str:
    """2023, then 2023b: a number behind a dash would look like one of its issues."""
    return next(
        key
        for key in (year, *(f"{year}{letter}" for letter in string.ascii_lowercase[1:]))
        if key not in taken
    )


def _check_days(new: NewInspection, desk: Desk) -> None:
    if new.feedback_on > desk.today:
        raise WrongUsage("date_in_future", day=new.feedback_on.isoformat())
    given = [day for day in (new.inspected_from, new.inspected_to, new.feedback_on, new.published_on) if day]
    if given != sorted(given):
        raise WrongUsage("dates_out_of_order", days=[day.isoformat() for day in given])
    if new.stated_total is not None and new.stated_total < 0:
        raise WrongUsage("count_too_small", count=new.stated_total)


def _check_wording(texts: Mapping[str, str]) -> None:
    title = texts.get("title")
    if title is not None and not is_title(title):
        raise WrongUsage("title_wrong", longest=LONGEST_TITLE)


def _closed(case: Case) -> Iterator[Unmet]:
    if case.is_final:
        yield Unmet("case_closed", {"state": case.state}, "reopen_first", ("secretary",))


def _split_requirements(world: World, split: Split) -> Iterator[Unmet]:
    case = world.case
    yield from _closed(case)
    if case.inspection is None:
        yield Unmet("not_an_issue", {"kind": case.kind})
    if not case.is_final and case.state != world.workflow.definition.initial:
        yield Unmet("plan_approved_already", {"state": case.state}, "return_the_plan", ("secretary",))
    if case.pending is not None:
        facts: Facts = {"request": request_key(case.key, case.pending.number), "move": case.pending.move}
        yield Unmet("request_pending", facts, "await_or_withdraw", (case.pending.decider,))
    if len(_split_into(case)) + 2 > len(string.ascii_lowercase):
        yield Unmet("split_too_often", {"count": len(_split_into(case))})
    live = {row.number for row in case.live_measures}
    for number in split.measures:
        if number not in live:
            yield Unmet("measure_unknown", {"measure": number})


def _refuse(verb: str, world: World, unmet: list[Unmet]) -> None:
    if unmet:
        raise Refused(Refusals(world.case.key, verb, tuple(unmet)))


def _split_key(old: Case) -> str:
    return f"{old.key}{string.ascii_lowercase[len(_split_into(old)) + 1]}"


def _split_into(case: Case) -> tuple[str, ...]:
    return tuple(filter(None, str(case.fields.get("split_into") or "").split(",")))


def _split_off(old: Case, split: Split) -> NewIssue:
    measures = [row for row in old.live_measures if row.number in split.measures]
    dropped = ("split_into", "split_from", EDITED)
    kept = {name: value for name, value in old.fields.items() if name not in dropped}
    return NewIssue(
        split.title.strip(),
        split.problem,
        aspect=old.texts.get("aspect") or "",
        section=old.texts.get("section") or "",
        fields={**kept, "split_from": old.key, EDITED: "measures,problem,title"},
        measures=tuple(NewMeasure(row.text or "", row.owner_post, row.due_on) for row in measures),
        # What the old one promised stays with it; what of it the new one owes, nobody has said yet.
        deliverables=(Promise(None),) if old.deliverables else (),
        claimed=old.claim.status if old.claim and old.claim.settled == "open" else None,
        owner_post=old.owner_post,
        waits_for=old.waits_for,
        deadlines=tuple(_split_deadlines(old, {row.number: at for at, row in enumerate(measures, start=1)})),
    )


def _split_deadlines(old: Case, numbers: Mapping[int, int]) -> Iterator[NewDeadline]:
    """What runs goes on with the same days, for the case and for measures by their new `numbers`: splitting makes
    nothing less late (law 7). A day that a pause moved stays one, so that resuming moves it back.
    """
    for row in old.running_deadlines:
        subject = row.subject
        if row.kind == "measure":
            if int(row.subject) not in numbers:
                continue
            subject = str(numbers[int(row.subject)])
        origin = _split_origin(old, row)
        yield NewDeadline(row.kind, subject, row.due_on, armed=True, ladder=row.ladder, origin=origin)


def _split_origin(old: Case, row: Deadline) -> Origin:
    begun, until = (read_day(old.fields.get(name)) for name in ("paused_from", "paused_until"))
    if row.basis != "paused" or row.due_on is None or begun is None or until is None:
        return Origin("split")
    return Origin("paused", row.due_on - (until - begun), {"days": (until - begun).days})


def _split_events(old: Case, split: Split, new_key: str, today: date) -> Iterator[NewEvent]:
    if split.remaining:
        yield NewEvent("texts_edited", {}, dict(split.remaining))
    for number in split.measures:
        yield NewEvent("measure_changed", {"measure": number, "state": "dropped"})
        if running(old, "measure", str(number)) is not None:
            # It runs on in the other one.
            facts = {"kind": "measure", "subject": str(number), "on": today.isoformat()}
            yield NewEvent("deadline_dropped", facts)
    into = ",".join((*_split_into(old), new_key))
    parts = (*(split.remaining or {}), *((MEASURES,) if split.measures else ()))
    yield NewEvent("fields_set", {"fields": {"split_into": into, EDITED: marked(old, *parts)}})
