"""From a rule to a date, and the event that keeps both: what was counted from, on what basis, by which calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, cast

from engine.core.authority import conflicted, first_who_may
from engine.core.case import Case, Deadline
from engine.core.deadlines import add_months
from engine.core.definition import DeadlineKind, Span
from engine.core.history import NewEvent
from engine.core.recurrence import Reason
from engine.core.refusal import Unmet
from engine.core.workdays import WorkCalendar, read_day
from engine.core.world import Ask, World

WHOLE: Final = "rectify"
"""The deadline of the case as a whole, which a move means where it names no other."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a date is what it is. `basis` is a stable word (`feedback`, `extended`, `redated` …), `since` the day
    it was counted from, `rule` by what: `months`, `days`, `workdays`, `closed_day`, `then_months`. Where no such
    rule gave the day (the period of a duty), `steps` are the lines that did.
    """

    basis: str
    since: date | None = None
    rule: Mapping[str, int | str] = field(default_factory=dict)
    steps: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class NewDeadline:
    """One version of a deadline that is about to be set; `calendar` is the version of the one it was counted by.

    `due_on` None: only announced, the day comes when it arms, and so does its `origin`.
    """

    kind: str
    subject: str
    due_on: date | None
    armed: bool
    ladder: str
    version: int = 1
    origin: Origin | None = None
    calendar: str = ""
    waits_for: str | None = None

    def event(self) -> NewEvent:
        """The one event by which any deadline gets its day, with everything that explains it later."""
        facts: dict[str, object] = {
            "kind": self.kind,
            "subject": self.subject,
            "version": self.version,
            "due_on": _iso(self.due_on),
            "armed": self.armed,
            "ladder": self.ladder,
        }
        if self.origin is not None:
            facts |= _why(self.origin, self.calendar)
        if self.waits_for is not None:
            facts["waits_for"] = self.waits_for
        return NewEvent("deadline_set", facts)


def _why(origin: Origin, calendar: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "basis": origin.basis,
        "counted_from": _iso(origin.since),
        "rule": dict(origin.rule),
        "calendar": calendar,
    }
    if origin.steps:
        facts["steps"] = [{"code": step.code, "facts": dict(step.facts)} for step in origin.steps]
    return facts


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def counted(rule: Span, start: date, calendar: WorkCalendar) -> date:
    """`start` plus months (clamped to the month's end), days and working days, then moved off a closed day."""
    day = add_months(start, rule.months) + timedelta(days=rule.days)
    if rule.workdays:
        day = calendar.add_workdays(day, rule.workdays)
    return off_closed_days(day, rule.closed_day, calendar)


def off_closed_days(day: date, way: str, calendar: WorkCalendar) -> date:
    """The day itself, or the nearest working day `next` or `previous` to it."""
    if way == "next":
        return calendar.next_workday(day, including=True)
    return calendar.previous_workday(day, including=True) if way == "previous" else day


def rule_facts(rule: Span) -> dict[str, int | str]:
    """What an event keeps of the rule by which it was counted."""
    facts: dict[str, int | str] = {"months": rule.months, "days": rule.days, "workdays": rule.workdays}
    if rule.closed_day != "none":
        facts["closed_day"] = rule.closed_day
    return {name: value for name, value in facts.items() if value}


def deadline_set(ask: Ask, kind: str, subject: str, due: date, origin: Origin) -> NewEvent:
    """The next version of a deadline, armed, with the reason of its date.

    An unarmed deadline was only announced: arming it fills in its first version.
    """
    before = ask.case.deadline(kind, subject)
    rule = ask.world.workflow.definition.deadlines.get(cast(DeadlineKind, kind))
    is_announced = before is not None and before.is_open and not before.armed
    version = 1 if before is None else before.version if is_announced else before.version + 1
    waits_for = None
    if rule and rule.waits_for:
        barred = conflicted(ask.case, ask.world.posts, ask.today)
        waits_for = first_who_may(ask.case, ask.world.posts, rule.waits_for, barred, ask.today)
    ladder, calendar = rule.ladder if rule else "default", ask.world.place.calendar.version
    return NewDeadline(kind, subject, due, True, ladder, version, origin, calendar, waits_for).event()


def aimed_at(ask: Ask) -> tuple[str, str]:
    """(kind, subject) of the deadline that a move is about: its parameters `kind` and `subject`."""
    params = ask.command.params
    return str(params.get("kind") or WHOLE), str(params.get("subject") or "")


def aimed_deadline(ask: Ask) -> Deadline | None:
    """The running version of that deadline, or None; that of a measure which was dropped is nobody's to move."""
    found = running(ask.case, *aimed_at(ask))
    return found if found is not None and is_live(ask.case, found) else None


def is_live(case: Case, limit: Deadline) -> bool:
    """Whether what the deadline is for is still meant to be done."""
    return limit.kind != "measure" or any(str(row.number) == limit.subject for row in case.live_measures)


def running(case: Case, kind: str, subject: str = "") -> Deadline | None:
    found = (row for row in case.running_deadlines if (row.kind, row.subject) == (kind, subject))
    return next(found, None)


def given_day(ask: Ask, name: str) -> date | None:
    """A parameter as a date; None where it is missing or is none."""
    return read_day(ask.command.params.get(name))


def is_said(ask: Ask, name: str) -> bool:
    """Whether the parameter is there at all: what is there and no day is refused by itself."""
    return bool(ask.command.params.get(name))


def cured_by(world: World, effect: str, unmet: Unmet) -> Unmet:
    """What is unmet, with the `moves` of this workflow that cure it by their effect; without any none is promised."""
    every = world.workflow.definition.moves.items()
    moves = [name for name, move in every if any(use.name == effect for use in move.effects)]
    if not moves:
        return replace(unmet, cure="", who=())
    return replace(unmet, facts={**unmet.facts, "moves": moves})
