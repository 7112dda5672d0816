"""Every guard that looks at what only moves bring says so at its mark, and something brings each of these."""

from __future__ import annotations

import ast
from pathlib import Path

from engine.core.vocabulary import MARK, Mark, Standing
from tests.kit.worlds import vocabulary

GUARDS = Path(__file__).parents[2] / "workflows" / "guards"
FROM_OPENING = {Standing.PERIOD}
"""What the scheduler gives to a case when it opens it."""
LOOKS = {"owner_post", "long_term", "paused_until", "lapses_on", "next_look_back", "_pause_runs"}
"""What a guard reads of a case that only moves, or the opening, bring."""
IN_PASSING = {"measures_done", "not_paused"}
"""Guards that read it to name somebody, or hold by themselves when time passes."""


def marks() -> list[Mark]:
    words = vocabulary()
    found = [getattr(each, MARK) for each in (*words.guards.values(), *words.effects.values())]
    return [mark for mark in found if isinstance(mark, Mark)]


def test_whatever_a_guard_waits_for_some_effect_brings() -> None:
    wanted = {mark.wants or mark.says for mark in marks()} - {None}
    brought = {each for mark in marks() for each in mark.change.brings}
    assert wanted - FROM_OPENING == brought
    assert wanted == {*Standing}


def test_what_is_denied_or_ended_is_also_brought() -> None:
    ended = {
        each for mark in marks() for each in (*mark.change.ends, *((mark.denies,) if mark.denies else ()))
    }
    assert {Standing.LONG_TERM} == ended


def test_a_guard_that_looks_at_what_moves_bring_says_what() -> None:
    looking = {
        node.name
        for path in GUARDS.glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.decorator_list and LOOKS & names(node)
    }
    said = {
        mark.name for mark in marks() if mark.kind == "guard" and (mark.wants or mark.says or mark.denies)
    }
    assert looking - IN_PASSING <= said
    assert {"deadline_is_running"} == said - looking


def names(node: ast.AST) -> set[str]:
    """Every word that a function uses: attributes, names and texts."""
    found = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    found |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return found | {str(each.value) for each in ast.walk(node) if isinstance(each, ast.Constant)}
