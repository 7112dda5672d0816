"""Overlays and differences of definitions, as plain data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.changes import Change, changes
from engine.core.overlay import merged, text_of
from engine.core.yaml_text import Loaded, load
from engine.errors import DefinitionError

BASE = load(
    "workflow: own\nversion: 1\nstates:\n  a: {label: 甲}\n  b: {label: 乙, waits_for: [x, y]}\n", "base"
)


def over(text: str) -> Loaded:
    return merged("workflow", BASE, load(text, "overlay.yaml"))


def problems(text: str) -> list[tuple[str, int]]:
    with pytest.raises(DefinitionError) as caught:
        over(text)
    return [(row.code, row.line) for row in caught.value.problems]


def test_mappings_merge_lists_are_replaced_and_null_takes_away() -> None:
    laid = over("version: 2\nstates:\n  a: null\n  b: {waits_for: [z]}\n  c: {label: 丙}\n")
    states = {"b": {"label": "乙", "waits_for": ["z"]}, "c": {"label": "丙"}}
    assert {"workflow": "own", "version": 2, "states": states} == laid.data
    assert ["b", "c"] == list(laid.data["states"])  # type: ignore[index,call-overload,arg-type]


def test_what_lies_below_is_not_touched() -> None:
    over("states:\n  b: {waits_for: [z]}\n")
    assert ["x", "y"] == BASE.data["states"]["b"]["waits_for"]  # type: ignore[index,call-overload]


def test_lines_are_those_of_the_overlay() -> None:
    laid = over("# first\nstates:\n  b:\n    waits_for: [z]\n")
    assert ("overlay.yaml", 4, 3) == (
        laid.source,
        laid.line_of(("states", "b", "waits_for")),
        laid.line_of(("states", "b", "label")),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("workflow: other\n", [("overlay_renames", 1)]),
        ("states:\n  a: null\n  d: null\n", [("overlay_removes_nothing", 3)]),
        ("- a\n", [("overlay_no_mapping", 1)]),
        ("no_such:\n  part: null\n", [("overlay_removes_nothing", 2)]),
    ],
)
def test_an_overlay_that_cannot_be_meant(text: str, expected: list[tuple[str, int]]) -> None:
    assert expected == problems(text)


DATA = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdef"), inner, max_size=4),
    max_leaves=12,
)
MAPPINGS = st.dictionaries(st.sampled_from("abcdef"), DATA, max_size=4)


def loaded(data: Any) -> Loaded:
    return Loaded(data, {(): 1}, "f")


@given(MAPPINGS, MAPPINGS)
def test_laying_over_twice_is_laying_over_once_and_the_text_says_the_same(base: Any, said: Any) -> None:
    once = merged("workflow", loaded(base), loaded(said))
    assert once.data == merged("workflow", once, loaded(said)).data
    assert once.data == load(text_of(once), "f").data


@given(MAPPINGS, MAPPINGS)
def test_there_are_differences_exactly_where_two_differ(one: Any, other: Any) -> None:
    assert (one != other) == bool(list(changes(one, other)))
    assert [] == list(changes(one, one))


def test_a_difference_says_where_and_what() -> None:
    old = {
        "label": "甲",
        "moves": {"plan": {"guards": ["a", {"b": {"count": 1}}]}, "gone": 1},
        "order": [1, 2],
    }
    new = {
        "label": "乙",
        "moves": {"plan": {"guards": ["a", {"b": {"count": 2}}]}, "come": {}},
        "order": [2, 1],
    }
    assert [
        Change("changed", "label", "甲", "乙", is_wording=True),
        Change("added", "moves.plan.guards", None, '{"b": {"count": 2}}'),
        Change("removed", "moves.plan.guards", '{"b": {"count": 1}}', None),
        Change("added", "moves.come", None, "{}"),
        Change("removed", "moves.gone", "1", None),
        Change("changed", "order", "[1, 2]", "[2, 1]"),
    ] == list(changes(old, new))  # fmt: skip
