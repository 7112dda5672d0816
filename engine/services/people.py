"""People and posts: who there is, who holds what, and which names nobody knows yet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from engine.core.posts import Holding, Post, Posts
from engine.core.principal import Principal
from engine.errors import Conflict, NotFound, WrongUsage
from engine.services.clerks import Desk, clerks_desk, open_desk, roster_desk
from engine.services.departed import refuse_erased
from engine.services.ending import refuse_leaving, refuse_rewriting
from engine.services.handover import void_after_end
from engine.services.planned_handovers import stands
from engine.services.resolving import post_by_key, resolve
from engine.services.terms import conflicting, overlap, refuse_conflict, refuse_seat, with_term
from engine.store.access import SESSION, TOKEN, revoke_access_of
from engine.store.credentials import revoke_credentials
from engine.store.people import (
    NewSomeone,
    Someone,
    add_holding_row,
    add_person_row,
    add_post_row,
    change_person_row,
    end_holding_rows,
    people_of,
    reasons_despite,
)
from engine.store.planned_handovers import planned_handovers
from engine.store.unit_of_work import UnitOfWork
from engine.store.unresolved import unresolved_of

STANDS_IN = "*"
"""Behind the key of a post, in the list of somebody's posts: they stand in for a holder of it."""
LONGEST_NAME = 60
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://\S*")
_AUTOMATIC = re.compile(r"p([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be added. `key` None takes the next free p1, p2 …; `posts` are keys or labels.

    `since` is the first local day in them (None: today). Somebody `is_external` (the upper Party body, a
    supervision group) is not on the roll of the organisation.
    """

    name: str
    key: str | None = None
    title: str = ""
    address: str = ""
    posts: tuple[str, ...] = ()
    since: date | None = None
    is_external: bool = False
    despite: str | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One person in one post; `since` None means today, `until` (included) None until further notice.

    `despite` is the reason for giving it in spite of a post that must not be held beside it.
    """

    person: str
    post: str
    since: date | None = None
    until: date | None = None
    substitute_for: str | None = None
    despite: str | None = None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in a list, with what they hold today; a substitute's post ends in `*`.

    `channel` is the scheme of their address, None without one; `left_on` their last day where that is past.
    """

    key: str
    name: str
    title: str
    channel: str | None
    posts: tuple[str, ...]
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who stands in for whom in which post, from–to (keys; `until` None: until further notice)."""

    person: str
    post: str
    stands_in_for: str
    since: date
    until: date | None

    def as_json(self) -> dict[str, Any]:
        return {
            "person": self.person,
            "post": self.post,
            "for": self.stands_in_for,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
        }


@dataclass(frozen=True, slots=True)
class PeopleList:
    """Everybody, the posts with their holders' keys, the names that match nobody with their cases, who stands in for
    whom now or later, and (person, post, reason) of what was given in spite of a conflict.
    """

    people: tuple[PersonLine, ...]
    posts: tuple[tuple[str, str, tuple[str, ...]], ...]
    unresolved: tuple[tuple[str, tuple[str, ...]], ...]
    stand_ins: tuple[StandIn, ...] = ()
    despite: tuple[tuple[str, str, str], ...] = ()
    handovers: tuple[tuple[str, str, str, date], ...] = ()
    """Planned ones, whose day is to come: post, from whom, to whom, from when."""

    def as_json(self) -> dict[str, Any]:
        return {
            "people": [
                {
                    "key": row.key,
                    "name": row.name,
                    "title": row.title,
                    "has_address": row.channel is not None,
                    "channel": row.channel,
                    "left_on": row.left_on.isoformat() if row.left_on else None,
                    "posts": list(row.posts),
                }
                for row in self.people
            ],
            "posts": [{"key": key, "label": label, "holders": list(who)} for key, label, who in self.posts],
            "unresolved": [{"name": name, "cases": list(cases)} for name, cases in self.unresolved],
            "stand_ins": [row.as_json() for row in self.stand_ins],
            "despite_conflict": [
                {"person": person, "post": post, "reason": reason} for person, post, reason in self.despite
            ],
            "planned_handovers": [
                {"post": post, "from": leaver, "to": successor, "on": on.isoformat()}
                for post, leaver, successor, on in self.handovers
            ],
        }


def add_person(
    uow: UnitOfWork, principal: Principal, new: NewPerson, now: datetime, *, schemes: Collection[str] = ()
) -> Someone:
    """Add a person and appoint them. `schemes` are the ways out of this home; empty accepts any scheme.

    Raises Conflict `person_key_taken`, NotFound `post_not_found`, WrongUsage for a name, key or address
    that cannot be one.
    """
    desk = roster_desk(uow, principal, "people_add", now)
    known = {person.key for person in people_of(uow, principal.organisation)}
    key = new.key or _next_key(known)
    if not _KEY.fullmatch(key):
        raise WrongUsage("person_key_wrong", key=key)
    if key in known:
        raise Conflict("person_key_taken", key=key)
    posts = [post_by_key(desk.posts, word) for word in new.posts]
    address = checked_address(new.address, schemes)
    person = add_person_row(
        uow,
        principal.organisation,
        NewSomeone(key, checked_name(new.name), new.title.strip(), address, desk.today),
    )
    if new.is_external:
        # The roll of somebody from outside ends before it begins, so no duty of everybody counts them.
        change_person_row(uow, person.id, {"on_roll_until": desk.today - timedelta(days=1)})
    roster = desk.posts
    for post in posts:
        holding = Holding(post.id, person.id, new.since or desk.today)
        refuse_conflict(roster, holding, person, "people_add", new.despite)
        despite = (new.despite or "") if conflicting(roster, holding) else ""
        add_holding_row(uow, principal.organisation, holding, despite)
        roster = with_term(roster, holding)
    return person


def leave(
    uow: UnitOfWork, principal: Principal, word: str, now: datetime, *, last_day: date | None = None
) -> Someone:
    """Take a person off the roll and out of every post; `last_day` is the last one (default: today).

    What they did stays; their sessions and tokens end at once, their PIN with the last day. What they asked for and
    nobody decided is void from the day after on. Duties that everybody has to fulfil count them no more after that day.
    Raises Refused as `refuse_leaving` and `refuse_rewriting` do for what is past.
    """
    desk = roster_desk(uow, principal, "people_leave", now)
    person = resolve(uow, principal.organisation, word)
    last = last_day or desk.today
    refuse_leaving(desk, person, last, "people_leave")
    held = [row for row in desk.posts.holdings if row.person == person.id]
    refuse_rewriting(uow, desk, person, held, last, "people_leave")
    change_person_row(uow, person.id, {"on_roll_until": last})
    for post in desk.posts.posts.values():
        end_holding_rows(uow, principal.organisation, post.id, person.id, last)
    if last <= desk.today:
        # Before a day that is to come they still work; from the day after it nothing of theirs is taken.
        revoke_credentials(uow, principal.organisation, person.id)
    revoke_access_of(uow, principal.organisation, person.id, (SESSION, TOKEN), now)
    theirs = {row.post for row in held if not row.is_substitute}
    left = [post for post in desk.posts.posts.values() if post.id in theirs]
    void_after_end(uow, principal, desk, person.id, left, now)
    return person


def change_person(
    uow: UnitOfWork,
    principal: Principal,
    word: str,
    now: datetime,
    *,
    name: str | None = None,
    title: str | None = None,
    address: str | None = None,
    schemes: Collection[str] = (),
) -> Someone:
    """Change what is given of a person, such as the channel their messages go to."""
    is_change = any(said is not None for said in (name, title, address))
    (roster_desk if is_change else clerks_desk)(uow, principal, "people_link", now)
    person = resolve(uow, principal.organisation, word)
    if is_change:
        refuse_erased(person, "people_link")
    changes: dict[str, str] = {}
    if name is not None:
        changes["name"] = checked_name(name)
    if title is not None:
        changes["title"] = title.strip()
    if address is not None:
        changes["address"] = checked_address(address, schemes)
    if changes:
        change_person_row(uow, person.id, changes)
    return resolve(uow, principal.organisation, person.key)


def add_post(
    uow: UnitOfWork, principal: Principal, key: str, label: str, now: datetime, *, is_body: bool = False
) -> Post:
    """Add a post. Raises Conflict `post_key_taken`, WrongUsage `post_key_wrong`."""
    desk = roster_desk(uow, principal, "people_add", now)
    if not _KEY.fullmatch(key):
        raise WrongUsage("post_key_wrong", key=key)
    if key in desk.posts.posts:
        raise Conflict("post_key_taken", key=key)
    return add_post_row(uow, principal.organisation, key, checked_name(label), is_body=is_body)


def appoint(uow: UnitOfWork, principal: Principal, new: Appointment, now: datetime) -> Holding:
    """Put a person into a post. Raises WrongUsage `period_reversed`, Conflict `already_appointed`, Refused
    `posts_conflict`, and what `refuse_seat` does for a stand-in.
    """
    desk = roster_desk(uow, principal, "people_link", now)
    person = resolve(uow, principal.organisation, new.person)
    refuse_erased(person, "people_link")
    post = post_by_key(desk.posts, new.post)
    seat = resolve(uow, principal.organisation, new.substitute_for) if new.substitute_for else None
    since = new.since or desk.today
    holding = Holding(post.id, person.id, since, new.until, seat.id if seat else None)
    if holding.until is not None and holding.until < holding.since:
        raise WrongUsage("period_reversed", since=holding.since.isoformat(), until=holding.until.isoformat())
    if any(_overlaps(holding, row) for row in desk.posts.holdings):
        raise Conflict("already_appointed", person=person.key, post=post.key)
    if seat is not None:
        refuse_seat(desk.posts, holding, seat, person)
    refuse_conflict(desk.posts, holding, person, "people_link", new.despite)
    despite = (new.despite or "") if conflicting(desk.posts, holding) else ""
    add_holding_row(uow, principal.organisation, holding, despite)
    return holding


def end_holding(
    uow: UnitOfWork, principal: Principal, person: str, post: str, now: datetime, *, until: date | None = None
) -> None:
    """End a person's time in a post; `until` is its last day (default: yesterday, so that it ends at once).

    Raises NotFound `holding_not_found` where there is nothing to end, Refused as `refuse_rewriting` does.
    """
    desk = roster_desk(uow, principal, "people_link", now)
    who = resolve(uow, principal.organisation, person)
    which = post_by_key(desk.posts, post)
    last = until or date.fromordinal(desk.today.toordinal() - 1)
    held = [row for row in desk.posts.holdings if (row.post, row.person) == (which.id, who.id)]
    refuse_rewriting(uow, desk, who, held, last, "people_link")
    if end_holding_rows(uow, principal.organisation, which.id, who.id, last) == 0:
        raise NotFound("holding_not_found", person=who.key, post=which.key)
    if any(not row.is_substitute for row in held):
        void_after_end(uow, principal, desk, who.id, [which], now)


def list_people(uow: UnitOfWork, principal: Principal, now: datetime) -> PeopleList:
    """Everybody of the principal's organisation; addresses are secrets and are not among it."""
    desk = open_desk(uow, principal.organisation, now)
    people = people_of(uow, principal.organisation)
    keys = {person.id: person.key for person in people}
    posts = tuple(
        (
            post.key,
            post.label,
            tuple(keys[who] for who in desk.posts.holders(post.id, desk.today) if who in keys),
        )
        for post in sorted(desk.posts.posts.values(), key=lambda post: post.id)
    )
    names: dict[str, list[str]] = {}
    for row in unresolved_of(uow, principal.organisation):
        names.setdefault(row.name, []).append(row.case_key)
    lines = tuple(_line(person, desk.posts, desk.today) for person in people)
    reasons = reasons_despite(uow, principal.organisation)
    despite = tuple(
        (keys[row.person], post.key, reasons[row.post, row.person, row.since])
        for row in desk.posts.holdings
        if (row.post, row.person, row.since) in reasons
        and row.covers(desk.today)
        and (post := desk.posts.by_id(row.post)) is not None
    )
    stand_ins = tuple(_stand_ins(desk, keys))
    unresolved = tuple((name, tuple(cases)) for name, cases in names.items())
    handovers = tuple(_still_to_come(uow, desk, keys))
    return PeopleList(lines, posts, unresolved, stand_ins, despite, handovers)


def _still_to_come(
    uow: UnitOfWork, desk: Desk, keys: Mapping[int, str]
) -> Iterator[tuple[str, str, str, date]]:
    for row in planned_handovers(uow, desk.place.id):
        post = desk.posts.by_id(row.post)
        if post is not None and stands(row, desk.posts):
            yield post.key, keys[row.leaver], keys[row.successor], row.starts_on


def _stand_ins(desk: Desk, keys: Mapping[int, str]) -> Iterator[StandIn]:
    for row in desk.posts.holdings:
        post = desk.posts.by_id(row.post)
        if row.substitute_for is None or post is None or (row.until is not None and row.until < desk.today):
            continue
        yield StandIn(keys[row.person], post.key, keys[row.substitute_for], row.since, row.until)


def checked_name(name: str) -> str:
    """A name or label without spaces around it. Raises WrongUsage `name_wrong` for none or an endless one."""
    said = " ".join(name.split())
    if not said or len(said) > LONGEST_NAME or not said.isprintable():
        raise WrongUsage("name_wrong", longest=LONGEST_NAME)
    return said


def checked_address(address: str, schemes: Collection[str]) -> str:
    """A channel URL of a known scheme, or "". The error names the scheme only: an address holds secrets."""
    said = address.strip()
    if not said:
        return ""
    shape = _ADDRESS.fullmatch(said)
    if shape is None or not said.isprintable() or not _is_whole(said):
        raise WrongUsage("address_wrong", schemes=sorted(schemes))
    if schemes and shape.group(1) not in schemes:
        raise WrongUsage("scheme_unknown", scheme=shape.group(1), schemes=sorted(schemes))
    return said


def _is_whole(address: str) -> bool:
    """Whether a URL can be taken apart, and says more than its scheme (the console needs no more)."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "console" or (bool(parts.hostname) and parts.port != 0)
    except ValueError:
        return False


def _next_key(known: Collection[str]) -> str:
    numbers = [int(found.group(1)) for found in map(_AUTOMATIC.fullmatch, known) if found]
    return f"p{max(numbers, default=0) + 1}"


def _overlaps(new: Holding, old: Holding) -> bool:
    same = (new.post, new.person, new.substitute_for) == (old.post, old.person, old.substitute_for)
    return same and overlap(new, old)


def _line(person: Someone, posts: Posts, today: date) -> PersonLine:
    held = []
    for post in sorted(posts.posts_of(person.id, today), key=lambda post: post.id):
        stands_in = posts.represented(post.id, person.id, today) is not None
        held.append(post.key + STANDS_IN if stands_in else post.key)
    channel = person.address.partition("://")[0] or None
    left_on = person.left_on if person.left_on and person.left_on <= today else None
    return PersonLine(person.key, person.name, person.title, channel, tuple(held), left_on)
