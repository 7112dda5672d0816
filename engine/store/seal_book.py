"""`seals.txt` beside the database: one line for each seal, for people to copy and keep elsewhere (law 11)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from engine.errors import Unavailable

NAME = "seals.txt"


def keep_lines(home: Path, lines: Sequence[str]) -> int:
    """Append those lines that the book lacks; how many. Written after the commit, so no line runs ahead of it.

    Raises Unavailable `seal_book_unwritable`.
    """
    path = home / NAME
    try:
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        known = set(kept.split("\n"))
        missing = [line for line in lines if line not in known]
        if missing:
            # A kill in the middle of a line leaves a piece of one: the next line begins below it.
            start = "" if not kept or kept.endswith("\n") else "\n"
            _append(path, start + "".join(f"{line}\n" for line in missing))
    except OSError as error:
        raise Unavailable("seal_book_unwritable", path=str(path)) from error
    return len(missing)


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as book:
        book.write(text)
        book.flush()
        os.fsync(book.fileno())
