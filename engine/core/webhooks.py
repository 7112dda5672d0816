"""What leaves for other programs: one event as a thin, signed document without a word that people wrote.

The signature is HMAC-SHA256 over `<unix seconds>.<body>`, so that neither the body nor its time can be changed. A
receiver refuses what is older than some minutes, and knows an event that comes twice by its id.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.core.deadlines import PERSON
from engine.core.history import Payload, canonical, instant

SCHEMA = 1
SIGNATURE = "Zhenggai-Signature"
# Facts that are keys, numbers and dates of the case itself: texts, people and papers stay in the house (law 17).
OPEN_FACTS = (
    "move", "from", "to", "final", "request", "decider", "needed", "status", "verdict", "kind", "subject",
    "version", "due_on", "on", "armed", "measure", "deliverable", "evidence", "count", "state",
)  # fmt: skip


def open_facts(payload: Payload) -> dict[str, Any]:
    """What of an event may be told to anybody who is told of it; a decider who is a person is not named."""
    facts = {name: payload[name] for name in OPEN_FACTS if name in payload}
    return {
        name: fact
        for name, fact in facts.items()
        if not isinstance(fact, dict) and not str(fact).startswith(PERSON)
    }


@dataclass(frozen=True, slots=True)
class Parcel:
    """One document for one address: `id` is the same in every try."""

    id: str
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as it is told outside: where, what, when, and its place in the chain."""

    organisation: str
    case: str
    kind: str
    seq: int
    type: str
    version: int
    at: datetime
    payload: Payload
    hash: str
    previous: str

    @property
    def document(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "organisation": self.organisation,
            "case": self.case,
            "kind": self.kind,
            "seq": self.seq,
            "type": self.type,
            "version": self.version,
            "at": instant(self.at),
            "facts": open_facts(self.payload),
            "hash": self.hash,
            "previous": self.previous,
        }


def parcel(number: int, url: str, event: Happened, secret: str, now: datetime) -> Parcel:
    """The signed document of one event; `number` makes its id."""
    body = canonical(event.document).encode("utf-8")
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"zhenggai-{number}",
        SIGNATURE: signed(secret, int(now.timestamp()), body),
    }
    return Parcel(headers["Idempotency-Key"], url, body, headers)


def signed(secret: str, seconds: int, body: bytes) -> str:
    """`t=<unix seconds>,v1=<hex>`, the value of the header `Zhenggai-Signature`."""
    digest = hmac.new(secret.encode("utf-8"), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"


def secret_of(home_key: bytes, salt: str) -> str:
    """The secret of one subscriber, derived from the key of the home: no database holds it."""
    return hmac.new(home_key, f"webhook:{salt}".encode(), hashlib.sha256).hexdigest()
