"""Who and what had a hand in a case: the stakes that an act gives, and everybody who shares them (law 4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from engine.core.altering import altered
from engine.core.case import Case
from engine.core.folds.told import Told
from engine.core.history import NewEvent, Payload
from engine.core.posts import Posts
from engine.core.principal import Credential

STAKEHOLDERS = frozenset({"owner", "claimant", "worker", "enterer"})
"""Whoever acted for the case as one of these cannot judge it afterwards."""
ASKER = "asker:"
"""With the name of a move: whoever asked for it cannot decide it, this time or another."""
OWNED = "owned:"
"""With the local day on which somebody got the case: whoever still had it on the next one is a party for good."""
PERSON = "person"

_FIXED = {"evidence_attached": "worker", "claimed": "claimant"}
# Credentials that stand for themselves: a PIN belongs to one person for good, the others are rows of `access`.
_KEPT = frozenset({Credential.SESSION, Credential.TOKEN, Credential.SYSTEM_TOKEN})


def stakes_of(kind: str, facts: Payload) -> tuple[str, ...]:
    """The stakes that an event of this kind gives; none for what leaves its actor free to judge."""
    role = _FIXED.get(kind) or facts.get("by")
    if kind == "measure_changed":
        role = "worker" if facts.get("state") == "done" else None
    found = (role,) if role in STAKEHOLDERS else ()
    return (*found, ASKER + facts["move"]) if kind == "requested" else found


def counts_against(stake: str, move: str | None, today: date | None = None) -> bool:
    """Whether a stake bars from judging the case by `move`; what was given today and taken back today does not."""
    if stake.startswith(OWNED):
        return today is None or date.fromisoformat(stake.removeprefix(OWNED)) < today
    return stake in STAKEHOLDERS or (move is not None and stake == ASKER + move)


def given_to(case: Case, posts: Posts, post: int, today: date) -> NewEvent:
    """The event that gives a case to a post: who has it from `today` on, and who had it until now since an earlier
    day. An assignment that is corrected on its own day leaves nobody behind.
    """
    is_of_today = any(stake == _owned(today) for _, _, stake in case.hands)
    begun = frozenset(
        row.person for row in posts.holdings if row.post == case.owner_post and row.since < today
    )
    had = posts.holders(case.owner_post, today) if case.owner_post and not is_of_today else ()
    former = sorted(person for person in had if person in begun)
    facts = {"post": post, "on": today.isoformat(), "holders": sorted(posts.holders(post, today))}
    return NewEvent("owner_set", {**facts, "former": former} if former else facts)


def with_owners(case: Case, told: Told) -> tuple[tuple[str, int, str], ...]:
    """The hands of a case after `owner_set`: who had it until now, and who has it from that day on."""
    on = told.day("on")
    if on is None:
        return case.hands
    kept = [row for row in case.hands if row[2] != _owned(on)]
    former = [(PERSON, person, "owner") for person in told.payload.get("former", ())]
    new = [(PERSON, person, _owned(on)) for person in told.payload.get("holders", ())]
    return tuple(dict.fromkeys((*kept, *former, *new)))


def _owned(day: date) -> str:
    return OWNED + day.isoformat()


def owners(case: Case, posts: Posts, today: date) -> frozenset[int]:
    """Who holds, or stands in for a holder of, the post that owns the case or one of its measures."""
    return frozenset(person for post in owning(case) for person in posts.holders(post, today))


def owning(case: Case) -> frozenset[int]:
    """The posts that own the case or one of its measures: whoever holds one of them cannot judge it."""
    owned = (case.owner_post, *(row.owner_post for row in case.live_measures))
    return frozenset(post for post in owned if post is not None)


def tied(
    case: Case, posts: Posts, acting: Iterable[int | None], post: int | None, today: date
) -> tuple[int, ...]:
    """Who shares the stake of those `acting` in `post` today: the owners, and who stands in for them or they for."""
    actors = frozenset(person for person in acting if person is not None)
    delegates = posts.delegates(post, actors, today) if post is not None else frozenset()
    return tuple(sorted((owners(case, posts, today) | delegates) - actors))


def with_ties(event: NewEvent, ties: tuple[int, ...]) -> NewEvent:
    """The event with those who share its stake: ids of that day, which no later roster changes."""
    if not ties or not stakes_of(event.type, event.payload):
        return event
    return altered(event, payload={**event.payload, "tied": list(ties)})


def with_hands(case: Case, told: Told) -> Case:
    """Folds what had a hand in it beside the actors themselves: their credential, and who was tied to them."""
    stakes = stakes_of(told.type, told.payload)
    if not stakes:
        return case
    found = [(PERSON, int(person)) for person in told.payload.get("tied", ())]
    stamp = told.stamp
    if stamp.credential in _KEPT and stamp.credential_id is not None:
        found.append((stamp.credential, stamp.credential_id))
    new = ((kind, its, stake) for kind, its in found for stake in stakes)
    return altered(case, hands=tuple(dict.fromkeys((*case.hands, *new))))
