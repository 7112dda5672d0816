"""The rows of a case after its events: only what differs from before is written (law 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Insert, Update, bindparam, insert, update

from engine.core.case import Case
from engine.core.deadlines import waits_for
from engine.core.posts import Posts
from engine.store.part_rows import PARTS, Key, Row
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and on what roster rows are written: it decides whom each open deadline waits for."""

    now: datetime
    posts: Posts


@dataclass(slots=True)
class _Changes:
    """What one table needs: new rows, and updates by the columns that they touch."""

    new: list[Row]
    updates: dict[tuple[str, ...], list[Row]]


def write_parts(uow: UnitOfWork, before: Case | None, after: Case, occasion: Occasion) -> None:
    """Insert and update the parts of the case that changed since `before` (None: a new case)."""
    wakings = _wakings(before, after, occasion)
    for name in PARTS:
        changes = _changes(name, before, after, wakings if name == "deadline" else {})
        if changes.new:
            uow.execute(_insert(name), changes.new)
        for columns, updates in changes.updates.items():
            uow.execute(_update(name, columns), updates)


def _changes(name: str, before: Case | None, after: Case, more: dict[Key, Row]) -> _Changes:
    part = PARTS[name]
    was = part.values(before) if before is not None else {}
    found = _Changes([], {})
    for key, value in part.values(after).items():
        old = was.get(key)
        if old is None:
            named = dict(zip(part.keys, key, strict=True))
            ids = {"organisation_id": after.organisation, "case_id": after.id}
            found.new.append({**ids, **named, **part.row(value), **more.get(key, {})})
        elif old != value or key in more:
            row = {**_differing(part.row(old), part.row(value)), **more.get(key, {})}
            if row:
                which = {f"its_{column}": item for column, item in zip(part.keys, key, strict=True)}
                found.updates.setdefault(tuple(row), []).append({"its_case": after.id, **which, **row})
    return found


def _differing(old: Row, new: Row) -> Row:
    return {column: value for column, value in new.items() if old[column] != value}


def _wakings(before: Case | None, after: Case, occasion: Occasion) -> dict[Key, Row]:
    """When the sweep looks again and whom it waits for, for each deadline whose answer changed.

    A live deadline that is new, or different, or waits for somebody else now is looked at by the next
    sweep; one that ended or was disarmed never again.
    """
    was = _live(before, occasion) if before is not None else {}
    live = _live(after, occasion)
    found: dict[Key, Row] = {}
    for key in PARTS["deadline"].values(after):
        if key in live and was.get(key) != live[key]:
            found[key] = {"waits_post_id": live[key][1], "next_moment_at": occasion.now}
        elif key not in live and (
            key in was or before is None or key not in PARTS["deadline"].values(before)
        ):
            found[key] = {"waits_post_id": None, "next_moment_at": None}
    return found


def _live(case: Case, occasion: Occasion) -> dict[Key, tuple[object, int | None]]:
    return {
        (row.kind, row.subject, row.version): (row, waits_for(case, row, occasion.posts))
        for row in case.deadlines
        if row.is_open and row.armed
    }


@cache
def _insert(name: str) -> Insert:
    return insert(PARTS[name].table)


@cache
def _update(name: str, columns: tuple[str, ...]) -> Update:
    part = PARTS[name]
    which = [part.table.c[column] == bindparam(f"its_{column}") for column in part.keys]
    return (
        update(part.table)
        .where(part.table.c.case_id == bindparam("its_case"), *which)
        .values({column: bindparam(column) for column in columns})
    )
