"""Approve or return what waits for a decision, one request or several in one commit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.core.case import Case, Request
from engine.core.principal import Principal
from engine.core.requests import DecideRequest, decide_request, withdraw_request
from engine.errors import NotFound
from engine.services.moves import Done, carry_out, needs_of
from engine.store.cases import cases_waiting_for_decision
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds

_KEY = re.compile(r"(?P<case>.+)-R(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request that waits for a decision, with the case as it is now."""

    case: Case
    request: Request

    @property
    def key(self) -> str:
        return request_key(self.case, self.request.number)


def request_key(case: Case, number: int) -> str:
    """The printed key of a request: `2023-27-R1`."""
    return f"{case.key}-R{number}"


def list_requests(uow: UnitOfWork, organisation: int) -> list[Waiting]:
    """Everything that waits for a decision, the oldest first."""
    ids = cases_waiting_for_decision(uow, organisation)
    worlds = load_worlds(uow, ids, frozenset(), lock=False)
    waiting = [Waiting(world.case, world.case.pending) for world in worlds if world.case.pending]
    return sorted(waiting, key=lambda row: row.request.asked_at)


def decide_requests(
    uow: UnitOfWork,
    principal: Principal,
    keys: Sequence[str],
    word: DecideRequest,
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Done]:
    """Say the same word on every request of `keys`; all are decided or none. `word.request` is ignored."""
    return [_decide(uow, principal, key, word, now, dry_run=dry_run) for key in keys]


def withdraw(
    uow: UnitOfWork, principal: Principal, key: str, now: datetime, *, dry_run: bool = False
) -> Done:
    """Take a request back: its asker, or whoever owns the case now."""
    case, number = _parts(key)
    world = load_world(uow, principal.organisation, case, needs_of, lock=not dry_run)
    return carry_out(uow, world, withdraw_request(world, principal, number, now), now, dry_run=dry_run)


def _decide(
    uow: UnitOfWork, principal: Principal, key: str, word: DecideRequest, now: datetime, *, dry_run: bool
) -> Done:
    case, number = _parts(key)
    world = load_world(uow, principal.organisation, case, needs_of, lock=not dry_run)
    answer = decide_request(world, principal, replace(word, request=number), now)
    return carry_out(uow, world, answer, now, dry_run=dry_run)


def _parts(key: str) -> tuple[str, int]:
    found = _KEY.fullmatch(key)
    if found is None:
        raise NotFound("request_not_found", request=key)
    return found["case"], int(found["number"])
