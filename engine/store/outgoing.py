"""Subscribers, and the queue of events for them: claimed with lease and fence, in order for each case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select, update

from engine.core.webhooks import Happened
from engine.store.dispatch import lease_clock
from engine.store.register import change_rows, insert_row
from engine.store.register_rows import SUBSCRIPTION
from engine.store.tables import CaseFile, EventRow, Organisation, Outgoing, Subscription, table_of
from engine.store.unit_of_work import UnitOfWork

_SUBSCRIPTIONS = table_of(Subscription)
_OUTGOING = table_of(Outgoing)
_EVENTS = table_of(EventRow)
_CASES = table_of(CaseFile)
_ORGANISATIONS = table_of(Organisation)
WAITING = ("planned", "failed")
UNSENT = (*WAITING, "claimed")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One address and what it asked for; `types` empty means every type."""

    id: int
    key: str
    url: str
    types: tuple[str, ...]
    salt: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One event for one subscriber, which we hold until its lease ends."""

    id: int
    fence: int
    tries: int
    url: str
    salt: str
    event: Happened


def subscribers_of(uow: UnitOfWork, organisation: int) -> list[Subscriber]:
    """Those that still want to be told."""
    table = _SUBSCRIPTIONS.c
    mine = (table.organisation_id == organisation, uow.scope.covers(table.organisation_id))
    rows = uow.execute(select(_SUBSCRIPTIONS).where(*mine, table.ended_at.is_(None)).order_by(table.id))
    return [Subscriber(row.id, row.key, row.url, tuple(json.loads(row.types)), row.salt) for row in rows]


def add_subscription(
    uow: UnitOfWork, organisation: int, key: str, url: str, types: Sequence[str], salt: str, now: datetime
) -> None:
    row = {"organisation_id": organisation, "key": key, "url": url, "types": json.dumps(list(types))}
    insert_row(uow, SUBSCRIPTION, {**row, "salt": salt, "made_at": now})


def end_subscription(uow: UnitOfWork, organisation: int, key: str, now: datetime) -> bool:
    """End it and drop what waits for it; False where there is none of this key."""
    found = next((row for row in subscribers_of(uow, organisation) if row.key == key), None)
    if found is None:
        return False
    mine = uow.scope.covers(_SUBSCRIPTIONS.c.organisation_id)
    # The key is free again afterwards: an ended row keeps it with its number behind.
    ended = {"ended_at": now, "key": f"{key}~{found.id}"[:40]}
    change_rows(uow, SUBSCRIPTION, (mine, _SUBSCRIPTIONS.c.id == found.id), ended)
    uow.execute(
        update(_OUTGOING)
        .where(
            uow.scope.covers(_OUTGOING.c.organisation_id),
            _OUTGOING.c.subscription_id == found.id,
            _OUTGOING.c.status.in_(UNSENT),
        )
        .values(status="dropped", lease_until=None)
    )
    return True


def outgoing_rows(
    subscribers: Sequence[Subscriber], organisation: int, events: Sequence[Any], now: datetime
) -> Iterator[dict[str, Any]]:
    """One row for each event and each subscriber that asked for its type."""
    for event in events:
        for each in subscribers:
            if not each.types or event.type in each.types:
                yield {
                    "organisation_id": organisation,
                    "subscription_id": each.id,
                    "case_id": event.case,
                    "seq": event.seq,
                    "status": "planned",
                    "next_try_at": now,
                    "fence": 0,
                    "tries": 0,
                    "reason": "",
                }


def claim_outgoing(
    uow: UnitOfWork, now: datetime, lease_time: datetime, lease: timedelta, limit: int
) -> list[Taken]:
    """Claim what is due, of each case only the earliest that is unsent: a receiver never sees the later first."""
    clock, table = lease_clock(uow, lease_time), _OUTGOING.c
    earlier = _OUTGOING.alias("earlier")
    is_first = ~exists().where(
        uow.scope.covers(earlier.c.organisation_id),
        earlier.c.subscription_id == table.subscription_id,
        earlier.c.case_id == table.case_id,
        earlier.c.seq < table.seq,
        earlier.c.status.in_(UNSENT),
    )
    is_waiting = table.status.in_(WAITING) & (table.next_try_at <= now)
    is_abandoned = (table.status == "claimed") & (table.lease_until <= clock)
    found = uow.execute(
        select(table.id, table.fence)
        .where(uow.scope.covers(table.organisation_id), or_(is_waiting, is_abandoned), is_first)
        .order_by(table.next_try_at, table.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    ids = [row.id for row in found]
    if not ids:
        return []
    mine = (uow.scope.covers(table.organisation_id), table.id.in_(ids))
    values = {"status": "claimed", "fence": table.fence + 1, "lease_until": clock + lease}
    uow.execute(update(_OUTGOING).where(*mine).values(**values))
    return _taken(uow, ids)


def _taken(uow: UnitOfWork, ids: Sequence[int]) -> list[Taken]:
    rows = uow.execute(
        select(
            _OUTGOING.c.id,
            _OUTGOING.c.fence,
            _OUTGOING.c.tries,
            _SUBSCRIPTIONS.c.url,
            _SUBSCRIPTIONS.c.salt,
            _ORGANISATIONS.c.key.label("organisation"),
            _CASES.c.key.label("case_key"),
            _CASES.c.kind,
            _EVENTS,
        )
        .join_from(_OUTGOING, _SUBSCRIPTIONS, _SUBSCRIPTIONS.c.id == _OUTGOING.c.subscription_id)
        .join(_ORGANISATIONS, _ORGANISATIONS.c.id == _OUTGOING.c.organisation_id)
        .join(_CASES, _CASES.c.id == _OUTGOING.c.case_id)
        .join(_EVENTS, (_EVENTS.c.case_id == _OUTGOING.c.case_id) & (_EVENTS.c.seq == _OUTGOING.c.seq))
        .where(uow.scope.covers(_OUTGOING.c.organisation_id), _OUTGOING.c.id.in_(ids))
        .order_by(_OUTGOING.c.id)
    )
    return [Taken(row.id, row.fence, row.tries, row.url, row.salt, _happened(row)) for row in rows]


def _happened(row: Any) -> Happened:
    return Happened(
        organisation=row.organisation,
        case=row.case_key,
        kind=row.kind,
        seq=row.seq,
        type=row.type,
        version=row.version,
        at=row.effective_at,
        payload=json.loads(row.payload),
        hash=row.hash,
        previous=row.previous,
    )


def mark_outgoing(uow: UnitOfWork, taken: Taken, values: Mapping[str, Any]) -> bool:
    """Say what came of it, if the claim is still ours."""
    table = _OUTGOING.c
    mine = (table.id == taken.id, table.fence == taken.fence, table.status == "claimed")
    done = uow.execute(
        update(_OUTGOING)
        .where(uow.scope.covers(table.organisation_id), *mine)
        .values(lease_until=None, **values)
    )
    return done.rowcount == 1


def count_outgoing(uow: UnitOfWork, organisation: int) -> dict[int, dict[str, int]]:
    """Subscription → status → how many."""
    table = _OUTGOING.c
    mine = (table.organisation_id == organisation, uow.scope.covers(table.organisation_id))
    grouped = select(table.subscription_id, table.status, func.count()).where(*mine)
    found: dict[int, dict[str, int]] = {}
    for subscription, status, many in uow.execute(grouped.group_by(table.subscription_id, table.status)):
        found.setdefault(subscription, {})[status] = many
    return found


def send_again(uow: UnitOfWork, organisation: int, subscription: int, now: datetime) -> int:
    """Plan what could not be delivered once more; how many that were."""
    table = _OUTGOING.c
    mine = (table.organisation_id == organisation, uow.scope.covers(table.organisation_id))
    done = uow.execute(
        update(_OUTGOING)
        .where(*mine, table.subscription_id == subscription, table.status == "undeliverable")
        .values(status="failed", next_try_at=now, tries=0)
    )
    return done.rowcount
