"""What the end of a term must keep to: it lies behind the beginning and the last act, and is set once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta

from engine.core.posts import Holding
from engine.core.refusal import Unmet, refused
from engine.core.sending import instant_of
from engine.errors import Facts
from engine.services.clerks import Desk
from engine.store.acts import last_act
from engine.store.people import Someone
from engine.store.unit_of_work import UnitOfWork

DAY = timedelta(days=1)


def refuse_rewriting(
    uow: UnitOfWork, desk: Desk, person: Someone, held: Iterable[Holding], last: date, verb: str
) -> None:
    """Whether the `held` of a person may end on `last` (their last day): what was so on past days stays so.

    Raises Refused `end_before_start`, `end_already_over` or `acted_after_end`. What ends from today on is free: an
    authority can be taken back at once, and a term that never began can be taken back whole.
    """
    if last >= desk.today - DAY:
        return
    rows = list(held)
    unmet = list(_past(desk, rows, last))
    act = _last_act(uow, desk, person, rows, last + DAY)
    if act is not None:
        facts: Facts = {"person": person.key, "day": act.isoformat()}
        unmet.append(Unmet("acted_after_end", facts, "end_on_or_after"))
    if unmet:
        raise refused("", verb, *unmet)


def refuse_leaving(desk: Desk, person: Someone, last: date, verb: str) -> None:
    """Raises Refused `left_already` where they left on another day that is over, `end_before_joining`."""
    if person.left_on is not None and person.left_on < desk.today and last != person.left_on:
        facts: Facts = {"person": person.key, "until": person.left_on.isoformat()}
        raise refused("", verb, Unmet("left_already", facts, "stays_as_it_was", curable=False))
    joined = person.joined_on
    if joined is not None and last < joined - DAY:
        raise refused(
            "",
            verb,
            Unmet(
                "end_before_joining", {"person": person.key, "since": joined.isoformat()}, "end_on_or_after"
            ),
        )


def _past(desk: Desk, rows: Iterable[Holding], last: date) -> Iterator[Unmet]:
    keys = {its: key for key, its in desk.posts.people.items()}
    for row in rows:
        post = desk.posts.by_id(row.post)
        facts: Facts = {"person": keys[row.person], "post": post.key if post else None}
        if row.since > last:
            yield Unmet("end_before_start", {**facts, "since": row.since.isoformat()}, "end_on_or_after")
        elif row.until is not None and last < row.until < desk.today:
            over: Facts = {**facts, "until": row.until.isoformat()}
            yield Unmet("end_already_over", over, "stays_as_it_was", curable=False)


def _last_act(
    uow: UnitOfWork, desk: Desk, person: Someone, rows: Iterable[Holding], first: date
) -> date | None:
    """The day of the last thing that they did from `first` on: in one of these posts, or in none that is named."""
    ended = {row.post for row in rows}
    others = {key for key, post in desk.posts.posts.items() if post.id not in ended}
    after = instant_of(first, time.min, desk.place.zone)
    moment = last_act(uow, desk.place.id, person.id, others, after)
    return None if moment is None else desk.place.local_day(moment)
