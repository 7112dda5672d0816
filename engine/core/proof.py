"""Does a stored history prove itself? Pure checks over raw rows, the first fault named (law 11).

Nothing of a row is trusted before its hash is: a payload is read only after its digest was found right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.core.folds.older import upcast
from engine.core.folds.told import Told
from engine.core.history import (
    GENESIS,
    OPERATOR,
    Stamp,
    commitment,
    instant,
    sha256,
    stamp_facts,
)
from engine.errors import Facts

ERASED = "text_erased"
"""The event that leaves a tombstone for a text: `seq` and `name` say which."""


@dataclass(frozen=True, slots=True)
class StoredText:
    """One row of texts: NULL is what an erased one leaves behind."""

    organisation: int
    salt: str
    text: str | None
    is_kept: bool = True
    """False where the text stands in a row of its own, and is compared there."""


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One case as its rows say: the file, its events and texts by number, and the rows of each part."""

    file: Any
    events: Sequence[Any]
    texts: Mapping[int, Mapping[str, StoredText]]
    parts: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong first: a stable code, the number of the event that it was found at, and facts."""

    what: str
    seq: int | None = None
    facts: Facts = field(default_factory=dict)


def chain_fault(case: StoredCase) -> Fault | None:
    """The first event that is missing, changed or unlinked, or None when the history proves itself."""
    erased = _tombstones(case.events)
    previous, expected = GENESIS, 1
    for row in case.events:
        if row.seq != expected:
            return Fault("event_missing", expected)
        fault = event_fault(row, case.file.organisation_id, previous) or text_fault(
            row, case.texts.get(row.seq, {}), erased
        )
        if fault is not None:
            return fault
        previous, expected = row.hash, expected + 1
    return _tail_fault(case, previous, expected)


def event_fault(row: Any, organisation: int, previous: str) -> Fault | None:
    """What is wrong with one stored event behind the hash `previous`, its texts apart."""
    if sha256(row.header) != row.hash:
        return Fault("header_changed", row.seq)
    if row.previous != previous:
        return Fault("link_broken", row.seq)
    said = json.loads(row.header)
    if sha256(row.payload) != said["payload"]:
        return Fault("payload_changed", row.seq)
    columns = _columns(row)
    if not columns.items() <= said.items():
        column = next(name for name, value in columns.items() if said.get(name) != value)
        return Fault("column_changed", row.seq, {"column": column})
    if row.organisation_id != organisation:
        return Fault("column_changed", row.seq, {"column": "organisation_id"})
    return None


def _columns(row: Any) -> dict[str, Any]:
    """What a reader uses of an event, as its header must say it; the payload was compared before."""
    recorded_at = instant(row.recorded_at)
    is_same_moment = row.effective_at == row.recorded_at
    return {
        "case": row.case_id,
        "seq": row.seq,
        "type": row.type,
        "version": row.version,
        "effective_at": recorded_at if is_same_moment else instant(row.effective_at),
        "recorded_at": recorded_at,
        "principal": stamp_facts(Stamp.stored(row, None)),
        "definition": row.definition,
        "previous": row.previous,
    }


def text_fault(
    row: Any, found: Mapping[str, StoredText], erased: frozenset[tuple[int, str]] = frozenset()
) -> Fault | None:
    """What is wrong with the texts of an event that is whole itself; `erased` are (number, name) of tombstones."""
    if not found and '"texts"' not in row.payload:
        return None  # most events: nobody wrote anything, and the payload commits to nothing
    committed = json.loads(row.payload).get("texts", {})
    for name in sorted({*committed, *found}):
        facts: Facts = {"name": name}
        if name not in committed:
            return Fault("text_added", row.seq, facts)
        if name not in found:
            return Fault("text_missing", row.seq, facts)
        kept = found[name]
        if not kept.is_kept:
            continue
        if kept.text is None:
            if (row.seq, name) not in erased:
                return Fault("text_missing", row.seq, facts)
        elif commitment(kept.salt, kept.text) != committed[name]:
            return Fault("text_changed", row.seq, facts)
        if kept.organisation != row.organisation_id:
            return Fault("text_changed", row.seq, facts)
    return None


def _tail_fault(case: StoredCase, head: str, expected: int) -> Fault | None:
    if case.file.revision >= expected:
        return Fault("tail_missing", expected, {"revision": case.file.revision})
    if case.file.revision != expected - 1:
        return Fault("projection_differs", expected - 1, {"table": "case_file", "column": "revision"})
    if case.file.head != head:
        return Fault("projection_differs", expected - 1, {"table": "case_file", "column": "head"})
    return None


def _tombstones(events: Sequence[Any]) -> frozenset[tuple[int, str]]:
    """(number, name) of every text that an event says was erased. Whether those events are whole is asked later."""
    return frozenset(_read_tombstones(events))


def _read_tombstones(events: Sequence[Any]) -> Iterator[tuple[int, str]]:
    for row in events:
        if row.type != ERASED:
            continue
        try:
            facts = json.loads(row.payload)
            yield int(facts["seq"]), str(facts["name"])
        except (ValueError, KeyError, TypeError):
            continue  # the event itself is the fault, and is named when its turn comes


def told_by(case: StoredCase) -> list[Told]:
    """The events of a case whose chain was found whole, as folding sees them."""
    return [_told(row, case.texts.get(row.seq, {})) for row in case.events]


def _told(row: Any, found: Mapping[str, StoredText]) -> Told:
    texts = {name: kept.text for name, kept in found.items() if kept.text is not None}
    stamp = Stamp.stored(row, texts.pop(OPERATOR, None))
    payload, said = upcast(row.type, row.version, json.loads(row.payload), texts)
    return Told(row.seq, row.type, payload, said, stamp, row.effective_at, row.definition)
