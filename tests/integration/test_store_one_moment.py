"""What a decision sees is of one moment, also where it had to wait; a kept roster is never one that was undone."""

from __future__ import annotations

from threading import Thread

import pytest

from engine.core.fold import replay
from engine.core.history import NewEvent
from engine.core.planning import make_plan
from engine.core.posts import Holding
from engine.core.world import World
from engine.errors import Conflict
from engine.store.apply import Decided, apply, apply_all
from engine.store.histories import history
from engine.store.people import add_holding_row, end_holding_rows
from engine.store.places import bump_roster, load_posts
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds
from tests.kit.databases import MONDAY, SINCE, Home, bump_calendar, signed
from tests.kit.events import TOLD_ONLY

KEY = "2026-1"


def promise(home: Home, uow: UnitOfWork, number: int) -> None:
    world = load_world(uow, home.organisation, KEY)
    added = NewEvent("measure_added", {"measure": number}, {"text": f"measure {number}"})
    apply(uow, world, make_plan(world, home.principal("office"), MONDAY, [added]), MONDAY)


def test_who_waited_for_another_writer_sees_the_case_whole(home: Home) -> None:
    home.open_issue(measures=1)
    seen: list[World] = []

    def look() -> None:
        with home.begin() as uow:
            seen.append(load_world(uow, home.organisation, KEY))
            assert replay(seen[0].case.id, home.organisation, history(uow, seen[0].case.id)) == seen[0].case

    with home.begin() as uow:
        promise(home, uow, 2)
        other = Thread(target=look)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        uow.commit()
    other.join(20)
    assert [measure.number for world in seen for measure in world.case.measures] == [1, 2]


def test_who_waited_for_a_change_of_people_sees_the_new_ones(home: Home) -> None:
    home.open_issue()
    secretary = home.posts["secretary"]
    seen: list[World] = []

    def look() -> None:
        with home.begin() as uow:
            seen.append(load_world(uow, home.organisation, KEY))

    with home.begin() as uow:
        bump_roster(uow, home.organisation)
        add_holding_row(signed(uow), home.organisation, Holding(secretary, home.people["member"], SINCE))
        other = Thread(target=look)
        other.start()
        other.join(0.3)
        assert other.is_alive()
        uow.commit()
    other.join(20)
    holders = seen[0].posts.holders(secretary, SINCE)
    assert holders == (home.people["secretary"], home.people["member"])


@pytest.mark.parametrize("is_bumped_first", [True, False])
def test_a_change_of_people_that_is_undone_is_remembered_by_nobody(home: Home, is_bumped_first: bool) -> None:
    home.open_issue()
    secretary, person = home.posts["secretary"], home.people["secretary"]
    with home.begin() as uow:
        if is_bumped_first:
            bump_roster(uow, home.organisation)
        assert load_posts(uow, home.organisation).holders(secretary, MONDAY.date()) == (person,)
        end_holding_rows(signed(uow), home.organisation, secretary, person, SINCE)
        if not is_bumped_first:
            bump_roster(uow, home.organisation)
        assert load_world(uow, home.organisation, KEY).posts.holders(secretary, MONDAY.date()) == ()
    with home.begin() as uow:
        bump_roster(uow, home.organisation)
        uow.commit()
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        assert world.posts.holders(secretary, MONDAY.date()) == (person,)
        assert load_posts(uow, home.organisation) == world.posts


@pytest.mark.parametrize("bump", [bump_roster, bump_calendar], ids=["roster", "calendar"])
def test_people_or_days_that_change_in_the_same_commit_make_the_plan_a_conflict(
    home: Home, bump: object
) -> None:
    home.open_issue()
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        bump(uow, home.organisation)  # type: ignore[operator]
        plan = make_plan(world, home.principal("office"), MONDAY, [TOLD_ONLY])
        with pytest.raises(Conflict) as refused:
            apply(uow, world, plan, MONDAY)
    assert refused.value.code == "case_changed"


def test_of_several_plans_the_one_that_came_too_late_is_named_and_nothing_is_kept(home: Home) -> None:
    cases = [home.open_issue(number) for number in (1, 2, 3)]
    comment = [TOLD_ONLY]
    with home.begin(writing=False) as uow:
        worlds = load_worlds(uow, [case.id for case in cases])
    with home.begin() as uow:
        late = load_world(uow, home.organisation, "2026-2")
        apply(uow, late, make_plan(late, home.principal("office"), MONDAY, comment), MONDAY)
        uow.commit()
    decided = [
        Decided(world, make_plan(world, home.principal("office"), MONDAY, comment)) for world in worlds
    ]
    with home.begin() as uow, pytest.raises(Conflict) as refused:
        apply_all(uow, decided, MONDAY)
    assert refused.value.facts["case"] == "2026-2"
    assert refused.value.facts["revision"] == cases[1].revision + 1
    with home.begin(writing=False) as uow:
        found = load_worlds(uow, [case.id for case in cases])
    assert [world.case.revision for world in found] == [
        case.revision + at % 2 for at, case in enumerate(cases)
    ]
