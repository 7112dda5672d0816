"""Soundness of time: limits fit into the deadline, ladders are shorter than it, and something meets it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from engine.core.definition import DeadlineRule, Move, State
from engine.core.definition_reader import nearest
from engine.core.ladder import Ladder
from engine.core.sound.sheet import Sheet
from engine.core.workdays import Unit
from engine.errors import Problem

MET_OTHERWISE = frozenset({"measure", "request", "milestone"})
"""Deadlines that a report, a decision or a paper meets, not a move."""
LONGEST_MONTH, WEEK, WORKING_WEEK = 31, 7, 5


def beyond_the_deadline(sheet: Sheet) -> Iterator[Problem]:
    """`limits_exceed_total`: even on the shortest way the limits of states and approvals sum up beyond the deadline.

    Months count as the longest ones, so what is told is surely too much.
    """
    for kind, rule in sheet.definition.deadlines.items():
        total, needed = _length(rule), _shortest(sheet, rule)
        if total and needed is not None and needed > total:
            yield sheet.error("limits_exceed_total", "deadlines", kind, kind=kind, days=needed, total=total)


def ladders(sheet: Sheet) -> Iterator[Problem]:
    """`unknown_ladder`, and `ladder_longer_than_deadline`: its first rung comes before the deadline was set."""
    known = sheet.known.ladders
    for kind, rule in sheet.definition.deadlines.items() if known is not None else ():
        ladder = (known or {}).get(rule.ladder)
        if ladder is None:
            facts = {"word": rule.ladder, "nearest": nearest(rule.ladder, known or ())}
            yield sheet.error("unknown_ladder", "deadlines", kind, "ladder", **facts)
        elif _length(rule) and _before(ladder) >= _length(rule):
            facts = {"kind": kind, "word": rule.ladder}
            days = {"days": _before(ladder), "total": _length(rule)}
            yield sheet.warning("ladder_longer_than_deadline", "deadlines", kind, "ladder", **facts, **days)


def never_met(sheet: Sheet) -> Iterator[Problem]:
    """`deadline_never_met`: no move meets it, so whoever is late stays late for ever."""
    for kind, rule in sheet.definition.deadlines.items():
        if not rule.met_by and kind not in MET_OTHERWISE:
            yield sheet.error("deadline_never_met", "deadlines", kind, kind=kind)


def _shortest(sheet: Sheet, rule: DeadlineRule) -> int | None:
    """The least days from the first state until a move of `met_by` was made; None where none can be."""
    states, met = sheet.definition.states, ""
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
            heapq.heappush(waiting, (spent + _lasts(states[name]) + _decided_in(move), target))
    return None


def _lasts(state: State) -> int:
    return _calendar_days(state.within_workdays or 0) if state.within_workdays else state.within_days or 0


def _decided_in(move: Move) -> int:
    return _calendar_days(move.approval.within_workdays) if move.approval else 0


def _length(rule: DeadlineRule) -> int:
    return rule.days + rule.months * LONGEST_MONTH


def _before(ladder: Ladder) -> int:
    """How many days before the due day the first rung comes."""
    spans = [rung.offset for rung in ladder.rungs]
    days = [_calendar_days(-row.count) if row.unit is Unit.WORKDAYS else -row.count for row in spans]
    return max([0, *days])


def _calendar_days(workdays: int) -> int:
    return workdays * WEEK // WORKING_WEEK if workdays > 0 else 0
