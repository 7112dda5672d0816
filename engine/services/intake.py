"""Files on their way in: streamed into the blob store, with a clean name, a guessed kind, and a limit."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from engine.core.ports import BlobStore
from engine.errors import BadInput

LONGEST_NAME = 120
UNNAMED = "file"
OTHER = "document"
_KINDS = {
    "photo": (".jpg", ".jpeg", ".png", ".heic", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
    "table": (".xlsx", ".xls", ".ods", ".csv", ".et"),
    "slides": (".pptx", ".ppt", ".odp", ".dps"),
    "recording": (".mp4", ".mov", ".avi", ".mp3", ".m4a", ".wav", ".amr"),
    "archive": (".zip", ".rar", ".7z"),
}
_SCANS = {
    "PDF": (b"%PDF-",),
    "JPG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "TIFF": (b"II*\x00", b"MM\x00*"),
}
"""How files begin that hold a scan."""
# Characters that no file name has on some system, beside control and direction marks.
_FORBIDDEN = frozenset('<>:"|?*')


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is in the blob store: `digest` SHA-256 in hex, `size` in bytes, `kind` guessed."""

    name: str
    kind: str
    digest: str
    size: int


def receive(blobs: BlobStore, organisation: int, source: BinaryIO, name: str, *, largest: int) -> Received:
    """Store one file before anything names it; `largest` is in bytes. Not inside a unit of work: it is slow.

    Raises BadInput `file_empty` or `evidence_too_large`, Unavailable `disk_full`. What was stored and is
    never named does no harm: bytes are kept by their digest.
    """
    shown = clean_name(name)
    limited = _Limited(source, shown, largest)
    if not limited.peek(1):
        raise BadInput("file_empty", file=shown)
    digest, size = blobs.put(organisation, limited)  # type: ignore[arg-type]
    return Received(shown, kind_of(shown), digest, size)


def receive_scan(
    blobs: BlobStore, organisation: int, source: BinaryIO, name: str, *, largest: int
) -> Received:
    """Store the scan of a signed paper or of minutes: an image or a PDF by its content, whatever it is called.

    Raises BadInput `scan_unreadable`, and what `receive` raises.
    """
    shown = clean_name(name)
    limited = _Limited(source, shown, largest)
    head = limited.peek(8)
    if not head:
        raise BadInput("file_empty", file=shown)
    if not head.startswith(tuple(mark for marks in _SCANS.values() for mark in marks)):
        raise BadInput("scan_unreadable", file=shown, kinds=list(_SCANS))
    digest, size = blobs.put(organisation, limited)  # type: ignore[arg-type]
    return Received(shown, "scan", digest, size)


def kind_of(name: str) -> str:
    """The kind of evidence that a file of this suffix usually is."""
    suffix = PurePosixPath(name.lower()).suffix
    return next((kind for kind, suffixes in _KINDS.items() if suffix in suffixes), OTHER)


def clean_name(name: str) -> str:
    """The last part of a path in either notation, without control and direction marks.

    At most 120 characters; the suffix survives the cut.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rsplit("/", maxsplit=1)[-1]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in _FORBIDDEN).strip(" .")
    if not kept:
        return UNNAMED
    if len(kept) <= LONGEST_NAME:
        return kept
    suffix = PurePosixPath(kept).suffix[:20]
    return kept[: LONGEST_NAME - len(suffix)] + suffix


class _Limited:
    """A stream that gives at most `largest` bytes: the disk is not filled to learn that it is too much."""

    def __init__(self, source: BinaryIO, name: str, largest: int) -> None:
        self._source, self._name, self._largest = source, name, largest
        self._given = 0
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The first bytes, which are given again when it is read."""
        self._ahead = self._source.read(size)
        return self._ahead

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._largest + 1 if size is None or size < 0 else size
        ahead, self._ahead = self._ahead[:wanted], self._ahead[wanted:]
        chunk = ahead + (self._source.read(wanted - len(ahead)) if wanted > len(ahead) else b"")
        self._given += len(chunk)
        if self._given > self._largest:
            raise BadInput(
                "evidence_too_large", file=self._name, limit_mb=max(1, self._largest // (1024 * 1024))
            )
        return chunk
