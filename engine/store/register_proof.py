"""What proving a register needs of the database: its events in pieces, in the shape that those of cases have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select

from engine.core.proof import StoredText
from engine.core.register import REGISTER, TextsErased, tombstones_in
from engine.store.register_rows import SECRETS
from engine.store.tables import RegisterEvent, RegisterHead, RegisterText, table_of
from engine.store.unit_of_work import UnitOfWork

_HEADS = table_of(RegisterHead)
_EVENTS = table_of(RegisterEvent)
_TEXTS = table_of(RegisterText)
_PIECE = 1000
_COLUMNS = (
    *_EVENTS.c,
    _EVENTS.c.organisation_id.label("case_id"),
    _EVENTS.c.recorded_at.label("effective_at"),
    literal(1).label("version"),
    literal(REGISTER).label("definition"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a register says that it stands."""

    seq: int
    hash: str


def head_of(uow: UnitOfWork, organisation: int) -> Head | None:
    row = uow.execute(select(_HEADS).where(_HEADS.c.organisation_id == organisation)).one_or_none()
    return Head(row.seq, row.hash) if row is not None else None


def register_tombstones(uow: UnitOfWork, organisation: int) -> frozenset[tuple[int, str]]:
    """(number, name) of every word that the register says was erased. Whether those events are whole is asked later."""
    mine = (_EVENTS.c.organisation_id == organisation, _EVENTS.c.type == TextsErased.name)
    found = uow.execute(select(_EVENTS.c.payload).where(*mine)).scalars()
    return frozenset(place for payload in found for place in _read_tombstones(payload))


def _read_tombstones(payload: str) -> frozenset[tuple[int, str]]:
    try:
        return tombstones_in(json.loads(payload))
    except (ValueError, KeyError, TypeError):
        return frozenset()  # the event itself is the fault, and is named when its turn comes


def register_events(uow: UnitOfWork, organisation: int) -> Iterator[tuple[Any, Mapping[str, StoredText]]]:
    """Every event with its texts, the oldest first."""
    last = 0
    while True:
        mine = (_EVENTS.c.organisation_id == organisation, _EVENTS.c.seq > last)
        found = uow.execute(select(*_COLUMNS).where(*mine).order_by(_EVENTS.c.seq).limit(_PIECE)).all()
        if not found:
            return
        texts = _texts(uow, organisation, last, found[-1].seq)
        yield from ((row, texts.get(row.seq, {})) for row in found)
        last = found[-1].seq


def _texts(uow: UnitOfWork, organisation: int, after: int, until: int) -> dict[int, dict[str, StoredText]]:
    mine = (_TEXTS.c.organisation_id == organisation, _TEXTS.c.seq > after, _TEXTS.c.seq <= until)
    grouped: dict[int, dict[str, StoredText]] = {}
    for row in uow.execute(select(_TEXTS).where(*mine)):
        kept = StoredText(row.organisation_id, row.salt, row.text, is_kept=row.name not in SECRETS)
        grouped.setdefault(row.seq, {})[row.name] = kept
    return grouped
