"""Plan → database: the read set is checked again, then events, rows and prompts are written (law 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.core.case import Case
from engine.core.fold import Told, blank, fold_all, replay
from engine.core.history import GENESIS, Event, Link, NewEvent, Stamp
from engine.core.machine import Workflow
from engine.core.plan import Plan, Prompt
from engine.core.posts import Posts
from engine.core.world import Place, World
from engine.errors import Conflict
from engine.store.access import confirm_access, stored_access
from engine.store.case_rows import file_changes, file_row
from engine.store.chain import event_row, seal_events, text_rows
from engine.store.notice_rows import About, prompt_row
from engine.store.outgoing import outgoing_rows
from engine.store.part_rows import Row
from engine.store.places import hold_places
from engine.store.projection import Occasion, part_rows
from engine.store.rosters import rosters_of, subscribers_kept
from engine.store.scope import Reach, covering
from engine.store.tables import CaseFile, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.writing import Batch, CaseChange, write

_FILES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)


@dataclass(frozen=True, slots=True)
class Decided:
    """A plan with the world that it was made in."""

    world: World
    plan: Plan


def apply(
    uow: UnitOfWork, world: World, plan: Plan, now: datetime, *, effective_at: datetime | None = None
) -> Case:
    """Write what was decided and return the case as it now is, in memory, in rows and in its history.

    `effective_at`: when it happened, if not now. Raises Conflict `case_changed` when anything that the
    plan rests on is no longer so; nothing is written then.
    """
    return apply_all(uow, [Decided(world, plan)], now, effective_at=effective_at)[0]


def apply_all(
    uow: UnitOfWork, decided: Sequence[Decided], now: datetime, *, effective_at: datetime | None = None
) -> list[Case]:
    """The same for plans of different cases, with as many statements as for one.

    Raises Conflict naming the first case that is no longer as it was; the unit of work is then to be undone.
    """
    if not decided:
        return []
    hold_places(uow, {each.world.place.id for each in decided})
    _confirm(uow, [each for each in decided if uow.is_postgresql or not each.plan.events], now)
    batch, after = Batch(), []
    for each in decided:
        reads, case = each.plan.reads, each.world.case
        if (reads.case, reads.revision, reads.definition) != (case.id, case.revision, case.definition):
            raise _changed(case, None)
        place = each.world.place
        told = subscribers_kept(uow, place.id, place.roster_version)
        occasion = Occasion(now, each.world.posts, told)
        after.append(_gather(batch, each, effective_at or now, occasion))
    _same_columns(batch, after)
    if not write(uow, batch):
        _confirm(uow, decided, now)
        raise _first_changed(uow, decided, batch)
    _check_idle(uow, [each for each in decided if not each.plan.events])
    return after


def _confirm(uow: UnitOfWork, decided: Sequence[Decided], now: datetime) -> None:
    """The session or token behind the plans is still good, and stays so until the commit.

    On SQLite, where nobody else writes meanwhile, the statement that changes a case asks for itself.
    """
    cases = {
        (each.plan.stamp.credential, each.plan.stamp.credential_id): each.world.case.key for each in decided
    }
    for (credential, number), case in cases.items():
        confirm_access(uow, credential, number, now, case=case)


def _gather(batch: Batch, decided: Decided, happened: datetime, occasion: Occasion) -> Case:
    """Add everything that one plan leaves behind to the batch."""
    world, plan = decided.world, decided.plan
    case, reads, now = world.case, plan.reads, occasion.now
    link = Link(case.id, case.revision, world.head, case.definition)
    chain = seal_events(link, plan.events, plan.stamp, effective_at=happened, now=now)
    after = fold_all(case, map(Told.stored, chain))
    if chain:
        access = stored_access(plan.stamp.credential, plan.stamp.credential_id)
        columns = {**file_changes(case, after), "head": chain[-1].hash}
        batch.changes.append(
            CaseChange(
                case.id,
                case.organisation,
                case.state,
                case.revision,
                world.head,
                reads.roster_version,
                reads.calendar_version,
                columns,
                None if access is None else (access, now),
            )
        )
        _gather_rows(batch, case, after, chain, occasion)
    batch.add("notice", _prompt_rows(after, plan.prompts, world.place.local_day(now), now))
    return after


def _gather_rows(
    batch: Batch, before: Case | None, after: Case, chain: Sequence[Event], occasion: Occasion
) -> None:
    batch.add("event", (event_row(after.organisation, event) for event in chain))
    batch.add("event_text", (row for event in chain for row in text_rows(after.organisation, event)))
    batch.add("outgoing", outgoing_rows(occasion.subscribers, after.organisation, chain, occasion.now))
    for name, row in part_rows(before, after, occasion):
        batch.add(name, [row])


def _same_columns(batch: Batch, after: Sequence[Case]) -> None:
    """One statement sets the same columns of every case: what only some of them change, the others set again."""
    names = {column for change in batch.changes for column in change.columns}
    cases = {case.id: case for case in after}
    for at, change in enumerate(batch.changes):
        if change.columns.keys() != names:
            whole = {**file_row(cases[change.case]), **change.columns}
            batch.changes[at] = replace(change, columns={name: whole[name] for name in sorted(names)})


def open_case(
    uow: UnitOfWork,
    place: Place,
    workflow: Workflow,
    opened: NewEvent,
    more: Sequence[NewEvent],
    stamp: Stamp,
    now: datetime,
    *,
    prompts: Sequence[Prompt] = (),
    effective_at: datetime | None = None,
) -> Case:
    """Open a case with `opened` (`case_opened`) and whatever follows at once, under the workflow's digest.

    Raises Conflict `case_exists` when the organisation has a case of this key.
    """
    happened = effective_at or now
    new = (opened, *more)
    case_id = _insert_file(uow, _drafted(place.id, workflow.digest, new, stamp, happened))
    chain = seal_events(
        Link(case_id, 0, GENESIS, workflow.digest), new, stamp, effective_at=happened, now=now
    )
    case = replay(case_id, place.id, chain)
    uow.execute(_HEAD, {"its_id": case_id, "new_head": chain[-1].hash})
    posts = (
        rosters_of(uow, {place.id: place.roster_version})[place.id] if _has_live(case) else Posts(place.id, 0)
    )
    batch = Batch()
    told = subscribers_kept(uow, place.id, place.roster_version)
    _gather_rows(batch, None, case, chain, Occasion(now, posts, told))
    batch.add("notice", _prompt_rows(case, prompts, place.local_day(now), now))
    write(uow, batch)
    return case


def _has_live(case: Case) -> bool:
    return any(row.is_open and row.armed for row in case.deadlines)


def _check_idle(uow: UnitOfWork, decided: Sequence[Decided]) -> None:
    """A plan without events changes no case, so what it rests on is looked at by itself."""
    if not decided:
        return
    params = {**uow.scope.params, "case_ids": [each.world.case.id for each in decided]}
    found = {row.id: tuple(row)[:4] for row in uow.execute(_read_set(uow.scope.reach), params)}
    for each in decided:
        reads = each.plan.reads
        standing = (reads.case, reads.revision, reads.roster_version, reads.calendar_version)
        if found.get(reads.case) != standing:
            raise _changed(each.world.case, found[reads.case][1] if reads.case in found else None)


@cache
def _read_set(reach: Reach) -> Select[Any]:
    return (
        select(
            _FILES.c.id,
            _FILES.c.revision,
            _ORGANISATIONS.c.roster_version,
            _ORGANISATIONS.c.calendar_version,
            _FILES.c.head,
        )
        .join_from(_FILES, _ORGANISATIONS, _FILES.c.organisation_id == _ORGANISATIONS.c.id)
        .where(
            _FILES.c.id.in_(bindparam("case_ids", expanding=True)), covering(reach, _FILES.c.organisation_id)
        )
    )


def _first_changed(uow: UnitOfWork, decided: Sequence[Decided], batch: Batch) -> Conflict:
    """Which case it was: the first whose history does not end as it was about to."""
    params = {**uow.scope.params, "case_ids": [change.case for change in batch.changes]}
    found = {row.id: row for row in uow.execute(_read_set(uow.scope.reach), params)}
    heads = {change.case: change.columns["head"] for change in batch.changes}
    for each in decided:
        case = each.world.case
        row = found.get(case.id)
        if case.id in heads and (row is None or row.head != heads[case.id]):
            return _changed(case, row.revision if row is not None else None)
    return _changed(decided[0].world.case, None)


def _changed(case: Case, revision: int | None) -> Conflict:
    return Conflict("case_changed", case=case.key, expected=case.revision, revision=revision)


_HEAD = update(_FILES).where(_FILES.c.id == bindparam("its_id")).values(head=bindparam("new_head"))


def _drafted(
    organisation: int, definition: str, new: Sequence[NewEvent], stamp: Stamp, happened: datetime
) -> Case:
    """The case as its file row needs it, before the row's id, which the chain contains, is known."""
    told = [
        Told(at, each.type, each.payload, each.texts, stamp, happened, definition)
        for at, each in enumerate(new, start=1)
    ]
    return fold_all(blank(0, organisation, told[0]), told)


def _insert_file(uow: UnitOfWork, case: Case) -> int:
    """Raises Conflict when the key is taken, without breaking the transaction for the caller."""
    place = {"organisation_id": case.organisation, "head": GENESIS}
    statement = _insert_once(uow.connection.dialect.name)
    found = uow.execute(statement, {**file_row(case), **place}).scalar_one_or_none()
    if found is None:
        raise Conflict("case_exists", case=case.key)
    return int(found)


@cache
def _insert_once(dialect: str) -> Any:
    speak = postgresql if dialect == "postgresql" else sqlite
    keys = [_FILES.c.organisation_id, _FILES.c.key]
    return speak.insert(_FILES).on_conflict_do_nothing(index_elements=keys).returning(_FILES.c.id)


def _prompt_rows(case: Case, prompts: Iterable[Prompt], today: date, now: datetime) -> list[Row]:
    """One pending notice each; the same one twice in a plan is numbered, not lost."""
    numbers: Counter[tuple[str, str]] = Counter()
    rows: list[Row] = []
    about = About(case.organisation, case.id, case.revision)
    for prompt in prompts:
        numbers[prompt.kind, prompt.who] += 1
        number = numbers[prompt.kind, prompt.who]
        rows.append(prompt_row(about, prompt.kind, prompt.who, prompt.facts, today, now, number))
    return rows
