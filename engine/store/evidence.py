"""The rows of stored bytes: what the blob store holds for an organisation, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select

from engine.store.tables import BlobRow, table_of
from engine.store.unit_of_work import UnitOfWork

_BLOBS = table_of(BlobRow)


def keep_blobs(uow: UnitOfWork, organisation: int, files: Mapping[str, int], now: datetime) -> None:
    """Name stored bytes: digest → size in bytes. One that is named already stays as it is."""
    if not files:
        return
    known = set(
        uow.execute(
            select(_BLOBS.c.digest).where(
                uow.scope.covers(_BLOBS.c.organisation_id),
                _BLOBS.c.organisation_id == organisation,
                _BLOBS.c.digest.in_(sorted(files)),
            )
        ).scalars()
    )
    rows = [
        {"organisation_id": organisation, "digest": digest, "size": size, "stored_at": now}
        for digest, size in files.items()
        if digest not in known
    ]
    if rows:
        uow.execute(insert(_BLOBS), rows)
