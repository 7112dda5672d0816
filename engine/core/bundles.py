"""Requests laid together for one decision: one key, one digest, single items taken out (law 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.core.authority import Capacity, by_others, capacity, scope_requirements, wrong_role
from engine.core.case import Request
from engine.core.hearing import Hearing, hear, pending_requirements
from engine.core.history import NewEvent, digest_of
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet
from engine.core.world import World
from engine.errors import Facts

BUNDLERS = ("office",)
"""Who coordinates; whoever lays a bundle together decides nothing in it."""


def bundle_digest(members: Iterable[tuple[str, str]]) -> str:
    """The one digest of a bundle: over request keys and their seals, in no order but their own."""
    return digest_of(sorted([key, seal] for key, seal in members))


def put_in_bundle(
    world: World, principal: Principal, number: int, bundle: str, digest: str, title: str, now: datetime
) -> Plan | Refusals:
    """Lay a pending request into a bundle whose digest is `digest`. Raises NotFound for an unknown one."""
    hearing = hear(world, principal, number, now)
    acting = capacity(world, principal, BUNDLERS, hearing.ask.today)
    unmet = tuple(_requirements(hearing, acting))
    if unmet or acting is None:
        return Refusals(world.case.key, "bundle", unmet)
    facts = {"request": number, "bundle": bundle, "digest": digest}
    event = NewEvent("request_bundled", facts, {"bundle_title": title} if title else {})
    return make_plan(world, principal, now, (event,), acting_for=acting.acting_for)


def take_out_of_bundle(world: World, principal: Principal, number: int, now: datetime) -> Plan | Refusals:
    """Take a request out of its bundle; it waits for a decision of its own."""
    hearing = hear(world, principal, number, now)
    request: Request = hearing.request
    acting = capacity(world, principal, BUNDLERS, hearing.ask.today)
    unmet = [
        *pending_requirements(hearing.ask.case, hearing.request, hearing.ask.today),
        *scope_requirements(principal, "act"),
    ]
    if acting is None:
        unmet.append(wrong_role(world, principal, BUNDLERS, hearing.ask.today))
    if request.bundle is None:
        unmet.append(Unmet("not_in_a_bundle", {"request": hearing.key}))
    if unmet or acting is None:
        return Refusals(world.case.key, "unbundle", tuple(unmet))
    event = NewEvent("request_unbundled", {"request": number, "bundle": request.bundle})
    return make_plan(world, principal, now, (event,), acting_for=acting.acting_for)


def _requirements(hearing: Hearing, acting: Capacity | None) -> Iterator[Unmet]:
    yield from pending_requirements(hearing.ask.case, hearing.request, hearing.ask.today)
    ask = hearing.ask
    yield from scope_requirements(ask.principal, "act")
    if acting is None:
        yield wrong_role(ask.world, ask.principal, BUNDLERS, ask.today)
    if hearing.ask.principal.person in hearing.chosen.eligible:
        # Laying it together would make them a party, and the decision would pass to somebody else unnoticed.
        theirs = Unmet("decides_it_themselves", {"request": hearing.key}, "let_others_bundle", BUNDLERS)
        yield by_others(theirs, ask.world, ask.principal, ask.today, frozenset(hearing.chosen.eligible))
    if hearing.request.bundle is not None:
        facts: Facts = {"request": hearing.key, "bundle": hearing.request.bundle}
        yield Unmet("in_a_bundle_already", facts, "take_it_out_first", BUNDLERS)
