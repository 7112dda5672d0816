"""Whoever lost their post closes nothing: the verbs of two people at once, on two connections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from engine.core.refusal import Refused
from engine.errors import Conflict, EngineError
from engine.services.decisions import Word, decide_together
from engine.services.people import end_holding
from engine.store.database import Database
from engine.store.unit_of_work import UnitOfWork
from tests.kit.stories import Story

CASE, OWNER = "2026-1", "teaching_director"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    """One issue that waits for the secretary's last word."""
    story = Story.begin(database, tmp_path, "2026-03-02").at("2026-03-06")
    return story.asks_to_close(CASE, OWNER)


def revoke(uow: UnitOfWork, story: Story) -> None:
    """The secretary leaves office, and their seat in the committee with it."""
    for post in ("secretary", "party_committee"):
        end_holding(uow, story.person("office"), "secretary", post, story.now)


def sign_off(uow: UnitOfWork, story: Story) -> None:
    request = f"{CASE}-R{len(story.case(CASE).requests)}"
    decide_together(uow, story.person("secretary"), Word([request], "approve"), story.now)


class Other:
    """Somebody at another machine: acts, and is seen to wait until the first one is done."""

    def __init__(self, story: Story, act: Callable[[UnitOfWork, Story], None]) -> None:
        self.answer: EngineError | None = None
        self._story, self._act = story, act
        self._begun = Event()
        self._thread = Thread(target=self._run)

    def begin(self) -> Other:
        self._thread.start()
        self._begun.wait(5)
        return self

    def end(self) -> EngineError | None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.answer

    def _run(self) -> None:
        self._begun.set()
        try:
            with self._story.work() as uow:
                self._act(uow, self._story)
        except EngineError as error:
            self.answer = error


def test_a_signature_that_waits_behind_a_revocation_is_refused(story: Story) -> None:
    with story.work() as uow:
        revoke(uow, story)
        other = Other(story, sign_off).begin()
        other._thread.join(0.3)
        assert other._thread.is_alive()
    answer = other.end()
    assert isinstance(answer, Refused | Conflict)
    assert answer.exit_code in (3, 4)
    assert story.case(CASE).state == "verified"
    assert story.broken(CASE) == []


def test_a_revocation_that_waits_behind_a_signature_comes_too_late_for_it(story: Story) -> None:
    with story.work() as uow:
        sign_off(uow, story)
        other = Other(story, revoke).begin()
        other._thread.join(0.3)
        assert other._thread.is_alive()
    assert other.end() is None
    assert story.case(CASE).state == "closed"
    assert story.broken(CASE) == []


def test_an_ex_secretary_who_kept_a_seat_has_one_vote_and_no_more(story: Story) -> None:
    with story.work() as uow:
        end_holding(uow, story.person("office"), "secretary", "secretary", story.now)
    story.decides("secretary", CASE)
    assert (story.case(CASE).state, story.case(CASE).requests[-1].decider) == ("verified", "party_committee")


def test_after_a_revocation_the_committee_decides(story: Story) -> None:
    with story.work() as uow:
        revoke(uow, story)
    with pytest.raises(Refused) as refused:
        story.decides("secretary", CASE)
    assert "wrong_role" in refused.value.refusals.codes
    for member in ("deputy_secretary", "organisation_commissioner", "publicity_commissioner"):
        story.decides(member, CASE)
    assert story.case(CASE).state == "closed"
