"""Writing rows of the register: each change is noted with its statement and chained just before the commit (law 11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from engine.core.history import GENESIS, Event, Link, Stamp
from engine.core.principal import system
from engine.core.register import ADDED, CHANGED, FOUND, HOME, REGISTER, Change, Entry
from engine.store.chain import event_row, seal_events, text_rows
from engine.store.part_rows import Row
from engine.store.register_rows import KEPT_SETTINGS, ORGANISATION, SECRETS, SETTING, Kept, kept_in
from engine.store.tables import RegisterEvent, RegisterHead, RegisterText, table_of

if TYPE_CHECKING:
    from engine.store.unit_of_work import UnitOfWork

_HEADS = table_of(RegisterHead)
_EVENTS = table_of(RegisterEvent)
_TEXTS = table_of(RegisterText)
NOTED = "zhenggai_noted"
"""Marks the statements that write what the register answers for; the tests refuse any other one that does."""


@dataclass(frozen=True, slots=True)
class Signature:
    """By whom and when a change is made."""

    stamp: Stamp
    now: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """What is not chained yet."""

    entry: Entry
    signature: Signature


def insert_row(uow: UnitOfWork, kept: Kept, values: Mapping[str, Any]) -> Any:
    """Insert a row and note it; its key."""
    statement = insert(kept.table).values(**values).returning(kept.table.c[kept.key])
    key = uow.execute(statement.execution_options(**{NOTED: True})).scalar_one()
    row = {name: values.get(name) for name in kept.columns}
    uow.note(_change(kept, kept.owner_of(key, values), key, ADDED, row))
    return key


def change_rows(uow: UnitOfWork, kept: Kept, where: Sequence[Any], values: Mapping[str, Any]) -> int:
    """Set columns in every row that `where` finds, and note those that the register answers for; how many rows."""
    statement = update(kept.table).where(*where).values(**values)
    if not kept.cells(values):
        return uow.execute(statement).rowcount
    names = dict.fromkeys((kept.key, kept.owner or kept.key))
    statement = statement.returning(*(kept.table.c[name] for name in names))
    found = uow.execute(statement.execution_options(**{NOTED: True})).all()
    for row in sorted(found, key=kept.key_of):
        key = kept.key_of(row)
        uow.note(_change(kept, kept.owner_of(key, row._asdict()), key, CHANGED, values))
    return len(found)


def _change(kept: Kept, organisation: int, key: Any, how: str, row: Mapping[str, Any]) -> Change:
    cells = kept.cells(row)
    # An empty word tells nothing of anybody, and needs no digest.
    words = {name: cells.pop(name) for name in kept.words if cells.get(name)}
    return Change(organisation, kept.name, key, how, cells, words)


def chain_changes(uow: UnitOfWork, noted: Sequence[Noted]) -> None:
    """Chain what was noted, organisation by organisation in their order: the last that a unit of work does.

    The head stays locked until the commit, so that a second writer goes on behind the first; nothing is locked
    after it.
    """
    by_organisation: dict[int, list[Noted]] = {}
    for each in noted:
        by_organisation.setdefault(each.entry.organisation, []).append(each)
    for organisation in sorted(by_organisation):
        _append(uow, organisation, by_organisation[organisation])


def _append(uow: UnitOfWork, organisation: int, noted: Sequence[Noted]) -> None:
    mine = _HEADS.c.organisation_id == organisation
    head = uow.execute(select(_HEADS).where(mine).with_for_update()).one_or_none()
    link = Link(organisation, head.seq if head else 0, head.hash if head else GENESIS, REGISTER)
    events = list(_events(link, noted))
    uow.execute(insert(_EVENTS), [_event_row(organisation, event) for event in events])
    texts = [row for event in events for row in _text_rows(organisation, event)]
    if texts:
        uow.execute(insert(_TEXTS), texts)
    now = {"seq": events[-1].seq, "hash": events[-1].hash}
    if head is None:
        uow.execute(insert(_HEADS).values(organisation_id=organisation, **now))
    else:
        uow.execute(update(_HEADS).where(mine).values(**now))


def _events(link: Link, noted: Sequence[Noted]) -> Iterator[Event]:
    for signature, group in groupby(noted, key=lambda each: each.signature):
        stamp, now = replace(signature.stamp, organisation=link.case), signature.now
        events = seal_events(link, (each.entry.event for each in group), stamp, effective_at=now, now=now)
        yield from events
        link = replace(link, seq=events[-1].seq, hash=events[-1].hash)


def _event_row(organisation: int, event: Event) -> Row:
    """What a case's event says of itself, in the columns that the register has."""
    row = event_row(organisation, event)
    return {column.name: row[column.name] for column in _EVENTS.c}


def _text_rows(organisation: int, event: Event) -> Iterator[Row]:
    for row in text_rows(organisation, event):
        said = None if row["name"] in SECRETS else row["text"]
        yield {column.name: row[column.name] for column in _TEXTS.c} | {"text": said}


def take_over(uow: UnitOfWork, now: datetime) -> None:
    """Begin the register of a home of an earlier release: every row as it is found now, whoever made it.

    What was changed before this moment cannot be seen, and the first events say so.
    """
    ids = ORGANISATION.table.c.id
    places = uow.execute(select(ids).where(uow.scope.covers(ids)).order_by(ids)).scalars().all()
    heads = select(_HEADS.c.organisation_id).where(_HEADS.c.organisation_id.in_([HOME, *places]))
    known = set(uow.execute(heads).scalars())
    for organisation in (HOME, *places):
        if organisation in known:
            continue
        uow.sign(Stamp.of(system(organisation)), now)
        for kept in kept_in(organisation):
            for row in found_rows(uow, kept, organisation):
                uow.note(_change(kept, organisation, kept.key_of(row), FOUND, row._mapping))


def found_rows(uow: UnitOfWork, kept: Kept, organisation: int, piece: int = 1000) -> Iterator[Any]:
    """The rows that the register of an organisation answers for, in the order of their keys."""
    key, last = kept.table.c[kept.key], None
    columns = [kept.table.c[name] for name in dict.fromkeys((kept.key, *kept.columns))]
    statement = select(*columns).order_by(key).limit(piece)
    if kept.owner:
        statement = statement.where(kept.table.c[kept.owner] == organisation)
    if kept is SETTING:
        statement = statement.where(key.in_(KEPT_SETTINGS))
    while True:
        found = uow.execute(statement if last is None else statement.where(key > last)).all()
        yield from found
        if len(found) < piece:
            return
        last = kept.key_of(found[-1])
