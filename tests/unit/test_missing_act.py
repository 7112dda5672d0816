"""What a letter asks for comes from the workflow file, whatever its states and moves are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.core.case import Case, Deadline
from engine.core.definition import WorkflowDefinition
from engine.core.machine import compile_workflow
from engine.core.posts import Posts
from engine.core.vocabulary import Vocabulary
from engine.core.workdays import WorkCalendar
from engine.core.world import Place, World
from engine.services.letters import missing_act
from engine.text.messages import Item, MessageFacts, render

HAZARD = compile_workflow(
    WorkflowDefinition.model_validate(
        {
            "workflow": "hazard",
            "version": 1,
            "case": "hazard",
            "label": "隐患",
            "initial": "found",
            "final": ["gone"],
            "states": {
                "found": {"label": "已发现"},
                "fenced": {"label": "已围挡"},
                "repaired": {"label": "已修复", "waits_for": ["fire_officer", "principal"]},
                "measured": {"label": "已复测"},
                "gone": {"label": "已消除", "waits_for": ["nobody"]},
            },
            "moves": {
                "undo": {
                    "label": "退回",
                    "from": ["repaired", "measured"],
                    "to": "found",
                    "by": ["fire_officer"],
                },
                "fence": {"label": "围挡", "from": ["found"], "to": "fenced", "by": ["owner"]},
                "repair": {"label": "修复", "from": ["fenced"], "to": "repaired", "by": ["owner"]},
                "measure_again": {
                    "label": "现场复测",
                    "from": ["repaired"],
                    "to": "measured",
                    "by": ["principal"],
                },
                "sign_off": {"label": "签字消除", "from": ["measured"], "to": "gone", "by": ["owner"]},
            },
        }
    ),
    Vocabulary(),
)
RECTIFY = Deadline("rectify", "", 1, date(2026, 3, 9), armed=True)


def world(state: str, waits_for: str = "owner") -> World:
    case = Case(
        1, 1, "2026-1", "hazard", "hazard", HAZARD.digest, state, 1, date(2026, 3, 2), waits_for=waits_for
    )
    place = Place(1, "school", "Asia/Shanghai", None, WorkCalendar("plain"), 1, 1)
    return World(case, HAZARD, place, Posts(1, 1))


@pytest.mark.parametrize(
    ("state", "waits_for", "expected"),
    [
        ("found", "owner", "rectify"),
        ("fenced", "owner", "rectify"),
        ("repaired", "post:principal", "measure_again"),
        ("repaired", "office", "measure_again"),
        ("measured", "owner", "sign_off"),
        ("gone", "nobody", "rectify"),
    ],
)
def test_the_missing_act_is_the_move_that_leads_on(state: str, waits_for: str, expected: str) -> None:
    assert missing_act(world(state, waits_for), RECTIFY) == expected


def test_without_a_deadline_work_that_has_no_name_is_named_in_general() -> None:
    assert missing_act(world("found"), None) == "other"


def test_an_act_that_the_labels_lack_is_called_as_in_its_workflow_file() -> None:
    facts = MessageFacts("王小明", "书记", "示例小学", date(2026, 3, 6), "0100-1234567")
    unknown = Item("rung", "2026-1", "楼梯扶手松动", "measure_again", what_label="现场复测")
    known = Item("rung", "2026-1", "楼梯扶手松动", "verify", what_label="现场复测")
    said = [render("digest", replace(facts, items=(item,))).text for item in (unknown, known)]
    assert ["请现场复测" in text for text in said] == [True, False]
    assert "请核验" in said[1]
