"""`tick`, `serve` and `status`: the scheduler by hand, by itself, and how it is."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home, at_whole_home
from engine.clock import now as wall
from engine.core.ports import Notifier
from engine.core.workdays import is_in_reach
from engine.errors import WrongUsage
from engine.services.deliver import Sending
from engine.services.sealing import keep_seals
from engine.services.status import status_of
from engine.services.tick import tick as tick_once
from engine.store.places import load_place
from engine.text.sentences import done


def tick(said: Namespace) -> Answer:
    """`tick [--as-of T]`: one sweep, spawn and delivery; always safe beside a running scheduler."""
    home = at_whole_home(said)
    as_of = _instant(home, said.as_of)
    ticked = tick_once(
        home.application.database,
        _notifiers(home),
        as_of or home.now,
        wall=home.now if as_of else None,
        sending=_sending(home),
        sealing=True,
        outside=home.application,
    )
    if ticked.sealed.sealed:
        _keep_seals(home)
    facts: dict[str, Any] = ticked.as_json()
    parts = (facts[name] for name in ("spawned", "swept", "sealed", "folded", "delivered"))
    counts = {name: row for part in parts for name, row in part.items()}
    with home.reading() as uow:
        local = load_place(uow, home.organisation).local_day(ticked.as_of).isoformat()
    return answer(facts, [done("ticked", {**counts, "as_of": local, "failed": ticked.failed})])


def _instant(home: Home, word: str | None) -> datetime | None:
    """A day, or a local time such as 2026-11-23T08:30; a day means 08:30 of it, when messages leave."""
    if word is None:
        return None
    try:
        given = datetime.fromisoformat(word)
    except ValueError as error:
        raise WrongUsage("date_wrong", given=word) from error
    if not is_in_reach(given.date()):
        raise WrongUsage("date_wrong", given=word)
    if len(word) == len("2026-11-23"):
        given = datetime.combine(given.date(), time(8, 30))
    if given.tzinfo is None:
        with home.reading() as uow:
            given = given.replace(tzinfo=ZoneInfo(load_place(uow, home.organisation).zone))
    return given.astimezone(UTC)


def serve(said: Namespace) -> Answer:
    """`serve`: wake, chase, spawn and deliver until told to stop; one per database."""
    from engine.scheduling.ticker import Ticker
    from engine.store.ticker_lock import ticker_lock

    home = at_whole_home(said)
    if said.no_scheduler:
        raise WrongUsage("nothing_to_serve")
    database = home.application.database
    ticker = Ticker(
        database,
        _notifiers(home),
        wall,
        ticker_lock(database),
        _sending(home),
        outside=home.application,
        after_seals=lambda: _keep_seals(home),
    )
    ticker.serve(
        on_ready=lambda: print(done("serving", {"organisation": home.organisation_key}), file=sys.stderr)
    )
    return answer({"stopped": True}, [done("served", {})])


def status(said: Namespace) -> Answer:
    """`status`: last run, what waits, what could not be delivered, in words; exit code 8 when something is wrong."""
    home = at_home(said)
    with home.reading() as uow:
        found = status_of(uow, home.organisation, home.now)
        place = load_place(uow, home.organisation)
    facts = found.as_json()
    local = place.local_day(found.last_tick).isoformat() if found.last_tick else None
    told = {**facts, "last_tick": local, "waiting": facts["waiting"] + facts["notices"]}
    lines = [done("status_line", told)]
    lines += [done("failure_line", row) for row in facts["failures"]]
    return answer(facts, lines, exit_code=0 if found.is_well else 8)


def _keep_seals(home: Home) -> None:
    keep_seals(home.application.database, home.application.settings.home)


def _sending(home: Home) -> Sending:
    return Sending(default_address=home.application.settings.notifier, clock=wall)


def _notifiers(home: Home) -> dict[str, Notifier]:
    """Letters to the console go to stderr, so that stdout stays one document (design.md §6)."""
    return home.application.notifiers(sys.stderr)
