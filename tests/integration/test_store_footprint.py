"""Cases are values that go: no machine is made for a case, and nothing of it stays when it was looked at."""

from __future__ import annotations

import gc
import tracemalloc

from transitions import Machine, State

from engine.core.case import Case
from engine.core.machine import Workflow
from engine.core.world import World
from engine.store.worlds import load_worlds
from tests.kit.databases import Home, open_issue

MANY = 300
SPARE_BYTES = 100_000
"""Far less than what the cases themselves take (each several KB): caches of the libraries may still grow."""


def living(kind: type) -> int:
    gc.collect()
    return sum(isinstance(each, kind) for each in gc.get_objects())


def look(home: Home, ids: list[int]) -> int:
    with home.begin() as uow:
        return len({world.workflow.digest for world in load_worlds(uow, ids)})


def test_looking_at_hundreds_of_cases_makes_no_machine_and_keeps_no_case(home: Home) -> None:
    with home.begin() as uow:
        ids = [open_issue(uow, home, number).id for number in range(1, MANY + 1)]
        uow.commit()
    assert look(home, ids) == 1
    kinds = (Machine, State, Workflow, World, Case)
    before = {kind: living(kind) for kind in kinds}
    tracemalloc.start()
    look(home, ids)
    gc.collect()
    held, _peak = tracemalloc.get_traced_memory()
    look(home, ids)
    gc.collect()
    held_again, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {kind: living(kind) for kind in kinds} == before
    assert (before[World], before[Case]) == (0, 0)
    assert held_again - held < SPARE_BYTES < peak
