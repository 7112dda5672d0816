"""A ticker in a process of its own, for tests that kill it: `python ticker_process.py URL ADDRESS`.

It prints `ready`, or the code of the error that stopped it. The clock stands at the instant in `TICKER_NOW`
and goes on from there with real time, so that a lease ends.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta

from engine.errors import EngineError
from engine.scheduling.ticker import Rhythm, Ticker
from engine.services.deliver import Sending
from engine.store.database import Database
from engine.store.ticker_lock import ticker_lock
from notifiers.console import Console
from notifiers.through_apprise import ThroughApprise
from tests.kit.worlds import vocabulary


def main(url: str, address: str) -> int:
    begin, started = datetime.fromisoformat(os.environ["TICKER_NOW"]), time.monotonic()

    def clock() -> datetime:
        return begin + timedelta(seconds=time.monotonic() - started)

    database = Database.open(url, vocabulary())
    sending = Sending(default_address=address, lease=timedelta(seconds=1), batch=5, clock=clock)
    notifiers = {"console": Console(), "json": ThroughApprise()}
    ticker = Ticker(
        database, notifiers, clock, ticker_lock(database), sending, Rhythm(sweep=0.3, spawn=0.3, deliver=0.3)
    )
    try:
        ticker.serve(on_ready=lambda: print("ready", flush=True))
    except EngineError as error:
        print(error.code, flush=True)
        return error.exit_code
    print("stopped", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
