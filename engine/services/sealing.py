"""Seals that leave the database: made by hand or once a month, told to the secretary, kept beside it (law 11)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.core.counts import Counts
from engine.core.seals import seal_line
from engine.core.world import Place
from engine.services.one_by_one import one_by_one
from engine.store.database import Database
from engine.store.outbox import Envelope, envelopes, open_envelope
from engine.store.places import load_place, load_posts
from engine.store.scope import Scope
from engine.store.seal_book import keep_lines
from engine.store.seals import (
    Sealing,
    StoredSeal,
    make_seal,
    places_to_seal,
    sealings,
    seals_of,
)
from engine.store.ticks import forget_failures
from engine.store.unit_of_work import UnitOfWork

KEEPER = "secretary"
"""The post whose holders are told of every monthly seal."""


@dataclass(frozen=True, slots=True)
class Sealed(Counts):
    """Counts of one run: seals that were made, and organisations where it failed."""

    sealed: int = 0
    failed: int = 0


def seal_now(uow: UnitOfWork, organisation: int, now: datetime) -> StoredSeal:
    """Seal an organisation. The caller commits, and only then hands the line out."""
    return make_seal(uow, organisation, load_place(uow, organisation).key, now)


def line_of(stored: StoredSeal, zone: str) -> str:
    """The one line that is printed, sent and kept."""
    seal = stored.seal
    day = stored.made_at.astimezone(ZoneInfo(zone)).date().isoformat()
    return seal_line(seal.organisation, seal.number, day, (seal.cases, seal.events), stored.digest)


def lines_of(uow: UnitOfWork, organisation: int) -> list[str]:
    """Every seal of an organisation as its line, the oldest first."""
    place = load_place(uow, organisation)
    return [line_of(stored, place.zone) for stored in seals_of(uow, organisation, place.key)]


def all_lines(database: Database) -> list[str]:
    """Every seal of the home, organisation by organisation."""
    with database.begin(Scope.whole(), writing=False) as uow:
        return [line for place in places_to_seal(uow) for line in lines_of(uow, place)]


def keep_seals(database: Database, home: Path) -> None:
    """Append every seal of the home to the book beside the database. Raises Unavailable `seal_book_unwritable`."""
    keep_lines(home, all_lines(database))


def seal_months(database: Database, now: datetime) -> Sealed:
    """Seal every organisation that was not sealed yet in its present month, one transaction each."""
    with database.begin(Scope.whole(), writing=False) as uow:
        wanted = [row.organisation for row in sealings(uow) if _is_due(row, now)]
    sealing = partial(_seal_month, now=now)
    return sum(one_by_one(database, wanted, sealing, ("sealing", Sealed(failed=1)), now), Sealed())


def _is_due(row: Sealing, now: datetime) -> bool:
    """Once a local month; a home whose first case is of this month waits for the next one."""
    zone = ZoneInfo(row.zone)
    month = now.astimezone(zone).date().replace(day=1)
    last = row.sealed_at.astimezone(zone).date() if row.sealed_at else row.first_case_on
    return last is not None and last < month


def _seal_month(uow: UnitOfWork, organisation: int, now: datetime) -> Sealed:
    place = load_place(uow, organisation)
    make_seal(uow, organisation, place.key, now)
    for envelope in _keepers(uow, place, place.local_day(now)):
        n = len(envelopes(uow, envelope)) + 1
        open_envelope(uow, envelope, n, _message_id(place, envelope, n), now)
    forget_failures(uow, f"sealing:{organisation}")
    return Sealed(sealed=1)


def _keepers(uow: UnitOfWork, place: Place, today: date) -> Iterator[Envelope]:
    posts = load_posts(uow, place.id)
    post = posts.posts.get(KEEPER)
    for person in posts.holders(post.id, today) if post else ():
        yield Envelope(place.id, person, today, "system")


def _message_id(place: Place, envelope: Envelope, n: int) -> str:
    seed = f"{place.key}/{envelope.person}/{envelope.day}/system/{n}"
    digest = hashlib.sha256(seed.encode("utf-8")).hexdigest()[:24]
    return f"{envelope.day:%Y%m%d}.system.{digest}@zhenggai.invalid"


def told_seal(uow: UnitOfWork, organisation: int, zone: str) -> str | None:
    """The line of the newest seal: what a system message says."""
    place = load_place(uow, organisation)
    found: Sequence[StoredSeal] = seals_of(uow, organisation, place.key)
    return line_of(found[-1], zone) if found else None
