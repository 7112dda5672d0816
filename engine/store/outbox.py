"""Notices and the deliveries they fold into (law 8): what waits to be told, and the envelopes for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from engine.store.notice_rows import About, prompt_row
from engine.store.sweeping import DeadlineName, insert_new
from engine.store.tables import DeadlineRow, Delivery, EventRow, EventText, Notice, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

_NOTICES = table_of(Notice)
_DELIVERIES = table_of(Delivery)
_DEADLINES = table_of(DeadlineRow)
_EVENTS = table_of(EventRow)
_TEXTS = table_of(EventText)
_ORGANISATIONS = table_of(Organisation)

UNSENT = ("planned", "failed")


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """A notice as it is folded and sent. A prompt has no `deadline` (0) but the number of an event.

    What concerns a person alone has no `case` but the number of the row that it tells of.
    """

    id: int
    organisation: int
    case: int | None
    deadline: int
    event_seq: int
    rung: str
    n: int
    audience: str
    level: str
    red: bool
    planned_on: date
    created_at: datetime
    reason: str
    facts: Mapping[str, Any]

    @property
    def is_prompt(self) -> bool:
        return self.deadline == 0

    @property
    def category(self) -> str:
        return "prompt" if self.is_prompt else "red" if self.red else "digest"


_FACTS = (
    _NOTICES.c.id,
    _NOTICES.c.organisation_id,
    _NOTICES.c.case_id,
    _NOTICES.c.deadline_id,
    _NOTICES.c.event_seq,
    _NOTICES.c.rung,
    _NOTICES.c.n,
    _NOTICES.c.audience,
    _NOTICES.c.level,
    _NOTICES.c.red,
    _NOTICES.c.planned_on,
    _NOTICES.c.created_at,
    _NOTICES.c.reason,
    _NOTICES.c.facts,
)


def _facts(row: Any) -> NoticeFacts:
    values: list[Any] = [*row]
    values[-1] = json.loads(values[-1])
    return NoticeFacts(*values)


def organisations_waiting(uow: UnitOfWork, until: date) -> list[int]:
    """The organisations with a notice that was planned for a day up to `until`."""
    table = _NOTICES.c
    found: Any = uow.execute(
        select(table.organisation_id)
        .where(uow.scope.covers(table.organisation_id), table.status == "pending", table.planned_on <= until)
        .distinct()
        .order_by(table.organisation_id)
    )
    return [row[0] for row in found]


def lock_folding(uow: UnitOfWork, organisation: int) -> None:
    """One folds at a time for an organisation; a second one waits (SQLite has one writer anyway)."""
    uow.execute(
        select(_ORGANISATIONS.c.id)
        .where(uow.scope.covers(_ORGANISATIONS.c.id), _ORGANISATIONS.c.id == organisation)
        .with_for_update(key_share=True)
    )


def pending_notices(uow: UnitOfWork, organisation: int, until: date) -> list[NoticeFacts]:
    """What waits to be told up to a local day, the oldest first."""
    table = _NOTICES.c
    found: Any = uow.execute(
        select(*_FACTS)
        .where(
            uow.scope.covers(table.organisation_id),
            table.organisation_id == organisation,
            table.status == "pending",
            table.planned_on <= until,
        )
        .order_by(table.planned_on, table.id)
    )
    return [_facts(row) for row in found]


def notices_in(uow: UnitOfWork, delivery: int) -> list[NoticeFacts]:
    """What is folded into a delivery, the oldest first."""
    table = _NOTICES.c
    found: Any = uow.execute(
        select(*_FACTS)
        .where(
            uow.scope.covers(table.organisation_id), table.delivery_id == delivery, table.status == "folded"
        )
        .order_by(table.id)
    )
    return [_facts(row) for row in found]


def deadline_names(uow: UnitOfWork, notices: Iterable[NoticeFacts]) -> dict[int, DeadlineName]:
    """The case, kind, subject and version behind the deadline ids of `notices`."""
    table = _DEADLINES.c
    ids = sorted({notice.deadline for notice in notices} - {0})
    if not ids:
        return {}
    found: Any = uow.execute(
        select(table.id, table.case_id, table.kind, table.subject, table.version).where(
            uow.scope.covers(table.organisation_id), table.id.in_(ids)
        )
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in found}


def times_told(uow: UnitOfWork, notices: Iterable[NoticeFacts]) -> dict[int, int]:
    """By deadline: how many of its steps were told, the ones that are being told included."""
    table = _NOTICES.c
    ids = sorted({notice.deadline for notice in notices} - {0})
    if not ids:
        return {}
    steps = (
        select(table.deadline_id, table.rung, table.n)
        .where(uow.scope.covers(table.organisation_id), table.deadline_id.in_(ids), table.status == "folded")
        .distinct()
        .subquery()
    )
    found: Any = uow.execute(select(steps.c.deadline_id, func.count()).group_by(steps.c.deadline_id))
    return {row[0]: row[1] for row in found}


def comments_of(uow: UnitOfWork, notices: Iterable[NoticeFacts]) -> dict[int, str]:
    """By notice: the words that somebody wrote in the very command that a prompt tells of."""
    prompts = [notice for notice in notices if notice.is_prompt]
    cases = sorted({notice.case for notice in prompts if notice.case is not None})
    if not cases:
        return {}
    found: Any = uow.execute(
        select(_TEXTS.c.case_id, _TEXTS.c.seq, _EVENTS.c.recorded_at, _TEXTS.c.text)
        .join(_EVENTS, and_(_EVENTS.c.case_id == _TEXTS.c.case_id, _EVENTS.c.seq == _TEXTS.c.seq))
        .where(
            uow.scope.covers(_TEXTS.c.organisation_id),
            _TEXTS.c.case_id.in_(cases),
            _TEXTS.c.name == "comment",
        )
        .order_by(_TEXTS.c.seq)
    )
    written = [row for row in found if row[3]]
    return {
        notice.id: text
        for notice in prompts
        for case, seq, at, text in written
        if (case, at) == (notice.case, notice.created_at) and seq <= notice.event_seq
    }


def end_notice(uow: UnitOfWork, notice: int, status: str, reason: str) -> None:
    """Close a notice that will not be told: superseded or suppressed, and why. It stays with the delivery that it was
    taken out of: that says for whom it was.
    """
    _change(uow, _NOTICES.c.id == notice, status=status, reason=reason)


def postpone_notice(uow: UnitOfWork, notice: int, planned_on: date, reason: str) -> None:
    """Back to waiting, until another day or for another person."""
    _change(
        uow, _NOTICES.c.id == notice, status="pending", reason=reason, planned_on=planned_on, delivery_id=None
    )


def fold_notice(uow: UnitOfWork, notice: int, delivery: int, reason: str = "") -> None:
    _change(uow, _NOTICES.c.id == notice, status="folded", reason=reason, delivery_id=delivery)


def _change(uow: UnitOfWork, which: Any, **values: Any) -> None:
    uow.execute(update(_NOTICES).where(uow.scope.covers(_NOTICES.c.organisation_id), which).values(**values))


def tell_person(uow: UnitOfWork, about: About, kind: str, who: str, planned_on: date, now: datetime) -> None:
    """A notice of its own about no case; of the same row and kind each is one more. The row is locked by the caller."""
    table = _NOTICES.c
    before = select(func.count()).where(
        uow.scope.covers(table.organisation_id),
        table.organisation_id == about.organisation,
        table.case_id.is_(None),
        table.rung == kind,
        table.event_seq == about.seq,
        table.audience == who,
    )
    n = int(uow.execute(before).scalar_one()) + 1
    uow.execute(insert(_NOTICES).values(prompt_row(about, kind, who, {}, planned_on, now, n)))


def copy_notice(uow: UnitOfWork, notice: NoticeFacts, person: int) -> int | None:
    """The same notice for one more holder of the post it goes to; None where that copy is there already."""
    values = {
        "organisation_id": notice.organisation,
        "case_id": notice.case,
        "deadline_id": notice.deadline,
        "event_seq": notice.event_seq,
        "rung": notice.rung,
        "n": notice.n,
        "audience": f"{notice.audience}/{person}",
        "level": notice.level,
        "red": notice.red,
        "planned_on": notice.planned_on,
        "created_at": notice.created_at,
        "status": "pending",
        "reason": "",
        "facts": json.dumps(dict(notice.facts), sort_keys=True),
    }
    statement = insert_new(uow, _NOTICES).values(values).returning(_NOTICES.c.id)
    return uow.execute(statement).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Envelope:
    """For whom, on which local day, of which category a delivery is."""

    organisation: int
    person: int
    day: date
    category: str


def envelopes(uow: UnitOfWork, envelope: Envelope) -> list[tuple[int, int, str]]:
    """The deliveries of that person, day and category: (id, n, status), in order."""
    table = _DELIVERIES.c
    found: Any = uow.execute(
        select(table.id, table.n, table.status)
        .where(
            uow.scope.covers(table.organisation_id),
            table.organisation_id == envelope.organisation,
            table.person_id == envelope.person,
            table.local_day == envelope.day,
            table.category == envelope.category,
        )
        .order_by(table.n)
        .with_for_update()
    )
    return [(row[0], row[1], row[2]) for row in found]


def open_envelope(uow: UnitOfWork, envelope: Envelope, n: int, message_id: str, now: datetime) -> int:
    """A new delivery, to leave as soon as a sender comes by."""
    values = {
        "organisation_id": envelope.organisation,
        "person_id": envelope.person,
        "local_day": envelope.day,
        "category": envelope.category,
        "n": n,
        "status": "planned",
        "next_try_at": now,
        "fence": 0,
        "tries": 0,
        "message_id": message_id,
        "reason": "",
    }
    found: int = uow.execute(
        insert_new(uow, _DELIVERIES).values(values).returning(_DELIVERIES.c.id)
    ).scalar_one()
    return found


def carry_over(uow: UnitOfWork, envelope: Envelope, delivery: int) -> int:
    """Move what earlier days could not send into today's delivery: nobody gets two digests on a day."""
    table = _DELIVERIES.c
    older: Any = uow.execute(
        select(table.id)
        .where(
            uow.scope.covers(table.organisation_id),
            table.organisation_id == envelope.organisation,
            table.person_id == envelope.person,
            table.category == envelope.category,
            table.local_day < envelope.day,
            table.status.in_(UNSENT),
        )
        .with_for_update()
    )
    ids = [row[0] for row in older]
    if not ids:
        return 0
    _change(uow, and_(_NOTICES.c.delivery_id.in_(ids), _NOTICES.c.status == "folded"), delivery_id=delivery)
    uow.execute(
        update(_DELIVERIES)
        .where(uow.scope.covers(table.organisation_id), table.id.in_(ids))
        .values(status="empty", reason="carried_over")
    )
    return len(ids)


def count_deliveries(uow: UnitOfWork, organisation: int) -> dict[str, int]:
    """How many deliveries of one organisation there are, by status."""
    statement = (
        select(_DELIVERIES.c.status, func.count())
        .where(uow.scope.covers(_DELIVERIES.c.organisation_id), _DELIVERIES.c.organisation_id == organisation)
        .group_by(_DELIVERIES.c.status)
    )
    return {status: int(count) for status, count in uow.execute(statement)}


def count_pending_notices(uow: UnitOfWork, organisation: int) -> int:
    """How many notices of one organisation were not folded into a message yet."""
    mine = (uow.scope.covers(_NOTICES.c.organisation_id), _NOTICES.c.organisation_id == organisation)
    return int(uow.execute(select(func.count()).where(*mine, _NOTICES.c.status == "pending")).scalar_one())
