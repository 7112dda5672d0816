"""Proving the registers: the chain, its end against the seals, and the rows against what the chain says (law 11)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.core.history import GENESIS
from engine.core.proof import Fault, event_fault, text_fault
from engine.core.register import FOUND, HOME, Rows
from engine.store.register import found_rows
from engine.store.register_proof import Head, head_of, register_events, register_tombstones
from engine.store.register_rows import kept_in
from engine.store.seals import OF_THE_HOME, OWN, register_leaves
from engine.store.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Told:
    """What was read of a register: how many events, what is wrong with it, and when it took over older rows.

    `rows` are what the rows should say; `stands` is where its head says that it stands.
    """

    stands: Head | None
    hashes: list[str] = field(default_factory=lambda: [GENESIS])
    rows: Rows = field(default_factory=Rows)
    found_at: datetime | None = None
    in_chain: Fault | None = None
    at_end: Fault | None = None
    in_rows: tuple[Fault, ...] = ()

    @property
    def events(self) -> int:
        return len(self.hashes) - 1


class HomeRegister:
    """The home's own register, read once for all the organisations that are verified one after the other."""

    def __init__(self) -> None:
        self._told: Told | None = None

    def read(self, uow: UnitOfWork) -> Told:
        if self._told is None or self._told.stands != head_of(uow, HOME):
            self._told = read_register(uow, HOME)
        return self._told


def read_register(uow: UnitOfWork, register: int) -> Told:
    """One register, of an organisation or of the home (HOME), from its first event to its rows.

    The rows are compared only where the chain is whole: they have no other witness.
    """
    told = Told(head_of(uow, register))
    told.in_chain = _chain_fault(uow, register, told)
    told.at_end = None if told.in_chain else _end_fault(told)
    if told.in_chain is None and told.at_end is None:
        told.in_rows = tuple(_row_faults(uow, register, told.rows))
    return told


def register_faults(uow: UnitOfWork, organisation: int, register: int, told: Told) -> Iterator[Fault]:
    """What is wrong with a register that was read, as an organisation sees it with its own seals."""
    leaves = register_leaves(uow, organisation, OF_THE_HOME if register == HOME else OWN)
    there = (seq for seq in sorted(leaves) if seq <= told.events)
    otherwise = next((seq for seq in there if told.hashes[seq] != leaves[seq]), None)
    sealed = max(leaves, default=0)
    if otherwise is not None:
        yield Fault("sealed_otherwise", otherwise)
    elif told.in_chain is not None:
        yield told.in_chain
    elif sealed > told.events:
        yield Fault("tail_missing", told.events + 1, {"sealed": sealed})
    elif told.at_end is not None:
        yield told.at_end
    else:
        yield from told.in_rows


def _chain_fault(uow: UnitOfWork, register: int, told: Told) -> Fault | None:
    try:
        erased = register_tombstones(uow, register)
        for row, texts in register_events(uow, register):
            if row.seq != told.events + 1:
                return Fault("event_missing", told.events + 1)
            fault = event_fault(row, register, told.hashes[-1]) or text_fault(row, texts, erased)
            if fault is not None:
                return fault
            payload = json.loads(row.payload)
            told.rows.tell(row.seq, payload, {name: kept.salt for name, kept in texts.items()})
            if told.found_at is None and row.type == f"{payload.get('table')}_{FOUND}":
                told.found_at = row.recorded_at
            told.hashes.append(row.hash)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return Fault("row_unreadable", told.events + 1, {"detail": type(error).__name__})
    return None


def _end_fault(told: Told) -> Fault | None:
    head = told.stands
    if head is None or told.events == 0:
        return Fault("register_missing")
    if head.seq > told.events:
        return Fault("tail_missing", told.events + 1, {"revision": head.seq})
    if (head.seq, head.hash) != (told.events, told.hashes[-1]):
        return Fault("register_differs", told.events, {"table": "register_head", "column": "hash"})
    return None


def _row_faults(uow: UnitOfWork, register: int, rows: Rows) -> Iterator[Fault]:
    for kept in kept_in(register):
        found = ((kept.key_of(row), kept.cells(row._mapping)) for row in found_rows(uow, kept, register))
        yield from rows.faults(kept.name, found)
    yield from rows.missing()
