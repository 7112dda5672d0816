"""Tables of a report, told as lines: a row with an issue becomes the lines the text form would have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.documents.signs import label_of_cell
from engine.documents.vocabulary import number_of, words

_LEAST_COLUMNS = 2


def lines_of_table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table under a header of known columns gives per row its mark, its title, then label and text
    of each other column. A table of label and text gives `label: text`. All else: the cells as they stand."""
    headers: tuple[str, ...] | None = None
    for row in rows:
        cells = [" ".join(cell.split()) if "\n" not in cell else cell for cell in row]
        if found := _header(cells):
            headers = found
        elif headers and len(headers) == len(cells):
            yield from _issue_row(headers, cells)
        elif len(cells) == _LEAST_COLUMNS and label_of_cell(cells[0]):
            yield f"{cells[0]}{_colon()}{_flat(cells[1])}"
        else:
            for cell in dict.fromkeys(cells):
                yield from cell.split("\n")


def _header(cells: Sequence[str]) -> tuple[str, ...] | None:
    """The role of each column: `number`, `title`, a label word, or "" for unknown ones."""
    roles = tuple(_column(_flat(cell).replace(" ", "")) for cell in cells)
    return roles if "title" in roles and len([role for role in roles if role]) >= _LEAST_COLUMNS else None


def _column(cell: str) -> str:
    for role in ("number", "title"):
        if cell in words("labels", "columns", role):
            return role
    return cell if label_of_cell(cell) else ""


def _issue_row(headers: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    by_role = {role: cell for role, cell in zip(headers, cells, strict=True) if role}
    number = number_of(by_role.get("number", "").rstrip(".").strip())
    title = by_role.get("title", "")
    if title:
        first, *more = title.split("\n")
        yield f"{number}. {first}" if number is not None else first
        yield from more
    for role, cell in by_role.items():
        if role not in {"number", "title"} and cell:
            first, *more = cell.split("\n")
            yield f"{role}{_colon()}{first}"
            yield from more


def _flat(cell: str) -> str:
    return cell.replace("\n", "")


def _colon() -> str:
    return words("labels", "colons")[0]
