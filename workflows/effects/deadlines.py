"""Effects that arm, renew and end deadlines; each new date is a new version, the old one stays visible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from engine.core.case import Deadline, Measure
from engine.core.counting import Origin, deadline_set, is_live, running
from engine.core.deadlines import span_for
from engine.core.history import NewEvent
from engine.core.record import ended_measure
from engine.core.vocabulary import Change, Facet, Standing, effect
from engine.core.world import Ask
from workflows.assigning import assigned_day, is_drawn_in


@effect(Facet.INSPECTION, days=("due", "from"), change=Change((Standing.DEADLINE,)))
def arm_deadlines(ask: Ask) -> Iterator[NewEvent]:
    """Arm plan and rectify on assignment: `due` and `from` as the assigner confirmed them.

    Without `from` the days count from the feedback, unless that would be past already: then from today,
    because nobody is late on a case that was only now given to them. Dates that were agreed only draw in
    here, and one that was missed stays: a later one is for an extension (law 7).
    """
    params = ask.command.params
    if params.get("due"):
        yield NewEvent("fields_set", {"fields": {"due_was_set": True}})
    definition = ask.world.workflow.definition
    for kind in definition.new_deadlines:
        before = ask.case.deadline(kind)
        rule = span_for(definition.deadlines[kind], ask.case.fields)
        if not rule.is_counted:
            continue
        is_first = before is None or not before.armed
        if is_first or is_drawn_in(ask, kind):
            yield deadline_set(ask, kind, "", *assigned_day(ask, kind))


@effect(change=Change((Standing.DEADLINE,)))
def arm_measures(ask: Ask) -> Iterator[NewEvent]:
    """Arm the deadline of every dated measure; the issue's own is the latest of them unless it was set.

    With the plan its changes are approved: what ran for a measure that was dropped ends, and a day that was
    missed stays missed where the plan names another (law 7).
    """
    dated = _dated(ask)
    for limit in ask.case.running_deadlines:
        if not is_live(ask.case, limit):
            yield ended_measure(limit, ask.today)
    for row in dated:
        old = running(ask.case, "measure", str(row.number))
        if old is not None and _due(row) != _day(old) < ask.today:
            yield ended_measure(old, ask.today)
        yield deadline_set(ask, "measure", str(row.number), _due(row), Origin("measure"))
    rectify = ask.case.deadline("rectify")
    if not dated or ask.case.fields.get("due_was_set") or rectify is None or not rectify.is_open:
        return
    latest = max(_due(row) for row in dated)
    is_missed = rectify.due_on is not None and rectify.due_on < ask.today
    if not is_missed and rectify.due_on != latest:
        yield deadline_set(ask, "rectify", "", latest, Origin("measures"))


def _dated(ask: Ask) -> list[Measure]:
    return [row for row in ask.case.live_measures if row.due_on is not None and row.state == "open"]


def _day(row: Deadline) -> date:
    assert row.due_on is not None
    return row.due_on


def _due(row: Measure) -> date:
    assert row.due_on is not None
    return row.due_on


@effect()
def disarm_measures(ask: Ask) -> Iterator[NewEvent]:
    """Take back the deadlines of the measures of a plan that was returned; one that was missed stays missed."""
    for row in ask.case.open_deadlines:
        if row.kind == "measure" and row.due_on is not None and row.due_on >= ask.today:
            facts = {"kind": "measure", "subject": row.subject, "on": ask.today.isoformat()}
            yield NewEvent("deadline_dropped", facts)


@effect(change=Change((Standing.DEADLINE,)))
def renew_plan_deadline(ask: Ask) -> Iterator[NewEvent]:
    """A returned plan is due again in ten working days."""
    due = ask.world.place.calendar.add_workdays(ask.today, 10)
    yield deadline_set(ask, "plan", "", due, Origin("returned", ask.today, {"workdays": 10}))


@effect(days=("due",), change=Change((Standing.DEADLINE,)))
def renew_rectify_deadline(ask: Ask) -> Iterator[NewEvent]:
    """A reopened case has a new date, as given, and may be planned anew."""
    yield NewEvent("fields_set", {"fields": {"reopened": True}})
    due = date.fromisoformat(str(ask.command.params["due"]))
    yield deadline_set(ask, "rectify", "", due, Origin("reopened"))
    for row in _dated(ask):
        yield from _within(ask, row, due)


def _within(ask: Ask, row: Measure, whole: date) -> Iterator[NewEvent]:
    """A measure that is left open keeps its day where that is to come and not after the whole."""
    if ask.today <= _due(row) <= whole:
        yield deadline_set(ask, "measure", str(row.number), _due(row), Origin("measure"))
        return
    yield NewEvent("measure_changed", {"measure": row.number, "due_on": whole.isoformat()})
    yield deadline_set(ask, "measure", str(row.number), whole, Origin("reopened"))


@effect(change=Change((Standing.DEADLINE,)))
def renew_occurrence_deadline(ask: Ask) -> Iterator[NewEvent]:
    """A record that was returned is due again: on its first date, or in five working days if that is later."""
    before = ask.case.deadline("occurrence")
    soon = ask.world.place.calendar.add_workdays(ask.today, 5)
    if before is not None and before.due_on is not None and before.due_on > soon:
        yield deadline_set(ask, "occurrence", "", before.due_on, Origin("kept"))
    else:
        yield deadline_set(ask, "occurrence", "", soon, Origin("returned", ask.today, {"workdays": 5}))


@effect(days=("due",), change=Change((Standing.DEADLINE,)))
def renew_deadline(ask: Ask, kind: str, from_above: bool = False) -> Iterator[NewEvent]:
    """A deadline of this kind is due again on the day that was given, `from_above` where a level above returned it."""
    due = date.fromisoformat(str(ask.command.params["due"]))
    yield deadline_set(ask, kind, "", due, Origin("returned_above" if from_above else "renewed"))


@effect()
def miss_deadline(ask: Ask) -> Iterator[NewEvent]:
    """The period is over without it: late for good, and nobody is chased for it any more."""
    for row in ask.case.open_deadlines:
        facts = {"kind": row.kind, "subject": row.subject, "on": ask.today.isoformat()}
        yield NewEvent("deadline_missed", facts)
