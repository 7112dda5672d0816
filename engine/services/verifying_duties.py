"""Proving the duties: each period is the one that its case opened with, and each series is looked at in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from engine.core.proof import Fault, StoredCase, told_by
from engine.core.workdays import ONE_DAY
from engine.errors import BadInput, NotFound, WrongUsage
from engine.services.spawn_duties import latest_look
from engine.store.duties import series_of
from engine.store.proofs import OCCURRENCE
from engine.store.unit_of_work import UnitOfWork

_DATES = ("starts_on", "due_on", "lapses_on")


def occurrence_fault(stored: StoredCase) -> Fault | None:
    """The row that says of which series and period a case is, compared with the event that opened it."""
    rows = stored.parts[OCCURRENCE]
    expected = _opened_as(stored)
    if expected is None and not rows:
        return None
    facts: dict[str, Any] = {"table": OCCURRENCE, "row": str(stored.file.key)}
    if expected is None:
        return Fault("projection_differs", 1, {**facts, "column": "", "is_added": True})
    if not rows:
        return Fault("projection_differs", 1, {**facts, "column": "", "is_missing": True})
    found = rows[0]._mapping
    column = next((name for name, value in expected.items() if found[name] != value), None)
    return Fault("projection_differs", 1, {**facts, "column": column}) if column is not None else None


def _opened_as(stored: StoredCase) -> dict[str, Any] | None:
    """The columns as the first event says them; None where the case is no period of a series."""
    fields = told_by(replace(stored, events=stored.events[:1]))[0].payload.get("fields", {})
    if "series" not in fields:
        return None
    dates = {name: date.fromisoformat(fields[name]) for name in _DATES}
    whose = {"organisation_id": stored.file.organisation_id, "series": fields["series"]}
    return {**whose, "period": fields["period"], "member": "", **dates}


def schedule_faults(uow: UnitOfWork, organisation: int, now: datetime) -> Iterator[Fault]:
    """Series that are looked at later than they should be, and so would open or miss a period too late.

    A day is let pass: what failed is tried again within that time. The next period itself stands in the register.
    """
    for series in series_of(uow, organisation):
        try:
            wanted = latest_look(uow, series, now)
        except NotFound:
            continue  # its file is gone: each tick says so, and the register names what was changed
        except (WrongUsage, BadInput, ValueError, TypeError, KeyError) as error:
            yield Fault("row_unreadable", None, {"id": series.id, "detail": type(error).__name__})
            continue
        if wanted is None:
            continue
        if series.next_at is None or series.next_at > max(wanted, now + ONE_DAY):
            facts = {"table": "duty_series", "row": series.key, "column": "next_at"}
            yield Fault("projection_differs", None, facts)
