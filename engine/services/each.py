"""What a tick does to many cases: together where nothing is in the way, one by one where something is.

So a batch takes as many statements as one case, and a bad one is put aside alone: undone, named, and left to the
caller to record. What is no case acts alone from the beginning. Unavailable is nobody's fault and ends the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from engine.core.backoff import LOOK_AGAIN
from engine.core.world import World
from engine.errors import Unavailable
from engine.store.ticks import forget_failures, note_failure
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import Needs, load_worlds

Item = TypeVar("Item")
Result = TypeVar("Result")
Failed = tuple[Item, Exception]


def load_each(
    uow: UnitOfWork, cases: Sequence[int], needs: Needs = ()
) -> tuple[Mapping[int, World], Mapping[int, Exception]]:
    """The cases, locked, in one load; where that fails one by one, with what stands in the way of the broken ones."""

    def load(some: Sequence[int]) -> list[World]:
        return load_worlds(uow, some, needs)

    loaded, failed = write_each(uow, sorted(set(cases)), load)
    return {world.case.id: world for some in loaded for world in some}, dict(failed)


def decide_each(
    items: Sequence[Item], decide: Callable[[Item], Result]
) -> tuple[list[Result], list[Failed[Item]]]:
    """What was decided of each, in memory, and what went wrong with the others."""
    done, failed = [], []
    for item in items:
        try:
            done.append(decide(item))
        except Unavailable:
            raise
        except Exception as error:  # recorded by the caller: one bad case stops no other
            failed.append((item, error))
    return done, failed


def write_each(
    uow: UnitOfWork, items: Sequence[Item], write: Callable[[Sequence[Item]], Result]
) -> tuple[list[Result], list[Failed[Item]]]:
    """`write` them all under one savepoint; where that fails, each under its own."""
    if not items:
        return [], []
    try:
        return [_saved(uow, items, write)], []
    except Unavailable:
        raise
    except Exception:  # said again, and told to the caller, by the one that it belongs to
        return decide_each(items, lambda item: _saved(uow, [item], write))


def _saved(uow: UnitOfWork, items: Sequence[Item], write: Callable[[Sequence[Item]], Result]) -> Result:
    with uow.savepoint():
        return write(items)


def act_alone(
    uow: UnitOfWork,
    what: str,
    act: Callable[[], Result],
    put_off: Callable[[datetime], object],
    now: datetime,
) -> Result | None:
    """What `act` gives, under a savepoint of its own; None where it failed: undone, noted as `what`, and put off."""
    try:
        with uow.savepoint():
            done = act()
            forget_failures(uow, what)
            return done
    except Unavailable:
        raise
    except (
        Exception
    ) as error:  # recorded, backed off and counted by the caller: one that is bad stops no other
        failure = note_failure(uow, what, error, now)
        put_off(now + LOOK_AGAIN.pause(failure.times))
        return None
