"""Events and the chain that proves them: canonical JSON (RFC 8785), SHA-256, previous hash.

The header that is hashed holds the digest of the payload; free text is outside both, committed by a
salted digest inside the payload, so that a text can be erased and the chain still verifies (law 11).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from engine.core.canonical import canonical as _canonical
from engine.core.principal import Principal

GENESIS = "0" * 64
canonical = _canonical
"""RFC 8785 text: what is hashed is what is stored."""
OPERATOR = "operator"
"""The name under which the operator's login stands among the texts of an event."""
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that is about to have happened: a past-tense type, facts, and texts people wrote."""

    type: str
    payload: Payload = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True)
class Stamp:
    """The principal as history keeps it: ids, never names; the operator's login stays outside the hash."""

    organisation: int
    person: int | None
    acting_for: int | None
    via: str
    credential: str
    operator: str | None = None
    credential_id: int | None = None

    @classmethod
    def of(cls, principal: Principal, acting_for: int | None = None) -> Stamp:
        return cls(
            principal.organisation,
            principal.person,
            acting_for,
            principal.via.value,
            principal.credential.value,
            principal.operator,
            principal.credential_id,
        )

    @classmethod
    def stored(cls, row: Any, operator: str | None) -> Stamp:
        """That of a stored event; its operator stands among the texts that can be erased."""
        return cls(
            row.organisation_id,
            row.person,
            row.acting_for,
            row.via,
            row.credential,
            operator,
            row.credential_id,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """One history row. `header` and `payload_json` are stored verbatim; `texts` may lack erased ones."""

    case: int
    seq: int
    type: str
    version: int
    effective_at: datetime
    recorded_at: datetime
    stamp: Stamp
    definition: str
    payload: Payload
    payload_json: str
    header: str
    previous: str
    hash: str
    texts: Mapping[str, str] = field(default_factory=dict)
    salts: Mapping[str, str] = field(default_factory=dict)


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of `value`."""
    return sha256(canonical(value))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def commitment(salt: str, text: str) -> str:
    """The salted digest that stands in the payload for an erasable text."""
    return sha256(f"{salt}\n{text}")


def instant(moment: datetime) -> str:
    """An aware instant as UTC text with microseconds. Naive time raises ValueError (law 9)."""
    if moment.tzinfo is None:
        raise ValueError("naive time in history")
    return _utc_text(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache(maxsize=256)
def _utc_text(moment: datetime) -> str:
    """Kept, because the events of one move name the same instant; only for UTC, where equal ones are the same."""
    return moment.isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Link:
    """Where the chain of one case stands: the case, its last number and hash, and its definition."""

    case: int
    seq: int
    hash: str
    definition: str


def seal_event(
    link: Link,
    new: NewEvent,
    stamp: Stamp,
    *,
    effective_at: datetime,
    recorded_at: datetime,
    salts: Mapping[str, str],
) -> Event:
    """Chain one event behind `link`. `salts` has one salt per text of the event."""
    payload: dict[str, Any] = dict(new.payload)
    texts = texts_of(new, stamp)
    if texts:
        payload["texts"] = {name: commitment(salts[name], text) for name, text in texts.items()}
    payload_json = canonical(payload)
    fields = {
        "case": link.case,
        "seq": link.seq + 1,
        "type": new.type,
        "version": new.version,
        "effective_at": instant(effective_at),
        "recorded_at": instant(recorded_at),
        "principal": stamp_facts(stamp),
        "definition": link.definition,
        "payload": sha256(payload_json),
        "previous": link.hash,
    }
    header = canonical(fields)
    return Event(
        case=link.case,
        seq=link.seq + 1,
        type=new.type,
        version=new.version,
        effective_at=effective_at,
        recorded_at=recorded_at,
        stamp=stamp,
        definition=link.definition,
        payload=payload,
        payload_json=payload_json,
        header=header,
        previous=link.hash,
        hash=sha256(header),
        texts=texts,
        salts=dict(salts),
    )


def texts_of(new: NewEvent, stamp: Stamp) -> dict[str, str]:
    """The erasable texts of an event: what people wrote, and the login of the operator."""
    return {**new.texts, OPERATOR: stamp.operator} if stamp.operator else dict(new.texts)


def stamp_facts(stamp: Stamp) -> dict[str, Any]:
    return {
        "organisation": stamp.organisation,
        "person": stamp.person,
        "acting_for": stamp.acting_for,
        "via": stamp.via,
        "credential": stamp.credential,
        "credential_id": stamp.credential_id,
    }
