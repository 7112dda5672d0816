"""One tick: spawn, hand posts over, attend to requests, sweep, seal, fold, deliver, forget; as often as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from engine.core.ports import Notifier
from engine.errors import Conflict, WrongUsage
from engine.services.attending import Attended, attend_requests
from engine.services.deliver import Delivered, Sending, deliver
from engine.services.fold_notices import Folded, fold_notices
from engine.services.forgetting import Forgotten, forget_old
from engine.services.planned_handovers import TakenOver, carry_out_handovers
from engine.services.sealing import Sealed, seal_months
from engine.services.setup import is_demo_home
from engine.services.spawn_duties import Spawned, spawn_duties
from engine.services.sweep import Swept, sweep
from engine.services.webhooks import Outside, Posted, post_events
from engine.store.database import Database
from engine.store.scope import Scope
from engine.store.ticks import keep_last_tick, last_tick

SAME_MOMENT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did, in counts."""

    as_of: datetime
    spawned: Spawned
    swept: Swept
    sealed: Sealed
    folded: Folded
    delivered: Delivered
    attended: Attended = field(default_factory=Attended)
    posted: Posted = field(default_factory=Posted)
    taken_over: TakenOver = field(default_factory=TakenOver)
    forgotten: Forgotten = field(default_factory=Forgotten)

    @property
    def failed(self) -> int:
        """What could not be done and was recorded; messages that a channel refused for now count apart."""
        parts = (self.spawned, self.taken_over, self.attended, self.swept, self.sealed, self.folded)
        return sum(part.failed for part in parts)

    def as_json(self) -> dict[str, object]:
        return {
            "as_of": self.as_of.isoformat(),
            "spawned": asdict(self.spawned),
            "taken_over": asdict(self.taken_over),
            "attended": asdict(self.attended),
            "swept": asdict(self.swept),
            "sealed": asdict(self.sealed),
            "folded": asdict(self.folded),
            "delivered": asdict(self.delivered),
            "posted": asdict(self.posted),
            "forgotten": asdict(self.forgotten),
        }


def tick(
    database: Database,
    notifiers: Mapping[str, Notifier],
    now: datetime,
    *,
    wall: datetime | None = None,
    sending: Sending | None = None,
    sealing: bool = False,
    outside: Outside | None = None,
) -> Ticked:
    """Do everything due at `now`. `wall` is the real time, where `now` was given by hand (`--as-of`);
    `sealing` makes the monthly seals too, whose lines the caller keeps outside the database.

    Raises Conflict `tick_goes_back` when a later tick was made already, WrongUsage `as_of_beyond_now` for a
    future instant outside a demo home.
    """
    begin_tick(database, now, wall=wall)
    spawned = spawn_duties(database, now)
    taken_over = carry_out_handovers(database, now)
    attended = attend_requests(database, now)
    swept = sweep(database, now)
    sealed = seal_months(database, now) if sealing else Sealed()
    folded = fold_notices(database, now)
    delivered = deliver(database, notifiers, now, sending)
    posted = post_events(database, outside, now) if outside is not None else Posted()
    forgotten = forget_old(database, now)
    return Ticked(now, spawned, swept, sealed, folded, delivered, attended, posted, taken_over, forgotten)


FARTHEST_DEMO = timedelta(days=3660)
"""How far a demo home may run ahead: beyond some years nothing is known of any calendar."""


LONGEST_SLEEP = timedelta(days=400)
"""A clock that is this far ahead of the last tick is more likely wrong than the machine was off so long."""


def begin_tick(database: Database, now: datetime, *, wall: datetime | None = None) -> None:
    """Take note of a tick before it does anything: the last tick never goes back (law 9).

    A tick by the clock may come after one that read the clock a moment later; one by hand may not. One by the
    clock that jumps too far is refused (Conflict `clock_jumped`): what it said of the wrong year would stand.
    """
    leeway = SAME_MOMENT if wall is None else timedelta(0)
    with database.begin(Scope.whole()) as uow:
        before = last_tick(uow)
        if before is not None and now < before - leeway:
            raise Conflict("tick_goes_back", last=before.isoformat(), asked=now.isoformat())
        if wall is None and before is not None and now > before + LONGEST_SLEEP:
            raise Conflict("clock_jumped", last=before.isoformat(), asked=now.isoformat())
        farthest = FARTHEST_DEMO if is_demo_home(uow) else timedelta(0)
        if wall is not None and now > wall + farthest:
            raise WrongUsage("as_of_beyond_now", asked=now.isoformat(), now=wall.isoformat())
        if before is None or now > before:
            keep_last_tick(uow, now)
            uow.commit()
