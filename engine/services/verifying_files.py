"""Proving the files of a home: each one that a case names is noted, and its bytes are there and the same (law 17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from engine.core.deadlines import ON_PAPER
from engine.core.ports import BlobStore
from engine.core.proof import Fault, StoredCase, told_by
from engine.errors import NotFound
from engine.store.proofs import blob_sizes
from engine.store.unit_of_work import UnitOfWork

Holds = Callable[[str], bool]
"""Whether the bytes of a digest are there."""


def noted_sizes(uow: UnitOfWork, organisation: int, cases: Iterable[StoredCase]) -> dict[str, int]:
    """Digest → size of every file that the cases of a batch name, as far as it is noted."""
    # A column of SQLite may hold what is no text; that is the fault of its own case, and named there.
    named = {digest for stored in cases for digest in _named(stored) if isinstance(digest, str)}
    return blob_sizes(uow, organisation, sorted(named))


def _named(stored: StoredCase) -> Iterator[Any]:
    yield from (row.digest for row in _papers(stored))
    yield from (row.paper for row in stored.parts["vote"] if row.paper)


def paper_fault(stored: StoredCase, sizes: Mapping[str, int], holds: Holds | None) -> Fault | None:
    """Every file that the case names is noted, with its size; the bytes themselves are read once for all cases.

    `holds` None: bytes are not looked for.
    """
    for row in _papers(stored):
        if sizes.get(row.digest) != row.size or not (holds is None or holds(row.digest)):
            return Fault("blob_missing", _attached_at(stored, row.number), {"evidence": row.number})
    for row in stored.parts["vote"]:
        is_noted = row.paper in sizes or not _notes_scan(stored, row)
        if row.paper and not (is_noted and (holds is None or holds(row.paper))):
            return Fault("blob_missing", None, {"request": row.request})
    return None


def _notes_scan(stored: StoredCase, vote: Any) -> bool:
    """Release 0001 noted no scan, and asked nobody to confirm one."""
    asked = f"{vote.request}{ON_PAPER}{vote.number}"
    return vote.minutes is not None or any(row.subject == asked for row in stored.parts["deadline"])


def _papers(stored: StoredCase) -> list[Any]:
    return [row for row in stored.parts["evidence"] if row.digest and row.status != "purged"]


def _attached_at(stored: StoredCase, number: int) -> int | None:
    attached = (row for row in told_by(stored) if row.type == "evidence_attached")
    return next((row.seq for row in attached if row.payload["evidence"] == number), None)


def blob_fault(blobs: BlobStore, organisation: int, digest: str, size: int) -> str | None:
    try:
        if blobs.size(organisation, digest) != size:
            return "blob_changed"
        return None if blobs.digest(organisation, digest) == digest else "blob_changed"
    except NotFound:
        return "blob_missing"
