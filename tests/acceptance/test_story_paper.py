"""Signed on paper, closed, and still asked about until the person says that it was them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.paper import AnswerPaper
from engine.core.principal import Credential, Principal, Via
from engine.services.decisions import Word, confirm, decide_together, list_unconfirmed
from engine.services.intake import Received
from engine.store.database import Database
from tests.kit.stories import Story

CASE, OWNER = "2026-1", "teaching_director"
SCAN = Received("scan.pdf", "scan", "ab" * 32, 9)


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    """One issue whose closing the secretary signed on paper, registered by the office on Friday 6 March."""
    story = Story.begin(database, tmp_path, "2026-03-02").at("2026-03-06")
    story.asks_to_close(CASE, OWNER)
    signed = Principal(story.organisation, story.people["secretary"], Via.PAPER, Credential.PAPER, "clerk")
    word = Word((f"{CASE}-R2",), "approve", scan=SCAN, recorder=story.person("office"))
    with story.work() as uow:
        decide_together(uow, signed, word, story.now)
    return story


def about_paper(story: Story) -> list[str]:
    """The days on which somebody was asked to confirm the paper, and who."""
    return [f"{row.wall:%m-%d} {row.to}" for row in story.letters if "纸质签批" in row.letter.text]


def test_a_paper_decision_closes_the_case_and_is_chased_until_it_is_confirmed(story: Story) -> None:
    assert story.case(CASE).state == "closed"
    story.run("2026-03-13")
    # Told on the next sending day, and again on the day by which it was to be confirmed.
    assert about_paper(story) == ["03-09 secretary", "03-13 secretary"]
    with story.look() as uow:
        assert [row.key for row in list_unconfirmed(uow, story.organisation, story.now)] == [f"{CASE}-R2"]
    with story.work() as uow:
        confirm(uow, story.person("secretary"), f"{CASE}-R2", AnswerPaper(0, True), story.now)
    story.run("2026-04-10")
    assert about_paper(story) == ["03-09 secretary", "03-13 secretary"]
    assert story.broken(CASE) == []


def test_a_paper_that_is_denied_is_told_to_the_office_and_to_who_decides_next(story: Story) -> None:
    words = "这份签批单不是我签的，请核对"
    with story.work() as uow:
        confirm(uow, story.person("secretary"), f"{CASE}-R2", AnswerPaper(0, False, words), story.now)
    story.run("2026-03-09")
    told = {row.to for row in story.letters if words in row.letter.text}
    assert "office" in told and "secretary" not in told and len(told) > 1
    assert story.case(CASE).state == "closed"
    assert story.broken(CASE) == []
