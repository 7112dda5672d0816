"""Bytes of a plain table (.csv, cells parted by comma, semicolon or tab) → headers and rows, within limits."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from engine.documents.encodings import MOST_BYTES, text_of
from engine.documents.vocabulary import words
from engine.errors import BadInput

MOST_ROWS = 2000
"""Below the header; rows without a word in them are not counted."""
MOST_COLUMNS = 100
LONGEST_CELL = 20_000
ROLES = ("number", "title", "problem", "leader", "due", "measures")
"""What a column can say beside the fields that a workflow declares."""
_SIGNS = ("\t", ";", ",")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as a spreadsheet counts it: the header is row 1. `cells` by header, without the empty ones."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """`beyond` are the rows that have more cells than the header."""

    headers: tuple[str, ...]
    rows: tuple[TableRow, ...]
    beyond: tuple[int, ...] = ()


def read_table(data: bytes, filename: str) -> Table:
    """The table of a file.

    Raises BadInput `file_empty`, `file_too_large`, `file_binary`, `encoding_unknown`, `table_too_large`,
    `table_broken` or `table_without_rows`, each with the fact `file`.
    """
    if len(data) > MOST_BYTES:
        raise BadInput("file_too_large", file=filename, bytes=len(data), limit=MOST_BYTES)
    if not data.strip():
        raise BadInput("file_empty", file=filename)
    records = _records(text_of(data, filename), filename)
    if len(records) < 2:  # noqa: PLR2004 - a header alone holds nothing
        raise BadInput("table_without_rows", file=filename)
    (_, headers), *found = records
    rows = tuple(TableRow(at, _by_header(headers, cells)) for at, cells in found)
    beyond = tuple(at for at, cells in found if any(cells[len(headers) :]))
    return Table(tuple(headers), rows, beyond)


def role_of(header: str) -> str | None:
    """What a column is for by its header, in any of the usual words, or None."""
    said = header.replace(" ", "")
    return next((role for role in ROLES if said == role or said in words("labels", "table", role)), None)


def _records(text: str, filename: str) -> list[tuple[int, list[str]]]:
    """The header and every row that is not empty, with its place. Stops at the first limit, before the rest is read."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    sign = max(_SIGNS, key=first.count)
    found: list[tuple[int, list[str]]] = []
    try:
        for at, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=sign), start=1):
            stripped = [cell.strip() for cell in cells]
            is_beyond = len(found) > MOST_ROWS and any(stripped)
            if len(cells) > MOST_COLUMNS or is_beyond or max(map(len, cells), default=0) > LONGEST_CELL:
                limits = {"rows": MOST_ROWS, "columns": MOST_COLUMNS, "longest": LONGEST_CELL}
                raise BadInput("table_too_large", file=filename, row=at, **limits)
            if any(stripped):
                found.append((at, stripped))
    except csv.Error as broken:
        raise BadInput("table_broken", file=filename) from broken
    return found


def _by_header(headers: list[str], cells: list[str]) -> dict[str, str]:
    return {header: cell for header, cell in zip(headers, cells, strict=False) if header and cell}
