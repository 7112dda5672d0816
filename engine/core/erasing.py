"""Erasing a text, clearing a file: one person asks with a reason, a second one with proof does it (laws 11, 17)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.core.authority import Capacity, capacity, needs_own_proof, persons, wrong_role
from engine.core.deadlines import POST
from engine.core.fold import replay
from engine.core.history import Event, NewEvent
from engine.core.plan import Plan, Prompt
from engine.core.planning import end_request, make_plan, stale_prompts
from engine.core.posts import Posts
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet
from engine.core.sealing import loses_words
from engine.core.world import World

ASKERS = ("office", "secretary", "discipline_commissioner")
CONFIRMERS = ("secretary", "discipline_commissioner")
Askers = tuple[int | None, int | None]
"""Who asked, and whom they stood in for."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is to go: the text `name` of event `seq`."""

    seq: int
    name: str

    verb = "erase"
    asked = "erasure_asked"
    waiting = "erasure_waiting"
    done = "text_erased"

    @property
    def facts(self) -> Mapping[str, Any]:
        return {"seq": self.seq, "name": self.name}

    def requirements(self, _world: World, events: Sequence[Event]) -> Iterator[Unmet]:
        event = events[self.seq - 1] if 1 <= self.seq <= len(events) else None
        if event is None or self.name not in event.payload.get("texts", {}):
            names = sorted(event.payload.get("texts", {})) if event else []
            found = [each.seq for each in events if self.name in each.texts]
            yield Unmet("no_such_text", {**self.facts, "names": names, "found_in": found}, "name_one_that_is")
        elif self.name not in event.texts:
            yield Unmet("text_gone_already", dict(self.facts))


@dataclass(frozen=True, slots=True)
class Purge:
    """What is to go: the bytes of an evidence; its name, hash and history stay."""

    evidence: int

    verb = "evidence_purge"
    asked = "purge_asked"
    waiting = "purge_waiting"
    done = "evidence_purged"

    @property
    def facts(self) -> Mapping[str, Any]:
        return {"evidence": self.evidence}

    def requirements(self, world: World, _events: Sequence[Event]) -> Iterator[Unmet]:
        paper = next((row for row in world.case.evidence if row.number == self.evidence), None)
        if paper is None or paper.digest is None:
            yield Unmet("file_unknown", dict(self.facts), "name_one_that_is")
        elif paper.status == "purged":
            yield Unmet("file_gone_already", dict(self.facts))


def remove(
    world: World,
    events: Sequence[Event],
    principal: Principal,
    what: Erasure | Purge,
    reason: str,
    now: datetime,
) -> Plan | Refusals:
    """The first step asks, the second one (by somebody else, with proof) does it; or everything against it."""
    ask = _open_ask(events, what)
    today = world.place.local_day(now)
    acting = capacity(world, principal, _roles(ask), today)
    stands = acting or _wrong_role(world, principal, ask, today)
    unmet = (
        *what.requirements(world, events),
        *against(principal, stands, _askers(ask) if ask else None, reason),
    )
    if unmet or acting is None:
        return Refusals(world.case.key, what.verb, unmet)
    texts = {"comment": reason.strip()} if reason.strip() else {}
    if ask is None:
        asked = {principal.person, acting.acting_for}
        others = second_posts(world.posts, asked, today)
        new = [NewEvent(what.asked, dict(what.facts), texts)]
        told = [Prompt(what.waiting, POST + post, what.facts) for post in others]
    else:
        follows, told = _ended_by(world, events, what, now)
        copies = [NewEvent(each.done, {**each.facts, "asked": ask.seq}) for each in twins(what, events)]
        new = [NewEvent(what.done, {**what.facts, "asked": ask.seq}, texts), *copies, *follows]
    return make_plan(world, principal, now, new, told, acting_for=acting.acting_for, post=acting.post)


def twins(what: Erasure | Purge, events: Sequence[Event]) -> tuple[Erasure, ...]:
    """Where the case says the same again under the same name: a field that was asked for stands with the request
    and, once approved, with the move. Who has one erased means the words, not the place.
    """
    if not isinstance(what, Erasure):
        return ()
    said = events[what.seq - 1].texts.get(what.name)
    again = (event.seq for event in events if said and event.texts.get(what.name) == said)
    return tuple(Erasure(seq, what.name) for seq in again if seq != what.seq)


def _roles(ask: Event | None) -> tuple[str, ...]:
    return ASKERS if ask is None else CONFIRMERS


def _wrong_role(world: World, principal: Principal, ask: Event | None, today: date) -> Unmet:
    asked = persons(*_askers(ask)) if ask else frozenset[int]()
    return wrong_role(world, principal, _roles(ask), today, asked)


def _askers(ask: Event) -> Askers:
    return ask.stamp.person, ask.stamp.acting_for


def against(
    principal: Principal, acting: Capacity | Unmet, asked_by: Askers | None, reason: str
) -> Iterator[Unmet]:
    """What stands against this person doing this step, whatever is to be removed. `asked_by` None: it is the first;
    `acting` is what stands against them where they hold no post for it.
    """
    yield from _who(principal)
    if isinstance(acting, Unmet):
        yield acting
    if asked_by is not None:
        yield from _second(principal, acting.acting_for if isinstance(acting, Capacity) else None, asked_by)
    elif not reason.strip():
        yield Unmet("text_empty", {"name": "comment"}, "write_it")


def _ended_by(
    world: World, events: Sequence[Event], what: Erasure | Purge, now: datetime
) -> tuple[list[NewEvent], list[Prompt]]:
    """A request that loses a text it asks about is stale at once, and both sides are told (law 6)."""
    case, pending = world.case, world.case.pending
    if pending is None or not isinstance(what, Erasure):
        return [], []
    after = replay(case.id, case.organisation, _without([what, *twins(what, events)], events))
    if not loses_words(pending, case, after, tuple(world.workflow.definition.fields)):
        return [], []
    today = world.place.local_day(now).isoformat()
    return end_request(case, pending.number, "stale", today), stale_prompts(pending)


def _without(gone: Sequence[Erasure], events: Sequence[Event]) -> Iterator[Event]:
    """The history as it reads once these texts are erased."""
    places = {(each.seq, each.name) for each in gone}
    for event in events:
        left = {name: said for name, said in event.texts.items() if (event.seq, name) not in places}
        yield replace(event, texts=left) if len(left) < len(event.texts) else event


def second_posts(posts: Posts, asked: Collection[int | None], today: date) -> tuple[str, ...]:
    """The posts of those who could carry it out: held by somebody other than who `asked`."""
    there = [posts.posts[key] for key in CONFIRMERS if key in posts.posts]
    return tuple(post.key for post in there if {*posts.holders(post.id, today)} - {*asked})


def _open_ask(events: Sequence[Event], what: Erasure | Purge) -> Event | None:
    """The request that nobody has carried out yet."""
    asks = (event for event in events if event.type == what.asked)
    return next((event for event in asks if _about(event, what)), None)


def _about(event: Event, what: Erasure | Purge) -> bool:
    return all(event.payload.get(name) == value for name, value in what.facts.items())


def _who(principal: Principal) -> Iterator[Unmet]:
    if principal.person is None:
        yield Unmet("person_missing", {}, "say_who_asks")


def _second(principal: Principal, acting_for: int | None, asked_by: Askers) -> Iterator[Unmet]:
    if {*asked_by} & ({principal.person, acting_for} - {None}):
        yield Unmet("second_person_needed", {"person": asked_by[0]}, "let_another_confirm", CONFIRMERS)
    if not principal.has_own_proof:
        yield needs_own_proof()
