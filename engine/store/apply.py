"""Plan → database: the read set is checked again, then events, rows and prompts are written (law 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.core.case import Case
from engine.core.fold import Told, blank, fold, replay
from engine.core.history import GENESIS, Event, Link, NewEvent, Stamp, canonical
from engine.core.machine import Workflow
from engine.core.plan import Plan, Prompt, ReadSet
from engine.core.posts import Posts
from engine.core.world import Place, World
from engine.errors import Conflict
from engine.store.access import confirm_access
from engine.store.case_rows import file_changes, file_row
from engine.store.chain import seal_events, write_events
from engine.store.places import posts_of
from engine.store.projection import Occasion, write_parts
from engine.store.scope import Reach, covering
from engine.store.tables import CaseFile, Notice, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

_FILES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)
_NOTICES = insert(table_of(Notice))


def apply(
    uow: UnitOfWork, world: World, plan: Plan, now: datetime, *, effective_at: datetime | None = None
) -> Case:
    """Write what was decided and return the case as it now is, in memory, in rows and in its history.

    `effective_at`: when it happened, if not now. Raises Conflict `case_changed` when anything that the
    plan rests on is no longer so; nothing is written then.
    """
    reads, case = plan.reads, world.case
    confirm_access(uow, plan.stamp.credential, plan.stamp.credential_id, now, case=case.key)
    head = _check_again(uow, case, reads)
    link = Link(case.id, case.revision, head, case.definition)
    chain = seal_events(link, plan.events, plan.stamp, effective_at=effective_at or now, now=now)
    after = _folded(case, chain)
    if chain:
        _advance(uow, case, after, chain[-1].hash)
        write_events(uow, case.organisation, chain)
        write_parts(uow, case, after, Occasion(now, world.posts))
    _write_prompts(uow, after, plan.prompts, world.place.local_day(now), now)
    return after


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
    write_events(uow, place.id, chain)
    posts = (
        posts_of(uow, {place.id: place.roster_version})[place.id] if _has_live(case) else Posts(place.id, 0)
    )
    write_parts(uow, None, case, Occasion(now, posts))
    _write_prompts(uow, case, prompts, place.local_day(now), now)
    return case


def _has_live(case: Case) -> bool:
    return any(row.is_open and row.armed for row in case.deadlines)


def _check_again(uow: UnitOfWork, case: Case, reads: ReadSet) -> str:
    """The hash of the case's last event, if everything that the plan read still stands."""
    params = {**uow.scope.params, "its_id": case.id}
    found = uow.execute(_read_set(uow.scope.reach), params).one_or_none()
    standing = (case.id, reads.revision, reads.roster_version, reads.calendar_version, reads.definition)
    if found is None or tuple(found)[:5] != standing or reads.case != case.id:
        raise _changed(case, found.revision if found is not None else None)
    return str(found.head)


@cache
def _read_set(reach: Reach) -> Select[Any]:
    """On PostgreSQL the organisation is held from here to the commit: no post is revoked in between."""
    return (
        select(
            _FILES.c.id,
            _FILES.c.revision,
            _ORGANISATIONS.c.roster_version,
            _ORGANISATIONS.c.calendar_version,
            _FILES.c.definition,
            _FILES.c.head,
        )
        .join_from(_FILES, _ORGANISATIONS, _FILES.c.organisation_id == _ORGANISATIONS.c.id)
        .where(_FILES.c.id == bindparam("its_id"), covering(reach, _FILES.c.organisation_id))
        .with_for_update(read=True, of=_ORGANISATIONS)
    )


def _changed(case: Case, revision: int | None) -> Conflict:
    return Conflict("case_changed", case=case.key, expected=case.revision, revision=revision)


def _advance(uow: UnitOfWork, before: Case, after: Case, head: str) -> None:
    """Compare and set: the first of two writers wins, also where both passed the check."""
    changes = {**file_changes(before, after), "head": head}
    which = {"its_id": before.id, "was_state": before.state, "was_revision": before.revision}
    done = uow.execute(_compare_and_set(tuple(changes)), {**which, **changes})
    if done.rowcount != 1:
        raise _changed(before, None)


@cache
def _compare_and_set(columns: tuple[str, ...]) -> Update:
    return (
        update(_FILES)
        .where(
            _FILES.c.id == bindparam("its_id"),
            _FILES.c.state == bindparam("was_state"),
            _FILES.c.revision == bindparam("was_revision"),
        )
        .values({column: bindparam(column) for column in columns})
    )


_HEAD = update(_FILES).where(_FILES.c.id == bindparam("its_id")).values(head=bindparam("new_head"))


def _folded(case: Case, chain: Iterable[Event]) -> Case:
    for event in chain:
        case = fold(case, Told.stored(event))
    return case


def _drafted(
    organisation: int, definition: str, new: Sequence[NewEvent], stamp: Stamp, happened: datetime
) -> Case:
    """The case as its file row needs it, before the row's id, which the chain contains, is known."""
    told = [
        Told(at, each.type, each.payload, each.texts, stamp, happened, definition)
        for at, each in enumerate(new, start=1)
    ]
    case = blank(0, organisation, told[0])
    for each in told:
        case = fold(case, each)
    return case


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


def _write_prompts(
    uow: UnitOfWork, case: Case, prompts: Iterable[Prompt], today: date, now: datetime
) -> None:
    """One pending notice each; the same one twice in a plan is numbered, not lost."""
    numbers: Counter[tuple[str, str]] = Counter()
    rows: list[dict[str, Any]] = []
    for prompt in prompts:
        numbers[prompt.kind, prompt.who] += 1
        rows.append(
            {
                "organisation_id": case.organisation,
                "case_id": case.id,
                "deadline_id": 0,
                "event_seq": case.revision,
                "rung": prompt.kind,
                "n": numbers[prompt.kind, prompt.who],
                "audience": prompt.who,
                "level": "hint",
                "red": False,
                "planned_on": today,
                "created_at": now,
                "status": "pending",
                "reason": "",
                "facts": canonical(dict(prompt.facts)),
            }
        )
    if rows:
        uow.execute(_NOTICES, rows)
