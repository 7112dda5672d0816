"""Soundness of workflows: each finding has its code, its line, and a file that triggers nothing else."""

from __future__ import annotations

import ast

import pytest

from engine.core.definition_reader import workflow_of
from engine.core.duty import read_ladder
from engine.core.sound.sheet import Known
from engine.core.soundness import MOST_FINDINGS, findings
from engine.core.yaml_text import load
from engine.errors import Problem
from engine.text.sentences import problem_line
from tests.kit.worlds import ROOT, vocabulary

LADDERS = ("default", "occurrence", "request")
SOUND = """\
workflow: own
version: 1
case: issue
label: 自拟
initial: draft
final: [done]
states:
  draft: {label: 起草}
  checked: {label: 待核, waits_for: [office]}
  done: {label: 完成, waits_for: [nobody]}
moves:
  assign: {label: 分派, from: [draft], to: stay, by: [office], effects: [set_owner]}
  submit: {label: 报送, from: [draft], to: checked, by: [owner], guards: [evidence_at_least: {count: 1}]}
  return: {label: 退回, from: [checked], to: draft, by: [office], guards: [comment_at_least: {length: 10}]}
  accept: {label: 认可, from: [checked], to: done, by: [office]}
deadlines:
  rectify: {days: 30, met_by: [accept]}
"""


FREE = SOUND[SOUND.index("moves:") :].replace("[evidence_at_least: {count: 1}]", "[]")
FREE = FREE.replace("[comment_at_least: {length: 10}]", "[]")


def known() -> Known:
    files = {name: (ROOT / f"workflows/ladders/{name}.yaml").read_text("utf-8") for name in LADDERS}
    ladders = {name: read_ladder(text, name).value for name, text in files.items()}
    return Known(vocabulary(), ladders, frozenset({"minutes", "photo"}), frozenset({"assigned", "returned"}))


def found(text: str) -> list[Problem]:
    loaded = load(text, "own.yaml")
    return list(findings(workflow_of(loaded), loaded, known()))


CASES: dict[str, tuple[str, str, str]] = {
    # code: (what is replaced, by what, a word on the line that is named)
    "state_unreachable": (
        "moves:\n",
        "  lost: {label: 遗失}\nmoves:\n  find: {label: 找到, from: [lost], to: done, by: [owner]}\n",
        "lost: {label",
    ),
    "state_trap": (
        "moves:\n",
        "  pit: {label: 坑}\nmoves:\n  fall: {label: 掉, from: [draft], to: pit, by: [owner]}\n",
        "pit: {label",
    ),
    "no_way_to_final": (
        "moves:\n",
        "  a: {label: 甲}\n  b: {label: 乙}\nmoves:\n"
        "  into: {label: 进, from: [draft], to: a, by: [owner]}\n"
        "  ab: {label: 甲乙, from: [a], to: b, by: [owner], guards: [new_evidence]}\n"
        "  ba: {label: 乙甲, from: [b], to: a, by: [owner]}\n",
        "a: {label: 甲}",
    ),
    "unbounded_return_loop": (SOUND[SOUND.index("moves:") :], FREE, "draft: {label"),
    "state_without_owner": ("待核, waits_for: [office]", "待核, waits_for: [secretary]", "checked: {label"),
    "way_without_judge": (
        "deadlines:\n",
        "  judge: {label: 审定, from: [draft], to: checked, by: [secretary], decision: true}\n"
        "  done_anyway: {label: 自结, from: [draft], to: done, by: [owner]}\ndeadlines:\n",
        "done_anyway:",
    ),
    "move_by_nobody": (
        "deadlines:\n",
        "  never: {label: 作废, from: [draft], to: done, by: [nobody]}\ndeadlines:\n",
        "never:",
    ),
    "evidence_unattachable": (
        SOUND[SOUND.index("states:") :],
        "states:\n  draft: {label: 起草, waits_for: [secretary]}\n  done: {label: 完成, waits_for: [nobody]}\n"
        "moves:\n  sign: {label: 签, from: [draft], to: done, by: [secretary], guards: [new_evidence]}\n",
        "sign:",
    ),
    "system_never_moves": ("to: done, by: [office]", "to: done, by: [system, office]", "accept:"),
    "owner_never_set": ("effects: [set_owner]", "effects: []", "submit:"),
    "owner_judges_alone": ("by: [owner],", "by: [owner], decision: true,", "submit:"),
    "guards_contradict": (
        "[evidence_at_least: {count: 1}]",
        "[evidence_at_least: {count: 1}, not: {evidence_at_least: {count: 1}}]",
        "submit:",
    ),
    "guard_never_holds": ("to: done, by: [office]", "to: done, by: [office], guards: [is_long_term]", "accept:"),
    "limits_exceed_total": ("deadlines:\n", "deadlines:\n  plan: {days: 60, met_by: [submit]}\n", "rectify:"),
    "unknown_ladder": ("met_by: [accept]}", "met_by: [accept], ladder: defalt}", "rectify:"),
    "ladder_longer_than_deadline": ("{days: 30,", "{days: 15,", "rectify:"),
    "deadline_never_met": ("met_by: [accept]}", "met_by: []}", "rectify:"),
    "guard_parameters": ("{count: 1}", "{count: 0}", "submit:"),
    "guard_says_nothing": ("evidence_at_least: {count: 1}", "due_within: {}", "submit:"),
    "guard_without_deadline": (
        "by: [office]}\ndeadlines:\n  rectify:",
        "by: [office], guards: [not: {assigned_within: {days: 3}}]}\ndeadlines:\n  plan:",
        "accept:",
    ),
    "move_shadowed": (
        "deadlines:\n",
        "  pass: {label: 通过, from: [checked], to: done, by: [office], guards: [has_owner]}\n"
        "deadlines:\n  plan: {days: 30, met_by: [accept, pass]}\n",
        "pass:",
    ),
    "label_twice": ("label: 待核", "label: 起草", "checked: {label"),
    "unknown_notice": (
        "from: [draft], to: checked,",
        "from: [draft], to: checked, tells: [{who: owner, notice: asigned}],",
        "submit:",
    ),
    "name_not_plain": ("by: [owner]", "by: [owner, os.popen]", "submit:"),
}  # fmt: skip
WARNINGS = {
    "unbounded_return_loop",
    "ladder_longer_than_deadline",
    "move_shadowed",
    "label_twice",
    "way_without_judge",
}


def test_a_sound_workflow_has_no_findings() -> None:
    assert [] == found(SOUND)


@pytest.mark.parametrize("code", CASES)
def test_each_finding_comes_alone_with_its_line(code: str) -> None:
    old, new, word = CASES[code]
    text = SOUND.replace(old, new, 1)
    if code == "move_shadowed":
        text = text.replace("  rectify: {days: 30, met_by: [accept]}\n", "")
    problems = found(text)
    assert {code} == {row.code for row in problems}
    line = next(at for at, row in enumerate(text.splitlines(), start=1) if word in row)
    assert line in {row.line for row in problems}
    assert {"warning" if code in WARNINGS else "error"} == {row.severity for row in problems}


def test_every_code_of_the_rules_is_tried_and_told() -> None:
    calls = (
        node
        for path in (ROOT / "engine/core/sound").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("error", "warning")
    )
    codes = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    page = (ROOT / "docs/writing-a-workflow.md").read_text("utf-8").split("## What is unsound\n", 1)[1]
    rows = [row.split("|") for row in page.split("\n## ")[0].splitlines() if row.startswith("| `")]
    assert set(CASES) == codes == {row[1].strip(" `") for row in rows}
    assert WARNINGS == {row[1].strip(" `") for row in rows if "warning" in row[2]}


def test_a_kind_of_paper_that_there_is_not_is_named_with_the_right_one() -> None:
    (problem,) = found(SOUND.replace("{count: 1}", "{count: 1, kind: minuts}"))
    assert ("guard_parameters", "minutes") == (problem.code, problem.facts["nearest"])


def test_a_move_that_does_something_else_is_not_shadowed() -> None:
    other = "  pass: {label: 通过, from: [checked], to: done, by: [office], effects: [accept_evidence]}\n"
    assert [] == found(SOUND.replace("deadlines:\n", other + "deadlines:\n"))


def test_moves_that_stay_are_no_way_on_and_no_loop() -> None:
    stay = "  note: {label: 记, from: [draft, checked], to: stay, by: [owner, office]}\n"
    assert [] == found(SOUND.replace("deadlines:\n", stay + "deadlines:\n"))
    only_stay = SOUND.replace("to: done, by: [office]", "to: stay, by: [office]")
    assert "no_way_to_final" in {row.code for row in found(only_stay)}


def test_a_state_that_the_clock_ends_needs_no_owner() -> None:
    clock = SOUND.replace("to: done, by: [office]", "to: done, by: [system]").replace(
        "待核, waits_for: [office]", "待核, waits_for: [owner]"
    )
    duty = clock.replace("  accept:", "  miss:").replace(
        "rectify: {days: 30, met_by: [accept]}", "occurrence: {met_by: [submit], ladder: occurrence}"
    )
    assert [] == found(duty)
    assert {"system_never_moves", "state_without_owner"} == {row.code for row in found(clock)}


def test_the_scheduler_makes_its_moves_for_periods_only() -> None:
    for name, lapses in (("miss", "rectify: {days: 30"), ("lapse", "occurrence: {ladder: occurrence")):
        text = SOUND.replace("  accept: {", f"  {name}: {{").replace(
            "to: done, by: [office]", "to: done, by: [system]"
        )
        text = text.replace("rectify: {days: 30", lapses).replace("met_by: [accept]", "met_by: [submit]")
        assert "system_never_moves" in {row.code for row in found(text)}


def test_the_limits_of_the_shortest_way_count_and_the_longer_way_does_not() -> None:
    by_way = SOUND.replace("draft: {label: 起草}", "draft: {label: 起草}\n  aside: {label: 另存}")
    decided = "approval: {by: [secretary], within_workdays: 60}"
    by_way = by_way.replace(
        "deadlines:\n",
        f"  lay: {{label: 存, from: [draft], to: aside, by: [owner], {decided}}}\n"
        "  take: {label: 取, from: [aside], to: checked, by: [owner]}\ndeadlines:\n",
    )
    assert [] == found(by_way)


def test_working_days_of_a_deadline_count_as_the_days_that_they_take() -> None:
    """Ten working days are two weeks: too short for a ladder of 20 days, and for 15 working days of deciding."""
    codes = {row.code for row in found(SOUND.replace("{days: 30,", "{workdays: 10,"))}
    assert {"ladder_longer_than_deadline"} == codes
    slow = "by: [owner], approval: {by: [secretary], within_workdays: 30}, guards: [evidence"
    text = SOUND.replace("{days: 30,", "{workdays: 21,").replace("by: [owner], guards: [evidence", slow)
    (problem,) = (row for row in found(text) if row.code == "limits_exceed_total")
    assert (42, 29) == (problem.facts["days"], problem.facts["total"])


def test_no_days_at_all_are_too_short_for_a_ladder() -> None:
    (short,) = found(SOUND.replace("{days: 30,", "{days: 0,"))
    assert ("ladder_longer_than_deadline", 0) == (short.code, short.facts["total"])
    assert [] == found(SOUND.replace("{days: 30,", "{"))


GRAVE = """fields:
  level: {label: 级别, type: choice, choices: {ordinary: 一般, grave: 重大}}
states:
"""


def by_level(rectify: str, plan: str = "") -> list[Problem]:
    """What is unsound where the deadlines depend on the level of a case."""
    limits = f"deadlines:\n  rectify: {{{rectify}, met_by: [accept]}}\n{plan}"
    return found(SOUND[: SOUND.index("deadlines:")].replace("states:\n", GRAVE) + limits)


def test_a_deadline_that_is_shorter_for_some_cases_is_judged_for_them_too() -> None:
    assert [] == by_level("days: 30, when: [{field: level, is: grave, days: 40}]")
    (short,) = by_level("days: 30, when: [{field: level, is: grave, days: 15}]")
    assert ("ladder_longer_than_deadline", "level: grave") == (short.code, short.facts["when"])
    assert (20, 15) == (short.facts["days"], short.facts["total"])
    assert "level: grave" in problem_line(short)


def test_what_holds_for_all_cases_is_said_once_and_names_none() -> None:
    (short,) = by_level("days: 15, when: [{field: level, is: grave, days: 10}]")
    assert (15, None) == (short.facts["total"], short.facts["when"])


def test_steps_and_whole_are_added_up_for_one_and_the_same_case() -> None:
    plan = (
        "  plan: {days: 5, met_by: [submit], ladder: request, when: [{field: level, is: grave, days: 35}]}\n"
    )
    (long,) = by_level("days: 30", plan)
    assert ("limits_exceed_total", "level: grave", 35) == (long.code, long.facts["when"], long.facts["days"])
    # A grave case has longer for both: nobody has the long plan and the short whole.
    assert [] == by_level("days: 30, when: [{field: level, is: grave, days: 60}]", plan)


def test_a_step_may_meet_its_own_deadline_together_with_the_whole() -> None:
    assert [] == found(SOUND.replace("deadlines:\n", "deadlines:\n  plan: {days: 60, met_by: [accept]}\n"))


def test_the_longest_list_of_findings_is_cut() -> None:
    many = "".join(f"  s{at}: {{label: 第{at}个}}\n" for at in range(150))
    problems = found(SOUND.replace("moves:\n", many + "moves:\n"))
    assert MOST_FINDINGS == len(problems)
    assert {"error"} == {row.severity for row in problems}


def test_a_long_chain_and_a_full_graph_are_walked_without_recursion() -> None:
    names = [f"s{at}" for at in range(190)]
    states = "".join(f"  {name}: {{label: 第{name}}}\n" for name in names)
    chain = "".join(
        f"  m{at}: {{label: 走{at}, from: [{one}], to: {two}, by: [owner]}}\n"
        for at, (one, two) in enumerate(zip(names, [*names[1:], names[0]], strict=True))
    )
    text = SOUND.replace(
        "moves:\n", states + "moves:\n  go: {label: 走, from: [draft], to: s0, by: [owner]}\n" + chain
    )
    loops = [row for row in found(text) if row.code == "unbounded_return_loop"]
    assert [190] == [len(row.facts["states"]) for row in loops]  # type: ignore[arg-type]
