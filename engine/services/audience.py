"""Whom a notice is for, now: roles become persons when folding, and once more just before sending (law 8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from engine.core.case import Deadline
from engine.core.deadlines import (
    OFFICE,
    OWNER,
    PERSON,
    POST,
    is_confirmation,
    role_post,
    waits_for,
    waits_for_person,
)
from engine.core.world import World
from engine.store.outbox import NoticeFacts
from engine.store.sweeping import DeadlineName

# Where nobody holds the post that should be told, the first of these who is there hears of it.
UPWARD = (OFFICE, "secretary", "deputy_secretary", "principal")


@dataclass(frozen=True, slots=True)
class Audience:
    """The persons to tell today. `reason`: why it is others than the role names, or why nobody."""

    persons: tuple[int, ...]
    reason: str = ""


LEFT = "recipient_left"
"""Why somebody who has left or was erased is told nothing more that was for them alone."""
SUPERSEDED = frozenset({"higher_rung_came", "pin_replaced", "token_revoked"})
"""Reasons why a notice has nothing left to say because something newer stands in its place."""


def ended_as(reason: str) -> str:
    """The status of a notice that ends untold for that reason."""
    return "superseded" if reason in SUPERSEDED else "suppressed"


def person_told(audience: str) -> int:
    """The one person of an audience that names one."""
    return int(audience.partition("/")[0].removeprefix(PERSON))


def named_person(audience: str) -> int | None:
    """The one person whom an audience names: by itself, or as one of those who hold the post; None for a role alone."""
    if audience.startswith(PERSON):
        return person_told(audience)
    _, _, only = audience.partition("/")
    return int(only) if only else None


def out_of_date(world: World, name: DeadlineName | None, notice: NoticeFacts) -> str | None:
    """Why the notice need not be told any more (a stable code), or None while it holds."""
    if notice.is_prompt:
        return _prompt_out_of_date(world, notice)
    deadline = None if name is None else _newest(world, name)
    if name is None or deadline is None:
        return "deadline_gone"
    if deadline.version != name[3] or deadline.ended == "replaced":
        return "deadline_moved"
    if not deadline.is_open:
        return f"deadline_{deadline.ended}"
    if world.case.is_final and not is_confirmation(deadline) and not deadline.waits_for:
        return "case_closed"
    return None


def _prompt_out_of_date(world: World, notice: NoticeFacts) -> str | None:
    if notice.rung == "paper_to_confirm":
        named = world.case.deadline("request", str(notice.facts.get("subject", "")))
        return "answered_already" if named is not None and not named.is_open else None
    if notice.rung == "purge_waiting":
        gone = {row.number for row in world.case.evidence if row.status == "purged"}
        return "answered_already" if notice.facts.get("evidence") in gone else None
    if notice.rung != "request_waiting":
        return None
    pending = world.case.pending
    asked = notice.facts.get("request")
    return None if pending is not None and asked in (None, pending.number) else "request_ended"


def _newest(world: World, name: DeadlineName) -> Deadline | None:
    return world.case.deadline(name[1], name[2])


def audience_of(
    world: World,
    name: DeadlineName | None,
    notice: NoticeFacts,
    today: date,
    departed: Collection[int],
) -> Audience:
    """Who is told. A copy for one holder of a body (`role/7`) is for that person as long as they hold it.

    What is for one person is for nobody once they are among the `departed`.
    """
    role, _, only = notice.audience.partition("/")
    if role.startswith(PERSON):
        return _one(person_told(role), departed)
    person = waits_for_person(world.case, None if name is None else _newest(world, name))
    if role == "waits_for" and person is not None:
        return _one(person, departed)
    post = _post_of(world, name, role)
    if post is None and role in ("leader_in_charge", "waits_for") and not _is_named(world, name, role):
        return Audience((), "nobody_in_role")
    persons = world.posts.holders(post, today) if post is not None else ()
    if persons:
        found = tuple(person for person in persons if not only or person == int(only))
        return Audience(found, "" if found else "no_longer_in_post")
    upward = () if only else _upward(world, post, today)
    return Audience(upward, "vacant_post" if upward else "nobody_to_tell")


def _one(person: int, departed: Collection[int]) -> Audience:
    return Audience((), LEFT) if person in departed else Audience((person,))


def _is_named(world: World, name: DeadlineName | None, role: str) -> bool:
    """Whether the case says who that is; a named post that the roster lacks counts as vacant."""
    if role == "leader_in_charge":
        return bool(world.case.fields.get("leader_in_charge"))
    deadline = None if name is None else _newest(world, name)
    if deadline is not None and deadline.waits_for:
        return True
    return world.case.waits_for != "nobody" or world.case.pending is not None


def _post_of(world: World, name: DeadlineName | None, role: str) -> int | None:
    case, posts = world.case, world.posts
    deadline = None if name is None else _newest(world, name)
    if role == "waits_for" and deadline is not None:
        return waits_for(case, deadline, posts)
    if role == "waits_for":
        pending = case.pending
        return role_post(case, POST + pending.decider if pending else case.waits_for, posts)
    if role == "leader_in_charge":
        return _leader(world, deadline)
    if role == OWNER and deadline is not None and deadline.kind == "measure":
        return waits_for(case, deadline, posts)
    return role_post(case, role, posts)


def _leader(world: World, deadline: Deadline | None) -> int | None:
    """Who is above the one chased: for a measure the owner of its case, else the post that the case names."""
    case = world.case
    if deadline is not None and deadline.kind == "measure":
        measure = case.measure(int(deadline.subject))
        if measure is not None and measure.owner_post not in (None, case.owner_post):
            return case.owner_post
    named = case.fields.get("leader_in_charge")
    return role_post(case, str(named), world.posts) if named else None


def _upward(world: World, vacant: int | None, today: date) -> tuple[int, ...]:
    for post in _posts(world, UPWARD):
        persons = () if post == vacant else world.posts.holders(post, today)
        if persons:
            return persons
    return ()


def _posts(world: World, keys: Iterable[str]) -> tuple[int, ...]:
    return world.posts.keys_to_ids(keys)
