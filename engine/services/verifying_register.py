"""Proving the registers: the chain, its end against the seals, and the rows against what the chain says (law 11)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.core.history import GENESIS
from engine.core.proof import Fault, event_fault, text_fault
from engine.core.register import FOUND, HOME, Rows
from engine.store.register import found_rows
from engine.store.register_proof import head_of, register_events
from engine.store.register_rows import kept_in
from engine.store.seals import OF_THE_HOME, OWN, register_leaves
from engine.store.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Told:
    """What was read of a register: how many events, what the rows should say, and when it took over older rows."""

    events: int = 0
    head: str = GENESIS
    rows: Rows = field(default_factory=Rows)
    found_at: datetime | None = None


def verify_register(uow: UnitOfWork, organisation: int, register: int, told: Told) -> Iterator[Fault]:
    """What is wrong with one register, of the organisation itself or of the home (HOME), told to one organisation.

    The rows are compared only where the chain is whole: they have no other witness.
    """
    leaves = register_leaves(uow, organisation, OF_THE_HOME if register == HOME else OWN)
    fault = _chain_fault(uow, register, leaves, told)
    if fault is not None:
        yield fault
        return
    for kept in kept_in(register):
        rows = ((kept.key_of(row), kept.cells(row._mapping)) for row in found_rows(uow, kept, register))
        yield from told.rows.faults(kept.name, rows)
    yield from told.rows.missing()


def _chain_fault(uow: UnitOfWork, register: int, leaves: Mapping[int, str], told: Told) -> Fault | None:
    try:
        for row, texts in register_events(uow, register):
            if row.seq != told.events + 1:
                return Fault("event_missing", told.events + 1)
            fault = event_fault(row, register, told.head) or text_fault(row, texts)
            if fault is not None:
                return fault
            if leaves.get(row.seq, row.hash) != row.hash:
                return Fault("sealed_otherwise", row.seq)
            payload = json.loads(row.payload)
            told.rows.tell(row.seq, payload, {name: kept.salt for name, kept in texts.items()})
            if told.found_at is None and row.type == f"{payload['table']}_{FOUND}":
                told.found_at = row.recorded_at
            told.events, told.head = row.seq, row.hash
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Fault("row_unreadable", told.events + 1, {"detail": type(error).__name__})
    return _tail_fault(uow, register, leaves, told)


def _tail_fault(uow: UnitOfWork, register: int, leaves: Mapping[int, str], told: Told) -> Fault | None:
    head, sealed = head_of(uow, register), max(leaves, default=0)
    if sealed > told.events:
        return Fault("tail_missing", told.events + 1, {"sealed": sealed})
    if head is None or told.events == 0:
        return Fault("register_missing")
    if head.seq > told.events:
        return Fault("tail_missing", told.events + 1, {"revision": head.seq})
    if (head.seq, head.hash) != (told.events, told.head):
        return Fault("register_differs", told.events, {"table": "register_head", "column": "hash"})
    return None
