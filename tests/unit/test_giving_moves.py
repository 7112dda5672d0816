"""Which move gives a case to somebody is told by what it does, never by what a file calls it."""

from __future__ import annotations

from dataclasses import replace

from engine.core.definition_reader import read_workflow
from engine.core.machine import compile_workflow
from engine.core.world import World
from engine.services.moves import assigning
from tests.kit.worlds import ROOT, assigned, in_progress, vocabulary

TEXT = (ROOT / "workflows/definitions/rectification.yaml").read_text(encoding="utf-8")
RENAMED = TEXT.replace("\n  assign:\n", "\n  hand_out:\n").replace("\n  reassign:\n", "\n  pass_on:\n")


def in_words_of(world: World, text: str, state: str | None = None) -> World:
    workflow = compile_workflow(read_workflow(text, "own.yaml"), vocabulary())
    case = world.case if state is None else replace(world.case, state=state)
    return replace(world, workflow=workflow, case=case)


def test_the_shipped_file_assigns_and_reassigns() -> None:
    assert ("assign", "reassign") == (assigning(assigned().world), assigning(in_progress().world))


def test_a_file_may_call_its_moves_otherwise() -> None:
    assert RENAMED != TEXT
    assert "hand_out" == assigning(in_words_of(assigned().world, RENAMED))
    assert "pass_on" == assigning(in_words_of(in_progress().world, RENAMED))


def test_where_no_move_gives_it_any_more_the_last_one_says_why() -> None:
    assert "pass_on" == assigning(in_words_of(in_progress().world, RENAMED, "closed"))


def test_a_file_in_which_nobody_is_given_anything_has_no_such_move() -> None:
    nobody = RENAMED.replace("[set_owner, arm_deadlines]", "[arm_deadlines]").replace("[set_owner]", "[]")
    assert "assign" == assigning(in_words_of(assigned().world, nobody))
