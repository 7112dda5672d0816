"""The dates that an assignment gives: what the guard judges and the effect writes is one and the same."""

from __future__ import annotations

from datetime import date

from engine.core.counting import Origin, counted, given_day, rule_facts
from engine.core.deadlines import span_for
from engine.core.definition import DeadlineKind
from engine.core.world import Ask


def assigned_day(ask: Ask, kind: DeadlineKind) -> tuple[date, Origin]:
    """The day of a deadline by `due` and `from`, else as counted; a plan is never due after the whole case."""
    day, origin = _counted(ask, kind)
    due = given_day(ask, "due")
    if due is not None and (kind == "rectify" or due < day):
        return due, Origin("given")
    return day, origin


def is_drawn_in(ask: Ask, kind: DeadlineKind) -> bool:
    """A date that was agreed and is not past gets an earlier one, by a date that was given."""
    before, given = ask.case.deadline(kind), given_day_of(ask, kind)
    if before is None or before.due_on is None or before.due_on < ask.today or given is None:
        return False
    return given < before.due_on


def given_day_of(ask: Ask, kind: DeadlineKind) -> date | None:
    """The day that `due` or `from` ask for; None without them. A plan is not counted anew for `due` alone."""
    due, since = given_day(ask, "due"), given_day(ask, "from")
    if since is not None or (due is not None and kind == "rectify"):
        return assigned_day(ask, kind)[0]
    return due


def is_counted_anew(ask: Ask, kind: DeadlineKind) -> bool:
    """Whether the days given ask for another one of this kind: `due` is about the whole case, `from` about all.

    A deadline that is only set for some cases (`when`) and not for this one is asked for nothing.
    """
    rule = span_for(ask.world.workflow.definition.deadlines[kind], ask.case.fields)
    return rule.is_counted and (kind == "rectify" or given_day(ask, "from") is not None)


def _counted(ask: Ask, kind: DeadlineKind) -> tuple[date, Origin]:
    rule = span_for(ask.world.workflow.definition.deadlines[kind], ask.case.fields)
    calendar = ask.world.place.calendar

    def since(start: date, basis: str) -> tuple[date, Origin]:
        return counted(rule, start, calendar), Origin(basis, start, rule_facts(rule))

    given = given_day(ask, "from")
    if given is not None:
        return since(given, "confirmed")
    if ask.world.inspection is not None:
        due, origin = since(ask.world.inspection.feedback_on, "feedback")
        if due > ask.today:
            return due, origin
    return since(ask.today, "assigned")
