"""Labels: the office's word for a state, a move, a post … and the phrase of an event in a timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.text.books import book, words
from engine.text.filling import NOBODY, Names, fill


def label(group: str, key: str) -> str:
    """The word for `key` in `group` (`state`, `post`, `deadline` …); the key itself where there is none."""
    return (words("demo", key) if group == "demo" else words("labels", group, key)) or key


def labels(group: str) -> Mapping[str, str]:
    """All words of one group, by key."""
    found = book("demo") if group == "demo" else book("labels").get(group)
    return {key: str(word) for key, word in found.items()} if isinstance(found, Mapping) else {}


def event_phrase(kind: str, payload: Mapping[str, Any], names: Names = NOBODY) -> str:
    """One event as a phrase of the timeline; an unknown type is shown as it is.

    `names` by `kind:value` gives what only the organisation knows (`post:3`, `person:7`, `state:planned`).
    """
    phrase = words("events", kind)
    return kind if phrase is None else fill(phrase, {**payload, **deadline_words(payload)}, names)


def deadline_words(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """How people call a deadline: of a paper that has to be confirmed, the request it belongs to."""
    number, is_paper, _ = str(facts.get("subject") or "").partition(":paper:")
    return {"kind": "confirmation", "subject": number} if is_paper else {}
