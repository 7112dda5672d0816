"""Refusals: the complete explanation why a move is not possible now (law 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.errors import EngineError, Fact, Facts


@dataclass(frozen=True, slots=True)
class Unmet:
    """One requirement that is not met: stable code, facts for its sentence, what would cure it.

    `cure` is a code of its own (a sentence in `engine.text`), `who` the keys of posts or the roles that
    could cure it, `earliest` the local date from which the requirement would hold by itself.
    """

    code: str
    facts: Facts = field(default_factory=dict)
    cure: str = ""
    who: tuple[str, ...] = ()
    earliest: date | None = None


@dataclass(frozen=True, slots=True)
class Refusals:
    """Every unmet requirement of one move of one case, at once."""

    case: str
    move: str
    unmet: tuple[Unmet, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(row.code for row in self.unmet)

    def as_json(self) -> dict[str, object]:
        return {"case": self.case, "move": self.move, "unmet": [_plain(row) for row in self.unmet]}


class Refused(EngineError):
    """A command that was refused; nothing was changed."""

    exit_code = 3

    def __init__(self, refusals: Refusals) -> None:
        super().__init__("refused", case=refusals.case, move=refusals.move)
        self.refusals = refusals


def refused(case: str, move: str, *unmet: Unmet) -> Refused:
    return Refused(Refusals(case, move, unmet))


def _plain(row: Unmet) -> dict[str, object]:
    facts: Mapping[str, Fact] = row.facts
    return {
        "code": row.code,
        "facts": dict(facts),
        "cure": row.cure or None,
        "who": list(row.who),
        "earliest": row.earliest.isoformat() if row.earliest else None,
    }
