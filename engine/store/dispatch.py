"""The database's side of sending: claim with lease and fence, keep each attempt, mark what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select, update

from engine.store.tables import Attempt, Delivery, table_of
from engine.store.unit_of_work import UnitOfWork

_DELIVERIES = table_of(Delivery)
_ATTEMPTS = table_of(Attempt)


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery that we hold until its lease ends; whoever has a higher `fence` took it over."""

    id: int
    organisation: int
    person: int
    day: date
    category: str
    tries: int
    message_id: str
    fence: int


def lease_clock(uow: UnitOfWork, now: datetime) -> datetime:
    """What leases are measured by: the server's clock on PostgreSQL, where several machines share them."""
    if not uow.is_postgresql:
        return now
    at: datetime = uow.execute(select(func.clock_timestamp())).scalar_one()
    return at


def claim_deliveries(
    uow: UnitOfWork, now: datetime, lease_time: datetime, lease: timedelta, limit: int
) -> list[Held]:
    """Claim what is due: planned, to be tried again, or claimed by somebody whose lease has ended."""
    clock, table = lease_clock(uow, lease_time), _DELIVERIES.c
    is_waiting = table.status.in_(("planned", "failed")) & (table.next_try_at <= now)
    is_abandoned = (table.status == "claimed") & (table.lease_until <= clock)
    found: Any = uow.execute(
        select(
            table.id,
            table.organisation_id,
            table.person_id,
            table.local_day,
            table.category,
            table.tries,
            table.message_id,
            table.fence + 1,
        )
        .where(uow.scope.covers(table.organisation_id), or_(is_waiting, is_abandoned))
        .order_by(table.next_try_at, table.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = [Held(*row) for row in found]
    for held in taken:
        _change(uow, held.id, status="claimed", fence=held.fence, lease_until=clock + lease)
    return taken


def holds(uow: UnitOfWork, held: Held, now: datetime, lease: timedelta) -> bool:
    """Whether the claim is still ours; if so its lease begins anew."""
    values = {"lease_until": lease_clock(uow, now) + lease}
    return _fenced(uow, held, values)


def postpone(uow: UnitOfWork, held: Held, next_try_at: datetime, reason: str) -> bool:
    """Give the claim back unsent: it is not the time."""
    status = "failed" if held.tries else "planned"
    return _fenced(
        uow, held, {"status": status, "next_try_at": next_try_at, "reason": reason, "lease_until": None}
    )


def mark_unsent(
    uow: UnitOfWork, held: Held, status: str, reason: str, next_try_at: datetime | None = None
) -> bool:
    """It ended, or must be tried again, without any attempt to send."""
    values: dict[str, Any] = {
        "status": status,
        "reason": reason,
        "tries": held.tries + 1,
        "lease_until": None,
    }
    if next_try_at is not None:
        values["next_try_at"] = next_try_at
    return _fenced(uow, held, values)


def mark_empty(uow: UnitOfWork, held: Held, reason: str) -> bool:
    """Nothing is left to say in it."""
    return _fenced(uow, held, {"status": "empty", "reason": reason, "lease_until": None})


@dataclass(frozen=True, slots=True)
class Frozen:
    """The body of one attempt, written before the network is touched. `shown_address` holds no secret."""

    number: int
    shown_address: str
    subject: str
    body: str


def add_attempt(uow: UnitOfWork, held: Held, frozen: Frozen, now: datetime) -> None:
    uow.execute(
        insert(_ATTEMPTS).values(
            organisation_id=held.organisation,
            delivery_id=held.id,
            number=frozen.number,
            fence=held.fence,
            address=frozen.shown_address,
            subject=frozen.subject,
            body=frozen.body,
            started_at=now,
            facts="{}",
        )
    )


def next_number(uow: UnitOfWork, held: Held) -> int:
    """The number of the attempt that comes next; one that was killed counts."""
    table = _ATTEMPTS.c
    last = uow.execute(
        select(func.max(table.number)).where(
            uow.scope.covers(table.organisation_id), table.delivery_id == held.id
        )
    ).scalar_one()
    return int(last or 0) + 1


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of an attempt, and so of its delivery: sent, failed or undeliverable."""

    status: str
    outcome: str
    code: str
    facts: Mapping[str, Any]
    next_try_at: datetime | None = None


def mark_attempt(uow: UnitOfWork, held: Held, number: int, ended: Ended, now: datetime) -> bool:
    """Write the end of an attempt, and of its delivery if the claim is still ours (False: it is not)."""
    table = _ATTEMPTS.c
    uow.execute(
        update(_ATTEMPTS)
        .where(uow.scope.covers(table.organisation_id), table.delivery_id == held.id, table.number == number)
        .values(
            ended_at=now,
            outcome=ended.outcome,
            code=ended.code,
            facts=json.dumps(dict(ended.facts), ensure_ascii=False, sort_keys=True),
        )
    )
    values: dict[str, Any] = {
        "status": ended.status,
        "reason": ended.code,
        "tries": held.tries + 1,
        "lease_until": None,
    }
    if ended.status == "sent":
        values["sent_at"] = now
    if ended.next_try_at is not None:
        values["next_try_at"] = ended.next_try_at
    return _fenced(uow, held, values)


def _fenced(uow: UnitOfWork, held: Held, values: Mapping[str, Any]) -> bool:
    table = _DELIVERIES.c
    done = uow.execute(
        update(_DELIVERIES)
        .where(
            uow.scope.covers(table.organisation_id),
            table.id == held.id,
            table.status == "claimed",
            table.fence == held.fence,
        )
        .values(**values)
    )
    return done.rowcount == 1


def _change(uow: UnitOfWork, delivery: int, **values: Any) -> None:
    table = _DELIVERIES.c
    uow.execute(
        update(_DELIVERIES)
        .where(uow.scope.covers(table.organisation_id), table.id == delivery)
        .values(**values)
    )


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """One try, as it is shown."""

    delivery: int
    number: int
    address: str
    subject: str
    body: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """One delivery, as it is shown. `reason` is a stable code."""

    id: int
    person: int
    day: date
    category: str
    n: int
    status: str
    next_try_at: datetime
    tries: int
    sent_at: datetime | None
    reason: str


def deliveries(uow: UnitOfWork, ids: Sequence[int]) -> list[DeliveryFacts]:
    table = _DELIVERIES.c
    found: Any = uow.execute(
        select(
            table.id,
            table.person_id,
            table.local_day,
            table.category,
            table.n,
            table.status,
            table.next_try_at,
            table.tries,
            table.sent_at,
            table.reason,
        )
        .where(uow.scope.covers(table.organisation_id), table.id.in_(ids))
        .order_by(table.local_day, table.id)
    )
    return [DeliveryFacts(*row) for row in found]


def system_deliveries(uow: UnitOfWork, organisation: int, person: int | None = None) -> list[DeliveryFacts]:
    """Messages that belong to no case: the seal of each month."""
    mine = (_DELIVERIES.c.organisation_id == organisation, uow.scope.covers(_DELIVERIES.c.organisation_id))
    theirs = (_DELIVERIES.c.person_id == person,) if person is not None else ()
    found = uow.execute(select(_DELIVERIES.c.id).where(*mine, *theirs, _DELIVERIES.c.category == "system"))
    return deliveries(uow, list(found.scalars()))


def attempts_of(uow: UnitOfWork, ids: Sequence[int]) -> list[AttemptFacts]:
    table = _ATTEMPTS.c
    found: Any = uow.execute(
        select(
            table.delivery_id,
            table.number,
            table.address,
            table.subject,
            table.body,
            table.started_at,
            table.ended_at,
            table.outcome,
            table.code,
        )
        .where(uow.scope.covers(table.organisation_id), table.delivery_id.in_(ids))
        .order_by(table.delivery_id, table.number)
    )
    return [AttemptFacts(*row) for row in found]
