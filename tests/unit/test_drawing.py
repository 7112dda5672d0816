"""Workflows drawn as Mermaid text: complete, the same every time, and valid whatever a label says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.definition_reader import read_workflow
from engine.text.drawing import drawing
from tests.kit.worlds import shipped

OWN = """\
workflow: own
version: 1
case: issue
label: 自拟
initial: draft
final: [done]
states:
  draft: {label: 起草}
  done: {label: "完：成"}
moves:
  note: {label: 记一笔, from: [draft, done], to: stay, by: [owner], decision: true}
  finish: {label: 办结, from: [draft], to: done, by: [owner], approval: {by: [secretary]}}
  again: {label: 重办, from: [done], to: draft, by: [secretary], decision: true}
deadlines:
  rectify: {days: 30, met_by: [finish]}
"""
DRAWN = """\
stateDiagram-v2
    state "起草" as s_draft
    state "完：成" as s_done
    [*] --> s_draft
    s_draft --> s_done : 办结（须书记审批）
    s_done --> s_draft : ↩ 重办（须本人签批）
    s_done --> [*]
    note right of s_draft
        · 记一笔（须本人签批）
    end note
    note right of s_done
        · 记一笔（须本人签批）
    end note
    classDef now fill:#fff3bf,stroke:#b45309,stroke-width:3px
    class s_done now
"""
# What a row of such a drawing may be; a label has none of the signs that Mermaid reads.
LABEL = r"[^\"#:;<>{}\[\]()%`|\\\n]*"
ROWS = (
    r"stateDiagram-v2",
    rf'    state "{LABEL}" as s_\w+',
    rf"    (\[\*\]|s_\w+) --> (\[\*\]|s_\w+)( : {LABEL})?",
    r"    note right of s_\w+",
    rf"        · {LABEL}",
    r"    end note",
    r"    classDef now fill:#\w+,stroke:#\w+,stroke-width:3px",
    r"    class s_\w+ now",
)


def test_a_small_workflow_drawn_with_the_state_of_a_case() -> None:
    assert DRAWN == drawing(read_workflow(OWN, "own.yaml"), "done")


@pytest.mark.parametrize("name", ["rectification", "occurrence"])
def test_a_shipped_workflow_is_drawn_whole_and_always_the_same(name: str) -> None:
    definition = shipped(name).definition
    drawn = drawing(definition)
    assert drawn == drawing(definition)
    states = re.findall(r'state "(.+)" as s_(\w+)', drawn)
    assert {key for _, key in states} == set(definition.states)
    ways = re.findall(r"s_(\w+) --> s_(\w+) : ", drawn)
    meant = [(source, move.target(source)) for move in definition.moves.values() for source in move.sources]
    assert sorted(ways) == sorted(pair for pair in meant if pair[0] != pair[1])
    assert len(re.findall(r"^        · ", drawn, re.MULTILINE)) == sum(one == two for one, two in meant)


@given(st.text(min_size=1, max_size=40))
def test_no_label_breaks_the_drawing(label: str) -> None:
    definition = read_workflow(OWN, "own.yaml")
    states = {name: row.model_copy(update={"label": label}) for name, row in definition.states.items()}
    moves = {name: row.model_copy(update={"label": label}) for name, row in definition.moves.items()}
    drawn = drawing(definition.model_copy(update={"states": states, "moves": moves}), "draft")
    assert [] == [row for row in drawn.splitlines() if not any(re.fullmatch(form, row) for form in ROWS)]


def test_words_of_mermaid_are_only_words() -> None:
    definition = read_workflow(OWN, "own.yaml")
    said = {"finish": 'a "--> b: x', "note": "end note\n%% note"}
    moves = {
        name: row.model_copy(update={"label": said.get(name, row.label)})
        for name, row in definition.moves.items()
    }
    drawn = drawing(definition.model_copy(update={"moves": moves}))
    assert "        · end note ％％ note（须本人签批）\n" in drawn
    assert "    s_draft --> s_done : a ＂--＞ b： x（须书记审批）\n" in drawn
