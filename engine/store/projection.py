"""The rows of a case after its events: only what differs from before is written (law 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.core.case import Case
from engine.core.deadlines import waits_for
from engine.core.posts import Posts
from engine.store.outgoing import Subscriber
from engine.store.part_rows import PARTS, Key, Row


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and on what roster rows are written: it decides whom each open deadline waits for.

    `subscribers` outside are told of what happened.
    """

    now: datetime
    posts: Posts
    subscribers: tuple[Subscriber, ...] = ()


def part_rows(before: Case | None, after: Case, occasion: Occasion) -> Iterator[tuple[str, Row]]:
    """(part, row) for everything that is new or other than in `before` (None: a new case); rows are whole."""
    for name, part in PARTS.items():
        if name != "deadline" and getattr(before, part.kept_in, None) is getattr(after, part.kept_in):
            continue
        values = part.values(after)
        was = part.values(before) if before is not None else {}
        if name == "deadline":
            yield from _deadlines(was, values, before, after, occasion)
        elif values != was:
            yield from ((name, _row(name, after, key, values[key])) for key in _differing(was, values))


def _deadlines(
    was: dict[Key, object], now: dict[Key, object], before: Case | None, after: Case, occasion: Occasion
) -> Iterator[tuple[str, Row]]:
    """Deadlines say when the sweep looks again, and whom they wait for.

    A live one that is new, or different, or waits for somebody else now is looked at by the next sweep; one
    that ended or was disarmed never again.
    """
    waited = _live(before, occasion) if before is not None else {}
    waits = _live(after, occasion)
    for key, value in now.items():
        if was.get(key) != value or waited.get(key) != waits.get(key):
            is_live = key in waits
            sweep = {"waits_post_id": waits.get(key), "next_moment_at": occasion.now if is_live else None}
            yield "deadline", {**_row("deadline", after, key, value), **sweep}


def _live(case: Case, occasion: Occasion) -> dict[Key, int | None]:
    """Open armed deadlines with the post whose act is missing."""
    return {
        (row.kind, row.subject, row.version): waits_for(case, row, occasion.posts)
        for row in case.deadlines
        if row.is_open and row.armed
    }


def _differing(was: dict[Key, object], now: dict[Key, object]) -> Iterator[Key]:
    return (key for key, value in now.items() if was.get(key) != value)


def _row(name: str, case: Case, key: Key, value: object) -> Row:
    part = PARTS[name]
    named = dict(zip(part.keys, key, strict=True))
    return {"organisation_id": case.organisation, "case_id": case.id, **named, **part.row(value)}
