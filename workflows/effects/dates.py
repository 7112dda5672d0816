"""Effects that give a deadline another date, each by a new version: extended, paused, resumed, set anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from engine.core.case import Deadline
from engine.core.counting import Origin, aimed_at, aimed_deadline, deadline_set
from engine.core.history import NewEvent
from engine.core.vocabulary import Change, Standing, effect
from engine.core.world import Ask

PAUSED_KINDS = ("plan", "rectify", "measure", "review")


@effect(params=("kind", "subject"), days=("due",), change=Change((Standing.DEADLINE,)))
def extend_deadline(ask: Ask) -> Iterator[NewEvent]:
    """The deadline that the move is about gets the date that was asked for; the old one stays visible."""
    yield from _moved(ask, *aimed_at(ask), _given(ask, "due"), Origin("extended"))


@effect(params=("kind", "subject"), days=("due",), change=Change((Standing.DEADLINE,)))
def redate_deadline(ask: Ask) -> Iterator[NewEvent]:
    """A new date after a missed one: the missed version stays missed and late, the new one is chased (law 7)."""
    kind, subject = aimed_at(ask)
    missed = aimed_deadline(ask)
    if missed is not None:
        yield _ended("deadline_missed", missed, ask.today)
    yield from _moved(ask, kind, subject, _given(ask, "due"), Origin("redated"))


@effect(days=("until",), change=Change((Standing.PAUSED,)))
def pause_deadlines(ask: Ask) -> Iterator[NewEvent]:
    """Every running date that is not missed moves by the days of the pause, from today to `until`."""
    until = _given(ask, "until")
    days = (until - ask.today).days
    pauses = int(ask.case.fields.get("pauses") or 0) + 1
    fields = {"paused_from": ask.today.isoformat(), "paused_until": until.isoformat(), "pauses": pauses}
    yield NewEvent("fields_set", {"fields": fields})
    for row in _dated(ask):
        if _day(row) >= ask.today:
            yield from _shifted(ask, row, days, "paused")


@effect()
def resume_deadlines(ask: Ask) -> Iterator[NewEvent]:
    """The pause ends today: what it moved moves back by the days that are left of it."""
    until = date.fromisoformat(str(ask.case.fields["paused_until"]))
    unused = (until - ask.today).days
    yield NewEvent("fields_set", {"fields": {"paused_until": ask.today.isoformat()}})
    for row in _dated(ask):
        # A date that this pause moved lies on or after its end; one set since by hand is not ours to move.
        if row.basis == "paused" and _day(row) >= until:
            yield from _shifted(ask, row, -unused, "resumed")


def _dated(ask: Ask) -> list[Deadline]:
    return [row for row in ask.case.running_deadlines if row.kind in PAUSED_KINDS]


def _shifted(ask: Ask, row: Deadline, days: int, basis: str) -> Iterator[NewEvent]:
    old = _day(row)
    yield from _moved(
        ask, row.kind, row.subject, old + timedelta(days=days), Origin(basis, old, {"days": days})
    )


def _moved(ask: Ask, kind: str, subject: str, due: date, origin: Origin) -> Iterator[NewEvent]:
    """The new version; a measure's own date, which the plan and later effects read, goes with it."""
    if kind == "measure":
        yield NewEvent("measure_changed", {"measure": int(subject), "due_on": due.isoformat()})
    yield deadline_set(ask, kind, subject, due, origin)


def _ended(how: str, row: Deadline, today: date) -> NewEvent:
    return NewEvent(how, {"kind": row.kind, "subject": row.subject, "on": today.isoformat()})


def _given(ask: Ask, name: str) -> date:
    return date.fromisoformat(str(ask.command.params[name]))


def _day(row: Deadline) -> date:
    assert row.due_on is not None
    return row.due_on
