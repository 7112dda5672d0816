"""Soundness of deadlines: the time of the steps fits in, ladders are shorter, and something meets each."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

from engine.core.deadlines import span_for
from engine.core.definition import DeadlineRule, Move, Span, WorkflowDefinition
from engine.core.definition_reader import nearest
from engine.core.ladder import Ladder
from engine.core.sound.sheet import Sheet
from engine.core.workdays import Unit
from engine.errors import Fact, Problem

MET_OTHERWISE = frozenset({"measure", "request", "milestone"})
"""Deadlines that a report, a decision or a paper meets, not a move."""
LENGTHS = ("days", "months", "workdays")
LONGEST_MONTH, SHORTEST_MONTH, WEEK, WORKING_WEEK = 31, 28, 7, 5


def beyond_the_deadline(sheet: Sheet) -> Iterator[Problem]:
    """`limits_exceed_total`: who uses the time that each step has is late at the end, even on the shortest way.

    A step has the days of its approval, or those of a deadline that it meets on the way. Months of the whole
    count as the longest ones and those of a step as the shortest, so what is told is surely too much.
    """
    told = set()
    for when, spans in _by_field(sheet.definition):
        for kind, rule in sheet.definition.deadlines.items():
            total, needed = _length(spans[kind]), _shortest(sheet, rule, spans)
            is_longer = needed is not None and needed > total and _is_said(spans[kind])
            if is_longer and kind not in told:
                told.add(kind)
                facts: dict[str, Fact] = {"kind": kind, "days": needed, "total": total, "when": when}
                yield sheet.error("limits_exceed_total", "deadlines", kind, **facts)


def ladders(sheet: Sheet) -> Iterator[Problem]:
    """`unknown_ladder`, and `ladder_longer_than_deadline`: its first rung comes before the deadline was set."""
    known = sheet.known.ladders
    for kind, rule in sheet.definition.deadlines.items() if known is not None else ():
        ladder = (known or {}).get(rule.ladder)
        if ladder is None:
            facts = {"word": rule.ladder, "nearest": nearest(rule.ladder, known or ())}
            yield sheet.error("unknown_ladder", "deadlines", kind, "ladder", **facts)
        else:
            yield from _too_long(sheet, kind, rule, _before(ladder))


def _too_long(sheet: Sheet, kind: str, rule: DeadlineRule, before: int) -> Iterator[Problem]:
    """The first of the lengths of a deadline that is too short for its ladder."""
    for when, spans in _by_field(sheet.definition):
        total = _length(spans[kind])
        if before >= total and before and _is_said(spans[kind]):
            facts: dict[str, Fact] = {"kind": kind, "word": rule.ladder, "when": when}
            facts |= {"days": before, "total": total}
            yield sheet.warning("ladder_longer_than_deadline", "deadlines", kind, "ladder", **facts)
            return


def never_met(sheet: Sheet) -> Iterator[Problem]:
    """`deadline_never_met`: no move meets it, so whoever is late stays late for ever."""
    for kind, rule in sheet.definition.deadlines.items():
        if not rule.met_by and kind not in MET_OTHERWISE:
            yield sheet.error("deadline_never_met", "deadlines", kind, kind=kind)


def _by_field(definition: WorkflowDefinition) -> Iterator[tuple[str | None, Mapping[str, Span]]]:
    """How long each deadline is: as usual, then for each value of a field on which one of them depends (`when`)."""
    rules = definition.deadlines
    yield None, {kind: span_for(rule, {}) for kind, rule in rules.items()}
    for field, value in dict.fromkeys(
        (each.field, each.is_) for rule in rules.values() for each in rule.when
    ):
        yield f"{field}: {value}", {kind: span_for(rule, {field: value}) for kind, rule in rules.items()}


def _shortest(sheet: Sheet, rule: DeadlineRule, spans: Mapping[str, Span]) -> int | None:
    """The least days from the first state until a move of `met_by` was made; None where none can be."""
    met = ""
    waiting = [(0, sheet.definition.initial)]
    seen: set[str] = set()
    while waiting:
        spent, name = heapq.heappop(waiting)
        if name == met:
            return spent
        if name in seen:
            continue
        seen.add(name)
        for move_name, move in sheet.leaving[name]:
            target = met if move_name in rule.met_by else move.target(name)
            lasts = max(spent + _decided_in(move), _allowed(sheet, move_name, rule, spans))
            heapq.heappush(waiting, (lasts, target))
    return None


def _allowed(sheet: Sheet, move: str, whole: DeadlineRule, spans: Mapping[str, Span]) -> int:
    """The days from the beginning that other deadlines leave for a move on the way: the shortest that it meets."""
    if move in whole.met_by:
        return 0
    met = (spans[kind] for kind, rule in sheet.definition.deadlines.items() if move in rule.met_by)
    return min((_length(span, SHORTEST_MONTH) for span in met if span.is_counted), default=0)


def _decided_in(move: Move) -> int:
    return _calendar_days(move.approval.within_workdays) if move.approval else 0


def _is_said(span: Span) -> bool:
    """Whether the file gives a length, were it none at all; without one a move sets the day."""
    return span.is_counted or not span.model_fields_set.isdisjoint(LENGTHS)


def _length(rule: Span, month: int = LONGEST_MONTH) -> int:
    return rule.days + rule.months * month + _calendar_days(rule.workdays)


def _before(ladder: Ladder) -> int:
    """How many days before the due day the first rung comes."""
    spans = [rung.offset for rung in ladder.rungs]
    days = [_calendar_days(-row.count) if row.unit is Unit.WORKDAYS else -row.count for row in spans]
    return max([0, *days])


def _calendar_days(workdays: int) -> int:
    return workdays * WEEK // WORKING_WEEK if workdays > 0 else 0
