"""Sending: claim → check again → freeze the body → send, no transaction open → mark. At least once (law 8).

A kill at any point loses nothing: an unfinished claim is taken over when its lease ends, and at most the one
message that was on its way goes out twice, under the same message id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.core.backoff import Backoff
from engine.core.counts import Counts
from engine.core.ports import Answer, Letter, Notifier, Outcome
from engine.core.sending import is_open, next_sending
from engine.errors import Unavailable, code_of
from engine.services.audience import ended_as
from engine.services.lent import check_personal
from engine.services.letters import SOMEBODY_ELSE, Rechecked, Told, check_again, write_letter, write_seal
from engine.services.sealing import told_seal
from engine.store.database import Database
from engine.store.dispatch import (
    Ended,
    Frozen,
    Held,
    add_attempt,
    claim_deliveries,
    holds,
    mark_attempt,
    mark_empty,
    mark_unsent,
    next_number,
    postpone,
)
from engine.store.offices import Office, load_office
from engine.store.outbox import (
    NoticeFacts,
    comments_of,
    deadline_names,
    end_notice,
    notices_in,
    postpone_notice,
    times_told,
)
from engine.store.people import Someone, departed_of, person_by_id
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds
from engine.text.messages import Message

TRY_AGAIN = Backoff(timedelta(minutes=1), timedelta(hours=6), spread=0.2)
MOST_TRIES = 24


@dataclass(frozen=True, slots=True)
class Sending:
    """How messages leave: `default_address` for persons without one, and how long a claim is held.

    `clock` measures leases on SQLite during a long run of sends; without it `now` does.
    """

    default_address: str = "console://"
    lease: timedelta = timedelta(minutes=5)
    batch: int = 20
    clock: Callable[[], datetime] | None = None

    def lease_time(self, now: datetime) -> datetime:
        return self.clock() if self.clock else now


@dataclass(frozen=True, slots=True)
class Delivered(Counts):
    """Counts of one run by what became of each delivery. `lost`: another sender took the claim over."""

    sent: int = 0
    failed: int = 0
    undeliverable: int = 0
    empty: int = 0
    postponed: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery whose body is frozen: nothing but the network is left."""

    letter: Letter
    number: int


def deliver(
    database: Database, notifiers: Mapping[str, Notifier], now: datetime, sending: Sending | None = None
) -> Delivered:
    """Send everything that is due at `now`. `notifiers` are the ways out by URL scheme."""
    sending = sending or Sending()
    total = Delivered()
    while True:
        with database.begin(Scope.whole()) as uow:
            taken = claim_deliveries(uow, now, sending.lease_time(now), sending.lease, sending.batch)
            uow.commit()
        if not taken:
            return total
        for held in taken:
            total += Delivered(**{_deliver_one(database, notifiers, held, now, sending): 1})


def _deliver_one(
    database: Database, notifiers: Mapping[str, Notifier], held: Held, now: datetime, sending: Sending
) -> str:
    try:
        ready = prepare(database, held, now, sending)
    except Unavailable:
        raise
    except Exception as error:  # kept on the delivery as its reason and tried again later, others go on
        return _give_back(database, held, error, now)
    if isinstance(ready, str):
        return ready
    answer = _send(notifiers, ready.letter)
    return mark(database, held, ready.number, answer, now)


def _send(notifiers: Mapping[str, Notifier], letter: Letter) -> Answer:
    scheme = letter.address.partition(":")[0].lower()
    way_out = notifiers.get(scheme)
    if way_out is None:
        return Answer(Outcome.GIVE_UP, "scheme_unknown", {"scheme": scheme})
    try:
        return way_out.send(letter)
    except Exception as error:  # a way out must not raise; one that does is a failed attempt, kept as such
        return Answer(Outcome.TRY_AGAIN, "notifier_broke", {"error": type(error).__name__})


def prepare(database: Database, held: Held, now: datetime, sending: Sending) -> Ready | str:
    """Check everything once more and freeze the body as an attempt; or say in what status it ended."""
    with database.begin(Scope.one(held.organisation)) as uow:
        if not holds(uow, held, sending.lease_time(now), sending.lease):
            return "lost"
        ready = _prepare(uow, held, now, sending)
        uow.commit()
    return ready


def _prepare(uow: UnitOfWork, held: Held, now: datetime, sending: Sending) -> Ready | str:
    office = load_office(uow, held.organisation)
    if not is_open(now, office.place.calendar, office.hours):
        later = next_sending(now, office.place.key, office.place.calendar, office.hours)
        postpone(uow, held, later, "outside_sending_hours")
        return "postponed"
    if held.category == "system":
        return _prepare_seal(uow, held, office, sending, now)
    today = office.place.local_day(now)
    checked = _checked(uow, office, held, today)
    _end_what_is_over(uow, checked, today)
    rows = [row.told for row in checked if row.holds]
    if not rows:
        mark_empty(uow, held, checked[0].verdict if checked else "nothing_inside")
        return "empty"
    found = _recipient(uow, held, sending)
    if found is None:
        return "undeliverable"
    return _freeze(uow, held, found, write_letter(held.category, office, found.person, rows, today), now)


def _prepare_seal(
    uow: UnitOfWork, held: Held, office: Office, sending: Sending, now: datetime
) -> Ready | str:
    """The monthly seal leaves the database in a letter of its own (law 11)."""
    line = told_seal(uow, held.organisation, office.place.zone)
    if line is None:
        mark_empty(uow, held, "nothing_inside")
        return "empty"
    found = _recipient(uow, held, sending)
    if found is None:
        return "undeliverable"
    return _freeze(uow, held, found, write_seal(office, found.person, line, office.place.local_day(now)), now)


@dataclass(frozen=True, slots=True)
class _Recipient:
    person: Someone
    address: str


def _recipient(uow: UnitOfWork, held: Held, sending: Sending) -> _Recipient | None:
    person = person_by_id(uow, held.person)
    address = (person.address if person else "") or sending.default_address
    if person is None or not address:
        mark_unsent(uow, held, "undeliverable", "no_address")
        return None
    return _Recipient(person, address)


def _checked(uow: UnitOfWork, office: Office, held: Held, today: date) -> list[Rechecked]:
    notices = notices_in(uow, held.id)
    personal = [notice for notice in notices if notice.case is None]
    departed = departed_of(uow, held.organisation, today)
    of_cases = _told(uow, [notice for notice in notices if notice.case is not None])
    return [
        *check_again(of_cases, held.person, today, departed),
        *check_personal(uow, office, personal, departed),
    ]


def _told(uow: UnitOfWork, notices: Sequence[NoticeFacts]) -> list[Told]:
    cases = sorted({notice.case for notice in notices if notice.case is not None})
    worlds = {world.case.id: world for world in load_worlds(uow, cases, lock=False)}
    names, times, comments = deadline_names(uow, notices), times_told(uow, notices), comments_of(uow, notices)
    return [
        Told(
            notice,
            worlds[notice.case or 0],
            names.get(notice.deadline),
            times.get(notice.deadline, 1),
            comments.get(notice.id, ""),
        )
        for notice in notices
    ]


def _end_what_is_over(uow: UnitOfWork, checked: Sequence[Rechecked], today: date) -> None:
    for row in checked:
        notice = row.told.notice
        if row.verdict == SOMEBODY_ELSE:
            postpone_notice(uow, notice.id, today, row.verdict)
        elif not row.holds:
            end_notice(uow, notice.id, ended_as(row.verdict), row.verdict)


def _freeze(uow: UnitOfWork, held: Held, to: _Recipient, message: Message, now: datetime) -> Ready:
    number = next_number(uow, held)
    add_attempt(uow, held, Frozen(number, shown_address(to.address), message.subject, message.text), now)
    return Ready(Letter(to.address, to.person.name, message.subject, message.text, held.message_id), number)


def shown_address(address: str) -> str:
    """An address without its secrets: the scheme, and a short digest that tells two addresses apart."""
    scheme = address.partition(":")[0].lower()
    return f"{scheme}://#{hashlib.sha256(address.encode('utf-8')).hexdigest()[:8]}"


def mark(database: Database, held: Held, number: int, answer: Answer, now: datetime) -> str:
    """Write what the channel said; only whoever still holds the claim changes the delivery."""
    ended = _ended(held, answer, now)
    with database.begin(Scope.one(held.organisation)) as uow:
        is_ours = mark_attempt(uow, held, number, ended, now)
        uow.commit()
    return ended.status if is_ours else "lost"


def _ended(held: Held, answer: Answer, now: datetime) -> Ended:
    said = (answer.outcome.value, answer.code, answer.facts)
    if answer.outcome is Outcome.SENT:
        return Ended("sent", *said)
    if answer.outcome is Outcome.GIVE_UP or held.tries + 1 >= MOST_TRIES:
        return Ended("undeliverable", *said)
    return Ended("failed", *said, next_try_at=now + TRY_AGAIN.pause(held.tries + 1, held.message_id))


def _give_back(database: Database, held: Held, error: Exception, now: datetime) -> str:
    """The delivery could not even be written: kept with its reason and tried again like a failed one."""
    later = now + TRY_AGAIN.pause(held.tries + 1, held.message_id)
    with database.begin(Scope.one(held.organisation)) as uow:
        is_ours = mark_unsent(uow, held, "failed", code_of(error), later)
        uow.commit()
    return "failed" if is_ours else "lost"
