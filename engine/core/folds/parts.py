"""What every fold does: note who acted, and change the one row that is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.case import Case
from engine.core.folds.told import Told


def with_actor(case: Case, told: Told, role: str | None) -> tuple[tuple[int, str], ...]:
    if role is None:
        return case.acted
    persons = [person for person in (told.stamp.person, told.stamp.acting_for) if person is not None]
    return tuple(dict.fromkeys((*case.acted, *((person, role) for person in persons))))


def with_changed(
    rows: tuple[Any, ...], name: str, value: object, change: Callable[[Any], Any]
) -> tuple[Any, ...]:
    return tuple(change(row) if getattr(row, name) == value else row for row in rows)
