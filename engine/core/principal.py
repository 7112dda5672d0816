"""Who acts: the person, whom they stand in for, through which door and with what proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Via(StrEnum):
    """The door through which a command came in."""

    CLI = "cli"
    LINK = "link"
    SESSION = "session"
    API = "api"
    SYSTEM = "system"
    PAPER = "paper"


class Credential(StrEnum):
    """What proves that the person acts. NONE is operator entry: typed in by somebody else (law 4).

    A SYSTEM_TOKEN is that of another program: it may name anybody, so it proves nobody.
    """

    NONE = "none"
    PIN = "pin"
    SESSION = "session"
    TOKEN = "token"
    SYSTEM_TOKEN = "system_token"
    PAPER = "paper"
    DEMO = "demo"
    SYSTEM = "system"


_PROOF = frozenset({Credential.PIN, Credential.SESSION, Credential.TOKEN, Credential.PAPER, Credential.DEMO})


@dataclass(frozen=True, slots=True)
class Principal:
    """The acting identity of one command, stamped into every history row.

    `person` is a person's id, None for the system; `organisation` the id of the organisation the
    command works in; `credential_id` which PIN or token it was; `operator` the login of whoever typed a
    command in: a text that can be erased, while ids stay. `scopes` limits what a token is good for (None: all).
    `is_lent`: somebody else made the token or set the PIN, also the one that a session was opened with, for that
    person; so whoever did may be the one who acts.
    """

    organisation: int
    person: int | None
    via: Via
    credential: Credential = Credential.NONE
    operator: str | None = None
    credential_id: int | None = None
    scopes: frozenset[str] | None = None
    is_lent: bool = False

    def may(self, scope: str) -> bool:
        """Whether the credential is good for `scope` (act, decide); reading is part of each."""
        return self.scopes is None or scope in self.scopes

    @property
    def is_system(self) -> bool:
        return self.credential is Credential.SYSTEM

    @property
    def has_proof(self) -> bool:
        """Whether decisions are open to this principal: they need more than a bare `--as` (law 4)."""
        return self.credential in _PROOF

    @property
    def has_own_proof(self) -> bool:
        """The same without a signed scan: where nobody asks later whether the paper says so, it proves nothing."""
        return self.has_proof and self.credential is not Credential.PAPER


def on_paper(principal: Principal) -> Principal:
    """The same principal with a signed scan. The scan is the proof where there was none; a token, session or PIN
    that brings it stays what it is: its limits and its part in the case hold, and history shows it.
    """
    is_bare = principal.credential in (Credential.NONE, Credential.DEMO)
    credential = Credential.PAPER if is_bare else principal.credential
    return replace(principal, via=Via.PAPER, credential=credential)


def system(organisation: int) -> Principal:
    """The scheduler itself."""
    return Principal(organisation, None, Via.SYSTEM, Credential.SYSTEM)
