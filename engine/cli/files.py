"""Files that a command is given: opened once, plain files only, and never the database itself."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engine.errors import NotFound, WrongUsage


@contextmanager
def opened(path: str, database: Path) -> Iterator[BinaryIO]:
    """A readable plain file other than the `database` and what lies beside it: that holds what no paper may show.

    Raises NotFound `file_not_found`, WrongUsage `file_unreadable` (a folder, a device, no permission, a name
    that no system has) or `file_of_home`.
    """
    place = Path(path)
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            raise WrongUsage("file_unreadable", file=path)
        found, ours = place.resolve(), database.resolve()
        source = place.open("rb")
    except FileNotFoundError as error:
        raise NotFound("file_not_found", file=path) from error
    except (OSError, ValueError) as error:
        raise WrongUsage("file_unreadable", file=path) from error
    with source:
        if found.parent == ours.parent and found.name.startswith(ours.name):
            raise WrongUsage("file_of_home", file=path)
        try:
            yield source
        except OSError as error:
            raise WrongUsage("file_unreadable", file=path) from error
