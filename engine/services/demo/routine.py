"""Recurring duties in the story: recorded before they are due, accepted by the office, one forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from engine.core.case import Case
from engine.core.duty import read_duties
from engine.core.principal import Principal
from engine.core.world import MakeMove
from engine.services.demo.example import Example, Routine
from engine.services.demo.stage import Stage, said
from engine.services.demo.steps import received
from engine.services.duties import Sign, occurrences, sign, switch_on
from engine.services.evidence import About, Offline, attach
from engine.services.intake import Received
from engine.services.moves import make_move
from engine.store.duties import OccurrenceFacts
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from engine.text.dates import day_words

FILED = "minutes"
FIRST_MONTH = "month: 1"


def own_duty(example: Example, start: date, first_month: int) -> str:
    """The yearly duty of the example in the month that its story wants; `first_month` begins its year."""
    moved = example.story.duties.moved
    wanted = start + timedelta(days=moved.due_near)
    month = (wanted.month - first_month) % 12 + 1
    text = example.text(f"{moved.duty}.yaml").replace(FIRST_MONTH, f"month: {month}")
    read_duties(text, f"{moved.duty}.yaml")
    return text


def switch_duties_on(stage: Stage, now: datetime) -> None:
    principal = stage.principal(None, now)
    with stage.work() as uow:
        for name in stage.example.story.duties.names:
            switch_on(uow, principal, name, stage.start, now)


def keep_duties(stage: Stage, now: datetime) -> None:
    """What is done about the open periods on one working day."""
    routine = stage.example.story.duties
    today = stage.place.local_day(now)
    clerk = stage.principal(routine.clerk, now)
    with stage.look() as uow:
        rows = occurrences(uow, clerk, only_open=True)
        forgotten = _forgotten(stage, occurrences(uow, clerk))
    for row in rows:
        is_time = today >= row.due_on - timedelta(days=routine.submit_before_due)
        if row.state == "open" and is_time and row.key != forgotten:
            _record(stage, row, now)
        elif row.state == "submitted":
            _accept(stage, row, clerk, now)


def _forgotten(stage: Stage, rows: tuple[OccurrenceFacts, ...]) -> str | None:
    """The key of the period that nobody records, once it has opened."""
    missed = stage.example.story.duties.missed
    since = stage.start + timedelta(days=missed.due_after)
    late_enough = [row for row in rows if row.key.startswith(f"{missed.duty}@") and row.due_on >= since]
    first = min(late_enough, key=lambda row: row.due_on, default=None)
    return first.key if first else None


def _record(stage: Stage, row: OccurrenceFacts, now: datetime) -> None:
    """The owner ticks the roster where there is one, attaches the papers, and records the day it was held."""
    routine, today = stage.example.story.duties, stage.place.local_day(now)
    with stage.look() as uow:
        case = load_world(uow, stage.organisation, row.key, lock=False).case
    papers = {kind: _paper(stage, routine, case, kind, today) for kind in _wanted(case)}
    with stage.work() as uow:
        owner = _owner(stage, uow, case, now)
        if case.roster:
            people = tuple(line.person for line in case.roster if line.left_on is None)
            sign(uow, owner, row.key, Sign(people, today), now)
        for kind, paper in papers.items():
            attach(uow, owner, row.key, [paper], About(kind, proves_from=today, proves_to=today), now)
        make_move(uow, owner, row.key, MakeMove("submit", {"held_on": today.isoformat()}), now)
    if case.roster:
        stage.tell_on(today, said("roster_signed", title=case.title, count=len(case.roster)))


def _wanted(case: Case) -> list[str]:
    return [name.removeprefix("evidence_") for name in case.fields if name.startswith("evidence_")]


def _paper(stage: Stage, routine: Routine, case: Case, kind: str, today: date) -> Received | Offline:
    """Minutes are uploaded, everything else stays in its box."""
    name = routine.papers.get(kind, kind)
    if kind != FILED:
        box, clerk = str(case.fields["period"]), stage.name_of(routine.clerk)
        return Offline(f"{case.title}{name}", box=box, keeper=clerk, inspected_on=today)
    text = stage.example.text(f"papers/{routine.minutes}")
    text = text.replace("{title}", case.title or "").replace("{held}", day_words(today))
    return received(stage, text, f"{case.title}{name}.txt")


def _owner(stage: Stage, uow: UnitOfWork, case: Case, now: datetime) -> Principal:
    world = load_world(uow, stage.organisation, case.key, lock=False)
    today = stage.place.local_day(now)
    holder = world.posts.holders(case.owner_post or 0, today)[0]
    key = next(key for key, person in stage.people.items() if person == holder)
    return stage.principal(key, now)


def _accept(stage: Stage, row: OccurrenceFacts, clerk: Principal, now: datetime) -> None:
    today = stage.place.local_day(now)
    with stage.work() as uow:
        case = load_world(uow, stage.organisation, row.key).case
        entered = date.fromisoformat(str(case.fields["entered_on"]))
        if today >= entered + timedelta(days=stage.example.story.duties.accept_after):
            make_move(uow, clerk, row.key, MakeMove("accept"), now)
