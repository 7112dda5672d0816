"""Several at once: nothing is lost, one of two stale writers wins, and a revoked post cannot decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Barrier, Thread

import pytest

from engine.core.decide import decide
from engine.core.fold import replay
from engine.core.history import NewEvent, Stamp
from engine.core.plan import Plan, ReadSet
from engine.core.principal import system
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, decide_request
from engine.core.world import Ask, MakeMove, World
from engine.errors import Conflict, EngineError, Unavailable
from engine.store.apply import apply
from engine.store.histories import history
from engine.store.idempotency import Answered, Question, ask, remember
from engine.store.people import end_holding_rows
from engine.store.places import bump_roster
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from tests.kit.chains import first_break
from tests.kit.databases import MONDAY, OWNER, Databases, Home, make_home, signed

KEY = "2026-1"
THREADS = 8


def together(count: int, act: Callable[[int], None]) -> list[BaseException]:
    """Run `act` in several threads at once; what they raised, in any order."""
    raised: list[BaseException] = []
    start = Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
        except BaseException as error:
            raised.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def counted_up(world: World) -> Plan:
    """One more, on top of what the world says: a lost update would show as a missing one."""
    said = world.case.fields.get("count", 0)
    assert isinstance(said, int)
    case, place = world.case, world.place
    reads = ReadSet(case.id, case.revision, place.roster_version, place.calendar_version, case.definition)
    return Plan(
        (NewEvent("fields_set", {"fields": {"count": said + 1}}),), Stamp.of(system(place.id)), reads, case
    )


def test_commuting_writers_wait_for_each_other_and_none_is_lost(home: Home) -> None:
    opened = home.open_issue()
    each = 10

    def act(_number: int) -> None:
        for _ in range(each):
            with home.begin() as uow:
                world = load_world(uow, home.organisation, KEY)
                apply(uow, world, counted_up(world), MONDAY)
                uow.commit()

    assert together(THREADS, act) == []
    with home.begin(writing=False) as uow:
        case = load_world(uow, home.organisation, KEY).case
        told = history(uow, opened.id)
    assert case.fields["count"] == THREADS * each
    assert case.revision == opened.revision + THREADS * each
    assert first_break(told) is None
    assert replay(opened.id, home.organisation, told) == case


def test_of_writers_with_one_revision_exactly_one_wins(home: Home) -> None:
    opened = home.open_issue()
    with home.begin(writing=False) as uow:
        seen = load_world(uow, home.organisation, KEY)

    def act(_number: int) -> None:
        with home.begin() as uow:
            apply(uow, seen, counted_up(seen), MONDAY)
            uow.commit()

    raised = together(THREADS, act)
    assert [type(error) for error in raised] == [Conflict] * (THREADS - 1)
    assert {error.code for error in raised if isinstance(error, EngineError)} == {"case_changed"}
    with home.begin(writing=False) as uow:
        case = load_world(uow, home.organisation, KEY).case
    assert (case.fields["count"], case.revision) == (1, opened.revision + 1)


def test_one_key_at_once_is_done_once_and_answered_to_all(home: Home) -> None:
    home.open_issue()
    answers: list[object] = []
    question = Question(home.organisation, "cli:1", "key-1", "digest")

    def act(_number: int) -> None:
        with home.begin() as uow:
            ask(uow, question)
            try:
                world = load_world(uow, home.organisation, KEY)
            except Answered as before:
                answers.append(before.answer)
                return
            answer = {"revision": apply(uow, world, counted_up(world), MONDAY).revision}
            remember(uow, question, answer, MONDAY)
            uow.commit()
            answers.append(answer)

    assert together(THREADS, act) == []
    assert len(answers) == THREADS
    assert all(answer == answers[0] for answer in answers)
    with home.begin(writing=False) as uow:
        assert load_world(uow, home.organisation, KEY).case.fields["count"] == 1


def at_the_signature(home: Home) -> None:
    """An issue whose closing waits for the secretary's word."""
    owner = home.posts[OWNER]
    done = [
        NewEvent("owner_set", {"post": owner}),
        NewEvent("measure_changed", {"measure": 1, "state": "done", "done_on": "2026-03-02"}),
        NewEvent("measure_changed", {"measure": 2, "state": "done", "done_on": "2026-03-02"}),
        NewEvent(
            "evidence_attached",
            {"evidence": 1, "kind": "minutes", "copies": 2, "deliverable": 1, "on": "2026-03-02"},
            {"name": "minutes"},
        ),
        NewEvent("evidence_judged", {"evidence": [1], "status": "accepted"}),
        NewEvent("moved", {"move": "verify", "to": "verified", "waits_for": "owner", "final": False}),
    ]
    home.open_issue(more=done)
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        asked = decide(Ask(world, home.principal(OWNER), MakeMove("close"), MONDAY))
        assert isinstance(asked, Plan), asked
        apply(uow, world, asked, MONDAY)
        uow.commit()


def approval(home: Home, world: World) -> Plan | Refusals:
    pending = world.case.pending
    assert pending is not None
    word = DecideRequest(pending.number, "approve", "同意")
    return decide_request(world, home.principal("secretary"), word, MONDAY)


def revoke(uow: UnitOfWork, home: Home) -> None:
    """End the secretary's terms before today, as the people's services do."""
    for post in ("secretary", "party_committee"):
        ended = (home.posts[post], home.people["secretary"], date(2026, 3, 1))
        end_holding_rows(signed(uow), home.organisation, *ended)
    bump_roster(uow, home.organisation)
    uow.commit()


def test_a_post_revoked_after_the_decision_cannot_close_a_case(home: Home) -> None:
    """The decision was made on a roster that is no longer so: compare-and-set on the case alone would let it in."""
    at_the_signature(home)
    with home.begin(writing=False) as uow:
        world = load_world(uow, home.organisation, KEY)
    plan = approval(home, world)
    assert isinstance(plan, Plan)
    with home.begin() as other:
        revoke(other, home)
    with home.begin() as uow, pytest.raises(Conflict) as refused:
        apply(uow, world, plan, MONDAY)
    assert refused.value.code == "case_changed"
    assert state(home) == "verified"
    with home.begin() as uow:
        again = approval(home, load_world(uow, home.organisation, KEY))
    assert isinstance(again, Refusals)


def test_a_revocation_waits_for_a_decision_that_has_begun(databases: Databases, backend: str) -> None:
    with databases.fresh(backend, patience=0.5) as database:
        home = make_home(database)
        at_the_signature(home)
        with home.begin() as uow:
            world = load_world(uow, home.organisation, KEY)
            plan = approval(home, world)
            assert isinstance(plan, Plan)
            with pytest.raises(Unavailable) as busy, home.begin() as other:
                revoke(other, home)
            apply(uow, world, plan, MONDAY)
            uow.commit()
        assert busy.value.code == "database_locked"
        assert state(home) == "closed"
        with home.begin() as other:
            revoke(other, home)


def state(home: Home) -> str:
    with home.begin(writing=False) as uow:
        return load_world(uow, home.organisation, KEY).case.state
