"""One move on many cases: all or none, or each as it can, at the price of one."""

from __future__ import annotations

import pytest

from engine.core.refusal import Refusals, Refused
from engine.core.world import MakeMove, World
from engine.errors import Conflict, NotFound
from engine.services import bulk as bulk_module
from engine.services.bulk import BulkItem, make_moves
from engine.services.moves import Assign, Done, assign
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds_by_key
from tests.integration.test_store_counters import counting, warm
from tests.kit.contents import content_digest
from tests.kit.databases import MONDAY, OWNER, Home, open_issue
from tests.kit.verbs import do, world_of

PLAN = MakeMove("plan")


def issues(home: Home, count: int) -> list[str]:
    with home.begin() as uow:
        keys = [open_issue(uow, home, number).key for number in range(1, count + 1)]
        uow.commit()
    return keys


def given(home: Home) -> MakeMove:
    return MakeMove("assign", {"post": home.posts[OWNER]})


def bulk(home: Home, who: str, keys: list[str], command: MakeMove, **how: bool) -> list[BulkItem]:
    return do(home, make_moves, home.principal(who), keys, command, **how)


def states(home: Home, keys: list[str]) -> list[str]:
    return [world_of(home, key).case.state for key in keys]


def test_all_are_done_in_the_order_asked_for_and_each_once(home: Home) -> None:
    keys = issues(home, 3)
    items = bulk(home, "office", [keys[2], keys[0], keys[2], keys[1]], given(home))
    assert [item.case for item in items] == [keys[2], keys[0], keys[1]]
    assert {world_of(home, key).case.owner_post for key in keys} == {home.posts[OWNER]}


def test_one_that_is_refused_keeps_all_from_being_done_and_every_refusal_is_told(home: Home) -> None:
    keys = issues(home, 4)
    bulk(home, "office", keys[:2], given(home))
    before = content_digest(home.database)
    with pytest.raises(Refused) as refused:
        bulk(home, OWNER, keys, PLAN)
    assert [row.case for row in refused.value.every] == keys[2:]
    assert content_digest(home.database) == before


def test_each_as_it_can(home: Home) -> None:
    keys = issues(home, 4)
    bulk(home, "office", keys[:2], given(home))
    items = bulk(home, OWNER, keys, PLAN, per_item=True)
    assert [item.is_done for item in items] == [True, True, False, False]
    assert [world_of(home, key).case.pending is not None for key in keys] == [True, True, False, False]
    assert all(isinstance(item.result, Refusals) for item in items[2:])


def test_a_trial_tells_of_every_case_and_changes_nothing(home: Home) -> None:
    keys = issues(home, 3)
    bulk(home, "office", keys[:2], given(home))
    before = content_digest(home.database)
    items = bulk(home, OWNER, keys, PLAN, dry_run=True)
    assert content_digest(home.database) == before
    first = items[0].result
    assert isinstance(first, Done)
    assert (first.request, first.is_dry_run) == (1, True)
    assert [item.is_done for item in items] == [True, True, False]


def test_all_keys_that_name_no_case_are_named(home: Home) -> None:
    keys = issues(home, 1)
    with pytest.raises(NotFound) as missing:
        bulk(home, "office", [*keys, "2030-1", "2030-2"], given(home))
    assert missing.value.facts["cases"] == ["2030-1", "2030-2"]


def test_a_case_that_somebody_was_quicker_with_is_told_and_the_others_are_done(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = issues(home, 3)

    def overtaken(uow: UnitOfWork, *words: object, **how: bool) -> dict[str, World]:
        """Between the look and the write, somebody assigns the second one."""
        worlds = load_worlds_by_key(uow, *words, **how)  # type: ignore[arg-type]
        assign(uow, home.principal("office"), keys[1], Assign(home.posts[OWNER]), MONDAY)
        return worlds

    monkeypatch.setattr(bulk_module, "load_worlds_by_key", overtaken)
    items = bulk(home, "office", keys, given(home), per_item=True)
    assert [item.is_done for item in items] == [True, False, True]
    assert isinstance(items[1].result, Conflict)


def test_fifty_cases_take_as_many_statements_as_five(home: Home) -> None:
    keys = issues(home, 57)
    warm(home)
    counted = []
    for chosen in (keys[:2], keys[2:7], keys[7:57]):
        with counting(home.database) as found, home.begin() as uow:
            make_moves(uow, home.principal("office"), chosen, given(home), MONDAY)
            uow.commit()
        counted.append(found)
    assert counted[1].kinds == counted[2].kinds
    assert (counted[2].commits, len(counted[2].statements)) == (1, len(counted[1].statements))
    assert len(counted[2].statements) <= 10, counted[2].kinds
