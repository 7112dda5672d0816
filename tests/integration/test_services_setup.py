"""A home is set up: everything or nothing, and a second time is harmless."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from engine.core.vocabulary import Vocabulary
from engine.errors import DefinitionError, EngineError, NotFound, WrongUsage
from engine.services.setup import HomePlan, HomeState, init_home, is_demo_home
from engine.store.database import Database
from engine.store.definitions import current
from engine.store.homes import NewOrganisation, add_organisation_row
from engine.store.places import find_organisation, load_posts
from engine.store.scope import Scope
from tests.kit.databases import MONDAY, Databases, signed
from tests.kit.worlds import ROOT, vocabulary

FOLDERS = {
    "definitions": "workflow",
    "duties": "duty",
    "ladders": "ladder",
    "calendars": "calendar",
    "posts": "posts",
    "inspections": "inspection",
}
PLAN = HomePlan(name="青石桥小学")


@dataclass(frozen=True, slots=True)
class File:
    kind: str
    name: str
    source: str
    text: str


def shipped() -> list[File]:
    found = []
    for folder, kind in FOLDERS.items():
        for path in sorted((ROOT / "workflows" / folder).glob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            said = "school" if "\nschool:" in f"\n{text}" else kind
            found.append(File(said, path.stem, f"{folder}/{path.name}", text))
    return found


def init(database: Database, files: Iterable[File] | None = None, plan: HomePlan = PLAN) -> HomeState:
    return init_home(database, MONDAY, shipped() if files is None else files, vocabulary(), plan)


def changed(name: str, old: str, new: str) -> list[File]:
    files = [
        replace(file, text=file.text.replace(old, new)) if file.name == name else file for file in shipped()
    ]
    assert files != shipped()
    return files


def test_the_first_time_makes_a_school_with_its_posts(database: Database) -> None:
    state = init(database)
    assert (state.organisation, state.is_new, state.is_demo) == ("main", True, False)
    with database.begin(Scope.whole(), writing=False) as uow:
        school = find_organisation(uow)
        posts = load_posts(uow, school.id or 0).posts
    assert (school.name, school.zone, school.go_live) == ("青石桥小学", "Asia/Shanghai", date(2026, 3, 2))
    assert (posts["secretary"].label, posts["secretary"].is_body) == ("书记", False)
    assert (posts["party_committee"].label, posts["party_committee"].is_body) == ("党总支委员会", True)


def test_every_post_has_a_word_for_people(database: Database) -> None:
    init(database)
    with database.begin(Scope.whole(), writing=False) as uow:
        posts = load_posts(uow, find_organisation(uow).id or 0).posts
    assert [post.key for post in posts.values() if post.label == post.key] == []


def test_the_second_time_changes_nothing(database: Database) -> None:
    init(database)
    state = init(database, plan=HomePlan(key="other", name="别的学校"))
    assert (state.organisation, state.is_new, state.published) == ("main", False, ())


def test_a_missing_database_is_made(databases: Databases, backend: str) -> None:
    with databases.fresh_url(backend, is_migrated=False) as url:
        database = Database.open(url, vocabulary())
        assert init(database).is_new
        database.close()


def test_today_is_the_day_of_the_school(database: Database) -> None:
    late = MONDAY.replace(hour=17)
    init_home(database, late, shipped(), vocabulary(), PLAN)
    with database.begin(Scope.whole(), writing=False) as uow:
        assert find_organisation(uow).go_live == date(2026, 3, 3)


def test_a_changed_definition_is_published_and_the_old_one_stays(database: Database) -> None:
    init(database)
    state = init(database, changed("rectification", "within_workdays: 5", "within_workdays: 7"))
    assert state.published == ("workflow/rectification",)


def test_a_site_file_comes_before_the_shipped_one(database: Database) -> None:
    site = next(file for file in changed("default", "days: -20", "days: -30") if file.name == "default")
    init(database, [*shipped(), site])
    with database.begin(Scope.whole(), writing=False) as uow:
        assert "days: -30" in current(uow, "main", "ladder", "default").text


def test_all_problems_of_all_files_are_told_and_nothing_is_published(database: Database) -> None:
    broken = [
        File("workflow", "one", "one.yaml", "workflow: one\nworkflow: two\n"),
        File("ladder", "two", "two.yaml", "ladder: two\nunknown: true\n"),
        File("workflow", "three", "three.yaml", "workflow：three\n"),
        *shipped(),
    ]
    with pytest.raises(DefinitionError) as wrong:
        init(database, broken)
    assert {problem.source for problem in wrong.value.problems} == {"one.yaml", "two.yaml", "three.yaml"}
    with database.begin(Scope.whole(), writing=False) as uow, pytest.raises(NotFound):
        current(uow, "main", "workflow", "rectification")


def test_a_workflow_with_an_unknown_guard_is_not_published(database: Database) -> None:
    with pytest.raises(DefinitionError) as wrong:
        init_home(database, MONDAY, shipped(), Vocabulary(), PLAN)
    assert {problem.code for problem in wrong.value.problems} >= {"unknown_guard", "unknown_effect"}


def test_malformed_definitions_do_not_even_make_a_database(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    database = Database.open(f"sqlite:///{path.as_posix()}", vocabulary())
    with pytest.raises(DefinitionError):
        init(database, [File("workflow", "x", "x.yaml", "a: [")])
    assert not path.exists()


def test_a_file_of_an_unknown_kind_is_a_problem(database: Database) -> None:
    with pytest.raises(DefinitionError) as wrong:
        init(database, [File("dutys", "x", "x.yaml", "a: 1")])
    assert [problem.code for problem in wrong.value.problems] == ["unknown_kind"]


def test_a_demo_stays_a_demo_and_a_real_home_never_becomes_one(databases: Databases, backend: str) -> None:
    demo = replace(PLAN, is_demo=True)
    with databases.fresh(backend) as toy, databases.fresh(backend) as real:
        assert [init(toy, plan=demo).is_demo, init(toy).is_demo] == [True, True]
        assert init(real).is_demo is False
        with pytest.raises(WrongUsage, match="home_is_real"):
            init(real, plan=demo)
        with toy.begin(Scope.whole(), writing=False) as uow:
            assert is_demo_home(uow) is True
        with real.begin(Scope.whole(), writing=False) as uow:
            assert is_demo_home(uow) is False


def test_a_home_that_never_said_what_it_is_counts_as_real(database: Database) -> None:
    with database.begin(Scope.whole()) as uow:
        add_organisation_row(signed(uow), NewOrganisation("old", "old", "Asia/Shanghai", date(2025, 1, 1)))
        uow.commit()
    with pytest.raises(WrongUsage, match="home_is_real"):
        init(database, plan=replace(PLAN, is_demo=True))
    assert init(database).is_demo is False


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (replace(PLAN, zone="Asia/Nowhere"), "zone_unknown"),
        (replace(PLAN, zone="../etc/passwd"), "zone_unknown"),
        (replace(PLAN, zone=""), "zone_unknown"),
        (replace(PLAN, key="Main School"), "organisation_key_wrong"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(database: Database, plan: HomePlan, code: str) -> None:
    with pytest.raises(EngineError) as wrong:
        init(database, plan=plan)
    assert (wrong.value.code, wrong.value.exit_code) == (code, 2)
