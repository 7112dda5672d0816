"""Duty and ladder files: what they say, and what is wrong in them, with line and nearest word."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.duty import read_duties, read_ladder
from engine.core.ladder import falls_silent
from engine.core.periods import Frequency
from engine.core.recurrence import AtEdge, OnMonthDay
from engine.core.workdays import Span
from engine.errors import DefinitionError
from engine.text.sentences import problem_line

ROOT = Path(__file__).parents[2] / "workflows"
LADDER = """\
ladder: short
version: 1
label: short
rungs:
  - {name: due, after: {days: 0}, to: [waits_for], level: reminder}
  - {name: weekly, after: {days: 7}, to: [secretary], level: urge, repeat_every: 7}
"""
DUTY = """\
family: meetings
version: 1
group: together
duties:
  first: {label: one, post: secretary, frequency: monthly}
  second: {label: two, post: secretary, frequency: monthly, group: alone, due: {day: 31}}
"""


def problems_of(text: str, *, is_ladder: bool = True) -> list[tuple[str, int]]:
    with pytest.raises(DefinitionError) as found:
        (read_ladder if is_ladder else read_duties)(text, "file.yaml")
    return [(problem.code, problem.line) for problem in found.value.problems]


@pytest.mark.parametrize("path", sorted((ROOT / "ladders").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_shipped_ladder_falls_silent(path: Path) -> None:
    assert falls_silent(read_ladder(path.read_text(encoding="utf-8"), path.name).value) is False


@pytest.mark.parametrize("path", sorted((ROOT / "duties").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_duty_file_is_named_like_its_family(path: Path) -> None:
    assert read_duties(path.read_text(encoding="utf-8"), path.name).family == path.stem


def test_the_frequencies_of_the_shipped_duties() -> None:
    families = [
        read_duties(path.read_text(encoding="utf-8"), path.name) for path in (ROOT / "duties").glob("*.yaml")
    ]
    found = {name: duty.frequency for family in families for name, duty in family.members()}
    assert found == {
        "branch_committee": Frequency.MONTHLY,
        "party_group": Frequency.MONTHLY,
        "members_assembly": Frequency.QUARTERLY,
        "party_lecture": Frequency.QUARTERLY,
        "ethics_pledge": Frequency.EACH_SCHOOL_YEAR,
    }


def test_a_family_lends_its_group_to_members_without_one() -> None:
    assert [duty.group for _, duty in read_duties(DUTY, "file.yaml").members()] == ["together", "alone"]


def test_a_due_day_becomes_an_anchor() -> None:
    anchors = [duty.recurrence.anchor for _, duty in read_duties(DUTY, "file.yaml").members()]
    assert anchors == [AtEdge(offset=Span(0)), OnMonthDay(31)]


def test_wording_does_not_change_the_digest() -> None:
    assert read_duties(DUTY.replace("label: one", "label: uno"), "a").digest == read_duties(DUTY, "b").digest
    assert read_duties(DUTY.replace("day: 31", "day: 30"), "a").digest != read_duties(DUTY, "b").digest


def test_a_ladder_that_stops_is_refused() -> None:
    assert problems_of(LADDER.replace(", repeat_every: 7", "")) == [("ladder_falls_silent", 4)]


def test_a_rung_for_nobody_known_is_refused() -> None:
    assert problems_of(LADDER.replace("[waits_for]", "[wait_for]")) == [("unknown_audience", 5)]


def test_a_rung_that_is_not_higher_is_refused() -> None:
    assert problems_of(LADDER.replace("days: 7}", "days: 0}")) == [("rung_not_higher", 6)]


def test_a_rung_named_twice_is_refused() -> None:
    assert problems_of(LADDER.replace("weekly", "due")) == [("rung_twice", 6)]


def test_a_word_that_may_not_stand_is_answered_with_those_that_may() -> None:
    with pytest.raises(DefinitionError) as found:
        read_duties(DUTY.replace("frequency: monthly", "frequency: montly", 1), "file.yaml")
    line = problem_line(found.value.problems[0])
    assert line.startswith("file.yaml:")
    assert "frequency”不能写“montly”，可以写：weekly、half_monthly、monthly、" in line
    assert line.endswith("您是不是想写“monthly”？")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("frequncy: monthly", "unknown_key"),
        ("frequency: dayly", "wrong_choice"),
        ("frequency: node", "nodes_without_frequency"),
        ("frequency: monthly, due: {day: 3, weekday: 2}", "wrong_value"),
    ],
)
def test_a_wrong_duty_is_refused_with_its_line(wrong: str, code: str) -> None:
    text = DUTY.replace(
        "label: one, post: secretary, frequency: monthly", f"label: one, post: secretary, {wrong}"
    )
    assert (code, 5) in problems_of(text, is_ladder=False)
