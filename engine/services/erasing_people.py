"""Erasing what is kept of a person who left: one asks with a reason, a second one with proof does it (law 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.erasing import second_posts
from engine.core.erasing_people import Leaver, acting_as, against_erasing, neutral_key
from engine.core.history import Stamp
from engine.core.principal import Principal
from engine.core.refusal import refused
from engine.core.register import ErasureAsked, TextsErased
from engine.services.clerks import Desk, open_desk
from engine.services.resolving import resolve
from engine.store.access import confirm_access
from engine.store.erasing_people import Going, PersonAsk, erase_person_rows, open_person_asks
from engine.store.people import Someone, people_of, roll_until
from engine.store.places import bump_roster
from engine.store.planned_handovers import planned_handovers
from engine.store.unit_of_work import UnitOfWork
from engine.text.labels import label


@dataclass(frozen=True, slots=True)
class RemovedPerson:
    """`key` is the one that stands from now on; `is_done` False: a second person has to confirm, `told` are the posts
    of those who could. `texts` words of the register went; others of the same name keep theirs (`same_name`).
    """

    key: str
    is_done: bool
    told: tuple[str, ...] = ()
    texts: int = 0
    same_name: bool = False


def erase_person(
    uow: UnitOfWork, principal: Principal, word: str, reason: str, now: datetime
) -> RemovedPerson:
    """Ask for what is kept of a person to be erased or, as the second one, erase it.

    Raises Refused with everything that stands against it, NotFound `person_not_found`.
    """
    # Whoever does the same at this moment waits here, and so does who would give the person a post again.
    bump_roster(uow, principal.organisation)
    desk = open_desk(uow, principal.organisation, now)
    confirm_access(uow, principal.credential, principal.credential_id, now)
    person = resolve(uow, principal.organisation, word)
    ask = open_person_asks(uow, principal.organisation).get(person.id)
    asked_by = ask.asked_by if ask else None
    leaver = _leaver(uow, desk, person)
    acting = acting_as(desk.posts, principal, asked_by, desk.today)
    unmet = tuple(against_erasing(desk.posts, principal, leaver, asked_by, reason, desk.today))
    if unmet or acting is None:
        raise refused("", "erase", *unmet)
    uow.sign(Stamp.of(principal, acting.acting_for), now)
    if ask is not None:
        return _carry_out(uow, desk, person, ask, reason.strip())
    uow.note(ErasureAsked(desk.place.id, person.id, reason.strip()))
    told = second_posts(desk.posts, {principal.person, acting.acting_for}, desk.today)
    return RemovedPerson(person.key, is_done=False, told=told)


def _leaver(uow: UnitOfWork, desk: Desk, person: Someone) -> Leaver:
    planned = (
        desk.posts.by_id(row.post)
        for row in planned_handovers(uow, desk.place.id)
        if person.id in (row.leaver, row.successor)
    )
    keys = tuple(dict.fromkeys(post.key for post in planned if post))
    found = (person.key, person.name, person.title, person.address)
    is_erased = found == (neutral_key(person.id), label("mark", "erased_name"), "", "")
    return Leaver(person.id, person.key, person.name, roll_until(uow, person.id), keys, is_erased)


def _carry_out(uow: UnitOfWork, desk: Desk, person: Someone, ask: PersonAsk, reason: str) -> RemovedPerson:
    names = [row.name for row in people_of(uow, desk.place.id) if row.id != person.id]
    longer = {name for name in names if person.name in name and name != person.name}
    going = Going(
        organisation=desk.place.id,
        person=person.id,
        key=person.key,
        name=person.name,
        neutral=neutral_key(person.id),
        gone=label("mark", "erased_name"),
        same_name=person.name in names,
        longer=tuple(sorted(longer, key=lambda name: (-len(name), name))),
        posts=frozenset(desk.posts.posts),
    )
    places = erase_person_rows(uow, going)
    uow.note(TextsErased(desk.place.id, person.id, ask.seq, places, reason))
    return RemovedPerson(going.neutral, is_done=True, texts=len(places), same_name=going.same_name)
