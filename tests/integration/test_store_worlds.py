"""What a decision may see costs the same few queries for one case as for hundreds, and every event survives rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from engine.core.case import Case
from engine.core.fold import EVENT_TYPES, replay
from engine.core.history import NewEvent, Stamp
from engine.core.plan import Plan, Prompt, ReadSet
from engine.core.principal import system
from engine.core.vocabulary import Facet
from engine.core.world import InspectionFacts, World
from engine.errors import Conflict, NotFound
from engine.store.apply import apply
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.histories import histories, history
from engine.store.places import bump_roster
from engine.store.tables import DeadlineRow, EventRow, EventText, Notice, table_of
from engine.store.worlds import WORLDS_AT_ONCE, each_world, load_world, load_worlds
from tests.kit.chains import first_break
from tests.kit.databases import MONDAY, OWNER, Home, bump_calendar, open_issue
from tests.kit.events import TOLD_ONLY, deadline, every_event

KEY = "2026-1"
ALL_FACETS = frozenset(Facet)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that reach the driver inside."""
    seen: list[str] = []

    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", _note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", _note)


def planned(world: World, events: list[NewEvent], prompts: tuple[Prompt, ...] = ()) -> Plan:
    """A plan of any events at all, whatever the rules say of them."""
    case, place = world.case, world.place
    reads = ReadSet(case.id, case.revision, place.roster_version, place.calendar_version, case.definition)
    return Plan(tuple(events), Stamp.of(system(place.id)), reads, case, prompts)


def record(home: Home, events: list[NewEvent], now: datetime = MONDAY, **more: tuple[Prompt, ...]) -> Case:
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        case = apply(uow, world, planned(world, events, **more), now)
        uow.commit()
    return case


def test_the_number_of_queries_is_the_same_for_one_case_and_for_five_hundred(home: Home) -> None:
    with home.begin() as uow:
        ids = [open_issue(uow, home, number, measures=1).id for number in range(1, 501)]
        uow.commit()
    with home.begin() as uow:
        load_worlds(uow, ids[:1], ALL_FACETS)
        with counted(home.database) as for_one:
            load_worlds(uow, ids[:1], ALL_FACETS)
        with counted(home.database) as for_all:
            worlds = load_worlds(uow, list(reversed(ids)), ALL_FACETS)
    assert len(for_all) == len(for_one)
    assert len(for_one) <= 14
    assert [world.case.number for world in worlds] == list(range(500, 0, -1))


def test_a_list_of_any_length_is_read_batch_by_batch(home: Home) -> None:
    with home.begin() as uow:
        ids = [open_issue(uow, home, number).id for number in range(1, WORLDS_AT_ONCE + 2)]
        uow.commit()
    with home.begin(writing=False) as uow:
        load_worlds(uow, ids[:1], lock=False)
        with counted(home.database) as statements:
            worlds = each_world(uow, ids)
            assert next(worlds).case.number == 1
            of_the_first = len(statements)
            assert [world.case.number for world in worlds] == list(range(2, WORLDS_AT_ONCE + 2))
    assert len(statements) == 2 * of_the_first > 0


def test_a_facet_that_nobody_asks_for_is_not_loaded(home: Home) -> None:
    home.open_issue()
    with home.begin() as uow:
        plain = load_world(uow, home.organisation, KEY)
        full = load_world(uow, home.organisation, KEY, ALL_FACETS)
    assert plain.inspection is None
    assert full.inspection == InspectionFacts(home.inspection, "2026", date(2026, 2, 27))
    assert plain.posts == full.posts
    assert plain.posts.holders(home.posts["secretary"], date(2026, 3, 2)) == (home.people["secretary"],)


def test_an_unknown_case_among_several_is_not_found(home: Home) -> None:
    case = home.open_issue()
    with home.begin() as uow, pytest.raises(NotFound):
        load_worlds(uow, [case.id, case.id + 1000])


def test_a_second_case_of_one_key_is_a_conflict_and_breaks_nothing(home: Home) -> None:
    home.open_issue()
    with home.begin() as uow:
        with pytest.raises(Conflict) as refused:
            open_issue(uow, home, 1)
        open_issue(uow, home, 2)
        uow.commit()
    assert refused.value.code == "case_exists"
    with home.begin() as uow:
        assert [line.key for line in list_cases(uow, home.organisation, ["issue"])] == ["2026-1", "2026-2"]


def test_every_type_of_event_is_the_same_in_rows_history_and_memory(home: Home) -> None:
    home.open_issue()
    events = every_event(home)
    assert {each.type for each in events} | {"case_opened", "definition_changed"} == EVENT_TYPES
    for each in events:
        case = record(home, [each])
        assert_the_same(home, case)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example opens a case of its own in the same home
@given(data=st.data())
def test_many_events_at_once_are_the_same_as_one_by_one(home: Home, data: st.DataObject) -> None:
    with home.begin() as uow:
        number = len(list_cases(uow, home.organisation)) + 1
        opened = open_issue(uow, home, number)
        known = every_event(home)
        cuts = sorted(data.draw(st.sets(st.integers(1, len(known) - 1), max_size=6)))
        case = opened
        for start, end in zip([0, *cuts], [*cuts, len(known)], strict=True):
            world = load_world(uow, home.organisation, opened.key)
            case = apply(uow, world, planned(world, known[start:end]), MONDAY)
        assert load_world(uow, home.organisation, opened.key).case == case
        assert replay(case.id, home.organisation, history(uow, case.id)) == case
        uow.commit()


def assert_the_same(home: Home, case: Case) -> None:
    with home.begin(writing=False) as uow:
        told = history(uow, case.id)
        assert load_world(uow, home.organisation, case.key).case == case
        assert replay(case.id, home.organisation, told) == case
        assert first_break(told) is None


def test_instants_come_back_aware_in_utc_and_days_as_days(home: Home) -> None:
    home.open_issue()
    shanghai = MONDAY.astimezone(tz=datetime.now(UTC).astimezone().tzinfo)
    events = every_event(home)
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        apply(uow, world, planned(world, events), shanghai, effective_at=shanghai - timedelta(days=2))
        last = history(uow, world.case.id)[-1]
        stored = load_world(uow, home.organisation, KEY).case
    assert (last.recorded_at, last.effective_at) == (MONDAY, MONDAY - timedelta(days=2))
    assert (last.recorded_at.tzinfo, stored.requests[0].asked_at.tzinfo) == (UTC, UTC)
    assert type(stored.opened_on) is date
    assert type(stored.deadlines[-1].due_on) is date


def test_an_erased_text_is_none_in_the_replayed_case_and_the_chain_stays_whole(home: Home) -> None:
    home.open_issue()
    case = record(home, [NewEvent("measure_changed", {"measure": 1}, {"text": "含个人信息"})])
    texts = table_of(EventText)
    with home.begin() as uow:
        erased = (texts.c.case_id == case.id, texts.c.seq == case.revision)
        uow.execute(texts.update().where(*erased).values(text=None))
        told = histories(uow, [case.id])[case.id]
        assert first_break(told) is None
        assert replay(case.id, home.organisation, told).measures[0].text is None


def test_each_text_has_a_salt_of_its_own(home: Home) -> None:
    home.open_issue()
    record(home, [TOLD_ONLY, TOLD_ONLY])
    texts, rows = table_of(EventText), table_of(EventRow)
    with home.begin() as uow:
        mine = (
            uow.execute(select(texts.c.salt).where(texts.c.organisation_id == home.organisation))
            .scalars()
            .all()
        )
        said = uow.execute(
            select(rows.c.payload).where(
                rows.c.organisation_id == home.organisation, rows.c.type == TOLD_ONLY.type
            )
        ).scalars()
        assert len(set(said)) == 2
    assert len(set(mine)) == len(mine)


def test_only_changed_rows_are_written(home: Home) -> None:
    home.open_issue(measures=30)
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        events = [NewEvent("measure_changed", {"measure": 7, "state": "done", "done_on": "2026-03-02"})]
        with counted(home.database) as seen:
            apply(uow, world, planned(world, events), MONDAY)
    written = re.findall(r'(?:INSERT INTO|(?<!DO )UPDATE) "?(\w+)', " ".join(seen))
    assert written == ["case_file", "event", "measure"]


def test_a_plan_without_events_only_leaves_its_prompts(home: Home) -> None:
    opened = home.open_issue()
    prompts = (Prompt("assigned", "owner", {"move": "assign"}), Prompt("assigned", "owner"))
    assert record(home, [], prompts=prompts) == opened
    notices = table_of(Notice)
    with home.begin() as uow:
        mine = notices.c.organisation_id == home.organisation
        found = uow.execute(select(notices).where(mine).order_by(notices.c.n)).all()
    assert [(row.rung, row.audience, row.n, row.status, row.event_seq) for row in found] == [
        ("assigned", "owner", 1, "pending", opened.revision),
        ("assigned", "owner", 2, "pending", opened.revision),
    ]
    assert [(row.planned_on, row.facts) for row in found] == [
        (date(2026, 3, 2), '{"move":"assign"}'),
        (date(2026, 3, 2), "{}"),
    ]


def scheduled(home: Home) -> dict[tuple[str, str, int], tuple[int | None, datetime | None]]:
    rows = table_of(DeadlineRow)
    with home.begin(writing=False) as uow:
        found = uow.execute(select(rows).where(rows.c.organisation_id == home.organisation))
        return {
            (row.kind, row.subject, row.version): (row.waits_post_id, row.next_moment_at) for row in found
        }


def test_a_deadline_wakes_the_sweep_when_it_arms_changes_or_waits_for_another(home: Home) -> None:
    home.open_issue()
    owner, secretary, later = home.posts[OWNER], home.posts["secretary"], MONDAY + timedelta(days=1)
    plan, old_plan, rectify = ("plan", "", 2), ("plan", "", 1), ("rectify", "", 1)
    assert scheduled(home) == {old_plan: (None, None), rectify: (None, None)}

    record(
        home,
        [NewEvent("owner_set", {"post": owner}), NewEvent("deadline_set", deadline("plan", 2, "2026-03-27"))],
    )
    office = home.posts["office"]
    assert scheduled(home) == {old_plan: (None, None), rectify: (None, None), plan: (office, MONDAY)}

    record(home, [TOLD_ONLY], later)
    assert scheduled(home)[plan] == (office, MONDAY)

    record(home, [NewEvent("moved", {"move": "x", "to": "assigned", "waits_for": "owner"})], later)
    assert scheduled(home)[plan] == (owner, later)

    asked = {
        "request": 1,
        "move": "plan",
        "params": {},
        "decider": "secretary",
        "needed": 1,
        "manifest": {},
        "seal": "s",
    }
    record(home, [NewEvent("requested", asked)], later + timedelta(days=1))
    assert scheduled(home)[plan] == (secretary, later + timedelta(days=1))

    record(home, [NewEvent("deadline_met", {"kind": "plan", "on": "2026-03-03"})], later)
    assert scheduled(home)[plan] == (None, None)


def test_a_disarmed_deadline_is_silent(home: Home) -> None:
    home.open_issue(more=[NewEvent("deadline_set", deadline("plan", 2, "2026-03-27"))])
    assert scheduled(home)[("plan", "", 2)] == (home.posts["office"], MONDAY)
    record(home, [NewEvent("deadline_set", deadline("plan", 3, "2026-03-27", armed=False))])
    assert scheduled(home)[("plan", "", 2)] == (None, None)
    assert scheduled(home)[("plan", "", 3)] == (None, None)


@pytest.mark.parametrize("bump", [bump_roster, bump_calendar], ids=["roster", "calendar"])
def test_what_was_decided_on_another_roster_or_calendar_is_a_conflict(home: Home, bump: object) -> None:
    opened = home.open_issue()
    with home.begin(writing=False) as uow:
        world = load_world(uow, home.organisation, KEY)
    with home.begin() as uow:
        bump(uow, home.organisation)  # type: ignore[operator]
        uow.commit()
    with home.begin() as uow, pytest.raises(Conflict) as refused:
        apply(uow, world, planned(world, [TOLD_ONLY]), MONDAY)
    assert refused.value.code == "case_changed"
    assert_the_same(home, opened)


def test_a_plan_for_another_case_is_a_conflict(home: Home) -> None:
    home.open_issue(1)
    home.open_issue(2)
    with home.begin() as uow:
        first, second = (load_world(uow, home.organisation, key) for key in ("2026-1", "2026-2"))
        with pytest.raises(Conflict):
            apply(uow, first, planned(second, [TOLD_ONLY]), MONDAY)


def test_the_session_and_core_see_one_transaction(home: Home) -> None:
    home.open_issue()
    with home.begin() as uow:
        found = uow.session.get(DeadlineRow, 1)
        assert found is not None
        found.ladder = "other"
        assert load_world(uow, home.organisation, KEY).case.deadlines[0].ladder == "other"
        with pytest.raises(ValueError, match="stop"), uow.savepoint():
            found.ladder = "third"
            uow.flush()
            raise ValueError("stop")
        assert load_world(uow, home.organisation, KEY).case.deadlines[0].ladder == "other"
        uow.commit()
    with home.begin(writing=False) as uow:
        assert load_world(uow, home.organisation, KEY).case.deadlines[0].ladder == "other"
