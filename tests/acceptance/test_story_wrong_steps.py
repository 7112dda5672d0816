"""Every wrong step is answered with everything that is missing, by the exit code, and changes not one byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.errors import Conflict, EngineError, NotFound
from engine.services.decisions import Word, decide_together
from engine.services.moves import make_move
from engine.store.database import Database
from engine.store.homes import NewOrganisation, add_organisation_row
from engine.store.scope import Scope
from tests.kit.contents import content_digest
from tests.kit.databases import signed
from tests.kit.reports import TEXT
from tests.kit.stories import Story

CASE, OTHER = "2026-1", "2026-2"
OWNER = "teaching_director"
REASON = "请补充会议记录和签到表后再报"
Wrong = Callable[[Story], None]


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Story:
    """One issue being rectified, one that the secretary owns and whose plan waits for the committee."""
    story = Story.begin(database, tmp_path, "2026-03-02").at("2026-03-06", "10:00")
    story.imports(TEXT)
    story.assigns(CASE, OWNER)
    story.does(OWNER, CASE, "plan")
    story.decides("secretary", CASE)
    story.does(OWNER, CASE, "start")
    story.assigns(OTHER, "secretary")
    story.does("secretary", OTHER, "plan")
    return story


def refusal(story: Story, wrong: Wrong) -> EngineError:
    """What the step was answered; it must have changed nothing."""
    before = content_digest(story.database)
    with pytest.raises(EngineError) as refused:
        wrong(story)
    assert content_digest(story.database) == before
    return refused.value


def codes(error: EngineError) -> list[str]:
    assert isinstance(error, Refused), error
    return list(error.refusals.codes)


WRONG_STEPS: dict[str, tuple[Wrong, list[str]]] = {
    "somebody without a role moves the case": (
        lambda story: story.does("union_chair", CASE, "submit_evidence"),
        [
            "wrong_role",
            "measures_open",
            "deliverable_not_proved",
            "too_little_evidence",
        ],
    ),
    "a move from a state that it does not leave": (
        lambda story: story.does(OWNER, CASE, "close"),
        ["wrong_state", "measures_open", "deliverable_not_proved"],
    ),
    "evidence is submitted without any": (
        lambda story: story.does(OWNER, CASE, "submit_evidence"),
        ["measures_open", "deliverable_not_proved", "too_little_evidence"],
    ),
    "the owner verifies what nobody handed in": (
        lambda story: story.does(OWNER, CASE, "verify"),
        ["wrong_state", "wrong_role", "four_eyes", "too_little_evidence"],
    ),
    "the owner approves their own plan": (
        lambda story: story.decides("secretary", OTHER),
        ["four_eyes"],
    ),
    "one who does not sit in the committee approves": (
        lambda story: story.decides("union_chair", OTHER),
        ["wrong_role"],
    ),
    "a return without a reason worth the name": (
        lambda story: story.decides("deputy_secretary", OTHER, "return", "不行"),
        ["comment_too_short"],
    ),
    "a second request while one waits": (
        lambda story: story.does("secretary", OTHER, "plan"),
        ["request_pending"],
    ),
    "a measure is reported done before the plan stands": (
        lambda story: story.finishes("secretary", OTHER, 1),
        ["plan_not_approved"],
    ),
    "a measure that does not exist": (
        lambda story: story.finishes(OWNER, CASE, 9),
        ["measure_unknown"],
    ),
    "a stranger hands in evidence": (
        lambda story: story.keeps_offline("union_chair", CASE, "会议记录"),
        ["wrong_role"],
    ),
    "a vacant post becomes responsible": (
        lambda story: story.assigns("2026-3", "upper_party"),
        ["post_is_vacant"],
    ),
    "an assignment that is late on its first day": (
        lambda story: story.assigns("2026-3", OWNER, due="2026-03-01"),
        ["due_in_past"],
    ),
}


@pytest.mark.parametrize("name", WRONG_STEPS)
def test_a_wrong_step_is_refused_completely_and_changes_nothing(story: Story, name: str) -> None:
    wrong, missing = WRONG_STEPS[name]
    error = refusal(story, wrong)
    assert (error.exit_code, codes(error)) == (3, missing)


def test_a_name_typed_by_the_operator_is_no_signature(story: Story) -> None:
    def typed(story: Story) -> None:
        who = story.person("deputy_secretary", Credential.NONE)
        with story.work() as uow:
            decide_together(uow, who, Word([f"{OTHER}-R1"], "approve"), story.now)

    error = refusal(story, typed)
    assert (error.exit_code, codes(error)) == (3, ["needs_proof"])


def test_a_stale_revision_is_a_conflict_that_says_both(story: Story) -> None:
    seen = story.case(CASE).revision
    story.finishes(OWNER, CASE, 1)

    def stale(story: Story) -> None:
        with story.work() as uow:
            make_move(uow, story.person(OWNER), CASE, MakeMove("submit_evidence", revision=seen), story.now)

    error = refusal(story, stale)
    assert isinstance(error, Conflict)
    assert (error.exit_code, error.facts["expected"], error.facts["revision"]) == (4, seen, seen + 1)


def test_what_is_out_of_scope_is_not_found_like_what_does_not_exist(story: Story) -> None:
    with story.database.begin(Scope.whole()) as uow:
        go_live = story.today
        neighbour = add_organisation_row(
            signed(uow), NewOrganisation("neighbour", "邻校", "Asia/Shanghai", go_live)
        )
        uow.commit()
    stranger = Principal(neighbour, None, Via.CLI, Credential.NONE, "clerk")

    def reach_over(key: str) -> Wrong:
        def reach(story: Story) -> None:
            with story.database.begin(Scope.one(neighbour)) as uow:
                make_move(uow, stranger, key, MakeMove("plan"), story.now)

        return reach

    there, nowhere = refusal(story, reach_over(CASE)), refusal(story, reach_over("2026-99"))
    assert isinstance(there, NotFound) and isinstance(nowhere, NotFound)
    assert (there.code, there.exit_code, there.facts["nearest"]) == ("case_not_found", 6, None)
    assert (nowhere.code, nowhere.exit_code, nowhere.facts["nearest"]) == ("case_not_found", 6, None)


def test_unknown_cases_moves_and_requests_are_not_found_with_the_nearest_word(story: Story) -> None:
    def unknown(key: str, move: str) -> Wrong:
        return lambda story: story.does(OWNER, key, move)

    answers = {
        "case": refusal(story, unknown("2026-11", "plan")),
        "move": refusal(story, unknown(CASE, "submit_evidense")),
    }
    assert {name: (error.exit_code, error.facts["nearest"]) for name, error in answers.items()} == {
        "case": (6, CASE),
        "move": (6, "submit_evidence"),
    }


def test_whoever_verified_nothing_but_worked_on_it_cannot_verify(story: Story) -> None:
    """Holding the right post does not help somebody who did the work (law 4)."""
    story.finishes(OWNER, CASE)
    story.keeps_offline("office", CASE, "学习计划")
    error = refusal(story, lambda story: story.does("office", CASE, "verify"))
    assert codes(error) == ["wrong_state", "wrong_role", "four_eyes"]
