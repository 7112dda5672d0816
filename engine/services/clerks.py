"""Who may keep the files: set up people and posts, open and correct issues, read reports in.

The office and the secretary may, and the operator at the machine, whose entries are shown as such (law 4).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from engine.core.authority import free_posts, persons, scope_requirements
from engine.core.deadlines import OFFICE
from engine.core.history import Stamp
from engine.core.posts import Posts
from engine.core.principal import Principal, Via
from engine.core.record import CLERKS
from engine.core.refusal import Unmet, refused
from engine.core.world import Place
from engine.store.access import confirm_access
from engine.store.places import bump_roster, hold_places, load_place, load_posts
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a clerk works: the organisation, its roster and its local day.

    `acting_for` is whom the clerk stands in for, where only a substitute holds the post.
    """

    place: Place
    posts: Posts
    today: date
    acting_for: int | None = None


def open_desk(uow: UnitOfWork, organisation: int, now: datetime) -> Desk:
    """Raises NotFound for an organisation that is out of scope."""
    place = load_place(uow, organisation)
    return Desk(place, load_posts(uow, organisation), place.local_day(now))


def clerks_desk(
    uow: UnitOfWork,
    principal: Principal,
    verb: str,
    now: datetime,
    *,
    case: str = "",
    others: tuple[str, ...] = (),
) -> Desk:
    """The desk, if the principal may keep files, or holds one of the `others`.

    Raises Refused `wrong_role` naming `verb`.
    """
    hold_places(uow, {principal.organisation})
    desk = open_desk(uow, principal.organisation, now)
    confirm_access(uow, principal.credential, principal.credential_id, now, case=case)
    unmet = tuple(scope_requirements(principal, "act"))
    if unmet:
        raise refused(case, verb, *unmet)
    uow.sign(Stamp.of(principal), now)
    if is_operator(principal) or principal.is_system:
        return desk
    held = {} if principal.person is None else _held(desk, principal.person)
    may = tuple(dict.fromkeys((*CLERKS, *others)))
    for key in may:
        if key in held:
            uow.sign(Stamp.of(principal, held[key]), now)
            return replace(desk, acting_for=held[key])
    others = free_posts(desk.posts, may, persons(principal.person), desk.today)
    # Where nobody holds any of them, the operator at the machine acts for the office.
    who = others or (OFFICE,)
    raise refused(case, verb, Unmet("wrong_role", {"roles": list(may)}, "ask_those_who_may", who))


def roster_desk(uow: UnitOfWork, principal: Principal, verb: str, now: datetime) -> Desk:
    """The same for who changes people or posts. Whoever acts or changes them at the same moment waits here, or did so
    before: no act is overlooked, and no key is given twice.
    """
    bump_roster(uow, principal.organisation)
    return clerks_desk(uow, principal, verb, now)


def is_operator(principal: Principal) -> bool:
    """Whether somebody at the machine types in no one's name."""
    return principal.person is None and principal.via is Via.CLI


def _held(desk: Desk, person: int) -> dict[str, int | None]:
    """Key of each post that the person holds today → whom they stand in for there."""
    held = desk.posts.posts_of(person, desk.today)
    return {post.key: desk.posts.represented(post.id, person, desk.today) for post in held}
