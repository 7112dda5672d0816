"""New events of one case: chained behind its last one, and as rows with their texts beside them (law 11)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from engine.core.history import Event, Link, NewEvent, Stamp, seal_event, texts_of
from engine.store.part_rows import Row


def seal_events(
    link: Link, new: Iterable[NewEvent], stamp: Stamp, *, effective_at: datetime, now: datetime
) -> tuple[Event, ...]:
    happened, recorded = effective_at.astimezone(UTC), now.astimezone(UTC)
    chain: list[Event] = []
    for each in new:
        salts = {name: secrets.token_hex(16) for name in texts_of(each, stamp)}
        event = seal_event(link, each, stamp, effective_at=happened, recorded_at=recorded, salts=salts)
        chain.append(event)
        link = Link(link.case, event.seq, event.hash, link.definition)
    return tuple(chain)


def event_row(organisation: int, event: Event) -> Row:
    stamp = event.stamp
    return {
        "case_id": event.case,
        "seq": event.seq,
        "organisation_id": organisation,
        "type": event.type,
        "version": event.version,
        "effective_at": event.effective_at,
        "recorded_at": event.recorded_at,
        "person": stamp.person,
        "acting_for": stamp.acting_for,
        "via": stamp.via,
        "credential": stamp.credential,
        "credential_id": stamp.credential_id,
        "definition": event.definition,
        "payload": event.payload_json,
        "header": event.header,
        "previous": event.previous,
        "hash": event.hash,
    }


def text_rows(organisation: int, event: Event) -> Iterator[Row]:
    for name, text in event.texts.items():
        yield {
            "case_id": event.case,
            "seq": event.seq,
            "name": name,
            "organisation_id": organisation,
            "salt": event.salts[name],
            "text": text,
        }
