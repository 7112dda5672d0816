"""What was told to whom, and why: notices with their deliveries and attempts, for `zhenggai messages`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from engine.core.principal import Principal
from engine.core.world import World
from engine.services.audience import audience_of, named_person, person_told
from engine.store.dispatch import (
    AttemptFacts,
    DeliveryFacts,
    attempts_of,
    deliveries,
    system_deliveries,
)
from engine.store.notices import (
    FELL_AWAY,
    ShownNotice,
    notices_of_case,
    notices_of_organisation,
    notices_to_person,
)
from engine.store.outbox import deadline_names, pending_notices
from engine.store.people import departed_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """A delivery with the tries to send it."""

    delivery: DeliveryFacts
    attempts: tuple[AttemptFacts, ...]


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A notice, and where it went, or whom (person ids) it would be told to if it left now.

    `meant_for` is the one whom a notice was for that fell away, as far as that was known by then.
    `why` explains how it stands: its own reason, or its delivery's.
    """

    notice: ShownNotice
    sent: ShownDelivery | None
    waits_to_tell: tuple[int, ...] = ()
    meant_for: int | None = None

    @property
    def person(self) -> int | None:
        """Who was told, or should have been."""
        return self.sent.delivery.person if self.sent else self.meant_for

    @property
    def why(self) -> str:
        if self.notice.reason or self.sent is None:
            return self.notice.reason
        return self.sent.delivery.reason

    @property
    def state(self) -> str:
        """What became of it: the notice's own status, or that of the delivery it was folded into."""
        if self.notice.status != "folded" or self.sent is None:
            return self.notice.status
        return self.sent.delivery.status

    @property
    def sent_at(self) -> datetime | None:
        return self.sent.delivery.sent_at if self.sent else None


def messages(
    uow: UnitOfWork,
    principal: Principal,
    today: date,
    *,
    case: str | None = None,
    person: int | None = None,
    since: date | None = None,
) -> tuple[ShownMessage, ...]:
    """The notices of a case, to a person, or of the whole organisation, by the day they were planned for.

    Raises NotFound `case_not_found`.
    """
    waiting = _waiting(uow, principal.organisation, today)
    if case is not None:
        world = load_world(uow, principal.organisation, case, lock=False)
        notices = notices_of_case(uow, principal.organisation, world.case.id)
    elif person is not None:
        theirs = [number for number, persons in waiting.items() if person in persons]
        notices = notices_to_person(uow, principal.organisation, person, theirs)
    else:
        notices = notices_of_organisation(uow, principal.organisation)
    shown = _with_deliveries(
        uow, [row for row in notices if since is None or row.planned_on >= since], waiting
    )
    return tuple(row for row in shown if person is None or _is_for(row, person))


def seal_letters(uow: UnitOfWork, organisation: int, person: int | None = None) -> list[ShownDelivery]:
    """The monthly seals that were or will be told: they are about no case."""
    found = system_deliveries(uow, organisation, person)
    tries = _tries(uow, [row.id for row in found])
    return [ShownDelivery(row, tuple(tries.get(row.id, ()))) for row in found]


def _is_for(row: ShownMessage, person: int) -> bool:
    return person == row.person or (row.sent is None and person in row.waits_to_tell)


def _waiting(uow: UnitOfWork, organisation: int, today: date) -> Mapping[int, tuple[int, ...]]:
    """Notice → the persons it would be told to today, for those that were not folded yet."""
    notices = pending_notices(uow, organisation, date.max)
    names = deadline_names(uow, notices)
    cases = sorted({notice.case for notice in notices if notice.case is not None})
    worlds, departed = _readable(uow, cases), departed_of(uow, organisation, today)
    found: dict[int, tuple[int, ...]] = {}
    for notice in notices:
        if notice.case is None:
            person = person_told(notice.audience)
            found[notice.id] = () if person in departed else (person,)
        elif notice.case in worlds:
            world, name = worlds[notice.case], names.get(notice.deadline)
            found[notice.id] = audience_of(world, name, notice, today, departed).persons
    return found


def _readable(uow: UnitOfWork, cases: Sequence[int]) -> Mapping[int, World]:
    """The cases in one load; where one is broken, the others: a damaged row hides no other one's messages."""
    try:
        return {world.case.id: world for world in load_worlds(uow, cases, lock=False)}
    except ValueError:
        found: dict[int, World] = {}
        for case in cases:
            with suppress(ValueError):
                found[case] = load_worlds(uow, [case], lock=False)[0]
        return found


def _with_deliveries(
    uow: UnitOfWork, notices: Sequence[ShownNotice], waiting: Mapping[int, tuple[int, ...]]
) -> list[ShownMessage]:
    ids = sorted({row.delivery for row in notices if row.delivery is not None})
    tries = _tries(uow, ids)
    sent: Mapping[int, ShownDelivery] = {
        row.id: ShownDelivery(row, tuple(tries.get(row.id, ()))) for row in deliveries(uow, ids)
    }
    return [_shown(row, sent.get(row.delivery or 0), waiting.get(row.id, ())) for row in notices]


def _shown(notice: ShownNotice, sent: ShownDelivery | None, waiting: tuple[int, ...]) -> ShownMessage:
    """What fell away went nowhere, though it may have been on its way."""
    if notice.status not in FELL_AWAY:
        return ShownMessage(notice, sent, waiting)
    if sent is not None:
        return ShownMessage(notice, None, meant_for=sent.delivery.person)
    return ShownMessage(notice, None, meant_for=named_person(notice.audience))


def _tries(uow: UnitOfWork, ids: Sequence[int]) -> dict[int, list[AttemptFacts]]:
    tries: dict[int, list[AttemptFacts]] = {}
    for attempt in attempts_of(uow, ids):
        tries.setdefault(attempt.delivery, []).append(attempt)
    return tries
