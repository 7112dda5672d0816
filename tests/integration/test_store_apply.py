"""What a decision wrote is the same case in memory, in rows and in its history."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.core.case import Case
from engine.core.decide import decide
from engine.core.fold import replay
from engine.core.history import NewEvent
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.record import NewEvidence, attach_evidence, finish_measure
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, decide_request
from engine.core.world import Ask, MakeMove, World
from engine.errors import Conflict
from engine.store.apply import apply
from engine.store.histories import history
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from tests.kit.chains import first_break
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.events import TOLD_ONLY

KEY = "2026-1"


def step(home: Home, uow: UnitOfWork, who: str, what: str, **params: object) -> Case:
    """One act of somebody on the issue, decided and applied."""
    world = load_world(uow, home.organisation, KEY)
    plan = decided(home, world, who, what, **params)
    assert isinstance(plan, Plan), plan
    return apply(uow, world, plan, MONDAY)


def decided(home: Home, world: World, who: str, what: str, **params: object) -> Plan | Refusals:
    person = home.principal(who)
    if what == "approve":
        pending = world.case.pending
        assert pending is not None
        return decide_request(world, person, DecideRequest(pending.number, "approve", "好"), MONDAY)
    if what == "finish":
        return finish_measure(world, person, int(str(params["number"])), date(2026, 3, 2), MONDAY)
    if what == "attach":
        paper = NewEvidence(
            "minutes",
            "会议记录",
            date(2026, 3, 2),
            copies=2,
            deliverable=1,
            offline={"place": "档案室", "pages": 3},
            proves_from=date(2026, 2, 1),
        )
        return attach_evidence(world, person, [paper], MONDAY)
    command = MakeMove(
        what, {name.rstrip("_"): value for name, value in params.items()}, "请按要求办理，谢谢"
    )  # type: ignore[misc]
    return decide(Ask(world, person, command, MONDAY))


def walk_to_closed(home: Home, uow: UnitOfWork) -> list[Case]:
    acts: list[tuple[str, str, dict[str, object]]] = [
        ("office", "assign", {"post": home.posts[OWNER]}),
        (OWNER, "plan", {}),
        ("secretary", "approve", {}),
        (OWNER, "start", {}),
        (OWNER, "finish", {"number": 1}),
        (OWNER, "finish", {"number": 2}),
        (OWNER, "attach", {}),
        (OWNER, "submit_evidence", {}),
        ("discipline_commissioner", "verify", {}),
        (OWNER, "close", {}),
        ("secretary", "approve", {}),
    ]
    return [step(home, uow, who, what, **params) for who, what, params in acts]


def test_rows_history_and_memory_agree_after_every_act(home: Home) -> None:
    opened = home.open_issue()
    with home.begin() as uow:
        for case in [opened, *walk_to_closed(home, uow)]:
            assert case.revision > 0
        stored = load_world(uow, home.organisation, KEY).case
        told = history(uow, opened.id)
        assert stored == case
        assert stored == replay(opened.id, home.organisation, told)
        assert first_break(told) is None
        assert (stored.state, stored.is_final) == ("closed", True)
        uow.commit()


@pytest.mark.parametrize("events", [[TOLD_ONLY]])
def test_nothing_of_it_is_there_without_a_commit(home: Home, events: list[NewEvent]) -> None:
    before = home.open_issue()
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        apply(uow, world, make_plan(world, home.principal("office"), MONDAY, events), MONDAY)
    with home.begin(writing=False) as uow:
        assert load_world(uow, home.organisation, KEY).case == before


def test_a_plan_of_an_older_revision_is_a_conflict(home: Home) -> None:
    home.open_issue()
    with home.begin(writing=False) as uow:
        old = load_world(uow, home.organisation, KEY)
    with home.begin() as uow:
        step(home, uow, "office", "assign", post=home.posts[OWNER])
        uow.commit()
    plan = decided(home, old, "office", "assign", post=home.posts[OWNER])
    assert isinstance(plan, Plan)
    with home.begin() as uow, pytest.raises(Conflict) as refused:
        apply(uow, old, plan, MONDAY + timedelta(days=1))
    assert refused.value.code == "case_changed"
