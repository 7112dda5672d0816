"""Doing a thing once per key: the same key with the same content gets the first answer again (law 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.core.principal import Credential, Principal
from engine.errors import WrongUsage
from engine.store.idempotency import Answered, Question, ask, remember
from engine.store.unit_of_work import UnitOfWork

__all__ = ["Answered", "Once", "once", "who_of"]


@dataclass(frozen=True, slots=True)
class Once:
    """A command under its key, or without one."""

    uow: UnitOfWork
    question: Question | None
    now: datetime

    def remember(self, answer: Mapping[str, Any]) -> None:
        """Keep the answer under the key, in the same commit as what was done."""
        if self.question is not None:
            remember(self.uow, self.question, answer, self.now)


def once(uow: UnitOfWork, principal: Principal, key: str | None, digest: str, now: datetime) -> Once:
    """Have the key looked up before anything is done in this unit of work, by its first statement (law 2).

    That statement (or `uow.settle_question`) raises Answered where the key has its answer, Conflict
    `idempotency_key_reused` where it was used for another content. Raises WrongUsage `key_empty` for a blank one.
    """
    question = None
    if key is not None and not key.strip():
        raise WrongUsage("key_empty")
    if key is not None:
        question = Question(principal.organisation, who_of(principal), key, digest)
        ask(uow, question)
    return Once(uow, question, now)


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
