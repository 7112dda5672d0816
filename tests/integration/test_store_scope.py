"""Who may touch what: out of the scope is not found, and a statement without a scope fails the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import and_, event, func, insert, or_, select, text, update
from sqlmodel import select as orm_select

from engine.core.planning import make_plan
from engine.errors import EngineError, NotFound, WrongUsage
from engine.store.apply import apply
from engine.store.cases import list_cases
from engine.store.database import Database
from engine.store.places import bump_roster, find_organisation, load_place, load_posts
from engine.store.prepared import SENT
from engine.store.scope import Scope
from engine.store.tables import CaseFile, DeadlineRow, MeasureRow, Organisation, Person, table_of
from engine.store.worlds import load_world, load_worlds
from tests.kit.databases import MONDAY, Home
from tests.kit.events import TOLD_ONLY
from tests.kit.scope_law import judged, unscoped

CASES, MEASURES, DEADLINES = table_of(CaseFile), table_of(MeasureRow), table_of(DeadlineRow)
ORGANISATIONS = table_of(Organisation)
MINE = Scope.one(1)


@pytest.mark.parametrize(
    "statement",
    [
        select(CASES),
        select(CASES.c.key).where(CASES.c.key == "2026-1"),
        select(func.count()).select_from(CASES),
        select(CASES).where(or_(MINE.covers(CASES.c.organisation_id), CASES.c.key == "x")),
        select(CASES).where(CASES.c.organisation_id == MEASURES.c.organisation_id),
        select(CASES).where(CASES.c.id.is_not(None)),
        select(CASES).where(CASES.c.organisation_id != 7),
        select(MEASURES).join(CASES, CASES.c.id == MEASURES.c.case_id),
        select(ORGANISATIONS).where(ORGANISATIONS.c.key == "school"),
        select(select(CASES.c.id).subquery()),
        select(CASES).where(MINE.covers(CASES.c.organisation_id), CASES.c.id.in_(select(MEASURES.c.case_id))),
        select(CASES.alias("c")),
        update(CASES).values(state="closed"),
        update(CASES).where(CASES.c.key == "2026-1").values(state="closed"),
        insert(CASES).from_select(["key"], select(CASES.c.key)),
        orm_select(Person),
        text("SELECT key FROM case_file"),
    ],
)
def test_a_statement_without_a_scope_is_seen(statement: object) -> None:
    assert unscoped(statement) != set()


@pytest.mark.parametrize(
    "statement",
    [
        select(CASES).where(MINE.covers(CASES.c.organisation_id)),
        select(CASES).where(Scope.subtree(1).covers(CASES.c.organisation_id)),
        select(CASES).where(Scope.whole().covers(CASES.c.organisation_id)),
        select(CASES).where(and_(CASES.c.state == "closed", MINE.covers(CASES.c.organisation_id))),
        select(CASES.c.key, MEASURES.c.text)
        .join_from(CASES, MEASURES, CASES.c.id == MEASURES.c.case_id)
        .where(MINE.covers(CASES.c.organisation_id)),
        select(MEASURES).where(MEASURES.c.case_id.in_([1, 2])),
        select(CASES.alias("c")).where(text("true")).where(CASES.alias("c").c.organisation_id == 1),
        update(DEADLINES).where(DEADLINES.c.id == 5).values(armed=True),
        insert(CASES).values(key="x"),
        orm_select(Person).where(Person.organisation_id == 1),
        text("SELECT key FROM case_file WHERE organisation_id = 1"),
        text("SELECT 1"),
    ],
)
def test_a_statement_with_a_scope_or_a_key_passes(statement: object) -> None:
    assert unscoped(statement) == set()


def test_the_law_watches_every_statement_of_the_tests(database: Database) -> None:
    with database.begin(Scope.whole()) as uow, pytest.raises(AssertionError, match="no scope on"):
        uow.execute(select(CASES))


@pytest.mark.parametrize("scope", ["school", "district", "whole"])
def test_a_case_is_found_under_each_scope_that_covers_it(home: Home, scope: str) -> None:
    opened = home.open_issue()
    scopes = {"school": home.scope, "district": Scope.subtree(home.district), "whole": Scope.whole()}
    with home.database.begin(scopes[scope]) as uow:
        assert load_world(uow, home.organisation, "2026-1").case == opened
        assert [line.key for line in list_cases(uow, home.organisation)] == ["2026-1"]


@pytest.mark.parametrize("scope", ["neighbour", "neighbour and below"])
def test_a_case_out_of_scope_is_not_found_in_any_way(home: Home, scope: str) -> None:
    case = home.open_issue()
    other = Scope.one(home.neighbour) if scope == "neighbour" else Scope.subtree(home.neighbour)
    with home.database.begin(other) as uow:
        found: list[EngineError] = []
        for attempt in (
            lambda: load_world(uow, home.organisation, "2026-1"),
            lambda: load_world(uow, home.neighbour, "2026-1"),
            lambda: load_worlds(uow, [case.id]),
            lambda: load_place(uow, home.organisation),
            lambda: load_posts(uow, home.organisation),
            lambda: bump_roster(uow, home.organisation),
            lambda: find_organisation(uow, "school"),
        ):
            with pytest.raises(NotFound) as missing:
                attempt()
            found.append(missing.value)
        assert [error.facts["nearest"] for error in found] == [None] * len(found)
        assert list_cases(uow, home.organisation) == []


def test_an_unknown_key_names_the_nearest_one(home: Home) -> None:
    home.open_issue(number=27)
    with home.begin() as uow, pytest.raises(NotFound) as missing:
        load_world(uow, home.organisation, "2026-72")
    assert (missing.value.code, missing.value.facts["nearest"]) == ("case_not_found", "2026-27")


def test_one_organisation_needs_no_name_and_several_do(home: Home) -> None:
    with home.begin() as uow:
        assert find_organisation(uow).key == "school"
    with home.database.begin(Scope.whole()) as uow:
        assert find_organisation(uow, "neighbour").id == home.neighbour
        with pytest.raises(WrongUsage) as several:
            find_organisation(uow)
    assert several.value.facts["organisations"] == ["district", "neighbour", "school"]


def test_an_empty_home_has_no_organisation(database: Database) -> None:
    with database.begin(Scope.whole()) as uow, pytest.raises(NotFound) as missing:
        find_organisation(uow)
    assert missing.value.code == "organisation_not_found"


def test_statements_that_go_straight_to_the_driver_carry_a_scope_too(home: Home) -> None:
    home.open_issue()
    with home.begin() as uow:
        world = load_world(uow, home.organisation, "2026-1")
        comment = [TOLD_ONLY]
        with caught(home) as seen:
            apply(uow, world, make_plan(world, home.principal("office"), MONDAY, comment), MONDAY)
    changes = [text for text in seen if "UPDATE case_file" in text]
    assert len(changes) == 1
    assert "case_file.organisation_id = " in changes[0]
    assert [each.statement for each in SENT if judged(each.statement)] == []
    assert SENT != [] or not home.database.is_sqlite


@contextmanager
def caught(home: Home) -> Iterator[list[str]]:
    seen: list[str] = []

    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(home.database.engine, "before_cursor_execute", _note)
    yield seen
    event.remove(home.database.engine, "before_cursor_execute", _note)
