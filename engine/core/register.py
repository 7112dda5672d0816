"""The register of an organisation as a chain: what was set in which row, and whether rows still say it (law 11).

People, posts, holdings, rounds and the like are rows that change in place. Each change is an event, chained as
those of a case are: it holds the columns that were *set*, never a picture of the row, so a column that somebody
changed behind the program's back is not taken over by the next honest change of its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.history import OPERATOR, NewEvent, Payload, commitment
from engine.core.proof import ERASED, Fault

REGISTER = "register"
"""Stands in the events where those of a case name their workflow: no event of one chain fits into another."""
HOME = 0
"""The organisation of the home's own register: definitions, publications and whether it is a demo."""
ADDED, CHANGED, FOUND = "added", "changed", "found"
"""What happened to a row; `found`: it was there when the register began, who made it is not known."""
Row = int | str


@dataclass(frozen=True, slots=True)
class Change:
    """Columns that were set in one row: plain ones as JSON says them, words apart (they stand as digests)."""

    organisation: int
    table: str
    row: Row
    how: str
    values: Mapping[str, Any]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def event(self) -> NewEvent:
        facts = {"table": self.table, "row": self.row, "set": dict(self.values)}
        return NewEvent(f"{self.table}_{self.how}", facts, self.words)


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """Somebody wants what is kept of a person to go; it sets no row."""

    organisation: int
    person: int
    comment: str

    name = "erasure_asked"

    @property
    def event(self) -> NewEvent:
        return NewEvent(self.name, {"person": self.person}, _comment(self.comment))


@dataclass(frozen=True, slots=True)
class TextsErased:
    """The tombstone of words in the side rows: `gone` are (number of the event, name). It sets no row."""

    organisation: int
    person: int
    asked: int
    gone: tuple[tuple[int, str], ...]
    comment: str = ""

    name = ERASED

    @property
    def event(self) -> NewEvent:
        facts = {"person": self.person, "asked": self.asked, "gone": [list(place) for place in self.gone]}
        return NewEvent(self.name, facts, _comment(self.comment))


Entry = Change | ErasureAsked | TextsErased
"""What a unit of work can note for the register."""


def _comment(said: str) -> dict[str, str]:
    return {"comment": said} if said else {}


def tombstones_in(payload: Payload) -> frozenset[tuple[int, str]]:
    """The words that an event of type `text_erased` says were let go."""
    return frozenset((int(seq), str(name)) for seq, name in payload["gone"])


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a column was set to, and by which event; `salt` where only the digest of a word stands there."""

    seq: int
    value: Any
    salt: str | None = None

    def fits(self, found: Any) -> bool:
        if self.salt is None:
            return bool(found == self.value)
        return isinstance(found, str) and commitment(self.salt, found) == self.value


class Rows:
    """The fold of a register: what each row should say."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, Row], dict[str, _Cell]] = {}

    def tell(self, seq: int, payload: Payload, salts: Mapping[str, str]) -> None:
        """Take in one event that was found whole; one of an erasure sets no row."""
        if "table" not in payload:
            return
        cells = self._rows.setdefault((payload["table"], payload["row"]), {})
        cells.update({name: _Cell(seq, value) for name, value in payload["set"].items()})
        words = payload.get("texts", {}).items()
        cells.update({name: _Cell(seq, said, salts[name]) for name, said in words if name != OPERATOR})

    def faults(self, table: str, rows: Iterable[tuple[Row, Mapping[str, Any]]]) -> Iterator[Fault]:
        """What differs in the rows of a table; each must be given once, and all of them."""
        for row, found in rows:
            cells = self._rows.pop((table, row), None)
            where = {"table": table, "row": row}
            if cells is None:
                yield Fault("register_row_added", None, where)
                continue
            for name, value in found.items():
                if name not in cells or not cells[name].fits(value):
                    seq = cells[name].seq if name in cells else None
                    yield Fault("register_differs", seq, {**where, "column": name})
                    break

    def missing(self) -> Iterator[Fault]:
        """Rows that should be there and were not among those given."""
        for (table, row), cells in self._rows.items():
            last = max((cell.seq for cell in cells.values()), default=None)
            yield Fault("register_row_missing", last, {"table": table, "row": row})
