"""What a home keeps for a time only: the answers under the keys of repeated commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.core.counts import Counts
from engine.store.answers import forget_answers
from engine.store.database import Database
from engine.store.scope import Scope

KEPT = timedelta(days=30)
"""How long the first answer to a key is given again at least: whoever repeats a call does so within days."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Forgotten(Counts):
    """Counts of one round."""

    answers: int = 0


def forget_old(database: Database, now: datetime, *, batch: int = BATCH) -> Forgotten:
    """Let go what was kept long enough by `now`, a transaction a batch."""
    total = Forgotten()
    while True:
        with database.begin(Scope.whole()) as uow:
            found = forget_answers(uow, now - KEPT, batch)
            if found:
                uow.commit()
        total += Forgotten(found)
        if found < batch:
            return total
