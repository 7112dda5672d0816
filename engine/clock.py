"""The only reader of the wall clock; the edge reads it once and passes `now` on (law 9)."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)
