"""The key of a home: 32 random bytes in a file that only its owner may read, made once."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from engine.errors import Unavailable

LENGTH = 32


def key_in(path: Path) -> bytes:
    """The key in the file, made when there is none. Raises Unavailable `key_unreadable`."""
    try:
        found = path.read_bytes() if path.exists() else _made(path)
    except OSError as error:
        raise Unavailable("key_unreadable", file=path.name) from error
    if len(found) != LENGTH:
        # A cut file would sign with a key that nobody can check against.
        raise Unavailable("key_unreadable", file=path.name)
    return found


def new_key() -> bytes:
    return secrets.token_bytes(LENGTH)


def _made(path: Path) -> bytes:
    """Whole or not at all: of two processes that make one at a time, both use the one that came first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(new_key())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_bytes()
