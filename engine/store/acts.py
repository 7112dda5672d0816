"""What a person did: when the last event of theirs was, in a case or in the register."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from engine.store.tables import EventRow, RegisterEvent, table_of
from engine.store.unit_of_work import UnitOfWork

_EVENTS = table_of(EventRow)
_REGISTER = table_of(RegisterEvent)


def last_act(
    uow: UnitOfWork, organisation: int, person: int, others: Collection[str], after: datetime
) -> datetime | None:
    """When they, or somebody for them, acted last from `after` on; None for never.

    What an event says was done as one of `others` (keys of posts) is left out.
    """
    return max(_acts(uow, organisation, person, others, after), default=None)


def _acts(
    uow: UnitOfWork, organisation: int, person: int, others: Collection[str], after: datetime
) -> Iterator[datetime]:
    table = _EVENTS
    columns = (table.c.case_id, table.c.recorded_at, table.c.effective_at, table.c.payload)
    found: Any = uow.execute(
        select(*columns).where(
            uow.scope.covers(table.c.organisation_id),
            table.c.organisation_id == organisation,
            table.c.recorded_at >= after,
            table.c.effective_at >= after,
            or_(table.c.person == person, table.c.acting_for == person),
        )
    ).all()
    # One move writes several events, and only the first says as what.
    elsewhere = {
        (row.case_id, row.recorded_at) for row in found if json.loads(row.payload).get("by") in others
    }
    yield from (row.effective_at for row in found if (row.case_id, row.recorded_at) not in elsewhere)
    table = _REGISTER
    registered: Any = uow.execute(
        select(func.max(table.c.recorded_at)).where(
            uow.scope.covers(table.c.organisation_id),
            table.c.organisation_id == organisation,
            table.c.recorded_at >= after,
            or_(table.c.person == person, table.c.acting_for == person),
        )
    ).scalar()
    if registered is not None:
        yield registered
