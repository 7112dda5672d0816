"""A token that somebody revokes between the check and the commit closes nothing (law 1)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.services.access import Handed, NewToken, make_token, revoke
from engine.services.credentials import Acting, principal_for
from engine.services.decisions import Word, decide_together
from engine.services.intake import Received
from engine.services.people import NewPerson, add_person
from engine.store.database import Database
from engine.store.histories import history
from engine.store.unit_of_work import UnitOfWork
from tests.acceptance.test_story_revoked_post import Other
from tests.kit.stories import Story

CASE, OWNER = "2026-1", "teaching_director"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    """One issue that waits for the secretary's last word."""
    story = Story.begin(database, tmp_path, "2026-03-02").at("2026-03-06")
    return story.asks_to_close(CASE, OWNER)


def given(story: Story, person: str) -> Handed:
    with story.work() as uow:
        return make_token(
            uow, story.person(person), NewToken(person, "phone", 90, ("act", "decide")), story.now
        )


def bearer(story: Story, made: Handed) -> Principal:
    acting = Acting(story.organisation, None, None, "clerk", Via.CLI, token=made.word)
    return principal_for(story.database, acting, story.now)


def sign_off(uow: UnitOfWork, story: Story, principal: Principal) -> None:
    request = f"{CASE}-R{len(story.case(CASE).requests)}"
    decide_together(uow, principal, Word([request], "approve"), story.now)


def behind_the_revocation(story: Story, made: Handed, act: Callable[[UnitOfWork, Story], None]) -> object:
    """What comes of an act that begins while the token is being revoked, and has to wait for that."""
    with story.work() as uow:
        revoke(uow, story.person("secretary"), made.access.id, story.now)
        other = Other(story, act).begin()
        other._thread.join(0.3)
        assert other._thread.is_alive()
    return other.end()


def test_a_token_signs_off_and_history_says_which(story: Story) -> None:
    principal = bearer(story, given(story, "secretary"))
    with story.work() as uow:
        sign_off(uow, story, principal)
    assert (story.case(CASE).state, story.broken(CASE)) == ("closed", [])


def test_a_token_revoked_after_it_was_checked_closes_nothing(story: Story) -> None:
    made = given(story, "secretary")
    principal = bearer(story, made)
    with story.work() as uow:
        revoke(uow, story.person("secretary"), made.access.id, story.now)
    with pytest.raises(Refused) as refused, story.work() as uow:
        sign_off(uow, story, principal)
    assert refused.value.refusals.codes == ("token_revoked",)
    assert (story.case(CASE).state, story.broken(CASE)) == ("verified", [])


def test_a_signature_that_waits_behind_the_revocation_is_refused(story: Story) -> None:
    made = given(story, "secretary")
    principal = bearer(story, made)
    answer = behind_the_revocation(story, made, lambda theirs, told: sign_off(theirs, told, principal))
    assert isinstance(answer, Refused)
    assert answer.refusals.codes == ("token_revoked",)
    assert story.case(CASE).state == "verified"


def test_a_revocation_that_waits_behind_the_signature_comes_too_late_for_it(story: Story) -> None:
    made = given(story, "secretary")
    principal = bearer(story, made)
    with story.work() as uow:
        sign_off(uow, story, principal)
        other = Other(
            story, lambda theirs, told: revoke(theirs, told.person("secretary"), made.access.id, told.now)
        ).begin()
        other._thread.join(0.3)
        assert other._thread.is_alive()
    assert other.end() is None
    assert story.case(CASE).state == "closed"


def register(uow: UnitOfWork, story: Story, recorder: Principal) -> None:
    """The signed paper of the secretary, brought in by somebody who proved who they are."""
    request = f"{CASE}-R{len(story.case(CASE).requests)}"
    signer = Principal(story.organisation, story.people["secretary"], Via.PAPER, Credential.PAPER, "clerk")
    word = Word([request], "approve", scan=Received("scan.pdf", "scan", "ab" * 32, 9), recorder=recorder)
    decide_together(uow, signer, word, story.now)


def test_history_says_which_token_registered_a_paper(story: Story) -> None:
    made = given(story, "office")
    recorder = bearer(story, made)
    with story.work() as uow:
        register(uow, story, recorder)
    with story.work() as uow:
        (voted,) = [row for row in history(uow, story.case(CASE).id) if row.payload.get("recorded_by")]
    said = (voted.payload["recorder_credential"], voted.payload["recorder_credential_id"])
    assert (said, story.broken(CASE)) == (("token", made.access.id), [])


def test_a_paper_registered_behind_the_revocation_of_the_token_decides_nothing(story: Story) -> None:
    made = given(story, "office")
    recorder = bearer(story, made)
    answer = behind_the_revocation(story, made, lambda theirs, told: register(theirs, told, recorder))
    assert isinstance(answer, Refused)
    assert answer.refusals.codes == ("token_revoked",)
    assert (story.case(CASE).state, story.broken(CASE)) == ("verified", [])


def test_a_clerk_whose_token_was_revoked_keeps_no_files(story: Story) -> None:
    made = given(story, "office")
    principal = bearer(story, made)
    with story.work() as uow:
        revoke(uow, story.person("office"), made.access.id, story.now)
    with pytest.raises(Refused) as refused, story.work() as uow:
        add_person(uow, principal, NewPerson("somebody"), story.now)
    assert refused.value.refusals.codes == ("token_revoked",)
