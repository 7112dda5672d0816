"""Guards on how far a date may lie: not past, not before it all began, not too far ahead, no part after the whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from engine.core.case import Deadline
from engine.core.counting import WHOLE, aimed_at, aimed_deadline, cured_by, given_day, is_said, running
from engine.core.deadlines import add_months
from engine.core.definition import DeadlineKind
from engine.core.refusal import Unmet
from engine.core.vocabulary import Count, Facet, guard
from engine.core.world import Ask
from workflows.assigning import given_day_of, is_counted_anew


@guard(days=("due",))
def due_is_given(ask: Ask) -> Iterator[Unmet]:
    """A new due date is given, and it is not before today."""
    given = given_day(ask, "due")
    if not is_said(ask, "due"):
        yield Unmet("due_missing", {}, "give_a_due_date")
    elif given is not None and given < ask.today:
        yield Unmet("due_in_past", {"day": given.isoformat()}, "give_a_due_date")


@guard(days=("due",), ceilings=("months", "days", "workdays"))
def due_within(ask: Ask, months: Count = 0, days: Count = 0, workdays: Count = 0) -> Iterator[Unmet]:
    """The day that is given is at most so far ahead.

    It is counted from the day of asking: months, then days, then working days, together where several are said.
    """
    yield from _within(ask, given_day(ask, "due"), months, days, workdays)


@guard(days=("due", "from"), counts=(WHOLE,), ceilings=("months", "days", "workdays"))
def assigned_within(ask: Ask, months: Count = 0, days: Count = 0, workdays: Count = 0) -> Iterator[Unmet]:
    """The day that an assignment gives to the whole, by `due` or counted `from`, is at most so far ahead."""
    yield from _within(ask, given_day_of(ask, WHOLE), months, days, workdays)


def _within(ask: Ask, wanted: date | None, months: int, days: int, workdays: int) -> Iterator[Unmet]:
    reached = add_months(ask.asked_on, months) + timedelta(days=days)
    latest = ask.world.place.calendar.add_workdays(reached, workdays)
    if wanted is not None and wanted > latest:
        reach = {"months": months or None, "days": days or None, "workdays": workdays or None}
        facts = {"day": wanted.isoformat(), **reach, "latest": latest.isoformat()}
        yield Unmet("due_too_far", facts, "give_a_nearer_date")


@guard(params=("kind", "subject"), days=("due",))
def part_within_whole(ask: Ask) -> Iterator[Unmet]:
    """What is only a part, a measure or the plan, is not due after the case as a whole."""
    given, whole = given_day(ask, "due"), _whole_day(ask)
    kind = aimed_at(ask)[0]
    is_part = kind != WHOLE and aimed_deadline(ask) is not None
    if is_part and given is not None and whole is not None and given > whole:
        facts = {"kind": kind, "day": given.isoformat(), "whole": whole.isoformat()}
        if whole < ask.today:
            yield Unmet("due_after_whole", facts, "redate_the_whole_first", ("secretary",))
        else:
            yield Unmet("due_after_whole", facts, "extend_the_whole_first", ("owner",))


@guard(Facet.INSPECTION, ceilings=("months",))
def measures_dated(ask: Ask, months: Count) -> Iterator[Unmet]:
    """Every open measure that has a day has one that can be: not before the feedback that asked for it, at most
    `months` months ahead, and not after the day of the whole where that was set by hand and is not missed.
    """
    latest = add_months(ask.asked_on, months)
    whole = _whole_day(ask) if ask.case.fields.get("due_was_set") else None
    feedback = ask.world.inspection.feedback_on if ask.world.inspection else None
    for row in ask.case.live_measures:
        if row.due_on is None or row.state != "open":
            continue
        facts: dict[str, str | int] = {"measure": row.number, "day": row.due_on.isoformat()}
        if feedback is not None and row.due_on < feedback:
            told = {**facts, "feedback": feedback.isoformat()}
            yield Unmet("measure_before_feedback", told, "redate_the_measure", ("owner", "office"))
        elif row.due_on > latest:
            told = {**facts, "months": months, "latest": latest.isoformat()}
            yield Unmet("measure_too_far", told, "redate_the_measure", ("owner", "office"))
        elif whole is not None and ask.today <= whole < row.due_on:
            told = {**facts, "whole": whole.isoformat(), "latest": whole.isoformat()}
            yield Unmet("measure_after_whole", told, "redate_the_measure", ("owner", "office"))


def _whole_day(ask: Ask) -> date | None:
    whole = running(ask.case, WHOLE)
    return whole.due_on if whole else None


@guard(Facet.INSPECTION, days=("due", "from"))
def dates_can_be(ask: Ask) -> Iterator[Unmet]:
    """Days that an assignment gives are neither past nor before the feedback, and none that was agreed becomes
    a later one (law 7): what would be left as it is, is refused and not passed over.
    """
    yield from _before_feedback(ask)
    for kind in ask.world.workflow.definition.new_deadlines:
        wanted = given_day_of(ask, kind) if is_counted_anew(ask, kind) else None
        if wanted is not None:
            yield from _against(ask, kind, wanted, ask.case.deadline(kind))


def _before_feedback(ask: Ask) -> Iterator[Unmet]:
    since, round_ = given_day(ask, "from"), ask.world.inspection
    if since is not None and round_ is not None and since < round_.feedback_on:
        facts = {"day": since.isoformat(), "feedback": round_.feedback_on.isoformat()}
        yield Unmet("from_before_feedback", facts, "count_from_the_feedback")


def _against(ask: Ask, kind: DeadlineKind, wanted: date, before: Deadline | None) -> Iterator[Unmet]:
    facts = {"kind": kind, "day": wanted.isoformat()}
    if wanted < ask.today:
        yield Unmet("due_in_past", facts, "give_a_due_date")
    if before is None or not before.armed or not before.is_unmet or before.due_on is None:
        return
    old = before.due_on.isoformat()
    if before.due_on < ask.today:
        missed = Unmet("due_missed_already", {"kind": kind, "day": old}, "ask_for_a_new_date", ("secretary",))
        yield cured_by(ask.world, "redate_deadline", missed)
    elif wanted > before.due_on:
        later = Unmet("due_only_earlier", {**facts, "old": old}, "ask_for_extension", ("owner",))
        yield cured_by(ask.world, "extend_deadline", later)
