"""Findings that were found before: the rule shows what is worded alike, a person says whether it is the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.core.alike import THRESHOLD, Shelf, likeness
from engine.core.case import Case
from engine.core.history import NewEvent
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.refusal import Unmet, refused
from engine.core.vocabulary import Facet
from engine.core.world import World
from engine.services.clerks import clerks_desk
from engine.store.apply import Decided, apply_all
from engine.store.cases import case_not_found
from engine.store.findings import MOST, Finding, findings, findings_about, findings_called
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds

VERB = "issue_link"
MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Alike:
    """Two findings of different rounds that are worded alike; `likeness` from 0 to 1."""

    later: Finding
    earlier: Finding
    likeness: float

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.later.key,
            "title": self.later.title,
            "earlier": self.earlier.key,
            "earlier_title": self.earlier.title,
            "likeness": round(self.likeness, 2),
        }


@dataclass(frozen=True, slots=True)
class Repeated:
    """What is worded alike among the newest findings; `left_out` says that there are older ones beyond `compared`."""

    rows: tuple[Alike, ...]
    compared: int
    left_out: bool


def alike(uow: UnitOfWork, organisation: int, *, most: int = MOST) -> Repeated:
    """What is worded like something of an earlier round, of all rounds in the order of the newest.

    What somebody has linked already is no question any more. At most `most` findings are held against each other.
    """
    found = findings(uow, organisation, most + 1)
    rows = found[:most]
    compared = _compared(rows, rows)
    asked = {row.later.case for row in compared}
    worlds = load_worlds(uow, sorted(asked), frozenset(), lock=False) if asked else []
    settled = {world.case.id for world in worlds if world.case.earlier}
    left = tuple(row for row in compared if row.later.case not in settled)
    return Repeated(left, len(rows), len(found) > most)


def alike_in(uow: UnitOfWork, organisation: int, inspection: int, keys: Collection[str]) -> list[Alike]:
    """Of these cases of one round, what is worded like something of the few rounds before it."""
    rows = findings_about(uow, organisation, inspection) if keys else []
    return _compared([row for row in rows if row.key in keys], rows)


def _compared(wanted: Iterable[Finding], rows: Sequence[Finding]) -> list[Alike]:
    by_case = {row.case: row for row in rows}
    shelf = Shelf({row.case: row.title for row in rows})
    return [each for row in wanted for each in _like(row, shelf, by_case)]


def _like(row: Finding, shelf: Shelf, by_case: dict[int, Finding]) -> list[Alike]:
    found = [Alike(row, by_case[case], share) for case, share in shelf.like(row.title)]
    return [
        each for each in found if each.earlier.feedback_on < row.feedback_on and each.earlier.kind == row.kind
    ][:MOST_SHOWN]


def link_earlier(
    uow: UnitOfWork, principal: Principal, key: str, earlier: str, now: datetime
) -> tuple[Case, Case]:
    """Say that a finding is the same as one of an earlier round; both histories keep it.

    Raises Refused with everything that stands against it, NotFound.
    """
    desk = clerks_desk(uow, principal, VERB, now, case=key)
    rows = findings_called(uow, principal.organisation, {key, earlier})
    for word in (key, earlier):
        if word not in rows:
            raise case_not_found(uow, principal.organisation, word)
    later, before = rows[key], rows[earlier]
    ids = sorted({later.case, before.case})
    worlds = {world.case.id: world for world in load_worlds(uow, ids, frozenset({Facet.POSTS}))}
    unmet = tuple(_requirements(later, before, worlds[later.case]))
    if unmet:
        raise refused(key, VERB, *unmet)
    by = "rule" if likeness(later.title, before.title) >= THRESHOLD else "hand"
    told = (
        (worlds[later.case], NewEvent("linked_to_earlier", {"case": earlier, "by": by})),
        (worlds[before.case], NewEvent("found_again", {"case": key, "by": by})),
    )
    decided = [
        Decided(world, make_plan(world, principal, now, [new], acting_for=desk.acting_for))
        for world, new in told
    ]
    one, other = apply_all(uow, decided, now)
    return one, other


def _requirements(later: Finding, before: Finding, world: World) -> Iterator[Unmet]:
    if later.case == before.case:
        yield Unmet("earlier_is_itself", {}, "name_another_case")
    elif before.feedback_on >= later.feedback_on:
        yield Unmet("earlier_is_later", {"case": later.key, "earlier": before.key}, "name_another_case")
    if before.key in world.case.earlier:
        yield Unmet("linked_already", {"earlier": before.key}, "nothing_left_to_link", curable=False)
