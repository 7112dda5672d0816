"""Who may keep the files: set up people and posts, open and correct issues, read reports in.

That is the office and the secretary, and the operator at the machine, whose entries are shown as such (law 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.core.posts import Posts
from engine.core.principal import Principal, Via
from engine.core.record import CLERKS
from engine.core.refusal import Unmet, refused
from engine.core.world import Place
from engine.store.places import load_place, load_posts
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a clerk works: the organisation, its roster and its local day."""

    place: Place
    posts: Posts
    today: date


def open_desk(uow: UnitOfWork, organisation: int, now: datetime) -> Desk:
    """Raises NotFound for an organisation that is out of scope."""
    place = load_place(uow, organisation)
    return Desk(place, load_posts(uow, organisation), place.local_day(now))


def clerks_desk(uow: UnitOfWork, principal: Principal, verb: str, now: datetime, *, case: str = "") -> Desk:
    """The desk, if the principal may keep files. Raises Refused `wrong_role` naming `verb`."""
    desk = open_desk(uow, principal.organisation, now)
    if not may_keep_files(principal, desk.posts, desk.today):
        raise refused(case, verb, Unmet("wrong_role", {"roles": list(CLERKS)}, "ask_those_who_may", CLERKS))
    return desk


def may_keep_files(principal: Principal, posts: Posts, today: date) -> bool:
    """Whether it is the office, the secretary, the system, or the operator typing in no one's name."""
    if principal.person is None:
        return principal.via in (Via.CLI, Via.SYSTEM)
    held = {post.key for post in posts.posts_of(principal.person, today)}
    return not held.isdisjoint(CLERKS)
