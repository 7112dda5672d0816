"""Cases as they stood at the end of a past day: what was recorded until then, under the rules of that day (law 11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from engine.core.case import Case
from engine.core.fold import replay
from engine.core.history import Event
from engine.core.posts import Posts
from engine.core.principal import Principal
from engine.core.visibility import history_seen_by, seen_by
from engine.core.workdays import ONE_DAY
from engine.core.world import Place, World
from engine.errors import NotFound, WrongUsage
from engine.services.views import CaseView, LedgerRow, deadline_views, ledger_row, rows_wanted
from engine.store.cases import list_cases
from engine.store.definitions import CALENDAR, FOR_ALL
from engine.store.histories import histories
from engine.store.known_holdings import holdings_known
from engine.store.places import load_place, load_posts
from engine.store.publications import calendar_name, ruled
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world

BATCH = 100


def show_case_on(uow: UnitOfWork, principal: Principal, key: str, day: date, now: datetime) -> CaseView:
    """One case at the end of `day`, as far as the principal may see it today; nothing can be done in the past.

    Raises NotFound `case_not_found`, or `case_opened_later` where it was not there yet; WrongUsage
    `day_not_over` for a day that has not come.
    """
    today_world = load_world(uow, principal.organisation, key, lock=False)
    place = _place_on(uow, today_world.place, day, now)
    end = _end_of(day, place)
    events = _until(histories(uow, [today_world.case.id])[today_world.case.id], end)
    if not events:
        raise NotFound("case_opened_later", case=key, day=day.isoformat())
    posts = _posts_on(uow, today_world.posts, place, end)
    world = _world_on(uow, replace(today_world, posts=posts), place, events)
    # Whether somebody may see a paper is asked of today: a right that ended is no right to look back.
    shown = seen_by(replace(world, posts=today_world.posts), principal, place.local_day(now))
    return CaseView(
        row=ledger_row(replace(world, case=shown), day),
        world=world,
        deadlines=tuple(deadline_views(world, day, events)),
        history=history_seen_by(events, shown),
        moves=(),
    )


def ledger_on(
    uow: UnitOfWork,
    organisation: int,
    day: date,
    now: datetime,
    *,
    kind: str | None = None,
    state: str | None = None,
    late: bool = False,
) -> list[LedgerRow]:
    """The cases that were there at the end of `day`, in the order of their numbers. Raises WrongUsage."""
    place = _place_on(uow, load_place(uow, organisation), day, now)
    end = _end_of(day, place)
    posts = _posts_on(uow, load_posts(uow, organisation), place, end)
    rows = []
    wanted = rows_wanted(uow, organisation, kind, state, late=late)
    for case, events in _cases_on(uow, organisation, wanted.kinds, end):
        workflow = uow.database.workflow(uow, case.definition)
        world = World(case=case, workflow=workflow, place=place, posts=posts, head=events[-1].hash)
        row = ledger_row(world, day)
        if wanted.has(row):
            rows.append(row)
    return rows


def _cases_on(
    uow: UnitOfWork, organisation: int, kinds: tuple[str, ...], end: datetime
) -> Iterator[tuple[Case, tuple[Event, ...]]]:
    ids = [row.id for row in list_cases(uow, organisation, kinds)]
    for at in range(0, len(ids), BATCH):
        batch = ids[at : at + BATCH]
        found = histories(uow, batch)
        for case_id in batch:
            events = _until(found[case_id], end)
            if events:
                yield replay(case_id, organisation, events), events


def _world_on(uow: UnitOfWork, world: World, place: Place, events: tuple[Event, ...]) -> World:
    case = replay(world.case.id, world.case.organisation, events)
    workflow = uow.database.workflow(uow, case.definition)
    return replace(world, case=case, workflow=workflow, place=place, head=events[-1].hash)


def _place_on(uow: UnitOfWork, place: Place, day: date, now: datetime) -> Place:
    """The organisation under the calendar that was published on `day`, today's where none was yet."""
    if day > place.local_day(now):
        raise WrongUsage("day_not_over", day=day.isoformat())
    name = calendar_name(uow, place.id)
    digest = ruled(uow, (place.key, FOR_ALL), CALENDAR, name, _end_of(day, place))
    if digest is None:
        return place
    return replace(place, calendar=uow.database.calendars(uow, {digest})[digest])


def _posts_on(uow: UnitOfWork, posts: Posts, place: Place, end: datetime) -> Posts:
    """The posts with their holders as they were known then: who was entered later is not there, nor an end."""
    return replace(posts, holdings=holdings_known(uow, place.id, end))


def _end_of(day: date, place: Place) -> datetime:
    """The instant at which a local day is over."""
    return datetime.combine(day + ONE_DAY, time(0), tzinfo=ZoneInfo(place.zone))


def _until(events: Sequence[Event], end: datetime) -> tuple[Event, ...]:
    """What was recorded before an instant: what is known later of that day is not what was known then."""
    return tuple(event for event in events if event.recorded_at < end)
