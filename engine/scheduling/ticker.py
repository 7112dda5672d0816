"""The embedded ticker: APScheduler wakes four idempotent ticks; what is due stands in columns (law 10).

Nothing is kept in the scheduler: its jobs live in memory, so a kill at any point loses nothing but the alarm.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from engine.core.ports import Notifier, TickerLock
from engine.errors import Unavailable, code_of
from engine.services.attending import attend_requests
from engine.services.deliver import Sending, deliver
from engine.services.fold_notices import fold_notices
from engine.services.forgetting import forget_old
from engine.services.planned_handovers import carry_out_handovers
from engine.services.sealing import seal_months
from engine.services.spawn_duties import spawn_duties
from engine.services.sweep import sweep
from engine.services.tick import begin_tick
from engine.services.webhooks import Outside, post_events
from engine.store.database import Database
from engine.store.scope import Scope
from engine.store.ticks import forget_failures, note_failure

_LOG = logging.getLogger("zhenggai.ticker")
_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two wakings of each tick."""

    sweep: float = 60.0
    spawn: float = 600.0
    deliver: float = 30.0


@dataclass(slots=True)
class Ticker:
    """Runs the ticks of one database. `clock` is the wall; `after_seals` keeps what was sealed outside;
    `errors` counts failures in a row by tick."""

    database: Database
    notifiers: Mapping[str, Notifier]
    clock: Callable[[], datetime]
    lock: TickerLock
    sending: Sending = field(default_factory=Sending)
    rhythm: Rhythm = field(default_factory=Rhythm)
    after_seals: Callable[[], object] = lambda: None
    book_is_kept: bool = False
    outside: Outside | None = None
    errors: dict[str, int] = field(default_factory=dict)

    def serve(self, *, on_ready: Callable[[], None] = lambda: None) -> None:
        """Run until SIGTERM or SIGINT, then let a running tick finish.

        Raises Unavailable `ticker_running` when another ticker serves this database.
        """
        asked_to_stop = threading.Event()
        with self.running(), _stopped_by_signals(asked_to_stop):
            on_ready()
            # A wait without end cannot be interrupted by Ctrl+C on Windows.
            while not asked_to_stop.wait(0.5):
                pass

    @contextmanager
    def running(self) -> Iterator[None]:
        """Tick in the background while the context lasts; its end waits for a tick that is under way."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        with self.lock.hold():
            scheduler = BackgroundScheduler(
                timezone=UTC,
                # One thread: the ticks follow each other, so that the last tick never goes back.
                executors={"default": ThreadPoolExecutor(max_workers=1)},
                job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            )
            self._schedule(scheduler)
            scheduler.start()
            try:
                yield
            finally:
                scheduler.shutdown(wait=True)

    def _schedule(self, scheduler: Any) -> None:
        from apscheduler.triggers.interval import IntervalTrigger

        ticks = (
            ("spawn", self.spawn_tick, self.rhythm.spawn),
            ("sweep", self.sweep_tick, self.rhythm.sweep),
            ("deliver", self.deliver_tick, self.rhythm.deliver),
            ("post", self.post_tick, self.rhythm.deliver),
        )
        for name, run, seconds in ticks:
            # A first run at once: whoever starts after a night wants the night's work done now.
            scheduler.add_job(self.safely, args=(name, run), id=f"first-{name}")
            scheduler.add_job(
                self.safely, IntervalTrigger(seconds=seconds, timezone=UTC), args=(name, run), id=name
            )

    def spawn_tick(self, now: datetime) -> None:
        """Open and miss the periods of duties, let old answers go; seal what was not sealed yet in this month."""
        begin_tick(self.database, now)
        spawn_duties(self.database, now)
        forget_old(self.database, now)
        if seal_months(self.database, now).sealed or not self.book_is_kept:
            # At the start, too: a kill may have come between a seal and its line in the book.
            self.after_seals()
            self.book_is_kept = True

    def sweep_tick(self, now: datetime) -> None:
        """Hand posts over on their day, look at requests that wait, turn due deadlines into notices."""
        begin_tick(self.database, now)
        carry_out_handovers(self.database, now)
        attend_requests(self.database, now)
        sweep(self.database, now)

    def deliver_tick(self, now: datetime) -> None:
        """Fold notices, and send."""
        begin_tick(self.database, now)
        fold_notices(self.database, now)
        deliver(self.database, self.notifiers, now, self.sending)

    def post_tick(self, now: datetime) -> None:
        """Tell other programs what happened."""
        begin_tick(self.database, now)
        if self.outside is not None:
            post_events(self.database, self.outside, now, clock=self.clock)

    def safely(self, name: str, run: Callable[[datetime], None]) -> None:
        """One tick. An error is logged by its code and kept in the home; the next tick goes on."""
        now = self.clock()
        try:
            run(now)
            self._went_well(name)
        except Exception as error:  # recorded for `status`, and tried again by the next tick
            self._went_wrong(name, error, now)

    def _went_well(self, name: str) -> None:
        if self.errors.get(name) == 0:
            return
        with self.database.begin(Scope.whole()) as uow:
            forget_failures(uow, f"tick:{name}")
            uow.commit()
        self.errors[name] = 0

    def _went_wrong(self, name: str, error: Exception, now: datetime) -> None:
        self.errors[name] = self.errors.get(name, 0) + 1
        _LOG.error("tick %s failed: %s (%d in a row)", name, code_of(error), self.errors[name])
        try:
            with self.database.begin(Scope.whole()) as uow:
                note_failure(uow, f"tick:{name}", error, now)
                uow.commit()
        except Unavailable as unavailable:  # the database itself is what fails: the log has to do
            _LOG.error("the error could not be kept: %s", unavailable.code)


@contextmanager
def _stopped_by_signals(asked_to_stop: threading.Event) -> Iterator[None]:
    """SIGTERM, SIGINT and Ctrl+Break set the event while the context lasts; only the main thread may."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked_to_stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, ask) for number in known}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
