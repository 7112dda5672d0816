"""Seals in the database: made while nobody writes, read back leaf by leaf, in bounded memory (law 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, insert, literal, select

from engine.core.history import instant
from engine.core.register import HOME
from engine.core.seals import FIRST_SEAL, Leaf, Path, Seal, Step, Tree
from engine.store.tables import CaseFile, Organisation, RegisterHead, SealLeaf, SealRow, table_of
from engine.store.unit_of_work import UnitOfWork

_CASES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)
_SEALS = table_of(SealRow)
_LEAVES = table_of(SealLeaf)
_IDS: Any = bindparam("case_ids", expanding=True)
_LEAVES_OF = select(_LEAVES).where(_LEAVES.c.case_id.in_(_IDS)).order_by(_LEAVES.c.case_id, _LEAVES.c.seq)
_PIECE = 2000
_HEADS = table_of(RegisterHead)
OWN, OF_THE_HOME = 0, -1
"""Where a case has its id, the leaves of the two registers have these: before every case."""
_BEFORE = OF_THE_HOME - 1


@dataclass(frozen=True, slots=True)
class StoredSeal:
    """A seal as its row says it, and the digest that stands in the row."""

    seal: Seal
    digest: str
    made_at: datetime


def seals_of(uow: UnitOfWork, organisation: int, key: str) -> list[StoredSeal]:
    """Every seal of an organisation, the oldest first."""
    mine = (_SEALS.c.organisation_id == organisation, uow.scope.covers(_SEALS.c.organisation_id))
    found: Any = uow.execute(select(_SEALS).where(*mine).order_by(_SEALS.c.number))
    return [
        StoredSeal(
            Seal(
                key,
                row.number,
                instant(row.made_at),
                row.cases,
                row.events,
                row.root,
                row.previous,
            ),
            row.digest,
            row.made_at,
        )
        for row in found
    ]


def places_to_seal(uow: UnitOfWork) -> list[int]:
    """The ids of the organisations that the scope covers."""
    found = uow.execute(select(_ORGANISATIONS.c.id).where(uow.scope.covers(_ORGANISATIONS.c.id)))
    return sorted(int(place) for place in found.scalars())


@dataclass(frozen=True, slots=True)
class Sealing:
    """When an organisation was sealed last, or, where it never was, the local day of its first case (None: no case)."""

    organisation: int
    zone: str
    sealed_at: datetime | None
    first_case_on: date | None


def sealings(uow: UnitOfWork) -> list[Sealing]:
    """How it stands with the seals of every organisation that the scope covers: one statement for any number."""
    place = _ORGANISATIONS.c
    sealed_at = select(func.max(_SEALS.c.made_at)).where(_SEALS.c.organisation_id == place.id)
    first_on = select(func.min(_CASES.c.opened_on)).where(_CASES.c.organisation_id == place.id)
    last = sealed_at.correlate(_ORGANISATIONS).scalar_subquery()
    # Looked up only where it is asked for: whoever was sealed before has as many cases as they like.
    first = case((last.is_(None), first_on.correlate(_ORGANISATIONS).scalar_subquery()), else_=None)
    found: Any = uow.execute(
        select(place.id, place.zone, last, first).where(uow.scope.covers(place.id)).order_by(place.id)
    )
    return [Sealing(*row) for row in found]


def make_seal(uow: UnitOfWork, organisation: int, key: str, now: datetime) -> StoredSeal:
    """Seal where every case stands. Writers hold the organisation until they commit, so nobody is half done.

    The caller commits.
    """
    _hold(uow, organisation)
    before = seals_of(uow, organisation, key)
    number = before[-1].seal.number + 1 if before else 1
    _note_leaves(uow, organisation, number)
    covered = covered_by(uow, organisation, number)
    previous = before[-1].digest if before else FIRST_SEAL
    seal = Seal(key, number, instant(now), covered.cases, covered.events, covered.root, previous)
    uow.execute(
        insert(_SEALS).values(
            organisation_id=organisation,
            number=number,
            made_at=now,
            cases=seal.cases,
            events=seal.events,
            root=seal.root,
            previous=previous,
            digest=seal.digest,
        )
    )
    return StoredSeal(seal, seal.digest, now)


@dataclass(frozen=True, slots=True)
class Covered:
    """What the leaves of a seal add up to: cases and their events, and the root over them and the registers."""

    cases: int
    events: int
    root: str


def covered_by(uow: UnitOfWork, organisation: int, number: int) -> Covered:
    tree, cases, events = Tree(), 0, 0
    for leaf in leaves_at(uow, organisation, number):
        tree.add(leaf)
        if leaf.case > OWN:
            cases, events = cases + 1, events + leaf.seq
    return Covered(cases, events, tree.root)


def _hold(uow: UnitOfWork, organisation: int) -> None:
    """On PostgreSQL waits for whoever writes and keeps the others out; SQLite has one writer anyway."""
    mine = (_ORGANISATIONS.c.id == organisation, uow.scope.covers(_ORGANISATIONS.c.id))
    uow.execute(select(_ORGANISATIONS.c.id).where(*mine).with_for_update())


def _note_leaves(uow: UnitOfWork, organisation: int, number: int) -> None:
    """A leaf for each case that is not where an earlier seal found it: one statement for any number of cases."""
    known = exists().where(
        _LEAVES.c.organisation_id == organisation,
        _LEAVES.c.case_id == _CASES.c.id,
        _LEAVES.c.seq == _CASES.c.revision,
    )
    moved = select(
        _CASES.c.organisation_id,
        _CASES.c.id,
        _CASES.c.revision,
        bindparam("seal_number", number, _LEAVES.c.seal.type),
        _CASES.c.key,
        _CASES.c.head,
    ).where(_CASES.c.organisation_id == organisation, uow.scope.covers(_CASES.c.organisation_id), ~known)
    columns = ["organisation_id", "case_id", "seq", "seal", "key", "head"]
    uow.execute(insert(_LEAVES).from_select(columns, moved))
    uow.execute(insert(_LEAVES).from_select(columns, _registers_moved(organisation, number)))


def _registers_moved(organisation: int, number: int) -> Any:
    """The same for the registers of the organisation and of the home, whose heads are of whole commits."""
    is_own = _HEADS.c.organisation_id == organisation
    which = case((is_own, OWN), else_=OF_THE_HOME)
    known = exists().where(
        _LEAVES.c.organisation_id == organisation, _LEAVES.c.case_id == which, _LEAVES.c.seq == _HEADS.c.seq
    )
    return select(
        literal(organisation, _LEAVES.c.organisation_id.type),
        which,
        _HEADS.c.seq,
        literal(number, _LEAVES.c.seal.type),
        case((is_own, "register"), else_="register of the home"),
        _HEADS.c.hash,
    ).where(_HEADS.c.organisation_id.in_([HOME, organisation]), ~known)


def leaves_at(uow: UnitOfWork, organisation: int, number: int) -> Iterator[Leaf]:
    """Where each case stood at a seal, in the order of the cases."""
    last = _BEFORE
    while True:
        found = _leaves_after(uow, organisation, number, last)
        yield from found
        if len(found) < _PIECE:
            return
        last = found[-1].case


def _leaves_after(uow: UnitOfWork, organisation: int, number: int, last: int) -> Sequence[Leaf]:
    newest = (
        select(_LEAVES.c.case_id, func.max(_LEAVES.c.seq).label("seq"))
        .where(
            _LEAVES.c.organisation_id == organisation,
            uow.scope.covers(_LEAVES.c.organisation_id),
            _LEAVES.c.case_id > last,
            _LEAVES.c.seal <= number,
        )
        .group_by(_LEAVES.c.case_id)
        .order_by(_LEAVES.c.case_id)
        .limit(_PIECE)
        .subquery()
    )
    tie = and_(_LEAVES.c.case_id == newest.c.case_id, _LEAVES.c.seq == newest.c.seq)
    found: Any = uow.execute(
        select(_LEAVES)
        .join(newest, tie)
        .where(_LEAVES.c.organisation_id == organisation, uow.scope.covers(_LEAVES.c.organisation_id))
        .order_by(_LEAVES.c.case_id)
    )
    return [_leaf(row) for row in found]


def inclusion(
    uow: UnitOfWork, organisation: int, seal: Seal, wanted: int
) -> tuple[Leaf, tuple[Step, ...]] | None:
    """The leaf of a case in a seal and the way from it to the root, None where it was not sealed yet."""
    mine = (_LEAVES.c.organisation_id == organisation, uow.scope.covers(_LEAVES.c.organisation_id))
    sealed = (*mine, _LEAVES.c.seal <= seal.number)
    counts = (
        func.count(_LEAVES.c.case_id.distinct()),
        func.count(_LEAVES.c.case_id.distinct()).filter(_LEAVES.c.case_id < wanted),
    )
    count, before = uow.execute(select(*counts).where(*sealed)).one()
    path, found = Path(before, count), None
    for leaf in leaves_at(uow, organisation, seal.number):
        path.add(leaf)
        found = leaf if leaf.case == wanted else found
    return (found, path.steps) if found is not None else None


def leaves_of(uow: UnitOfWork, case_ids: Sequence[int]) -> dict[int, list[Leaf]]:
    """Everywhere that cases were sealed, the oldest first; their ids were found under the scope."""
    grouped: dict[int, list[Leaf]] = {}
    for row in uow.execute(_LEAVES_OF, {"case_ids": list(case_ids)}):
        grouped.setdefault(row.case_id, []).append(_leaf(row))
    return grouped


def register_leaves(uow: UnitOfWork, organisation: int, which: int) -> dict[int, str]:
    """Where one of the two registers (OWN, OF_THE_HOME) was sealed: number of its last event → hash."""
    mine = (_LEAVES.c.organisation_id == organisation, uow.scope.covers(_LEAVES.c.organisation_id))
    found: Any = uow.execute(select(_LEAVES.c.seq, _LEAVES.c.head).where(*mine, _LEAVES.c.case_id == which))
    return {row.seq: row.head for row in found}


def lost_case(uow: UnitOfWork, organisation: int) -> Leaf | None:
    """The first sealed case that is no longer there."""
    there = exists().where(_CASES.c.id == _LEAVES.c.case_id, _CASES.c.organisation_id == organisation)
    mine = (_LEAVES.c.organisation_id == organisation, uow.scope.covers(_LEAVES.c.organisation_id))
    row = uow.execute(
        select(_LEAVES)
        .where(*mine, _LEAVES.c.case_id > OWN, ~there)
        .order_by(_LEAVES.c.case_id, _LEAVES.c.seq.desc())
        .limit(1)
    ).first()
    return _leaf(row) if row is not None else None


def _leaf(row: Any) -> Leaf:
    return Leaf(row.case_id, row.key, row.seq, row.head)
