"""How the home is: last run, what waits, what could not be done or delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.store.homes import home_setting
from engine.store.outbox import count_deliveries, count_pending_notices
from engine.store.outgoing import UNSENT, count_outgoing
from engine.store.ticks import LAST_TICK, Failure, failures
from engine.store.unit_of_work import UnitOfWork

SLEEPS_AFTER = timedelta(hours=26)
"""A scheduler that was not seen for longer than a day and a little has stopped."""


@dataclass(frozen=True, slots=True)
class Status:
    """`waiting` deliveries will be tried again by themselves; `undeliverable` ones will not.

    `outside_waiting` are events that programs outside were not told of yet, `outside_undeliverable` those that
    one refused for good.
    """

    last_tick: datetime | None
    is_asleep: bool
    notices: int
    waiting: int
    undeliverable: int
    outside_waiting: int
    outside_undeliverable: int
    failures: tuple[Failure, ...]

    @property
    def is_well(self) -> bool:
        return not (self.is_asleep or self.undeliverable or self.outside_undeliverable or self.failures)

    def as_json(self) -> dict[str, Any]:
        return {
            "last_tick": self.last_tick.isoformat() if self.last_tick else None,
            "is_asleep": self.is_asleep,
            "notices": self.notices,
            "waiting": self.waiting,
            "undeliverable": self.undeliverable,
            "outside_waiting": self.outside_waiting,
            "outside_undeliverable": self.outside_undeliverable,
            "is_well": self.is_well,
            "failures": [
                {"what": row.what, "code": row.code, "times": row.times, "since": row.since.isoformat()}
                for row in self.failures
            ],
        }


def status_of(uow: UnitOfWork, organisation: int, now: datetime) -> Status:
    """How things stand for one organisation; ticks and their failures are those of the whole home."""
    seen = home_setting(uow, LAST_TICK)
    last = datetime.fromisoformat(seen) if seen else None
    deliveries: Mapping[str, int] = count_deliveries(uow, organisation)
    outside = count_outgoing(uow, organisation).values()
    return Status(
        last_tick=last,
        is_asleep=last is not None and now - last > SLEEPS_AFTER,
        notices=count_pending_notices(uow, organisation),
        waiting=sum(deliveries.get(status, 0) for status in UNSENT),
        undeliverable=deliveries.get("undeliverable", 0),
        outside_waiting=sum(row.get(status, 0) for row in outside for status in UNSENT),
        outside_undeliverable=sum(row.get("undeliverable", 0) for row in outside),
        failures=tuple(failures(uow)),
    )
