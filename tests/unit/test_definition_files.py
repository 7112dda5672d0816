"""Workflow files: what is wrong in one is said with file, line and the nearest right word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.definition_reader import read_workflow
from engine.core.machine import compile_workflow
from engine.errors import DefinitionError, Problem
from tests.kit.worlds import ROOT, shipped, vocabulary

RECTIFICATION = (ROOT / "workflows/definitions/rectification.yaml").read_text(encoding="utf-8")
THE_SIX = {"assigned", "planned", "in_progress", "evidence_submitted", "verified", "closed"}


def wrong(text: str) -> list[Problem]:
    with pytest.raises(DefinitionError) as caught:
        compile_workflow(read_workflow(text, "rectification.yaml"), vocabulary(), "rectification.yaml")
    return list(caught.value.problems)


def line_of(text: str, word: str) -> int:
    return next(at for at, row in enumerate(text.splitlines(), start=1) if word in row)


def test_rectification_has_exactly_the_six_states_and_the_ways_back() -> None:
    definition = shipped("rectification").definition
    assert set(definition.states) == THE_SIX
    ways = {name: (tuple(move.sources), move.to) for name, move in definition.moves.items()}
    assert (("planned",), "assigned") == ways["return_plan"]
    assert (("evidence_submitted", "verified"), "in_progress") == ways["return_evidence"]
    assert (("closed",), "in_progress") == ways["reopen"]


@pytest.mark.parametrize(
    "file", sorted((ROOT / "workflows/definitions").glob("*.yaml")), ids=lambda file: file.stem
)
def test_a_shipped_workflow_compiles_and_every_state_can_be_reached(file: Path) -> None:
    workflow = shipped(file.stem)
    reached, definition = {workflow.definition.initial}, workflow.definition
    for _ in definition.states:
        for name, move in definition.moves.items():
            reached |= {
                move.target(state)
                for state in move.sources
                if state in reached and _fires(file.stem, state, name)
            }
    assert set(definition.states) == reached


def _fires(name: str, state: str, move: str) -> bool:
    workflow = shipped(name)
    return workflow.fire(state, move, is_refused=False) is not None


def test_a_refusal_and_a_wrong_state_are_the_same_answer_of_the_machine() -> None:
    workflow = shipped("rectification")
    assert "in_progress" == workflow.fire("planned", "start", is_refused=False)
    assert None is workflow.fire("planned", "start", is_refused=True)
    assert None is workflow.fire("closed", "start", is_refused=False)


def test_asked_again_the_machine_answers_as_it_did() -> None:
    asked, fresh = shipped("rectification"), shipped("rectification")
    for is_refused in (False, True, False, True):
        for state in asked.definition.states:
            for move in asked.definition.moves:
                fresh.answers.clear()
                expected = fresh.fire(state, move, is_refused=is_refused)
                assert expected == asked.fire(state, move, is_refused=is_refused)


def test_a_changed_workflow_asks_its_own_machine() -> None:
    workflow, other = shipped("rectification"), shipped("occurrence")
    assert "in_progress" == workflow.fire("planned", "start", is_refused=False)
    with pytest.raises(KeyError):
        replace(workflow, machine=other.machine).fire("planned", "start", is_refused=False)


def test_wording_does_not_change_the_digest_and_a_guard_does() -> None:
    same = RECTIFICATION.replace("label: 分派", "label: 交办")
    other = RECTIFICATION.replace("length: 10", "length: 12")
    digests = [read_workflow(text, "f").digest for text in (RECTIFICATION, same, other)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("old", "new", "code", "nearest"),
    [
        ("    approval:\n", "    aproval:\n", "unknown_key", "approval"),
        ("    to: planned\n", "    to: planed\n", "unknown_state", "planned"),
        ("    to: planned\n", "    to: planned\n    votes: 2\n", "unknown_key", None),
        ("    to: planned\n", "    to: planned\n    notes: x\n", "unknown_key", None),
        ("by: [secretary, ", "by: [{post: secretary, vots: 2}, ", "unknown_key", "votes"),
        ("    from: [planned]\n", "    from: [plannd]\n", "unknown_state", "planned"),
        ("initial: assigned", "initial: asigned", "unknown_state", "assigned"),
        ("met_by: [plan, settle_claim]", "met_by: [plann]", "unknown_move", "plan"),
        ("      - has_owner\n", "      - has_ownr\n", "unknown_guard", "has_owner"),
        ("effects: [arm_measures]", "effects: [arm_mesures]", "unknown_effect", "arm_measures"),
        ("    by: [owner]\n", "    by: [ownr]\n", "unknown_role", "owner"),
        ("  rectify:\n    months", "  rectfy:\n    months", "unknown_key", "rectify"),
        ("{count: 1}", "{cuont: 1}", "wrong_guard_parameter", None),
        ("{count: 1}", '{count: "1"}', "wrong_guard_parameter", None),
    ],
)
def test_a_misspelt_word_is_named_with_the_right_one(
    old: str, new: str, code: str, nearest: str | None
) -> None:
    found = {row.code: row for row in wrong(RECTIFICATION.replace(old, new, 1))}
    assert code in found
    assert nearest == found[code].facts.get("nearest")


def test_a_problem_has_its_line() -> None:
    text = RECTIFICATION.replace("    approval:\n", "    aproval:\n", 1)
    assert [line_of(text, "aproval")] == [row.line for row in wrong(text) if row.code == "unknown_key"]


def test_a_decision_that_waits_for_a_decision_is_refused() -> None:
    text = RECTIFICATION.replace(
        "    by: [owner]\n    approval:", "    by: [owner]\n    decision: true\n    approval:", 1
    )
    assert ["decision_with_approval"] == [row.code for row in wrong(text)]


@pytest.mark.parametrize(
    ("code", "approval"),
    [
        ("decider_unclear", "by: [{votes: 2}]"),
        ("decider_unclear", "by: [{post: secretary, person: p7}]"),
        ("person_is_no_body", "by: [{person: p7, minutes: true}]"),
        ("person_is_no_body", "by: [{person: p7, votes: all}]"),
        ("role_never_decides", "by: [owner]"),
        ("decider_twice", "by: [secretary, {post: secretary, votes: 2}]"),
        ("expires_before_due", "{by: [secretary], within_workdays: 5, expires_after_workdays: 3}"),
        ("wrong_choice", "{by: [secretary], absent: substitutes}"),
        ("wrong_value", "{by: [secretary], returns: 0}"),
    ],
)
def test_what_no_approval_can_mean_is_refused(code: str, approval: str) -> None:
    said = approval if approval.startswith("{") else f"{{{approval}}}"
    text = two_states(to="two").replace("by: [owner]}", f"by: [owner], approval: {said}}}")
    assert code in [row.code for row in wrong(text)]


def test_an_approval_says_all_that_it_can() -> None:
    approval = (
        "{by: [{post: party_committee, votes: all, minutes: {quorum: two_thirds}}, {person: p7}], returns: majority,"
        " joined: ignored, left: vote_stands, absent: next, within_workdays: 5, expires_after_workdays: 20}"
    )
    text = two_states(to="two").replace("by: [owner]}", f"by: [owner], approval: {approval}}}")
    found = read_workflow(text, "own.yaml").moves["go"].approval
    assert found is not None
    assert ("all", "majority", 20) == (found.by[0].votes, found.returns, found.expires_after_workdays)


def test_groups_of_guards_nest_and_an_empty_one_is_refused() -> None:
    nested = RECTIFICATION.replace(
        "      - has_owner\n", "      - any_of: [has_owner, {not: has_owner}, {all_of: [has_owner]}]\n", 1
    )
    assert shipped("rectification").digest != read_workflow(nested, "f").digest
    assert wrong(RECTIFICATION.replace("      - has_owner\n", "      - not: []\n", 1))


def test_a_move_may_leave_the_case_in_its_state() -> None:
    text = two_states(to="stay")
    workflow = compile_workflow(read_workflow(text, "own.yaml"), vocabulary())
    assert "one" == workflow.fire("one", "go", is_refused=False)
    assert None is workflow.fire("one", "go", is_refused=True)


def test_no_state_is_called_like_the_word_for_staying() -> None:
    assert ["reserved_state"] == [row.code for row in wrong(two_states(to="stay", second="stay"))]


def two_states(to: str, second: str = "two") -> str:
    return (
        f"workflow: own\nversion: 1\ncase: own\nlabel: 自拟\ninitial: one\nfinal: [{second}]\n"
        f"states:\n  one: {{label: 一}}\n  {second}: {{label: 二}}\n"
        f"moves:\n  go: {{label: 走, from: [one], to: {to}, by: [owner]}}\n"
    )
