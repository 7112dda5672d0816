"""What a decision is about does not change under the hand of whoever decides it: words and amounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.definition import FieldRule
from engine.core.history import NewEvent
from engine.core.plan import Plan
from engine.core.planning import make_plan
from tests.kit.worlds import Bench, assigned

OWNER = "vice_principal_teaching"


def asked() -> Bench:
    """A plan that waits, on a workflow with an amount."""
    bench = assigned()
    fields = {"amount": FieldRule(label="问题金额", type="money")}
    definition = bench.workflow.definition.model_copy(update={"fields": fields})
    bench.workflow = replace(bench.workflow, definition=definition)
    bench.do(OWNER, "plan")
    assert bench.case.pending is not None
    return bench


def edited(bench: Bench, event: NewEvent) -> Plan:
    plan = make_plan(bench.world, bench.person("office"), bench.now, [event])
    bench.apply(plan.events, plan.stamp)
    return plan


@pytest.mark.parametrize(
    "event",
    [
        NewEvent("texts_edited", {}, {"title": "another title"}),
        NewEvent("texts_edited", {}, {"problem": "another problem"}),
        NewEvent("fields_set", {"fields": {"amount": 29999}}),
    ],
)
def test_new_words_or_a_new_amount_end_what_waits(event: NewEvent) -> None:
    bench = asked()
    plan = edited(bench, event)
    assert ("stale", None) == (bench.case.requests[-1].status, bench.case.pending)
    assert ["stale", "stale"] == [prompt.kind for prompt in plan.prompts]
    assert bench.replayed == bench.case


@pytest.mark.parametrize(
    "event",
    [
        NewEvent("texts_edited", {}, {"title": "a title"}),
        NewEvent("texts_edited", {}, {"goal": "something beside it"}),
        NewEvent("fields_set", {"fields": {"due_was_set": True}}),
    ],
)
def test_what_the_decision_is_not_about_leaves_it(event: NewEvent) -> None:
    bench = asked()
    edited(bench, event)
    assert bench.case.pending is not None
