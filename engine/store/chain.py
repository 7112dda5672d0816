"""New events of one case: chained behind its last one, and written with their texts beside them (law 11)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert

from engine.core.history import Event, Link, NewEvent, Stamp, seal_event, texts_of
from engine.store.tables import EventRow, EventText, table_of
from engine.store.unit_of_work import UnitOfWork

_EVENTS = insert(table_of(EventRow))
_TEXTS = insert(table_of(EventText))


def seal_events(
    link: Link, new: Iterable[NewEvent], stamp: Stamp, *, effective_at: datetime, now: datetime
) -> tuple[Event, ...]:
    happened, recorded = effective_at.astimezone(UTC), now.astimezone(UTC)
    chain: list[Event] = []
    for each in new:
        salts = {name: secrets.token_hex(16) for name in texts_of(each, stamp)}
        event = seal_event(link, each, stamp, effective_at=happened, recorded_at=recorded, salts=salts)
        chain.append(event)
        link = replace(link, seq=event.seq, hash=event.hash)
    return tuple(chain)


def write_events(uow: UnitOfWork, organisation: int, chain: Sequence[Event]) -> None:
    uow.execute(_EVENTS, [_event_row(organisation, event) for event in chain])
    texts = [
        {
            "case_id": event.case,
            "seq": event.seq,
            "name": name,
            "organisation_id": organisation,
            "salt": event.salts[name],
            "text": text,
        }
        for event in chain
        for name, text in event.texts.items()
    ]
    if texts:
        uow.execute(_TEXTS, texts)


def _event_row(organisation: int, event: Event) -> dict[str, Any]:
    return {
        "case_id": event.case,
        "seq": event.seq,
        "organisation_id": organisation,
        "type": event.type,
        "version": event.version,
        "effective_at": event.effective_at,
        "recorded_at": event.recorded_at,
        "person": event.stamp.person,
        "acting_for": event.stamp.acting_for,
        "via": event.stamp.via,
        "credential": event.stamp.credential,
        "credential_id": event.stamp.credential_id,
        "definition": event.definition,
        "payload": event.payload_json,
        "header": event.header,
        "previous": event.previous,
        "hash": event.hash,
    }
