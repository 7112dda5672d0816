"""What one organisation says is held to what holds for all: guard by guard, number by number, each in its direction."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.definition_reader import read_workflow, workflow_of
from engine.core.overlay import merged, text_of
from engine.core.stricter import laxer
from engine.core.yaml_text import load
from tests.kit.worlds import ROOT, vocabulary

SHIPPED = (ROOT / "workflows/definitions/rectification.yaml").read_text(encoding="utf-8")
LOOSENS, UNLIKE, DROPS = "overlay_loosens", "overlay_not_comparable", "overlay_drops_guard"


def told(base: str, over: str) -> list[tuple[str, Any]]:
    loaded = merged("workflow", load(base, "base"), load(over, "over"))
    found = laxer(read_workflow(base, "base"), workflow_of(loaded), loaded, vocabulary())
    return [(row.code, row.facts.get("place", row.facts.get("words"))) for row in found]


def redating(*guards: str) -> str:
    """An overlay by which the decided move `redate` has these guards alone."""
    return f"moves:\n  redate:\n    guards: [{', '.join(guards)}]\n"


def base_with(*guards: str) -> str:
    return text_of(merged("workflow", load(SHIPPED, "base"), load(redating(*guards), "over")))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("due_within: {months: 12}", "due_within: {months: 12}", []),
        ("due_within: {months: 12}", "due_within: {months: 6}", []),
        ("due_within: {months: 12}", "due_within: {months: 100}", [(LOOSENS, "due_within.months")]),
        ("due_within: {months: 12}", "due_within: {days: 30}", [(UNLIKE, "due_within.days")]),
        ("due_within: {workdays: 5}", "due_within: {days: 5}", [(UNLIKE, "due_within.days")]),
        ("due_within: {months: 2, days: 9}", "due_within: {months: 2}", []),
        ("comment_at_least: {length: 10}", "comment_at_least: {length: 12}", []),
        ("comment_at_least: {length: 10}", "comment_at_least: {length: 2}", [(LOOSENS, "comment_at_least.length")]),
        ("extensions_at_most: {count: 2}", "extensions_at_most: {count: 1}", []),
        ("extensions_at_most: {count: 2}", "extensions_at_most: {count: 3}", [(LOOSENS, "extensions_at_most.count")]),
        ("evidence_at_least: {count: 1}", "evidence_at_least: {count: 1, kind: photo}", []),
        (
            "evidence_at_least: {count: 1, kind: photo}",
            "evidence_at_least: {count: 1}",
            [(LOOSENS, "evidence_at_least.kind")],
        ),
        (
            "evidence_at_least: {count: 2}",
            "evidence_at_least: {count: 1, kind: photo}",
            [(UNLIKE, "evidence_at_least.count")],
        ),
        ("deliverables_proved: {accepted: true}", "deliverables_proved", [(LOOSENS, "deliverables_proved.accepted")]),
        ("deliverables_proved", "deliverables_proved: {accepted: true}", []),
        ("deadline_is_running: {kinds: [rectify, plan]}", "deadline_is_running: {kinds: [plan]}", []),
        (
            "deadline_is_running: {kinds: [plan]}",
            "deadline_is_running: {kinds: [rectify, plan]}",
            [(LOOSENS, "deadline_is_running.kinds")],
        ),
        ("text_at_least: {name: goal, length: 5}", "text_at_least: {name: progress, length: 9}", [(DROPS, ["text_at_least"])]),
        ("is_overdue", "not_late_yet", [(DROPS, ["is_overdue"])]),
        ("is_overdue", "all_of: [is_overdue, due_is_given]", []),
        ("any_of: [is_overdue, not_paused]", "is_overdue", []),
        ("any_of: [is_overdue, not_paused]", "any_of: [not_paused, is_overdue]", []),
        (
            "any_of: [is_overdue, not_paused]",
            "any_of: [is_overdue, not_paused, due_is_given]",
            [(UNLIKE, "any_of")],
        ),
        ("is_overdue", "any_of: [is_overdue, not_paused]", [(DROPS, ["is_overdue"])]),
        ("not: [is_overdue]", "not: [is_overdue]", []),
        ("not: [{comment_at_least: {length: 9}}]", "not: [{comment_at_least: {length: 5}}]", []),
        ("not: [{comment_at_least: {length: 5}}]", "not: [{comment_at_least: {length: 9}}]", [(UNLIKE, "not")]),
        ("not: [is_overdue, due_is_given]", "not: [is_overdue]", []),
        ("not: [is_overdue]", "not: [is_overdue, due_is_given]", [(UNLIKE, "not")]),
    ],
)  # fmt: skip
def test_a_guard_of_a_decided_move_asks_for_no_less(
    old: str, new: str, expected: list[tuple[str, object]]
) -> None:
    placed = [
        (code, f"moves.redate.guards.{place}" if isinstance(place, str) else place)
        for code, place in expected
    ]
    assert placed == told(base_with(quoted(old)), redating(quoted(new)))


def quoted(guard: str) -> str:
    return "{" + guard + "}" if ":" in guard else guard


UNCOUNTED = SHIPPED.replace("    days: 30\n", "", 1)
PLAN = "moves.plan.approval."


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("expires_after_workdays: 9", "expires_after_workdays: 8", []),
        ("expires_after_workdays: 0", "expires_after_workdays: 8", []),
        ("expires_after_workdays: 5", "expires_after_workdays: 9", [(LOOSENS, "expires_after_workdays")]),
        ("expires_after_workdays: 5", "expires_after_workdays: 0", [(LOOSENS, "expires_after_workdays")]),
        ("within_workdays: 5", "within_workdays: 6", [(LOOSENS, "within_workdays")]),
        ("returns: 2", "returns: 1", []),
        ("returns: 1", "returns: 2", [(LOOSENS, "returns")]),
        ("returns: majority", "returns: 1", []),
        ("returns: majority", "returns: 3", [(UNLIKE, "returns")]),
        ("returns: 1", "returns: majority", [(LOOSENS, "returns")]),
        ("by: [{post: secretary, votes: 2}]", "by: [{post: secretary, votes: 3}]", []),
        ("by: [{post: secretary, votes: 2}]", "by: [{post: secretary, votes: all}]", []),
        ("by: [{post: secretary, votes: 2}]", "by: [{post: secretary, votes: 1}]", [(LOOSENS, "by.secretary.votes")]),
        ("by: [{post: secretary, votes: all}]", "by: [{post: secretary, votes: 9}]", [(LOOSENS, "by.secretary.votes")]),
        ("by: [{post: secretary}]", "by: [{post: secretary, votes: 2}]", [(UNLIKE, "by.secretary.votes")]),
        ("by: [{post: secretary, votes: 2}]", "by: [{post: deputy_secretary, votes: 1}]", []),
        (
            "by: [{post: secretary, minutes: {quorum: two_thirds}}]",
            "by: [{post: secretary, minutes: {quorum: half}}]",
            [(LOOSENS, "by.secretary.minutes.quorum")],
        ),
        (
            "by: [{post: secretary, minutes: {quorum: half}}]",
            "by: [{post: secretary, minutes: {quorum: two_thirds}}]",
            [],
        ),
    ],
)  # fmt: skip
def test_an_approval_asks_for_no_less(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    words = "moves:\n  plan:\n    approval: {{{}}}\n"
    base = text_of(merged("workflow", load(SHIPPED, "base"), load(words.format(old), "over")))
    assert [(code, PLAN + place) for code, place in expected] == told(base, words.format(new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("workdays: 15", "workdays: 10", []),
        ("workdays: 15", "workdays: 20", LOOSENS),
        ("workdays: 15", "workdays: 0", LOOSENS),
        ("workdays: 15", "{workdays: 0, months: 1}", UNLIKE),
        ("workdays: 15", "{closed_day: next}", LOOSENS),
        ("workdays: 15", "{closed_day: previous}", []),
        ("workdays: 0", "workdays: 10", []),
        (
            "{workdays: 15, when: [{field: level, is: grave, workdays: 3}]}",
            "{when: [{field: level, is: grave, workdays: 4}]}",
            LOOSENS,
        ),
        ("{workdays: 15, when: [{field: level, is: grave, workdays: 3}]}", "{when: []}", LOOSENS),
        ("workdays: 15", "{when: [{field: level, is: grave, workdays: 3}]}", []),
    ],
)
def test_a_deadline_is_no_later(old: str, new: str, expected: object) -> None:
    words = "fields:\n  level: {{label: 级别, type: choice, choices: {{grave: 重, plain: 轻}}}}\ndeadlines:\n  plan: {}\n"
    old, new = (said if said.startswith("{") else "{" + said + "}" for said in (old, new))
    base = text_of(merged("workflow", load(UNCOUNTED, "base"), load(words.format(old), "over")))
    found = told(base, words.format(new))
    assert ([(expected, "deadlines.plan")] if expected else []) == found
