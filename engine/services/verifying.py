"""Proving a home: chains, seals, rows against their fold, definitions and files; the first bad row named (law 11).

Everything is read in one transaction and in batches of cases, so memory does not grow with the home.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.case import Case
from engine.core.fold import replay_told
from engine.core.meanings import digests_of
from engine.core.ports import BlobStore
from engine.core.proof import Fault, StoredCase, chain_fault, told_by
from engine.core.register import HOME
from engine.core.seals import FIRST_SEAL, Leaf, OutsideSeal
from engine.errors import DefinitionError, Facts
from engine.services.verifying_duties import occurrence_fault, schedule_faults
from engine.services.verifying_files import blob_fault, noted_sizes, paper_fault
from engine.services.verifying_register import HomeRegister, read_register, register_faults
from engine.store.case_rows import file_row
from engine.store.part_rows import PARTS, Key, Row
from engine.store.places import zone_of
from engine.store.proofs import (
    blobs_of,
    case_ids_after,
    count_cases,
    first_paper,
    published_texts,
    stored_cases,
    stray_rows,
    workflow_digests,
)
from engine.store.seals import StoredSeal, covered_by, leaves_of, lost_case, seals_of
from engine.store.unit_of_work import UnitOfWork

BATCH = 200
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Found:
    """One bad row: what is wrong (a stable code), of which case, at which event."""

    what: str
    case: str | None = None
    seq: int | None = None
    facts: Facts = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "case": self.case, "seq": self.seq, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and the first bad row of each case or file; `broken` empty means that all is whole.

    `is_outside`: a copy of a seal from outside the database was compared. `leftovers`: bytes that no row names.
    """

    organisation: str
    cases: int
    events: int
    blobs: int
    seals: int
    is_outside: bool
    broken: tuple[Found, ...] = ()
    leftovers: int = 0
    register: int = 0
    """How many events the registers of the organisation and of the home hold."""
    found_on: date | None = None
    """The local day on which the register took over rows of an earlier release as it found them."""

    def as_json(self) -> dict[str, Any]:
        first = self.broken[0] if self.broken else None
        return {
            "organisation": self.organisation,
            "is_whole": first is None,
            "cases": self.cases,
            "events": self.events,
            "blobs": self.blobs,
            "seals": self.seals,
            "is_outside_copy_compared": self.is_outside,
            "first": first.as_json() if first else None,
            "broken": [row.as_json() for row in self.broken],
            "leftovers": self.leftovers,
            "register": self.register,
            "register_found_on": self.found_on.isoformat() if self.found_on else None,
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """What to verify: one case (its id) or all, against which seals from outside, with the files or without."""

    case: int | None = None
    outside: tuple[OutsideSeal, ...] = ()
    with_blobs: bool = True
    now: datetime | None = None
    """Until when duties should have been looked at; None leaves that out."""


def verify(
    uow: UnitOfWork,
    organisation: int,
    key: str,
    blobs: BlobStore,
    wish: Wish,
    progress: Progress = lambda _done, _all: None,
    home: HomeRegister | None = None,
) -> Verified:
    """Look at everything that `wish` names; bad rows are collected, never raised.

    `home` is shared by whoever verifies several organisations, so that what belongs to all is read once.
    """
    counted = _Counted(workflows=workflow_digests(uow))
    batches = [[wish.case]] if wish.case is not None else _batches(uow, organisation)
    total = 1 if wish.case is not None else count_cases(uow, organisation)
    broken: list[Found] = []
    for ids in batches:
        broken.extend(_verify_batch(uow, organisation, ids, blobs, wish, counted))
        progress(counted.cases, total)
    seals = seals_of(uow, organisation, key)
    if wish.case is None:
        broken.extend(_strays(uow, organisation))
        broken.extend(_definitions(uow))
        if wish.with_blobs:
            broken.extend(_blobs(uow, organisation, blobs, counted))
        broken.extend(_registers(uow, organisation, home or HomeRegister(), counted))
        broken.extend(_schedules(uow, organisation, wish))
    broken.extend(_seals(uow, organisation, seals, wish))
    return Verified(
        organisation=key,
        cases=counted.cases,
        events=counted.events,
        blobs=counted.blobs,
        seals=len(seals),
        is_outside=bool(wish.outside),
        broken=tuple(broken),
        leftovers=counted.leftovers,
        register=counted.register,
        found_on=counted.found_on,
    )


def lost_organisations(keys: Collection[str], copies: Sequence[OutsideSeal]) -> list[Verified]:
    """What seals from outside say of organisations that are none of `keys`, all that the home has: they are gone."""
    newest: dict[str, int] = {}
    for copy in copies:
        if not any(map(copy.is_of, keys)):
            newest[copy.organisation] = max(copy.number, newest.get(copy.organisation, 0))
    return [
        Verified(
            key, 0, 0, 0, 0, is_outside=True, broken=(Found("organisation_missing", facts={"seal": number}),)
        )
        for key, number in sorted(newest.items())
    ]


@dataclass(slots=True)
class _Counted:
    workflows: frozenset[str]
    """The digests of every workflow that was ever published."""
    cases: int = 0
    events: int = 0
    blobs: int = 0
    leftovers: int = 0
    register: int = 0
    found_on: date | None = None


def _batches(uow: UnitOfWork, organisation: int) -> Iterator[list[int]]:
    last = 0
    while ids := case_ids_after(uow, organisation, last, BATCH):
        yield ids
        last = ids[-1]


def _verify_batch(
    uow: UnitOfWork, organisation: int, ids: Sequence[int], blobs: BlobStore, wish: Wish, counted: _Counted
) -> Iterator[Found]:
    leaves, read = leaves_of(uow, ids), list(_read(uow, ids))
    holds = partial(blobs.holds, organisation) if wish.with_blobs else None
    sizes = noted_sizes(uow, organisation, [each for each in read if isinstance(each, StoredCase)])
    for stored in read:
        counted.cases += 1
        if isinstance(stored, Found):
            yield stored
            continue
        counted.events += len(stored.events)
        fault = _case_fault(stored, leaves.get(stored.file.id, []), counted.workflows)
        fault = fault or paper_fault(stored, sizes, holds)
        if fault is not None:
            yield Found(fault.what, str(stored.file.key), fault.seq, fault.facts)


def _read(uow: UnitOfWork, ids: Sequence[int]) -> Iterator[StoredCase | Found]:
    """The cases of a batch; a value that cannot even be read spoils its own case alone."""
    try:
        yield from stored_cases(uow, ids)
    except (ValueError, TypeError) as error:
        if len(ids) == 1:
            yield Found("row_unreadable", None, None, {"id": ids[0], "detail": type(error).__name__})
            return
        for each in ids:
            yield from _read(uow, [each])


def _case_fault(stored: StoredCase, leaves: Sequence[Leaf], workflows: frozenset[str]) -> Fault | None:
    try:
        return (
            chain_fault(stored)
            or _leaf_fault(stored, leaves)
            or _fold_fault(stored)
            or occurrence_fault(stored)
            or _rules_fault(stored, workflows)
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # What was hashed is whole and cannot be understood, or a column holds what it cannot hold.
        return Fault("row_unreadable", None, {"id": stored.file.id, "detail": type(error).__name__})


def _leaf_fault(stored: StoredCase, leaves: Sequence[Leaf]) -> Fault | None:
    """A seal remembers where the case stood: its history may have grown since, never changed or shrunk."""
    for leaf in leaves:
        if leaf.seq > len(stored.events):
            return Fault("tail_missing", len(stored.events) + 1, {"sealed": leaf.seq})
        if leaf.seq == 0 or stored.events[leaf.seq - 1].hash != leaf.head:
            return Fault("sealed_otherwise", leaf.seq)
    return None


def _rules_fault(stored: StoredCase, workflows: frozenset[str]) -> Fault | None:
    """Every act can be read with the rules that it was made under."""
    if workflows.issuperset({row.definition for row in stored.events}):
        return None
    return Fault(
        "definition_missing", next(row.seq for row in stored.events if row.definition not in workflows)
    )


def _fold_fault(stored: StoredCase) -> Fault | None:
    """Every column that the fold decides, compared with what stands in the rows."""
    file, last = stored.file, len(stored.events)
    if not stored.events:
        return Fault("event_missing", 1)
    case = replay_told(file.id, file.organisation_id, told_by(stored))
    column = _differing(file_row(case), file)
    if column is not None:
        return Fault("projection_differs", last, {"table": "case_file", "column": column})
    for name in PARTS:
        if not stored.parts[name] and not PARTS[name].values(case):
            continue
        fault = _part_fault(name, case, stored.parts[name])
        if fault is not None:
            return Fault("projection_differs", last, fault)
    return None


def _part_fault(name: str, case: Case, rows: Sequence[Any]) -> Facts | None:
    part = PARTS[name]
    wanted: dict[Key, Any] = part.values(case)
    found = {tuple(row._mapping[column] for column in part.keys): row for row in rows}
    for key in {**wanted, **found}:
        facts: dict[str, Any] = {"table": name, "row": "/".join(map(str, key))}
        if key not in found:
            return {**facts, "column": "", "is_missing": True}
        if key not in wanted:
            return {**facts, "column": "", "is_added": True}
        expected = {**part.row(wanted[key]), "organisation_id": case.organisation}
        column = _differing(expected, found[key])
        if column is not None:
            return {**facts, "column": column}
    return None


def _differing(expected: Row, row: Any) -> str | None:
    found = row._mapping
    return next((name for name, value in expected.items() if found[name] != value), None)


def _blobs(uow: UnitOfWork, organisation: int, blobs: BlobStore, counted: _Counted) -> Iterator[Found]:
    """Every noted file: its size first, then its bytes."""
    for blob in blobs_of(uow, organisation):
        counted.blobs += 1
        what = blob_fault(blobs, organisation, blob.digest, blob.size)
        if what is None:
            continue
        named = first_paper(uow, organisation, blob.digest)
        if named is None and what == "blob_missing":
            continue  # nobody needs it any more: a purge that was interrupted before its row went
        case, number = named or (None, None)
        yield Found(what, case, None, {"digest": blob.digest, "evidence": number})
    noted = {blob.digest for blob in blobs_of(uow, organisation)}
    counted.leftovers = sum(digest not in noted for digest in blobs.digests(organisation))


def _registers(uow: UnitOfWork, organisation: int, home: HomeRegister, counted: _Counted) -> Iterator[Found]:
    """People, posts, rounds and the organisation itself; then definitions and the home."""
    for register in (organisation, HOME):
        told = home.read(uow) if register == HOME else read_register(uow, register)
        for fault in register_faults(uow, organisation, register, told):
            facts = {"table": "register_event", "is_of_home": register == HOME, **fault.facts}
            yield Found(fault.what, None, fault.seq, facts)
        counted.register += told.events
        if register == organisation and told.found_at is not None:
            counted.found_on = told.found_at.astimezone(ZoneInfo(zone_of(uow, organisation))).date()


def _schedules(uow: UnitOfWork, organisation: int, wish: Wish) -> Iterator[Found]:
    if wish.now is not None:
        for fault in schedule_faults(uow, organisation, wish.now):
            yield Found(fault.what, None, None, fault.facts)


def _strays(uow: UnitOfWork, organisation: int) -> Iterator[Found]:
    lost = lost_case(uow, organisation)
    if lost is not None:
        yield Found("case_missing", lost.key, None, {"id": lost.case, "sealed": lost.seq})
    for stray in stray_rows(uow, organisation):
        if lost is None or stray.case != lost.case:
            yield Found("row_without_case", None, None, {"table": stray.table, "id": stray.case})


def _definitions(uow: UnitOfWork) -> Iterator[Found]:
    """A definition is named by the digest of what it means: one whose text means something else was changed."""
    for row in published_texts(uow):
        try:
            digests = digests_of(row.kind, row.text, row.source, row.scope)
            is_whole = digests is None or row.digest in digests
        except DefinitionError:
            is_whole = False
        if not is_whole:
            yield Found("definition_changed", None, None, {"kind": row.kind, "name": row.name})


def _seals(uow: UnitOfWork, organisation: int, seals: Sequence[StoredSeal], wish: Wish) -> Iterator[Found]:
    """The chain of the seals, the leaves under the newest one, and what was kept outside."""
    previous = FIRST_SEAL
    for at, stored in enumerate(seals, start=1):
        if stored.seal.number != at:
            yield Found("seal_missing", None, None, {"seal": at})
            return
        if stored.seal.previous != previous or stored.seal.digest != stored.digest:
            yield Found("seal_changed", None, None, {"seal": at})
            return
        previous = stored.digest
    outside = list(_outside(seals, wish.outside))
    yield from outside
    if wish.case is None and seals and not outside:
        wanted = {seals[-1].seal.number, *(copy.number for copy in wish.outside)}
        yield from (
            found for number in sorted(wanted) for found in _root(uow, organisation, seals[number - 1])
        )


def _outside(seals: Sequence[StoredSeal], copies: Sequence[OutsideSeal]) -> Iterator[Found]:
    for copy in copies:
        if not 1 <= copy.number <= len(seals):
            yield Found("seal_missing", None, None, {"seal": copy.number})
        elif not seals[copy.number - 1].digest.startswith(copy.digest):
            yield Found("seal_differs", None, None, {"seal": copy.number})


def _root(uow: UnitOfWork, organisation: int, stored: StoredSeal) -> Iterator[Found]:
    seal, found = stored.seal, covered_by(uow, organisation, stored.seal.number)
    if found.cases < seal.cases:
        missing = seal.cases - found.cases
        yield Found("case_missing", None, None, {"seal": seal.number, "count": missing})
    elif (found.cases, found.events, found.root) != (seal.cases, seal.events, seal.root):
        yield Found("seal_changed", None, None, {"seal": seal.number})
