"""Whether the events of a case prove themselves: what tests ask of a chain that was read back as events."""

from __future__ import annotations

import json
from collections.abc import Iterable

from engine.core.history import GENESIS, Event, commitment, instant, sha256, stamp_facts


def first_break(events: Iterable[Event]) -> int | None:
    """The number of the first event that does not prove itself, or None when the chain is whole.

    Everything that a reader uses is checked against what was hashed: the columns, the payload, the texts.
    """
    previous, expected = GENESIS, 1
    for event in events:
        if not (event.seq == expected and event.previous == previous and _is_whole(event)):
            return event.seq
        previous, expected = event.hash, expected + 1
    return None


def _is_whole(event: Event) -> bool:
    said = json.loads(event.header)
    columns = {
        "case": event.case,
        "seq": event.seq,
        "type": event.type,
        "version": event.version,
        "effective_at": instant(event.effective_at),
        "recorded_at": instant(event.recorded_at),
        "principal": stamp_facts(event.stamp),
        "definition": event.definition,
        "payload": sha256(event.payload_json),
        "previous": event.previous,
    }
    committed = event.payload.get("texts", {})
    texts_fit = all(
        commitment(event.salts[name], text) == committed.get(name)
        for name, text in event.texts.items()
        if name in event.salts
    )
    return (
        said == columns
        and sha256(event.header) == event.hash
        and json.loads(event.payload_json) == event.payload
        and texts_fit
    )
