"""The embedded ticker in processes of its own: one per database, stopped cleanly, killed without loss."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.core.ports import TickerLock
from engine.errors import Unavailable
from engine.scheduling.ticker import Rhythm, Ticker
from engine.store.scope import Scope
from engine.store.ticker_lock import ticker_lock
from engine.store.ticks import failures, last_tick
from tests.kit.databases import OWNER, Home
from tests.kit.running import NeverLocked, Running, local
from tests.kit.servers import HttpEndpoint, delaying, http_endpoint
from tests.kit.worlds import ROOT

MORNING = local("2026-03-03", "09:00")


@pytest.fixture
def home_with_news(home: Home) -> Home:
    """Several people have something to be told on the morning of 3 March."""
    running = Running(home).at("2026-03-02", "10:00")
    posts = [OWNER, "vice_principal_logistics", "discipline_commissioner", "deputy_secretary", "secretary"]
    for number, post in enumerate(posts, start=1):
        home.open_issue(number, measures=0)
        running.assign(f"2026-{number}", post, "2026-04-10")
    return home


@contextmanager
def ticker_process(home: Home, address: str) -> Iterator[subprocess.Popen[str]]:
    url = home.database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kit.ticker_process", url, address],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TICKER_NOW": MORNING.isoformat()},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def until(holds: Callable[[], Any], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def letters(endpoint: HttpEndpoint) -> Counter[str]:
    """How often each letter arrived, by its id."""
    return Counter(posted.headers["Idempotency-Key"] for posted in endpoint.received)


def test_a_ticker_sends_what_is_due_and_stops_when_asked(home_with_news: Home) -> None:
    with http_endpoint() as endpoint, ticker_process(home_with_news, endpoint.address()) as process:
        assert first_line(process) == "ready"
        until(lambda: len(endpoint.received) == 5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert set(letters(endpoint).values()) == {1}


def test_a_second_ticker_is_refused_and_a_kill_frees_the_lock(home_with_news: Home) -> None:
    with http_endpoint() as endpoint:
        address = endpoint.address()
        with ticker_process(home_with_news, address) as first:
            assert first_line(first) == "ready"
            with ticker_process(home_with_news, address) as second:
                assert (first_line(second), second.wait(10)) == ("ticker_running", 8)
            with (
                pytest.raises(Unavailable, match="ticker_running"),
                ticker_lock(home_with_news.database).hold(),
            ):
                pass
            first.kill()
            first.wait(10)
        with ticker_process(home_with_news, address) as third:
            assert first_line(third) == "ready"


def test_a_ticker_killed_while_sending_loses_nothing_and_repeats_one_at_most(home_with_news: Home) -> None:
    with http_endpoint(delaying(0.4)) as endpoint:
        with ticker_process(home_with_news, endpoint.address()) as first:
            assert first_line(first) == "ready"
            until(lambda: len(endpoint.received) == 2)
            first.kill()
        with ticker_process(home_with_news, endpoint.address()) as second:
            assert first_line(second) == "ready"
            until(lambda: len(letters(endpoint)) == 5)
            until(lambda: set(delivery_states(home_with_news)) == {"sent"})
        repeated = sum(count - 1 for count in letters(endpoint).values())
    assert (len(letters(endpoint)), repeated <= 1) == (5, True)


def delivery_states(home: Home) -> list[str]:
    shown = Running(home).messages()
    return [row.state for row in shown if row.sent] or ["none"]


def ticker_of(home: Home, clock: Callable[[], datetime]) -> Ticker:
    lock: TickerLock = NeverLocked()
    return Ticker(home.database, {}, clock, lock, rhythm=Rhythm(0.05, 0.05, 0.05))


def test_an_error_is_counted_and_the_next_tick_goes_on(home: Home) -> None:
    instants = iter([local("2026-03-03"), local("2026-03-02"), local("2026-03-02"), local("2026-03-04")])
    ticker = ticker_of(home, lambda: next(instants))
    for _ in range(3):
        ticker.safely("sweep", ticker.sweep_tick)
    with home.database.begin(Scope.whole(), writing=False) as uow:
        assert [(row.what, row.code, row.times) for row in failures(uow)] == [
            ("tick:sweep", "tick_goes_back", 2)
        ]
    ticker.safely("sweep", ticker.sweep_tick)
    with home.database.begin(Scope.whole(), writing=False) as uow:
        assert failures(uow) == []


def test_a_background_ticker_runs_at_once_and_keeps_the_last_tick(home: Home) -> None:
    started = time.monotonic()

    def clock() -> datetime:
        return datetime(2026, 3, 3, 1, 0, tzinfo=UTC) + timedelta(seconds=time.monotonic() - started)

    with ticker_of(home, clock).running():
        until(lambda: ticked(home) is not None)
    last = ticked(home)
    assert last is not None
    assert last >= datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


def ticked(home: Home) -> datetime | None:
    with home.database.begin(Scope.whole()) as uow:
        return last_tick(uow)


def test_ticks_beside_each_other_say_everything_once(home_with_news: Home) -> None:
    running = Running(home_with_news).at("2026-04-13")
    with ThreadPoolExecutor(4) as threads:
        ticks = [threads.submit(running.tick) for _ in range(8)]
    assert [each.exception() for each in ticks] == [None] * 8
    together = sorted((letter.recipient, letter.message_id) for letter in running.postman.letters)
    assert together == sorted(set(together))
    assert set(delivery_states(home_with_news)) == {"sent"}
