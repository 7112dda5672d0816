"""A bundle as a ZIP file: written piece by piece beside its place and moved there when it is whole."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

from engine.errors import Unavailable

Piece = tuple[str, bytes | Callable[[], BinaryIO]]
"""The name of a file in the bundle, and its content or how to open it."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def verifier() -> bytes:
    """The script that checks a bundle of one case, as it is shipped."""
    return files("engine.documents").joinpath("verify.py").read_bytes()


def write_bundle(path: Path, pieces: Iterable[Piece], now: datetime) -> int:
    """Write all pieces; the size in bytes. An older file of this name is replaced at the end or not at all.

    Raises Unavailable `disk_full` or `file_unwritable`.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                _fill(target, pieces, now)
                target.flush()
                os.fsync(target.fileno())
            size = temporary.stat().st_size
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        code = "disk_full" if error.errno in _FULL else "file_unwritable"
        raise Unavailable(code, path=str(path)) from error
    return size


def _fill(target: BinaryIO, pieces: Iterable[Piece], now: datetime) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in pieces:
            entry = zipfile.ZipInfo(name, now.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with bundle.open(entry, "w", force_zip64=True) as place:
                if isinstance(content, bytes):
                    place.write(content)
                else:
                    with content() as source:
                        shutil.copyfileobj(source, place)
