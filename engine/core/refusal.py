"""Refusals: the complete explanation why a move is not possible now (law 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.errors import EngineError, Fact, Facts

OF_A_PERSON = frozenset(
    {
        "wrong_role",
        "needs_proof",
        "person_missing",
        "four_eyes",
        "token_scope",
    }
)
"""Requirements that stand against somebody in particular: others may be able to."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """One requirement that is not met: stable code, facts for its sentence, what would cure it.

    `cure` is a code of its own (a sentence in `engine.text`), `who` the keys of posts or the roles that
    could cure it (none named: whoever asks), `earliest` the local date from which the requirement would
    hold by itself. `one_of` are alternatives: each is a complete list, and meeting one list is enough.
    What is not `curable` rules the move out for this case: the cure then says what to do instead.
    """

    code: str
    facts: Facts = field(default_factory=dict)
    cure: str = ""
    who: tuple[str, ...] = ()
    earliest: date | None = None
    one_of: tuple[tuple[Unmet, ...], ...] = ()
    curable: bool = True

    @property
    def leaves(self) -> tuple[Unmet, ...]:
        """The single requirements: itself, or those of all its alternatives."""
        return tuple(leaf for rows in self.one_of for row in rows for leaf in row.leaves) or (self,)


def one_of(alternatives: Iterable[Iterable[Unmet]]) -> Unmet:
    """One requirement that any of `alternatives` would meet; who could, and from when, follow from them."""
    ways = tuple(tuple(rows) for rows in alternatives)
    open_ways = [rows for rows in ways if all(row.curable for row in rows)]
    dates = [[row.earliest for row in rows if row.earliest] for rows in open_ways]
    return Unmet(
        "one_of_these",
        {"count": len(ways)},
        who=tuple(dict.fromkeys(role for rows in open_ways for row in rows for role in row.who)),
        # A way that waits for no day is open today, so nothing has to be waited for.
        earliest=min((max(days) for days in dates), default=None) if all(dates) else None,
        one_of=ways,
        curable=bool(open_ways),
    )


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
        return {"case": self.case, "move": self.move, "unmet": [unmet_json(row) for row in self.unmet]}


class Refused(EngineError):
    """A command that was refused; nothing was changed. One about several cases names each that stands against it
    (`every`), of so many that were `asked` to be done together; `refusals` is the first.
    """

    exit_code = 3

    def __init__(self, refusals: Refusals, *others: Refusals, asked: int = 1) -> None:
        super().__init__("refused", case=refusals.case, move=refusals.move)
        self.refusals = refusals
        self.every = (refusals, *others)
        self.asked = asked

    @property
    def stopped_by(self) -> tuple[str, ...]:
        """The cases that stand against doing any of them."""
        return tuple(dict.fromkeys(row.case for row in self.every))


def refused(case: str, move: str, *unmet: Unmet) -> Refused:
    return Refused(Refusals(case, move, unmet))


def unmet_json(row: Unmet) -> dict[str, object]:
    """The one shape in which every door shows a requirement (law 5)."""
    facts: Mapping[str, Fact] = row.facts
    return {
        "code": row.code,
        "facts": dict(facts),
        "cure": row.cure or None,
        "who": list(row.who),
        "earliest": row.earliest.isoformat() if row.earliest else None,
        "curable": row.curable,
        "one_of": [[unmet_json(each) for each in rows] for rows in row.one_of],
    }
