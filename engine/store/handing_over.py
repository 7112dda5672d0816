"""What goes with a post when it is handed over: measures, what waits, the seat's stand-ins, and the news of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from engine.store.notice_rows import About, prompt_row
from engine.store.sweeping import insert_new
from engine.store.tables import CaseFile, HoldingRow, MeasureRow, Notice, RequestRow, table_of
from engine.store.unit_of_work import UnitOfWork

_CASES = table_of(CaseFile)
_MEASURES = table_of(MeasureRow)
_REQUESTS = table_of(RequestRow)
_HOLDINGS = table_of(HoldingRow)


@dataclass(frozen=True, slots=True)
class OpenMeasure:
    """A measure that is still to be done, of a case that is not over."""

    case: str
    number: int
    text: str | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """A request that waits for a decision."""

    case_id: int
    case: str
    number: int
    move: str
    decider: str
    asked_by: int | None
    asked_for: int | None


def open_measures_of(uow: UnitOfWork, organisation: int, post: int) -> list[OpenMeasure]:
    """What a post has promised and not done yet, the earliest first."""
    mine = (_MEASURES.c.organisation_id == organisation, uow.scope.covers(_MEASURES.c.organisation_id))
    found: Any = uow.execute(
        select(_CASES.c.key, _MEASURES.c.number, _MEASURES.c.text, _MEASURES.c.due_on)
        .join_from(_MEASURES, _CASES, _CASES.c.id == _MEASURES.c.case_id)
        .where(
            *mine,
            _MEASURES.c.owner_post_id == post,
            _MEASURES.c.state == "open",
            _CASES.c.is_final.is_(False),
        )
        .order_by(_MEASURES.c.due_on, _CASES.c.id, _MEASURES.c.number)
    )
    return [OpenMeasure(*row) for row in found]


def pending_requests(uow: UnitOfWork, organisation: int) -> list[PendingRequest]:
    """Everything that waits for a decision, the oldest first."""
    mine = (_REQUESTS.c.organisation_id == organisation, uow.scope.covers(_REQUESTS.c.organisation_id))
    table = _REQUESTS.c
    found: Any = uow.execute(
        select(
            _CASES.c.id,
            _CASES.c.key,
            table.number,
            table.move,
            table.decider,
            table.asked_by,
            table.asked_for,
        )
        .join_from(_REQUESTS, _CASES, _CASES.c.id == table.case_id)
        .where(*mine, table.status == "pending")
        .order_by(table.asked_at, _CASES.c.id)
    )
    return [PendingRequest(*row) for row in found]


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news about several cases, to one audience, from a local day on."""

    kind: str
    who: str
    planned_on: date
    facts: Mapping[str, str]


def tell_of_cases(
    uow: UnitOfWork, organisation: int, cases: Iterable[tuple[int, int]], news: News, now: datetime
) -> None:
    """One notice for each (case, revision), in one statement; they fold into one message. Said once, however often."""
    rows = [
        prompt_row(About(organisation, case, revision), news.kind, news.who, news.facts, news.planned_on, now)
        for case, revision in cases
    ]
    if rows:
        uow.execute(insert_new(uow, table_of(Notice)), rows)
