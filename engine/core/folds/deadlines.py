"""What happens to deadlines: set, met, dropped, missed; every version stays."""

from __future__ import annotations

from engine.core.altering import altered
from engine.core.case import Case, Deadline
from engine.core.folds.told import Fold, Told


def _deadline_set(case: Case, told: Told) -> Case:
    """A new version replaces the open one, whose date stays visible; the same version is filled in (armed)."""
    facts = told.payload
    row = Deadline(
        kind=facts["kind"],
        subject=facts.get("subject", ""),
        version=facts["version"],
        due_on=told.day("due_on"),
        armed=facts.get("armed", False),
        ladder=facts.get("ladder", "default"),
        basis=facts.get("basis", ""),
        waits_for=facts.get("waits_for", ""),
    )
    name = (row.kind, row.subject)
    kept = tuple(
        altered(old, ended="replaced") if (old.kind, old.subject) == name and old.is_open else old
        for old in case.deadlines
        if (old.kind, old.subject, old.version) != (*name, row.version)
    )
    return altered(case, deadlines=(*kept, row))


def _deadline_met(case: Case, told: Told) -> Case:
    return _end_deadline(case, told, "met")


def _deadline_dropped(case: Case, told: Told) -> Case:
    return _end_deadline(case, told, "dropped")


def _deadline_missed(case: Case, told: Told) -> Case:
    return _end_deadline(case, told, "missed")


def _end_deadline(case: Case, told: Told, ended: str) -> Case:
    """Meeting a deadline meets its missed versions too, late; dropping the open one takes back none of them."""
    facts = told.payload
    name = (facts["kind"], facts.get("subject", ""))
    met_on = told.day("on") if ended == "met" else None

    def ends(row: Deadline) -> bool:
        return (row.kind, row.subject) == name and (row.is_unmet if ended == "met" else row.is_open)

    rows = tuple(altered(row, ended=ended, met_on=met_on) if ends(row) else row for row in case.deadlines)
    return altered(case, deadlines=rows)


FOLDS: dict[str, Fold] = {
    "deadline_set": _deadline_set,
    "deadline_met": _deadline_met,
    "deadline_dropped": _deadline_dropped,
    "deadline_missed": _deadline_missed,
}
