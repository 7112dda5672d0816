"""The stored past of a case, read back as events."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, select

from engine.core.history import OPERATOR, Event, Stamp
from engine.store.tables import EventRow, EventText, table_of
from engine.store.unit_of_work import UnitOfWork

_EVENTS = table_of(EventRow)
_TEXTS = table_of(EventText)
_OF_CASES: Any = bindparam("case_ids", expanding=True)
_EVENTS_OF = (
    select(_EVENTS).where(_EVENTS.c.case_id.in_(_OF_CASES)).order_by(_EVENTS.c.case_id, _EVENTS.c.seq)
)
_TEXTS_OF = select(_TEXTS.c.case_id, _TEXTS.c.seq, _TEXTS.c.name, _TEXTS.c.salt, _TEXTS.c.text).where(
    _TEXTS.c.case_id.in_(_OF_CASES), _TEXTS.c.text.is_not(None)
)


def history(uow: UnitOfWork, case_id: int) -> tuple[Event, ...]:
    """All events of a case whose id was found under the scope, oldest first; erased texts are missing."""
    return histories(uow, [case_id])[case_id]


def histories(uow: UnitOfWork, case_ids: Iterable[int]) -> dict[int, tuple[Event, ...]]:
    """The histories of several cases in two queries."""
    wanted = list(case_ids)
    params = {"case_ids": wanted}
    texts: dict[tuple[int, int], list[Any]] = {}
    for row in uow.execute(_TEXTS_OF, params):
        texts.setdefault((row.case_id, row.seq), []).append(row)
    events: dict[int, list[Event]] = {case_id: [] for case_id in wanted}
    for row in uow.execute(_EVENTS_OF, params):
        events[row.case_id].append(_event(row, texts.get((row.case_id, row.seq), [])))
    return {case_id: tuple(rows) for case_id, rows in events.items()}


def _event(row: Any, found: list[Any]) -> Event:
    texts = {each.name: each.text for each in found}
    return Event(
        case=row.case_id,
        seq=row.seq,
        type=row.type,
        version=row.version,
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        stamp=Stamp.stored(row, texts.get(OPERATOR)),
        definition=row.definition,
        payload=json.loads(row.payload),
        payload_json=row.payload,
        header=row.header,
        previous=row.previous,
        hash=row.hash,
        texts=texts,
        salts={each.name: each.salt for each in found},
    )
