"""What ticks leave behind in the home: the last one, and what could not be done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from engine.errors import code_of
from engine.store.homes import home_setting, keep_home_setting
from engine.store.sweeping import insert_new
from engine.store.tables import HomeSetting, table_of
from engine.store.unit_of_work import UnitOfWork

_SETTINGS = table_of(HomeSetting)

LAST_TICK = "last_tick"
FAILURE = "failed:"


@dataclass(frozen=True, slots=True)
class Failure:
    """Something a tick could not do: `what` (deadline:7, series:3), why, how often in a row, since when."""

    what: str
    code: str
    times: int
    since: datetime
    last: datetime


def last_tick(uow: UnitOfWork) -> datetime | None:
    """When the last tick was, as an instant in UTC."""
    # Two ticks that begin at once must agree on which is the later: the row is locked where it exists.
    uow.execute(insert_new(uow, _SETTINGS).values(name=LAST_TICK, value=""))
    value = uow.execute(
        select(_SETTINGS.c.value).where(_SETTINGS.c.name == LAST_TICK).with_for_update()
    ).scalar_one()
    return datetime.fromisoformat(value) if value else None


def keep_last_tick(uow: UnitOfWork, now: datetime) -> None:
    keep_home_setting(uow, LAST_TICK, now.isoformat())


def note_failure(uow: UnitOfWork, what: str, error: Exception, now: datetime) -> Failure:
    """Record that `what` failed once more; the answer says how often in a row."""
    before = failure_of(uow, what)
    times, since = (before.times + 1, before.since) if before else (1, now)
    failure = Failure(what, code_of(error), times, since, now)
    keep_home_setting(uow, FAILURE + what, _text(failure))
    return failure


def failure_of(uow: UnitOfWork, what: str) -> Failure | None:
    value = home_setting(uow, FAILURE + what)
    return _failure(what, value) if value else None


def forget_failures(uow: UnitOfWork, *whats: str) -> None:
    """It went well again; nothing is written where it had not failed."""
    uow.execute(delete(_SETTINGS).where(_SETTINGS.c.name.in_([FAILURE + what for what in whats])))


def failures(uow: UnitOfWork) -> list[Failure]:
    """Everything that fails now, for `status` to alarm with."""
    found: Any = uow.execute(
        select(_SETTINGS.c.name, _SETTINGS.c.value)
        .where(_SETTINGS.c.name.like(f"{FAILURE}%"))
        .order_by(_SETTINGS.c.name)
    )
    return [_failure(name.removeprefix(FAILURE), value) for name, value in found]


def _text(failure: Failure) -> str:
    facts = {
        "code": failure.code,
        "times": failure.times,
        "since": failure.since.isoformat(),
        "last": failure.last.isoformat(),
    }
    return json.dumps(facts, sort_keys=True)


def _failure(what: str, value: str) -> Failure:
    facts = json.loads(value)
    since, last = (datetime.fromisoformat(facts[name]) for name in ("since", "last"))
    return Failure(what, facts["code"], facts["times"], since, last)
