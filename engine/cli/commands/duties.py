"""`duties …`: the catalogue, what is on, what comes, and who has signed."""

from __future__ import annotations

from argparse import Namespace
from datetime import timedelta
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home, day
from engine.core.case import RosterLine
from engine.errors import WrongUsage
from engine.services.duties import (
    CatalogueEntry,
    Planned,
    Sign,
    catalogue,
    occurrences,
    plan_duties,
    sign,
    switch_off,
    switch_on,
)
from engine.services.resolving import resolve
from engine.store.duties import Series
from engine.store.places import load_place
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from engine.text.sentences import date_reason, done

A_YEAR = timedelta(days=365)


def duties(said: Namespace) -> Answer:
    """Every published duty, on or off, and what is open now."""
    home = at_home(said)
    with home.reading() as uow:
        principal = home.principal(said)
        entries = [_entry(row) for row in catalogue(uow, principal)]
        still_open = [
            {"case": row.key, "state": row.state, "due_on": row.due_on.isoformat()}
            for row in occurrences(uow, principal, only_open=True)
        ]
    lines = [done("duty_line", row, home.names) for row in entries]
    lines += [done("occurrence_line", row, home.names) for row in still_open]
    return answer({"duties": entries, "open": still_open}, lines)


def _entry(row: CatalogueEntry) -> dict[str, Any]:
    is_on = row.series is not None and row.series.active_until is None
    return {
        "duty": row.name,
        "label": row.label,
        "group": row.group,
        "frequency": row.frequency,
        "post": row.post,
        "roster": row.has_roster,
        "is_on": is_on,
        "since": row.series.active_from.isoformat() if row.series else None,
    }


def duties_on(said: Namespace) -> Answer:
    """`duties on NAME… [--from D]`: shipped duties are off until somebody wants them."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        since = day(said.since) or load_place(uow, home.organisation).local_day(home.now)
        rows = [_series(switch_on(uow, principal, name, since, home.now)) for name in said.duty]
    return answer({"duties": rows}, [done("duty_on", row, home.names) for row in rows])


def duties_off(said: Namespace) -> Answer:
    """`duties off NAME… [--on D]`: no period begins after that day; what is open stays to be done."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        until = day(said.on) or load_place(uow, home.organisation).local_day(home.now)
        rows = [_series(switch_off(uow, principal, name, until, home.now)) for name in said.duty]
    return answer({"duties": rows}, [done("duty_off", row, home.names) for row in rows])


def _series(row: Series) -> dict[str, Any]:
    return {
        "duty": row.duty,
        "since": row.active_from.isoformat(),
        "until": row.active_until.isoformat() if row.active_until else None,
        "next_period": row.next_period,
    }


def duties_plan(said: Namespace) -> Answer:
    """`duties plan [--from D] [--to D]`: what comes up, with why each date is what it is; a year by default."""
    home = at_home(said)
    with home.reading() as uow:
        today = load_place(uow, home.organisation).local_day(home.now)
        first = day(said.since) or today
        last = day(said.until) or first + A_YEAR
        if last < first:
            raise WrongUsage("period_reversed", since=first.isoformat(), until=last.isoformat())
        found = plan_duties(uow, home.principal(said), first, last)
    rows = [_planned(row) for row in found]
    lines = [done("planned_line", {**row, "why": row["reasons"]}, home.names) for row in rows]
    return answer({"planned": rows}, lines or [done("no_planned", {})])


def _planned(row: Planned) -> dict[str, Any]:
    return {
        "duty": row.name,
        "label": row.label,
        "group": row.group,
        "period": row.period,
        "opens_on": row.opens_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "is_paused": row.is_paused,
        "case": row.case,
        "state": row.state,
        "why": [{"code": reason.code, "facts": dict(reason.facts)} for reason in row.why],
        "reasons": [date_reason(reason.code, reason.facts) for reason in row.why],
    }


def duties_sign(said: Namespace) -> Answer:
    """`duties sign CASE PERSON… | --all`: who has fulfilled what everybody has to."""
    if bool(said.person) == said.all:
        raise WrongUsage("sign_whom")
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        on = day(said.on) or load_place(uow, home.organisation).local_day(home.now)
        people = _everybody(uow, home, said.case) if said.all else _named(uow, home, said.person)
        case = sign(uow, principal, said.case, Sign(people, on), home.now).case
    left = [line.person for line in case.roster if _is_missing(line)]
    facts = {"case": case.key, "signed": len(people), "left": len(left), "people": left}
    return answer(facts, [done("roster_signed", facts, home.names)])


def _everybody(uow: UnitOfWork, home: Home, key: str) -> tuple[int, ...]:
    case = load_world(uow, home.organisation, key, lock=False).case
    return tuple(line.person for line in case.roster if _is_missing(line))


def _named(uow: UnitOfWork, home: Home, words: list[str]) -> tuple[int, ...]:
    return tuple(resolve(uow, home.organisation, word).id for word in words)


def _is_missing(line: RosterLine) -> bool:
    return line.left_on is None and line.ticked_on is None
