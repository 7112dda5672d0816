"""What a report says of itself (“done”) and nobody has looked at yet: listed, accepted, rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core.case import Claim
from engine.core.decide import decide
from engine.core.definition import Move
from engine.core.history import NewEvent
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet, refused
from engine.core.vocabulary import Facet
from engine.core.world import Ask, MakeMove, World
from engine.services.clerks import Desk, clerks_desk
from engine.services.moves import Done, all_planned, carry_out_all, needs_of
from engine.store.cases import definitions_of
from engine.store.inspections import claimed_cases
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds, load_worlds_by_key

SETTLE = "settle_claim"
"""The effect by which a move settles a claim; what the move itself is called is its file's affair."""
REJECT = "reject_claim"
DONE = ("closed", "stage_done")
ALL = (*DONE, "in_progress", "not_done")
SHORTEST_BASIS = 2


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim that nobody settled yet."""

    case: str
    title: str | None
    status: str
    state: str

    def as_json(self) -> dict[str, Any]:
        return {"case": self.case, "title": self.title, "claimed_status": self.status, "state": self.state}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The basis of settling, in a few words, and the local day it refers to (None: today)."""

    basis: str
    on: date | None = None


def list_claims(uow: UnitOfWork, principal: Principal, *, is_everything: bool = False) -> list[ClaimLine]:
    """Open claims of something finished; with `is_everything` also “in progress” and “not done”."""
    ids = claimed_cases(uow, principal.organisation, ALL if is_everything else DONE)
    worlds = load_worlds(uow, ids, frozenset({Facet.POSTS}), lock=False)
    return [
        ClaimLine(world.case.key, world.case.title, world.case.claim.status, world.case.state)
        for world in worlds
        if world.case.claim is not None
    ]


def accept_claims(
    uow: UnitOfWork, principal: Principal, keys: Iterable[str], verdict: Verdict, now: datetime
) -> list[Done]:
    """Close what is claimed to be done: a decision, with its basis. All of `keys` or none.

    One load and one write for all. Raises Refused with everything that stands against any of them, NotFound.
    """
    params = {"on": verdict.on.isoformat()} if verdict.on else {}
    settling = _settling(uow, principal, keys)
    worlds = load_worlds_by_key(uow, principal.organisation, list(settling), needs_of)
    answers = [
        (worlds[key], decide(Ask(worlds[key], principal, MakeMove(move, params, comment=verdict.basis), now)))
        for key, move in settling.items()
    ]
    return carry_out_all(uow, all_planned(answers), now)


def _settling(uow: UnitOfWork, principal: Principal, keys: Iterable[str]) -> dict[str, str]:
    """The move of each case that settles its claim, by what it does. Raises Refused where its kind has none."""
    wanted = list(dict.fromkeys(keys))
    digests = definitions_of(uow, principal.organisation, wanted)
    workflows = uow.database.workflows(uow, set(digests.values()))
    found = {}
    for key in wanted:
        moves = workflows[digests[key]].definition.moves if key in digests else {}
        settling = next((name for name, move in moves.items() if _settles(move)), None)
        if settling is None and key in digests:
            raise refused(key, SETTLE, Unmet("no_claim"))
        found[key] = settling or SETTLE
    return found


def _settles(move: Move) -> bool:
    return any(effect.name == SETTLE for effect in move.effects)


def reject_claims(
    uow: UnitOfWork, principal: Principal, keys: Iterable[str], verdict: Verdict, now: datetime
) -> list[Done]:
    """Say that it is not done: the case stays open for normal handling. All of `keys` or none, in one load.

    Raises Refused with everything that stands against any of them, NotFound.
    """
    wanted = list(dict.fromkeys(keys))
    desk = clerks_desk(uow, principal, REJECT, now, case=wanted[0] if wanted else "")
    worlds = load_worlds_by_key(uow, principal.organisation, wanted, frozenset({Facet.POSTS}))
    answers = [(world, _rejected(world, principal, verdict, desk, now)) for world in worlds.values()]
    return carry_out_all(uow, all_planned(answers), now)


def _rejected(
    world: World, principal: Principal, verdict: Verdict, desk: Desk, now: datetime
) -> Plan | Refusals:
    unmet = tuple(_requirements(world.case.claim, verdict))
    if unmet:
        return Refusals(world.case.key, REJECT, unmet)
    assert world.case.claim is not None
    facts = {
        "verdict": "rejected",
        "claimed": world.case.claim.status,
        "on": (verdict.on or desk.today).isoformat(),
        "by": None,
    }
    settled = NewEvent("claim_settled", facts, {"basis": verdict.basis})
    return make_plan(world, principal, now, [settled], acting_for=desk.acting_for)


def _requirements(claim: Claim | None, verdict: Verdict) -> Iterator[Unmet]:
    if claim is None:
        yield Unmet("no_claim")
    elif claim.settled != "open":
        yield Unmet("claim_settled_already", {"verdict": claim.settled})
    given = len(verdict.basis.strip())
    if given < SHORTEST_BASIS:
        yield Unmet("comment_too_short", {"length": SHORTEST_BASIS, "given": given}, "write_what_is_missing")
