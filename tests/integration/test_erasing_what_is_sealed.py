"""A request is about words: whoever erases some of them while it waits ends it at once, and both sides hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.case import Case
from engine.core.erasing import Erasure
from engine.core.refusal import Refused
from engine.services.bundles import NewBundle, make_bundles, show_bundle
from engine.services.erasing import erase
from engine.services.inspections import IssueEdit, edit_issue
from engine.store.database import Database
from engine.store.histories import history
from tests.kit.reports import TEXT
from tests.kit.stories import Story

CAST = ("secretary", "office", "discipline_commissioner", "vice_principal_teaching")
CASE, OWNER = "2026-2", "vice_principal_teaching"
ONE, PROMISE = "书记讲党课", "教案"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    """A plan that waits for the secretary."""
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    story.imports(TEXT)
    story.assigns(CASE, OWNER)
    yield story


def place_of(story: Story, kind: str, name: str, said: str = "") -> int:
    with story.look() as uow:
        events = history(uow, story.case(CASE).id)
    return next(row.seq for row in events if row.type == kind and said in row.texts.get(name, ""))


def erases(story: Story, seq: int, name: str) -> None:
    for who in ("office", "secretary"):
        with story.work() as uow:
            erase(uow, story.person(who), CASE, Erasure(seq, name), "写有学生姓名", story.now)


def status(case: Case) -> str:
    return case.requests[-1].status


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("measure_added", "text", ONE),
        ("deliverable_promised", "name", PROMISE),
        ("case_opened", "title", ""),
        ("case_opened", "problem", ""),
    ],
)
def test_the_request_is_stale_at_once_and_both_sides_are_told(
    story: Story, kind: str, name: str, said: str
) -> None:
    story.does(OWNER, CASE, "plan")
    erases(story, place_of(story, kind, name, said), name)
    case = story.case(CASE)
    assert (status(case), case.deadline("request", "1").ended) == ("stale", "dropped")  # type: ignore[union-attr]
    told = {person for row in story.told(CASE) if row.notice.rung == "stale" for person in row.waits_to_tell}
    assert told == {story.people[OWNER], story.people["secretary"]}
    with pytest.raises(Refused) as refused:
        story.decides("secretary", CASE)
    assert "request_not_pending" in refused.value.refusals.codes
    assert (story.broken(CASE), story.proves()) == ([], True)


def test_asked_alone_it_ends_nothing(story: Story) -> None:
    story.does(OWNER, CASE, "plan")
    with story.work() as uow:
        seq = place_of(story, "measure_added", "text", ONE)
        erase(uow, story.person("office"), CASE, Erasure(seq, "text"), "写有学生姓名", story.now)
    assert status(story.case(CASE)) == "pending"


def test_words_that_were_replaced_before_may_go(story: Story) -> None:
    with story.work() as uow:
        edit_issue(uow, story.person("office"), CASE, IssueEdit({"title": "党课没有落实到位"}, {}), story.now)
    story.does(OWNER, CASE, "plan")
    erases(story, place_of(story, "case_opened", "title"), "title")
    assert status(story.case(CASE)) == "pending"
    story.decides("secretary", CASE)
    assert story.case(CASE).state == "planned"


def test_what_is_not_sealed_may_go(story: Story) -> None:
    story.does(OWNER, CASE, "plan")
    erases(story, place_of(story, "case_opened", "aspect"), "aspect")
    assert status(story.case(CASE)) == "pending"


def test_it_ends_in_its_bundle_too(story: Story) -> None:
    story.does(OWNER, CASE, "plan")
    with story.work() as uow:
        new = NewBundle(inspection="2026", move="plan")
        (made,) = make_bundles(uow, story.person("office"), new, story.now)
    erases(story, place_of(story, "measure_added", "text", ONE), "text")
    with story.look() as uow:
        shown = show_bundle(uow, story.person("office").organisation, made.bundle.key)
    assert [row.status for row in shown.members] == ["stale"]
    assert (shown.pending, shown.digest) == ((), None)
