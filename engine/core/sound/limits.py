"""Soundness of time: limits fit into the deadline, ladders are shorter than it, and something meets it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from engine.core.definition import DeadlineRule, Move
from engine.core.definition_reader import nearest
from engine.core.ladder import Ladder
from engine.core.sound.sheet import Sheet
from engine.core.workdays import Unit
from engine.errors import Problem

MET_OTHERWISE = frozenset({"measure", "request", "milestone"})
"""Deadlines that a report, a decision or a paper meets, not a move."""
LONGEST_MONTH, SHORTEST_MONTH, WEEK, WORKING_WEEK = 31, 28, 7, 5


def beyond_the_deadline(sheet: Sheet) -> Iterator[Problem]:
    """`limits_exceed_total`: who uses the time that each step has is late at the end, even on the shortest way.

    A step has the days of its approval, or those of a deadline that it meets on the way. Months of the whole
    count as the longest ones and those of a step as the shortest, so what is told is surely too much.
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
            lasts = max(spent + _decided_in(move), _allowed(sheet, move_name, rule))
            heapq.heappush(waiting, (lasts, target))
    return None


def _allowed(sheet: Sheet, move: str, whole: DeadlineRule) -> int:
    """The days from the beginning that other deadlines leave for a move on the way: the shortest that it meets."""
    if move in whole.met_by:
        return 0
    met = (rule for rule in sheet.definition.deadlines.values() if move in rule.met_by and rule.is_counted)
    return min((_length(rule, SHORTEST_MONTH) for rule in met), default=0)


def _decided_in(move: Move) -> int:
    return _calendar_days(move.approval.within_workdays) if move.approval else 0


def _length(rule: DeadlineRule, month: int = LONGEST_MONTH) -> int:
    return rule.days + rule.months * month + _calendar_days(rule.workdays)


def _before(ladder: Ladder) -> int:
    """How many days before the due day the first rung comes."""
    spans = [rung.offset for rung in ladder.rungs]
    days = [_calendar_days(-row.count) if row.unit is Unit.WORKDAYS else -row.count for row in spans]
    return max([0, *days])


def _calendar_days(workdays: int) -> int:
    return workdays * WEEK // WORKING_WEEK if workdays > 0 else 0
