"""Posts that change hands on a day that was to come when it was said: kept until a tick has carried them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from engine.store.register import change_rows, insert_row
from engine.store.register_rows import PLANNED
from engine.store.tables import PlannedHandover, table_of
from engine.store.unit_of_work import UnitOfWork

_PLANNED = table_of(PlannedHandover)


@dataclass(frozen=True, slots=True)
class Planned:
    """Who takes over which post from whom, from which local day on (ids)."""

    organisation: int
    post: int
    leaver: int
    successor: int
    starts_on: date


def plan_handover(
    uow: UnitOfWork, planned: Planned, at: datetime, asked: tuple[int | None, datetime]
) -> None:
    """Carry it out when `at` has come; `asked` is who said so, and when. Said twice it is planned once.

    Whoever plans holds the roster, so nobody plans the same meanwhile.
    """
    by, when = asked
    if uow.execute(select(_PLANNED.c.id).where(*_which(uow, planned))).first() is None:
        row = {**_key(planned), "next_at": at, "asked_by": by, "asked_at": when, "outcome": ""}
        insert_row(uow, PLANNED, row)
        return
    # One that was taken back before is planned anew.
    dropped = [*_which(uow, planned), _PLANNED.c.outcome == "dropped"]
    change_rows(uow, PLANNED, dropped, {"next_at": at, "outcome": "", "ended_at": None})


def organisations_handing_over(uow: UnitOfWork, now: datetime) -> list[tuple[int, int]]:
    """The organisations that have handovers whose day has come, and how many."""
    table = _PLANNED.c
    due = (uow.scope.covers(table.organisation_id), table.next_at <= now)
    wanted = select(table.organisation_id, func.count()).where(*due).group_by(table.organisation_id)
    return [(row[0], row[1]) for row in uow.execute(wanted.order_by(table.organisation_id))]


def due_handovers(uow: UnitOfWork, now: datetime, limit: int) -> list[Planned]:
    """Those whose day has come, the oldest first. Nothing is locked yet: their organisation will be."""
    return _read(uow, _PLANNED.c.next_at <= now, limit=limit)


def planned_handovers(uow: UnitOfWork, organisation: int) -> list[Planned]:
    """What is still to come in one organisation."""
    return _read(uow, _PLANNED.c.organisation_id == organisation, _PLANNED.c.next_at.is_not(None))


def end_handover(uow: UnitOfWork, planned: Planned, outcome: str, now: datetime) -> bool:
    """It is `done`, or `dropped` since it no longer stands; False where nothing of the kind waits (any more)."""
    values = {"next_at": None, "ended_at": now, "outcome": outcome}
    return change_rows(uow, PLANNED, _waiting(uow, planned), values) == 1


def put_off_handover(uow: UnitOfWork, planned: Planned, until: datetime) -> None:
    change_rows(uow, PLANNED, _waiting(uow, planned), {"next_at": until})


def _waiting(uow: UnitOfWork, planned: Planned) -> list[Any]:
    return [*_which(uow, planned), _PLANNED.c.next_at.is_not(None)]


def _which(uow: UnitOfWork, planned: Planned) -> list[Any]:
    same = [_PLANNED.c[name] == value for name, value in _key(planned).items()]
    return [uow.scope.covers(_PLANNED.c.organisation_id), *same]


def _read(uow: UnitOfWork, *conditions: Any, limit: int | None = None) -> list[Planned]:
    table = _PLANNED.c
    columns = (table.organisation_id, table.post_id, table.leaver_id, table.successor_id, table.starts_on)
    wanted = select(*columns).where(uow.scope.covers(table.organisation_id), *conditions)
    found: Sequence[Any] = uow.execute(wanted.order_by(table.next_at, table.id).limit(limit)).all()
    return [Planned(*row) for row in found]


def _key(planned: Planned) -> dict[str, Any]:
    return {
        "organisation_id": planned.organisation,
        "post_id": planned.post,
        "leaver_id": planned.leaver,
        "successor_id": planned.successor,
        "starts_on": planned.starts_on,
    }
