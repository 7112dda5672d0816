"""Events of earlier versions, read as they would be told today; what is stored stays as it was hashed (law 11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

OFFLINE_TEXTS = ("box", "keeper", "inspector")
"""What an off-line entry says in words: where it lies, who keeps it, who saw it. Version 2 keeps them as texts."""
EVIDENCE_ATTACHED = 2
"""The version of `evidence_attached` that is written today."""

Words = tuple[Mapping[str, Any], Mapping[str, str]]
"""The payload and the texts of an event."""


def upcast(kind: str, version: int, payload: Mapping[str, Any], texts: Mapping[str, str]) -> Words:
    """Payload and texts of a stored event in the shape of its newest version."""
    lift = _LIFTS.get((kind, version))
    return lift(payload, texts) if lift is not None else (payload, texts)


def names_people(kind: str, version: int, payload: Mapping[str, Any]) -> bool:
    """Whether a stored payload holds names of people in words, as those of earlier versions may."""
    offline = payload.get("offline") or {}
    is_old = (kind, version) == ("evidence_attached", 1)
    return is_old and any(offline.get(name) for name in OFFLINE_TEXTS)


def _offline_in_words(payload: Mapping[str, Any], texts: Mapping[str, str]) -> Words:
    """Version 1 kept the words of an off-line entry in its payload, where nothing can be erased."""
    offline = payload.get("offline")
    if not offline:
        return payload, texts
    words = {name: str(offline[name]) for name in OFFLINE_TEXTS if offline.get(name)}
    facts = {name: value for name, value in offline.items() if name not in OFFLINE_TEXTS}
    commits = {**payload.get("texts", dict.fromkeys(texts, "")), **dict.fromkeys(words, "")}
    return {**payload, "offline": facts, "texts": commits}, {**texts, **words}


_LIFTS: dict[tuple[str, int], Callable[[Mapping[str, Any], Mapping[str, str]], Words]] = {
    ("evidence_attached", 1): _offline_in_words,
}
