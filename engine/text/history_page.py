"""A history as a page that somebody reads who has no program for it: every act, and every text below its act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.text.books import words
from engine.text.filling import fill
from engine.text.quoting import one_line
from engine.text.timeline import UNSAID, Wording, acts, numbered_line

if TYPE_CHECKING:
    from engine.core.history import Event


def history_page(events: Sequence[Event], wording: Wording, level: str) -> str:
    """What a bundle of `level` tells: `events` hold no text and no payload that is not for it."""
    facts = {
        "case": wording.case,
        "kind": wording.definition.case_label,
        "level": level,
        "count": len(events),
    }
    head = (fill(words("events", "page", name) or "", facts, wording.names) for name in ("head", "scope"))
    return "".join(f"{line}\n" for line in (*head, "", *_lines(events, wording)))


def _lines(events: Sequence[Event], wording: Wording) -> Iterator[str]:
    for act in acts(events):
        yield numbered_line(act, wording)
        for event in act:
            yield from _texts(event, wording)


def _texts(event: Event, wording: Wording) -> Iterator[str]:
    """Every text of an event in full; of one that is not given here, only that there is one."""
    for name in event.payload.get("texts", ()):
        if name in UNSAID and (name in event.texts or name == "operator"):
            continue
        text = event.texts.get(name)
        if text == "":
            continue
        shown = one_line(text) if text is not None else words("events", "page", "withheld")
        yield fill(words("events", "page", "text") or "", {"name": name}, wording.names) + str(shown)
