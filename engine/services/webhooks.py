"""Telling other programs: who wants to know, and sending what happened, at least once and in order for each case."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.core.addresses import url_fault
from engine.core.backoff import Backoff
from engine.core.counts import Counts
from engine.core.definition_reader import nearest
from engine.core.fold import EVENT_TYPES
from engine.core.history import Stamp
from engine.core.ports import Outcome, Poster
from engine.core.principal import Principal
from engine.core.refusal import Unmet, refused
from engine.core.webhooks import parcel, secret_of
from engine.errors import Conflict, NotFound, WrongUsage
from engine.services.clerks import is_operator, open_desk
from engine.store.database import Database
from engine.store.outgoing import (
    UNSENT,
    Subscriber,
    Taken,
    add_subscription,
    claim_outgoing,
    count_outgoing,
    end_subscription,
    mark_outgoing,
    send_again,
    subscribers_of,
)
from engine.store.places import bump_roster
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork

TRY_AGAIN = Backoff(timedelta(minutes=1), timedelta(hours=6), spread=0.2)
MOST_TRIES = 24
LEASE = timedelta(minutes=5)
BATCH = 20
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,30}")


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """An address that shall be told; `types` empty means of everything."""

    key: str
    url: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted(Counts):
    """Counts of one run. `lost`: another sender took the claim over."""

    posted: int = 0
    failed: int = 0
    undeliverable: int = 0
    lost: int = 0


def subscribe(
    uow: UnitOfWork, principal: Principal, new: NewSubscription, home_key: bytes, now: datetime
) -> str:
    """Tell an address of what happens from now on; answers with the secret that signs what it gets.

    Only the operator at the machine may. Raises WrongUsage `webhook_key_wrong`, `webhook_url_wrong`,
    `event_type_unknown`; Conflict `webhook_exists`.
    """
    _operators_only(principal)
    open_desk(uow, principal.organisation, now)
    if not _KEY.fullmatch(new.key):
        raise WrongUsage("webhook_key_wrong", key=new.key)
    if fault := url_fault(new.url):
        raise WrongUsage("webhook_url_wrong", fault=fault)
    for word in new.types:
        if word not in EVENT_TYPES:
            types = sorted(EVENT_TYPES)
            raise WrongUsage("event_type_unknown", type=word, nearest=nearest(word, types), types=types)
    if any(row.key == new.key for row in subscribers_of(uow, principal.organisation)):
        raise Conflict("webhook_exists", key=new.key)
    uow.sign(Stamp.of(principal), now)
    salt = secrets.token_hex(16)
    add_subscription(uow, principal.organisation, new.key, new.url, new.types, salt, now)
    bump_roster(uow, principal.organisation)  # who is told is kept with the roster
    return secret_of(home_key, salt)


def unsubscribe(uow: UnitOfWork, principal: Principal, key: str, now: datetime) -> None:
    """Tell it no more, also not of what still waits. Raises NotFound `webhook_not_found`."""
    _operators_only(principal)
    uow.sign(Stamp.of(principal), now)
    if not end_subscription(uow, principal.organisation, key, now):
        raise _not_found(uow, principal.organisation, key)
    bump_roster(uow, principal.organisation)


def try_undelivered(uow: UnitOfWork, principal: Principal, key: str, now: datetime) -> int:
    """Send what could not be delivered once more. Raises NotFound."""
    _operators_only(principal)
    found = {row.key: row.id for row in subscribers_of(uow, principal.organisation)}
    if key not in found:
        raise _not_found(uow, principal.organisation, key)
    return send_again(uow, principal.organisation, found[key], now)


def list_subscriptions(uow: UnitOfWork, organisation: int) -> list[dict[str, Any]]:
    """Every subscriber with how much was sent, waits, or could not be delivered."""
    counts = count_outgoing(uow, organisation)
    return [_line(row, counts.get(row.id, {})) for row in subscribers_of(uow, organisation)]


def _line(row: Subscriber, counts: dict[str, int]) -> dict[str, Any]:
    waiting = sum(counts.get(name, 0) for name in UNSENT)
    return {
        "key": row.key,
        "url": row.url,
        "types": list(row.types),
        "sent": counts.get("sent", 0),
        "waiting": waiting,
        "undeliverable": counts.get("undeliverable", 0),
    }


class Outside(Protocol):
    """What it takes to reach other programs; a home makes it when the first event waits."""

    @property
    def poster(self) -> Poster: ...
    @property
    def signing_key(self) -> bytes: ...


def post_events(
    database: Database, outside: Outside, now: datetime, *, clock: Callable[[], datetime] | None = None
) -> Posted:
    """Post everything that is due at `now`; no transaction is open while the network is used.

    `clock` dates the signatures and leases of a long run, which receivers refuse when they are old.
    """
    total, due = Posted(), now
    while True:
        now = clock() if clock else due
        with database.begin(Scope.whole()) as uow:
            taken = claim_outgoing(uow, due, now, LEASE, BATCH)
            uow.commit()
        if not taken:
            return total
        for each in taken:
            total += Posted(**{_post_one(database, outside, each, now): 1})


def _post_one(database: Database, outside: Outside, taken: Taken, now: datetime) -> str:
    secret = secret_of(outside.signing_key, taken.salt)
    made = parcel(taken.id, taken.url, taken.event, secret, now)
    answer = outside.poster.post(made)
    tries = taken.tries + 1
    if answer.outcome is Outcome.SENT:
        status, values = "posted", {"status": "sent", "sent_at": now, "reason": ""}
    elif answer.outcome is Outcome.GIVE_UP or tries >= MOST_TRIES:
        status, values = "undeliverable", {"status": "undeliverable", "reason": answer.code}
    else:
        again = now + TRY_AGAIN.pause(tries, seed=made.id)
        status, values = "failed", {"status": "failed", "reason": answer.code, "next_try_at": again}
    with database.begin(Scope.whole()) as uow:
        is_ours = mark_outgoing(uow, taken, {**values, "tries": tries})
        uow.commit()
    return status if is_ours else "lost"


def _operators_only(principal: Principal) -> None:
    """What leaves the house is settled at the machine, not by whoever has a post."""
    if not is_operator(principal):
        raise refused("", "webhook", Unmet("operator_only", {}, "ask_the_operator"))


def _not_found(uow: UnitOfWork, organisation: int, key: str) -> NotFound:
    known: Sequence[str] = [row.key for row in subscribers_of(uow, organisation)]
    return NotFound("webhook_not_found", webhook=key, nearest=nearest(key, known))
