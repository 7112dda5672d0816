"""What every organisation gets in a transaction of its own: one that is broken stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from engine.core.counts import Counts
from engine.errors import Unavailable
from engine.store.database import Database
from engine.store.scope import Scope
from engine.store.ticks import note_failure
from engine.store.unit_of_work import UnitOfWork

Total = TypeVar("Total", bound=Counts)


def one_by_one(
    database: Database,
    organisations: Iterable[int],
    act: Callable[[UnitOfWork, int], Total],
    aside: tuple[str, Total],
    now: datetime,
) -> Iterable[Total]:
    """What `act` counts for each, committed before the next. `aside`: under which word a failure is noted
    (`word:<organisation>`), and what it counts as. Raises Unavailable at once, for then no other would succeed.
    """
    word, failed = aside
    for organisation in organisations:
        try:
            with database.begin(Scope.one(organisation)) as uow:
                done = act(uow, organisation)
                uow.commit()
        except Unavailable:
            raise
        except Exception as error:  # recorded and counted: one broken organisation stops no other
            with database.begin(Scope.one(organisation)) as uow:
                note_failure(uow, f"{word}:{organisation}", error, now)
                uow.commit()
            done = failed
        yield done
