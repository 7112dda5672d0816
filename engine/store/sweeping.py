"""Reads and writes of a sweep: deadlines whose next moment has come, found by their index alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, bindparam, select, tuple_, update

from engine.store.tables import DeadlineRow, EventRow, Notice, table_of
from engine.store.unit_of_work import UnitOfWork

_DEADLINES = table_of(DeadlineRow)
_EVENTS = table_of(EventRow)
_NOTICES = table_of(Notice)

DeadlineName = tuple[int, str, str, int]


@dataclass(frozen=True, slots=True)
class DueDeadline:
    """A deadline row whose next moment has come."""

    id: int
    organisation: int
    case: int
    kind: str
    subject: str
    version: int


def due_deadlines(uow: UnitOfWork, now: datetime, limit: int) -> list[DueDeadline]:
    """The deadlines that came first, at most `limit`. Nothing is locked yet: their cases will be."""
    return _deadlines(uow, _DEADLINES.c.next_moment_at <= now, limit)


def still_due(uow: UnitOfWork, rows: Sequence[DueDeadline], now: datetime) -> list[DueDeadline]:
    """Those of `rows` that nobody swept or changed while their cases were being locked."""
    ids = [row.id for row in rows]
    return _deadlines(uow, _DEADLINES.c.id.in_(ids) & (_DEADLINES.c.next_moment_at <= now), len(ids))


def _deadlines(uow: UnitOfWork, condition: Any, limit: int) -> list[DueDeadline]:
    table = _DEADLINES.c
    found: Any = uow.execute(
        select(table.id, table.organisation_id, table.case_id, table.kind, table.subject, table.version)
        .where(uow.scope.covers(table.organisation_id), condition)
        .order_by(table.next_moment_at, table.id)
        .limit(limit)
    )
    return [DueDeadline(*row) for row in found]


def set_next_moments(uow: UnitOfWork, moments: Mapping[int, datetime | None]) -> None:
    """When each deadline is looked at again; None: it has nothing left to say."""
    uow.execute(
        update(_DEADLINES)
        .where(uow.scope.covers(_DEADLINES.c.organisation_id), _DEADLINES.c.id == bindparam("deadline"))
        .values(next_moment_at=bindparam("moment")),
        [{"deadline": deadline, "moment": at} for deadline, at in moments.items()],
    )


def wake_deadlines(uow: UnitOfWork, now: datetime) -> int:
    """Look at every open armed deadline of the scope again: a calendar, a ladder or a go-live day changed."""
    table = _DEADLINES.c
    woken = uow.execute(
        update(_DEADLINES)
        .where(
            uow.scope.covers(table.organisation_id),
            table.ended == "",
            table.armed.is_(True),
        )
        .values(next_moment_at=now)
    )
    return woken.rowcount


@dataclass(frozen=True, slots=True)
class Arming:
    """What the history of a case says of a deadline that was set: the stored text and when it was written."""

    payload: str
    at: datetime


def armings(uow: UnitOfWork, cases: Iterable[int]) -> Mapping[int, list[Arming]]:
    """What was set in each of the `cases`, unread: a damaged text is the matter of its own case alone."""
    table = _EVENTS.c
    found: Any = uow.execute(
        select(table.case_id, table.payload, table.recorded_at).where(
            uow.scope.covers(table.organisation_id),
            table.case_id.in_(sorted(set(cases))),
            table.type == "deadline_set",
        )
    )
    said: dict[int, list[Arming]] = {}
    for case, payload, at in found:
        said.setdefault(case, []).append(Arming(payload, at))
    return said


def armed_at(row: DueDeadline, said: Iterable[Arming]) -> datetime | None:
    """When this version of the deadline was armed and its owner told; None if never."""
    wanted = (row.kind, row.subject, row.version)
    found = None
    for arming in said:
        facts = json.loads(arming.payload)
        if facts.get("armed") and (facts["kind"], facts.get("subject", ""), facts["version"]) == wanted:
            found = arming.at
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """A rung of a deadline that has its notice already, for one audience."""

    deadline: int
    rung: str
    n: int
    audience: str


def already_said(uow: UnitOfWork, rows: Sequence[DueDeadline]) -> list[Said]:
    """Every notice of the deadlines, whatever became of it."""
    table = _NOTICES.c
    wanted = select(table.deadline_id, table.rung, table.n, table.audience)
    found: Any = uow.execute(wanted.where(*_notices_of(uow, rows)))
    return [Said(*row) for row in found]


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A reason to tell an audience of a case, about to be written. `n` counts from 1."""

    organisation: int
    case: int
    deadline: int
    rung: str
    n: int
    audience: str
    level: str
    red: bool
    planned_on: date
    status: str = "pending"
    reason: str = ""


def add_notices(uow: UnitOfWork, notices: Sequence[NewNotice], now: datetime) -> Mapping[str, int]:
    """Write the notices that are not there yet; how many that were, by status. A second time nothing is written."""
    if not notices:
        return {}
    rows = [_notice_row(notice, now) for notice in notices]
    # The rows that come back are counted: PostgreSQL's driver knows no row count for such an insert.
    return Counter(uow.execute(insert_new(uow, _NOTICES).returning(_NOTICES.c.status), rows).scalars())


def _notice_row(notice: NewNotice, now: datetime) -> dict[str, Any]:
    return {
        "organisation_id": notice.organisation,
        "case_id": notice.case,
        "deadline_id": notice.deadline,
        "event_seq": 0,
        "rung": notice.rung,
        "n": notice.n,
        "audience": notice.audience,
        "level": notice.level,
        "red": notice.red,
        "planned_on": notice.planned_on,
        "created_at": now,
        "status": notice.status,
        "reason": notice.reason,
        "facts": "{}",
    }


def silence_lower(uow: UnitOfWork, speaking: Sequence[tuple[DueDeadline, str, int]]) -> int:
    """Supersede what still waits to be said of deadlines, except the steps (rung, n) that speak now."""
    if not speaking:
        return 0
    table, rows = _NOTICES.c, [row for row, _, _ in speaking]
    steps = [(row.id, rung, n) for row, rung, n in speaking]
    done = uow.execute(
        update(_NOTICES)
        .where(
            *_notices_of(uow, rows),
            table.status == "pending",
            tuple_(table.deadline_id, table.rung, table.n).not_in(steps),
        )
        .values(status="superseded", reason="higher_rung_came")
    )
    return done.rowcount


def _notices_of(uow: UnitOfWork, rows: Sequence[DueDeadline]) -> tuple[Any, ...]:
    """Those of these deadlines, found by the key that makes a notice unique."""
    table = _NOTICES.c
    return (
        uow.scope.covers(table.organisation_id),
        table.organisation_id.in_(sorted({row.organisation for row in rows})),
        table.case_id.in_(sorted({row.case for row in rows})),
        table.deadline_id.in_(sorted(row.id for row in rows)),
    )


def insert_new(uow: UnitOfWork, table: Table) -> Any:
    """An INSERT that leaves a row alone which is there already (the unique key decides)."""
    if uow.is_postgresql:
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql

        return insert_postgresql(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.sqlite import insert as insert_sqlite

    return insert_sqlite(table).on_conflict_do_nothing()
