"""A seal waits for whoever is writing: what it says of a case is never half of an act."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from engine.core.planning import make_plan
from engine.services.sealing import seal_now
from engine.services.verifying import Wish, verify
from engine.store.apply import apply
from engine.store.blobs import FolderBlobs
from engine.store.seals import StoredSeal, leaves_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from tests.kit.databases import MONDAY, Home, open_issue
from tests.kit.events import TOLD_ONLY


def comment(home: Home, uow: UnitOfWork, key: str = "2026-1") -> None:
    world = load_world(uow, home.organisation, key)
    plan = make_plan(world, home.principal("office"), MONDAY, [TOLD_ONLY])
    apply(uow, world, plan, MONDAY)


def seals(home: Home) -> StoredSeal:
    with home.begin() as uow:
        made = seal_now(uow, home.organisation, MONDAY + timedelta(hours=1))
        uow.commit()
    return made


@pytest.mark.parametrize("act", ["an event", "a new case"])
def test_a_seal_waits_for_an_act_that_is_under_way(home: Home, act: str, tmp_path: Path) -> None:
    case = home.open_issue()
    with ThreadPoolExecutor(1) as pool:
        with home.begin() as uow:
            if act == "an event":
                comment(home, uow)
            else:
                open_issue(uow, home, 2)
            sealing = pool.submit(seals, home)
            with pytest.raises(TimeoutError):
                sealing.result(timeout=0.7)
            uow.commit()
        made = sealing.result(timeout=20)
    with home.begin(writing=False) as uow:
        (leaf,) = leaves_of(uow, [case.id])[case.id]
        revision = load_world(uow, home.organisation, "2026-1", lock=False).case.revision
        found = verify(uow, home.organisation, "school", FolderBlobs(tmp_path), Wish())
    assert (leaf.seq, made.seal.cases) == (revision, 1 if act == "an event" else 2)
    assert found.broken == ()
