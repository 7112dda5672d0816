"""One row for each reason to tell somebody promptly: every column named once (law 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core.history import canonical


@dataclass(frozen=True, slots=True)
class About:
    """The case that a notice is about, and the number of the event that gave rise to it.

    Without a case, `seq` is the row that a person is told of.
    """

    organisation: int
    case: int | None
    seq: int


def prompt_row(
    about: About, kind: str, who: str, facts: Mapping[str, Any], planned_on: date, now: datetime, n: int = 1
) -> dict[str, Any]:
    """A pending prompt notice for the local day `planned_on`; `n` tells apart equal ones of one event."""
    return {
        "organisation_id": about.organisation,
        "case_id": about.case,
        "deadline_id": 0,
        "event_seq": about.seq,
        "rung": kind,
        "n": n,
        "audience": who,
        "level": "hint",
        "red": False,
        "planned_on": planned_on,
        "created_at": now,
        "status": "pending",
        "reason": "",
        "facts": canonical(dict(facts)),
    }
