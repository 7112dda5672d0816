"""What every peer's contender does in the same way: the checks of a move, and the hash of an event."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.benchmarks.recording import Row, Written


def chained(event: Row) -> Row:
    """The event with its hash worked out, as anybody who chains events does it."""
    header = json.dumps(
        json.loads(event["header"]), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    found = hashlib.sha256(header.encode()).hexdigest()
    assert found == event["hash"]
    return {**event, "hash": found}


def may(holders: set[int], person: int | None, measures: int) -> bool:
    """The guards that others would write: the person holds a post today, and something was promised."""
    return (person is None or person in holders) and measures > 0


def person_of(written: Written) -> int | None:
    found: Any = written.rows["event"][0]["person"]
    return found


def source_and_target(written: Written) -> tuple[str, str]:
    return written.was_state, str(written.columns.get("state", written.was_state))
