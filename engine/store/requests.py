"""Requests across cases: found by their keys, laid together in bundles, and looked at by the tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, insert, or_, select, update

from engine.core.case import request_key
from engine.store.tables import BundleRow, CaseFile, DeadlineRow, Organisation, RequestRow, VoteRow, table_of
from engine.store.unit_of_work import UnitOfWork

_CASES = table_of(CaseFile)
_REQUESTS = table_of(RequestRow)
_VOTES = table_of(VoteRow)
_DEADLINES = table_of(DeadlineRow)
DECIDED = ("approved", "returned", "expired")
"""How a request ended that somebody decided, or that nobody decided in its time."""
_BUNDLES = table_of(BundleRow)
_ORGANISATIONS = table_of(Organisation)

LOOKED_ENOUGH = timedelta(hours=6)
"""How long a look at a pending request holds while the roster stays as it is: people come and go by the day."""
LOCAL_AHEAD = timedelta(hours=14)
"""The zone in which a day begins first."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request as a list needs it, without its case."""

    case: int
    case_key: str
    number: int
    move: str
    status: str
    decider: str
    seal: str
    bundle: str | None

    @property
    def key(self) -> str:
        return request_key(self.case_key, self.number)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Requests that lie together for one decision. `made_by` is a person's id."""

    key: str
    title: str
    move: str
    decider: str
    made_by: int | None
    made_at: datetime


def pending_of_move(uow: UnitOfWork, organisation: int, inspection: int, move: str) -> list[RequestLine]:
    """What waits for a decision on one move in one round, in the order of the issues."""
    return _lines(
        uow,
        organisation,
        _CASES.c.inspection_id == inspection,
        _REQUESTS.c.move == move,
        _REQUESTS.c.status == "pending",
    )


def members_of(uow: UnitOfWork, organisation: int, bundles: Iterable[str]) -> list[RequestLine]:
    """Every request that lies in one of these bundles, ended ones too."""
    return _lines(uow, organisation, _REQUESTS.c.bundle.in_(sorted(set(bundles))))


def unconfirmed_papers(uow: UnitOfWork, organisation: int) -> list[int]:
    """The ids of the cases in which a decision on paper waits for the word of its person, or was denied."""
    mine = (_VOTES.c.organisation_id == organisation, uow.scope.covers(_VOTES.c.organisation_id))
    found = uow.execute(
        select(_VOTES.c.case_id).where(*mine, _VOTES.c.confirmed.in_(("open", "denied"))).distinct()
    )
    return sorted(int(case) for case in found.scalars())


def pending_keys(uow: UnitOfWork, organisation: int) -> list[tuple[str, str]]:
    """The keys of the case and of the request itself, of everything that waits."""
    return [(row.case_key, row.key) for row in _lines(uow, organisation, _REQUESTS.c.status == "pending")]


def decided_cases(uow: UnitOfWork, organisation: int, since: datetime, until: datetime) -> list[int]:
    """The ids of the cases with a request that was approved or returned, where a word was said between two instants,
    or the deadline of a decision met on a day of them; or with one whose last day that was.
    """

    def mine(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return table.c.organisation_id == organisation, uow.scope.covers(table.c.organisation_id)

    words = select(_VOTES.c.case_id).where(*mine(_VOTES), _VOTES.c.at >= since, _VOTES.c.at < until)
    days = _DEADLINES.c.met_on.between(since.date(), until.date())
    deadlines = select(_DEADLINES.c.case_id).where(*mine(_DEADLINES), _DEADLINES.c.kind == "request", days)
    lapsed = _REQUESTS.c.expires_on.between(since.date(), until.date())
    found = uow.execute(
        select(_REQUESTS.c.case_id)
        .where(*mine(_REQUESTS), _REQUESTS.c.status.in_(DECIDED))
        .where(or_(_REQUESTS.c.case_id.in_(words), _REQUESTS.c.case_id.in_(deadlines), lapsed))
        .distinct()
    )
    return sorted(int(case) for case in found.scalars())


def _lines(uow: UnitOfWork, organisation: int, *conditions: Any) -> list[RequestLine]:
    columns = (
        _REQUESTS.c.case_id,
        _CASES.c.key,
        _REQUESTS.c.number,
        _REQUESTS.c.move,
        _REQUESTS.c.status,
        _REQUESTS.c.decider,
        _REQUESTS.c.seal,
        _REQUESTS.c.bundle,
    )
    mine = (_CASES.c.organisation_id == organisation, uow.scope.covers(_CASES.c.organisation_id))
    found: Any = uow.execute(
        select(*columns)
        .join_from(_REQUESTS, _CASES, _REQUESTS.c.case_id == _CASES.c.id)
        .where(*mine, *conditions)
        .order_by(_CASES.c.number, _CASES.c.id, _REQUESTS.c.number)
    )
    return [RequestLine(*row) for row in found]


def bundles_of(uow: UnitOfWork, organisation: int, keys: Iterable[str] | None = None) -> list[Bundle]:
    """Every bundle, or those of `keys` that there are; the newest last."""
    columns = (_BUNDLES.c.key, _BUNDLES.c.title, _BUNDLES.c.move, _BUNDLES.c.decider)
    mine = [_BUNDLES.c.organisation_id == organisation, uow.scope.covers(_BUNDLES.c.organisation_id)]
    if keys is not None:
        mine.append(_BUNDLES.c.key.in_(sorted(set(keys))))
    statement = select(*columns, _BUNDLES.c.made_by, _BUNDLES.c.made_at).where(*mine)
    found: Any = uow.execute(statement.order_by(_BUNDLES.c.id))
    return [Bundle(*row) for row in found]


def add_bundle(uow: UnitOfWork, organisation: int, bundle: Bundle) -> None:
    row = {"organisation_id": organisation, "key": bundle.key, "title": bundle.title, "move": bundle.move}
    made = {"decider": bundle.decider, "made_by": bundle.made_by, "made_at": bundle.made_at}
    uow.execute(insert(_BUNDLES).values(**row, **made))


def blank_bundle_titles(uow: UnitOfWork, organisation: int, keys: Iterable[str], gone: str) -> None:
    """What the bundles are called goes from their rows."""
    mine = (_BUNDLES.c.organisation_id == organisation, uow.scope.covers(_BUNDLES.c.organisation_id))
    named = _BUNDLES.c.key.in_(sorted(set(keys)))
    uow.execute(update(_BUNDLES).where(*mine, named).values(title=gone))


def requests_to_look_at(uow: UnitOfWork, now: datetime, limit: int) -> list[tuple[int, int]]:
    """(case, number) of pending requests that people or time may have changed: never looked at, long ago, on
    another roster, or past their last day somewhere.
    """
    begun: date = (now + LOCAL_AHEAD).date()
    table = _REQUESTS.c
    changed = or_(
        table.looked_at.is_(None),
        table.looked_at <= now - LOOKED_ENOUGH,
        table.looked_roster.is_distinct_from(_ORGANISATIONS.c.roster_version),
        table.expires_on < begun,
    )
    # What this very tick has looked at is left alone, whatever came of it.
    anew = or_(table.looked_at.is_(None), table.looked_at < now)
    found: Any = uow.execute(
        select(table.case_id, table.number)
        .join_from(_REQUESTS, _ORGANISATIONS, table.organisation_id == _ORGANISATIONS.c.id)
        .where(uow.scope.covers(table.organisation_id), table.status == "pending", anew, changed)
        .order_by(table.case_id)
        .limit(limit)
    )
    return [(int(case), int(number)) for case, number in found]


def note_looked(uow: UnitOfWork, rosters: Mapping[tuple[int, int], int], now: datetime) -> None:
    """Remember when, and on which version of the roster, each request (case, number) was looked at."""
    if not rosters:
        return
    which = (_REQUESTS.c.case_id == bindparam("of_case"), _REQUESTS.c.number == bindparam("of_number"))
    values = {"looked_at": now, "looked_roster": bindparam("on_roster")}
    uow.execute(
        update(_REQUESTS).where(*which).values(values),
        [
            {"of_case": case, "of_number": number, "on_roster": roster}
            for (case, number), roster in rosters.items()
        ],
    )
