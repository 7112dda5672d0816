"""Who held which post as it was known at a moment: the register's own word, not today's rows (law 11)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from engine.core.posts import Holding
from engine.core.register import ADDED, CHANGED, FOUND
from engine.store.register_rows import HOLDING
from engine.store.tables import RegisterEvent, table_of
from engine.store.unit_of_work import UnitOfWork

_EVENTS = table_of(RegisterEvent)
_ADDED, _CHANGED, _FOUND = (f"{HOLDING.name}_{how}" for how in (ADDED, CHANGED, FOUND))


def holdings_known(uow: UnitOfWork, organisation: int, before: datetime) -> tuple[Holding, ...]:
    """The holdings as they were entered before an instant, in the order in which they were.

    What the register found of an earlier release counts as known all the time: nobody can say since when.
    """
    mine = (uow.scope.covers(_EVENTS.c.organisation_id), _EVENTS.c.organisation_id == organisation)
    known = or_(_EVENTS.c.recorded_at < before, _EVENTS.c.type == _FOUND)
    told = (_EVENTS.c.type.in_((_ADDED, _CHANGED, _FOUND)), known)
    rows: dict[int, dict[str, Any]] = {}
    for payload in uow.execute(
        select(_EVENTS.c.payload).where(*mine, *told).order_by(_EVENTS.c.seq)
    ).scalars():
        facts = json.loads(payload)
        rows.setdefault(facts["row"], {}).update(facts["set"])
    return tuple(_holding(rows[row]) for row in sorted(rows))


def _holding(said: dict[str, Any]) -> Holding:
    until = date.fromisoformat(said["until"]) if said["until"] else None
    since = date.fromisoformat(said["since"])
    return Holding(said["post_id"], said["person_id"], since, until, said["substitute_for"])
