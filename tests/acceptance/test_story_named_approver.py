"""An approver named in the workflow file: told, chased and heard in person, whatever posts there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.definition_reader import read_workflow
from engine.core.refusal import Refused
from engine.store.database import Database
from engine.store.definitions import FOR_ALL, publish
from tests.kit.reports import TEXT
from tests.kit.source_tree import ROOT
from tests.kit.stories import Story
from tests.kit.verbs import codes

CASE, OWNER, NAMED = "2026-1", "teaching_director", "union_chair"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    """A plan that waits for one person by name, asked for on Monday."""
    story = Story.begin(database, tmp_path, "2026-03-02")
    text = (ROOT / "workflows/definitions/rectification.yaml").read_text(encoding="utf-8")
    text = text.replace(
        "by: [secretary, {post: party_committee", f"by: [{{person: {NAMED}}}, {{post: party_committee"
    )
    with story.work() as uow:
        publish(
            uow, FOR_ALL, "workflow", "rectification", 9, read_workflow(text, "own").digest, text, story.now
        )
    story.at("2026-03-02")
    story.imports(TEXT)
    story.assigns(CASE, OWNER)
    story.does(OWNER, CASE, "plan")
    return story


def test_a_named_approver_is_told_and_chased_in_person(story: Story) -> None:
    story.run("2026-03-11")
    told = [f"{row.wall:%m-%d}" for row in story.letters if row.to == NAMED and "审批" in row.letter.text]
    # On the next sending day, on the day by which it was to be decided, and two working days later.
    assert told == ["03-03", "03-09", "03-11"]
    assert [row.to for row in story.letters if "请您审批" in row.letter.text] == [NAMED]


def test_nobody_else_decides_and_the_named_one_does(story: Story) -> None:
    with pytest.raises(Refused) as refused:
        story.decides("secretary", CASE)
    assert codes(refused.value) == ["wrong_role"]
    story.decides(NAMED, CASE)
    assert (story.case(CASE).state, story.broken(CASE)) == ("planned", [])
