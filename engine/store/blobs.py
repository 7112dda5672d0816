"""Bytes by organisation and digest in a folder: whole and synced before any row names them (law 17)."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import NotFound, Unavailable
from engine.store.tables import BlobRow, table_of
from engine.store.unit_of_work import UnitOfWork

PIECE = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FAULTS = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "blobs_read_only",
    errno.EACCES: "blobs_read_only",
    errno.EPERM: "blobs_read_only",
}


class FolderBlobs:
    """`root/<organisation>/<first two of the digest>/<digest>`; half-written ones lie in `incoming` only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, organisation: int, source: BinaryIO) -> tuple[str, int]:
        """Store the bytes; return (SHA-256 in hex, size in bytes). The same bytes twice are stored once.

        Raises Unavailable `disk_full` or `blobs_read_only`; nothing is left behind then.
        """
        with self._told():
            incoming = self.root / str(organisation) / "incoming"
            incoming.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=incoming)
            temporary = Path(name)
            try:
                digest, size = _copy(source, handle)
                self._keep(organisation, digest, temporary)
            finally:
                temporary.unlink(missing_ok=True)
        return digest, size

    def open(self, organisation: int, digest: str) -> BinaryIO:
        """Raises NotFound `blob_not_found`."""
        try:
            return self._path(organisation, digest).open("rb")
        except FileNotFoundError as error:
            raise NotFound("blob_not_found", digest=digest) from error

    def holds(self, organisation: int, digest: str) -> bool:
        return bool(_DIGEST.fullmatch(digest)) and self._path(organisation, digest).is_file()

    def size(self, organisation: int, digest: str) -> int:
        """Raises NotFound `blob_not_found`."""
        try:
            return self._path(organisation, digest).stat().st_size
        except FileNotFoundError as error:
            raise NotFound("blob_not_found", digest=digest) from error

    def digest(self, organisation: int, digest: str) -> str:
        """The digest that the bytes really have. Raises NotFound `blob_not_found`."""
        found = hashlib.sha256()
        with self.open(organisation, digest) as source:
            while piece := source.read(PIECE):
                found.update(piece)
        return found.hexdigest()

    def remove(self, organisation: int, digest: str) -> None:
        """Let the bytes go for good; again is nothing. Raises Unavailable `blobs_read_only`."""
        with self._told():
            path = self._path(organisation, digest)
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _sync_folder(path.parent)

    def digests(self, organisation: int) -> Iterator[str]:
        """Every stored digest of the organisation, sorted."""
        found = (self.root / str(organisation)).glob("??/*")
        yield from sorted(path.name for path in found if _DIGEST.fullmatch(path.name))

    def _keep(self, organisation: int, digest: str, temporary: Path) -> None:
        target = self._path(organisation, digest)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)
        for folder in (target.parent, target.parent.parent):
            _sync_folder(folder)

    def _path(self, organisation: int, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise NotFound("blob_not_found", digest=digest)
        return self.root / str(organisation) / digest[:2] / digest

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            code = _FAULTS.get(error.errno or 0)
            if code is None:
                raise
            raise Unavailable(code, path=str(self.root)) from error


class UnkeptBlobs(FolderBlobs):
    """The same folder for a trial: bytes are read and measured on their way in, and not kept; none goes."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._seen: set[tuple[int, str]] = set()

    def holds(self, organisation: int, digest: str) -> bool:
        return (organisation, digest) in self._seen or super().holds(organisation, digest)

    def put(self, organisation: int, source: BinaryIO) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        while piece := source.read(PIECE):
            digest.update(piece)
            size += len(piece)
        self._seen.add((organisation, digest.hexdigest()))
        return digest.hexdigest(), size

    def remove(self, organisation: int, digest: str) -> None:
        """Nothing goes in a trial."""


def note_blob(uow: UnitOfWork, organisation_id: int, digest: str, size: int, now: datetime) -> None:
    """Record that the bytes are there, after they are; a second time is nothing."""
    row = {"organisation_id": organisation_id, "digest": digest, "size": size, "stored_at": now}
    uow.execute(_insert_once(uow.connection.dialect.name), row)


@cache
def _insert_once(dialect: str) -> Any:
    speak = postgresql if dialect == "postgresql" else sqlite
    return speak.insert(table_of(BlobRow)).on_conflict_do_nothing()


def _copy(source: BinaryIO, handle: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as target:
        while piece := source.read(PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    """Make the new name durable too. Windows cannot open a folder, and does this by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
