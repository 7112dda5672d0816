"""Doing a thing once per key: the same key with the same content gets the first answer again (law 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.core.principal import Credential, Principal
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
    """Whose key it is: an answer that was given to a proof is for nobody who only names the same person.

    Tokens and sessions differ in what they may, so each has keys of its own; a PIN set anew stays the same person's.
    """
    proof = f"{principal.credential}"
    if principal.credential is not Credential.PIN and principal.credential_id is not None:
        proof += f":{principal.credential_id}"
    if principal.person is not None:
        return f"person:{principal.person}:{proof}"
    return f"{principal.via}:{principal.operator}:{proof}"
