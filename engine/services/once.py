"""Doing a thing once per key: the same key with the same content gets the first answer again (law 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.core.principal import Principal
from engine.store.idempotency import remember, replayed
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Once:
    """`answer` is what the first call got, None on the first call itself."""

    uow: UnitOfWork
    principal: Principal
    key: str | None
    digest: str
    now: datetime
    answer: Mapping[str, Any] | None

    def remember(self, answer: Mapping[str, Any]) -> None:
        """Keep the answer under the key, in the same commit as what was done."""
        if self.key is not None:
            who = who_of(self.principal)
            remember(self.uow, self.principal.organisation, who, self.key, self.digest, answer, self.now)


def once(uow: UnitOfWork, principal: Principal, key: str | None, digest: str, now: datetime) -> Once:
    """Look the key up. Raises Conflict `idempotency_key_reused` when it was used for another content."""
    found = None
    if key is not None:
        found = replayed(uow, principal.organisation, who_of(principal), key, digest)
    return Once(uow, principal, key, digest, now, found)


def who_of(principal: Principal) -> str:
    return (
        f"person:{principal.person}"
        if principal.person is not None
        else f"{principal.via}:{principal.operator}"
    )
