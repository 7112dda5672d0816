"""What was told to whom, and why: notices with their deliveries and attempts, for `zhenggai messages`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine.core.principal import Principal
from engine.store.dispatch import AttemptFacts, DeliveryFacts, attempts_of, deliveries
from engine.store.notices import ShownNotice, notices_of_case, notices_of_organisation, notices_to_person
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """A delivery with the tries to send it."""

    delivery: DeliveryFacts
    attempts: tuple[AttemptFacts, ...]


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A notice, and where it went. `why` explains how it stands: its own reason, or its delivery's."""

    notice: ShownNotice
    sent: ShownDelivery | None

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
    *,
    case: str | None = None,
    person: int | None = None,
    since: date | None = None,
) -> tuple[ShownMessage, ...]:
    """The notices of a case, to a person, or of the whole organisation, by the day they were planned for.

    Raises NotFound `case_not_found`.
    """
    if case is not None:
        world = load_world(uow, principal.organisation, case, lock=False)
        notices = notices_of_case(uow, principal.organisation, world.case.id)
    elif person is not None:
        notices = notices_to_person(uow, principal.organisation, person)
    else:
        notices = notices_of_organisation(uow, principal.organisation)
    shown = _with_deliveries(uow, [row for row in notices if since is None or row.planned_on >= since])
    return tuple(row for row in shown if person is None or _went_to(row, person))


def _went_to(row: ShownMessage, person: int) -> bool:
    return row.sent is not None and row.sent.delivery.person == person


def _with_deliveries(uow: UnitOfWork, notices: Sequence[ShownNotice]) -> list[ShownMessage]:
    ids = sorted({row.delivery for row in notices if row.delivery is not None})
    tries: dict[int, list[AttemptFacts]] = {}
    for attempt in attempts_of(uow, ids):
        tries.setdefault(attempt.delivery, []).append(attempt)
    sent: Mapping[int, ShownDelivery] = {
        row.id: ShownDelivery(row, tuple(tries.get(row.id, ()))) for row in deliveries(uow, ids)
    }
    return [ShownMessage(row, sent.get(row.delivery or 0)) for row in notices]
