"""What happens to the roll of an occurrence that everybody has to fulfil."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from engine.core.altering import altered
from engine.core.case import Case, RosterLine
from engine.core.folds.told import Fold, Told


def _roster_joined(case: Case, told: Told) -> Case:
    known = {line.person for line in case.roster if line.left_on is None}
    on = date.fromisoformat(told.payload["on"])
    joined = tuple(RosterLine(person, on) for person in told.payload["people"] if person not in known)
    return altered(case, roster=(*case.roster, *joined))


def _roster_left(case: Case, told: Told) -> Case:
    return _each_line(case, told, lambda line: altered(line, left_on=told.day("on")))


def _roster_ticked(case: Case, told: Told) -> Case:
    return _each_line(case, told, lambda line: altered(line, ticked_on=line.ticked_on or told.day("on")))


def _each_line(case: Case, told: Told, change: Callable[[RosterLine], RosterLine]) -> Case:
    people = set(told.payload["people"])
    lines = tuple(change(row) if row.person in people and row.left_on is None else row for row in case.roster)
    return altered(case, roster=lines)


FOLDS: dict[str, Fold] = {
    "roster_joined": _roster_joined,
    "roster_left": _roster_left,
    "roster_ticked": _roster_ticked,
}
