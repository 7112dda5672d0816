"""Folding: what waits becomes one digest, one red message and one prompt per person and local day."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from engine.core.counts import Counts
from engine.core.sending import is_open, next_sending, sending_day_on_or_after, sending_instant
from engine.core.workdays import ONE_DAY
from engine.core.world import World
from engine.services.audience import audience_of, ended_as, out_of_date, person_told
from engine.services.lent import is_over
from engine.services.one_by_one import one_by_one
from engine.store.database import Database
from engine.store.offices import Office, load_office
from engine.store.outbox import (
    UNSENT,
    Envelope,
    NoticeFacts,
    carry_over,
    copy_notice,
    deadline_names,
    end_notice,
    envelopes,
    fold_notice,
    lock_folding,
    open_envelope,
    organisations_waiting,
    pending_notices,
    postpone_notice,
)
from engine.store.people import departed_of
from engine.store.scope import Scope
from engine.store.ticks import forget_failures
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import each_world

FARTHEST_EAST = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Folded(Counts):
    """Counts of one folding: notices by what became of them, and the deliveries that were opened."""

    folded: int = 0
    suppressed: int = 0
    postponed: int = 0
    deliveries: int = 0
    failed: int = 0


def fold_notices(database: Database, now: datetime) -> Folded:
    """Fold for every organisation in whose sending hours `now` lies, one transaction each."""
    with database.begin(Scope.whole(), writing=False) as uow:
        waiting = organisations_waiting(uow, (now + FARTHEST_EAST).date())
    folding = partial(fold_organisation, now=now)
    return sum(one_by_one(database, waiting, folding, ("folding", Folded(failed=1)), now), Folded())


def fold_organisation(uow: UnitOfWork, organisation: int, now: datetime) -> Folded:
    """Fold what one organisation may say now; nothing outside its sending hours."""
    office = load_office(uow, organisation)
    today, calendar, hours = office.place.local_day(now), office.place.calendar, office.hours
    if not is_open(now, calendar, hours) or sending_instant(today, office.place.key, hours) > now:
        return Folded()
    lock_folding(uow, organisation)
    waiting = [
        notice
        for notice in pending_notices(uow, organisation, today)
        if not notice.is_prompt or next_sending(notice.created_at, office.place.key, calendar, hours) <= now
    ]
    forget_failures(uow, f"folding:{organisation}")
    departed = departed_of(uow, organisation, today) if waiting else frozenset[int]()
    return _Folding(uow, office, today, now, departed).fold(waiting)


def _worlds(uow: UnitOfWork, notices: Iterable[NoticeFacts]) -> Mapping[int, World]:
    cases = sorted({notice.case for notice in notices if notice.case is not None})
    return {world.case.id: world for world in each_world(uow, cases)}


@dataclass(slots=True)
class _Folding:
    """One organisation's folding: notices sorted into envelopes, each person told once of each step."""

    uow: UnitOfWork
    office: Office
    today: date
    now: datetime
    departed: Collection[int]
    told: set[tuple[int | None, int, int, str, int, int]] = field(default_factory=set)
    inside: dict[Envelope, list[tuple[int, str]]] = field(default_factory=dict)
    suppressed: int = 0

    def fold(self, notices: Sequence[NoticeFacts]) -> Folded:
        worlds, names = _worlds(self.uow, notices), deadline_names(self.uow, notices)
        for notice in notices:
            if notice.case is None:
                self._address_person(notice)
                continue
            world, name = worlds[notice.case], names.get(notice.deadline)
            reason = out_of_date(world, name, notice)
            if reason is not None:
                self._suppress(notice, reason)
                continue
            audience = audience_of(world, name, notice, self.today, self.departed)
            self._address(notice, audience.persons, audience.reason)
        total = Folded(suppressed=self.suppressed)
        for envelope, rows in self.inside.items():
            total += self._put_in(envelope, rows)
        return total

    def _address_person(self, notice: NoticeFacts) -> None:
        """What is about no case, to the one person whom it concerns."""
        reason = is_over(self.uow, notice, self.departed)
        if reason is not None:
            self._suppress(notice, reason)
            return
        self._address(notice, (person_told(notice.audience),), "")

    def _suppress(self, notice: NoticeFacts, reason: str) -> None:
        end_notice(self.uow, notice.id, ended_as(reason), reason)
        self.suppressed += 1

    def _address(self, notice: NoticeFacts, persons: Sequence[int], reason: str) -> None:
        """The first person gets the notice itself, every further holder of the post a copy of it."""
        step = (notice.case, notice.deadline, notice.event_seq, notice.rung, notice.n)
        fresh = [person for person in persons if (*step, person) not in self.told]
        if not fresh:
            self._suppress(notice, "told_already" if persons else reason)
            return
        self.told.update((*step, person) for person in fresh)
        for at, person in enumerate(fresh):
            row = notice.id if at == 0 else copy_notice(self.uow, notice, person)
            if row is not None:
                envelope = Envelope(notice.organisation, person, self.today, notice.category)
                self.inside.setdefault(envelope, []).append((row, reason))

    def _put_in(self, envelope: Envelope, rows: Sequence[tuple[int, str]]) -> Folded:
        there = envelopes(self.uow, envelope)
        unsent = next((row for row, _, status in there if status in UNSENT), None)
        is_taken = envelope.category != "prompt" and any(status != "empty" for _, _, status in there)
        if unsent is None and is_taken:
            return self._put_off(rows)
        delivery = unsent or self._open(envelope, len(there) + 1)
        for notice, reason in rows:
            fold_notice(self.uow, notice, delivery, reason)
        return Folded(folded=len(rows), deliveries=unsent is None)

    def _open(self, envelope: Envelope, n: int) -> int:
        delivery = open_envelope(self.uow, envelope, n, self._message_id(envelope, n), self.now)
        carry_over(self.uow, envelope, delivery)
        return delivery

    def _put_off(self, rows: Sequence[tuple[int, str]]) -> Folded:
        """One digest and one red message a day: what comes after it waits for the next sending day."""
        place = self.office.place
        day = sending_day_on_or_after(self.today + ONE_DAY, place.calendar, self.office.hours)
        for notice, _ in rows:
            postpone_notice(self.uow, notice, day, "one_a_day")
        return Folded(postponed=len(rows))

    def _message_id(self, envelope: Envelope, n: int) -> str:
        """Stable over all attempts, and the same after a restart; it tells nothing of the person."""
        seed = f"{self.office.place.key}/{envelope.person}/{envelope.day}/{envelope.category}/{n}"
        digest = hashlib.sha256(seed.encode("utf-8")).hexdigest()[:24]
        return f"{envelope.day:%Y%m%d}.{envelope.category}.{digest}@zhenggai.invalid"
