"""What a batch of a tick costs: as many statements for many cases as for a few, and a bad case alone is put aside."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from engine.core.world import MakeMove
from engine.services.attending import Attended, attend_requests
from engine.services.moves import Assign, assign, make_move
from engine.services.sweep import Swept, sweep
from engine.store.tables import CaseFile, EventRow, table_of
from engine.store.ticks import failures
from tests.integration.test_store_counters import Counted, counting
from tests.kit.databases import MONDAY, OWNER, Home

FEW, MANY = 3, 24
"""Issues: with two deadlines each they all lie in one batch of fifty."""
MOST = 18
"""Statements of a batch with its savepoints, and of the look that finds nothing more."""
LATER = MONDAY + timedelta(days=10)
CASES = table_of(CaseFile)
EVENTS = table_of(EventRow)


def under_way(home: Home, numbers: range, *, is_asked: bool = False) -> list[str]:
    """Issues that were assigned, and perhaps wait for the word on their plan."""
    keys = [home.open_issue(number).key for number in numbers]
    with home.begin() as uow:
        for key in keys:
            assign(uow, home.principal("office"), key, Assign(home.posts[OWNER]), MONDAY)
            if is_asked:
                make_move(uow, home.principal(OWNER), key, MakeMove("plan", {}, "请批准"), MONDAY)
        uow.commit()
    return keys


def swept(home: Home) -> tuple[Swept, Counted]:
    with counting(home.database) as counted:
        found = sweep(home.database, LATER)
    return found, counted


def attended(home: Home) -> tuple[Attended, Counted]:
    with counting(home.database) as counted:
        found = attend_requests(home.database, LATER)
    return found, counted


def damage(home: Home, key: str) -> None:
    with home.begin() as uow:
        mine = CASES.c.organisation_id == home.organisation
        uow.execute(update(CASES).where(mine, CASES.c.key == key).values(fields="no json"))
        uow.commit()


def test_a_sweep_of_many_deadlines_takes_as_many_statements_as_one_of_few(home: Home) -> None:
    kinds = []
    for numbers in (range(900, 901), range(1, 1 + FEW), range(100, 100 + MANY)):
        under_way(home, numbers)
        found, counted = swept(home)
        assert (found.deadlines, found.failed) == (2 * len(numbers), 0)
        assert found.notices >= len(numbers)
        kinds.append(counted.kinds)
    assert kinds[1] == kinds[2]
    assert len(kinds[2]) <= MOST


def test_a_look_at_many_requests_takes_as_many_statements_as_one_at_few(home: Home) -> None:
    kinds = []
    for numbers in (range(900, 901), range(1, 1 + FEW), range(100, 100 + MANY)):
        under_way(home, numbers, is_asked=True)
        found, counted = attended(home)
        assert (found.looked, found.failed) == (len(numbers), 0)
        kinds.append(counted.kinds)
    assert kinds[1] == kinds[2]
    assert len(kinds[2]) <= MOST


def test_a_damaged_case_is_put_aside_and_the_others_of_its_batch_are_swept(home: Home) -> None:
    keys = under_way(home, range(1, 6))
    damage(home, keys[2])
    found, _ = swept(home)
    assert found.failed > 0
    assert found.deadlines - found.failed == 4 * found.failed
    assert sweep(home.database, LATER) == Swept()


def test_a_damaged_case_is_put_aside_and_the_other_requests_are_looked_at(home: Home) -> None:
    keys = under_way(home, range(1, 6), is_asked=True)
    damage(home, keys[2])
    assert attended(home)[0] == Attended(looked=5, failed=1)
    assert attended(home)[0] == Attended()


def test_a_damaged_line_of_a_history_puts_its_own_case_aside_and_no_other(home: Home) -> None:
    keys = under_way(home, range(1, 6))
    with home.begin() as uow:
        mine = (EVENTS.c.organisation_id == home.organisation, EVENTS.c.type == "deadline_set")
        its = select(CASES.c.id).where(CASES.c.organisation_id == home.organisation, CASES.c.key == keys[2])
        uow.execute(update(EVENTS).where(*mine, EVENTS.c.case_id.in_(its)).values(payload="no json"))
        uow.commit()
    found, _ = swept(home)
    assert 0 < found.failed <= 2
    assert found.deadlines - found.failed >= 8
    assert sweep(home.database, LATER) == Swept()
    with home.begin(writing=False) as uow:
        assert {each.code for each in failures(uow)} == {"JSONDecodeError"}
