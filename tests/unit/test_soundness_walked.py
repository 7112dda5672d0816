"""What only shows when somebody walks: guards that never hold, owners who are never set, loops that nothing holds."""

from __future__ import annotations

import pytest

from engine.core.authority import wrong_role
from engine.core.definition_reader import read_workflow
from engine.core.machine import compile_workflow
from engine.core.satisfiable import blocked_by_roster
from engine.text.sentences import problem_line, unmet_sentence
from tests.kit.worlds import Bench, vocabulary
from tests.unit.test_soundness import SOUND, found


def guarded(guards: str, by: str = "office", effects: str = "") -> list[str]:
    """What is said of the last move with these guards, where a move that stays has these effects."""
    text = SOUND.replace("to: done, by: [office]", f"to: done, by: [{by}], guards: [{guards}]")
    return [row.code for row in found(text.replace("[set_owner]", f"[set_owner{effects}]"))]


ONE, TWO = "comment_at_least: {length: 1}", "comment_at_least: {length: 2}"


@pytest.mark.parametrize(
    "guards",
    [
        f"{ONE}, not: {{{ONE}}}",
        f"all_of: [{ONE}, {TWO}], not: {{all_of: [{TWO}, {ONE}]}}",
        f"not: {{any_of: [{ONE}, {TWO}]}}, any_of: [{TWO}, {ONE}]",
        f"any_of: [{ONE}, {TWO}], any_of: [{ONE}, not: {{{TWO}}}], not: {{{ONE}}}",
        "is_long_term, not_long_term",
        "not: {not: {not_long_term: {}}}, not: {not: {not: {not_long_term: {}}}}",
    ],
)
def test_a_guard_and_its_negation_are_found_in_any_form(guards: str) -> None:
    listed = ", ".join(f"{{{row}}}" if ":" in row else row for row in split(guards))
    assert ["guards_contradict"] == guarded(listed)


def split(guards: str) -> list[str]:
    """The guards of one line: what stands between its outer commas."""
    rows, depth = [""], 0
    for sign in guards:
        depth += (sign in "[{") - (sign in "]}")
        if sign == "," and not depth:
            rows.append("")
        else:
            rows[-1] += sign
    return [row.strip() for row in rows]


@pytest.mark.parametrize(
    "guards", [f"any_of: [{ONE}, not: {{{ONE}}}]", f"not: {{all_of: [{ONE}, {TWO}]}}, any_of: [{ONE}, {TWO}]"]
)
def test_what_can_hold_somehow_is_no_contradiction(guards: str) -> None:
    assert [] == guarded(", ".join(f"{{{row}}}" for row in split(guards)))


def test_whoever_moves_says_something_too() -> None:
    assert ["guards_contradict"] == guarded("not: {has_owner: {}}", "owner")
    assert ["guard_never_holds"] == guarded("not: {has_owner: {}}", "office")


def test_a_move_that_is_told_whose_it_becomes_has_an_owner() -> None:
    gives = "guards: [{}], effects: [set_owner]"
    never, always = (
        SOUND.replace("effects: [set_owner]", gives.format(row)) for row in ("not: has_owner", "has_owner")
    )
    assert {"guards_contradict", "owner_never_set"} == {row.code for row in found(never)}
    assert [] == found(always)


@pytest.mark.parametrize(
    ("word", "effect"),
    [
        ("is_long_term", "make_long_term"),
        ("is_paused", "pause_deadlines"),
        ("look_back_is_due: {days_before: 3}", "set_look_backs: {months: [3]}"),
        ("deadline_is_running: {kinds: [rectify]}", "arm_deadlines"),
    ],
)
def test_what_a_guard_waits_for_has_to_be_brought(word: str, effect: str) -> None:
    listed = f"{{{word}}}" if ":" in word else word
    told = f", {{{effect}}}" if ":" in effect else f", {effect}"
    assert (["guard_never_holds"], []) == (guarded(listed), guarded(listed, effects=told))
    (problem,) = found(SOUND.replace("to: done, by: [office]", f"to: done, by: [office], guards: [{listed}]"))
    assert effect.split(":", maxsplit=1)[0] in problem_line(problem)


def test_what_comes_too_late_does_not_help() -> None:
    late = SOUND.replace(
        "to: done, by: [office]}",
        "to: done, by: [office], guards: [is_long_term], effects: [make_long_term]}",
    )
    assert ["guard_never_holds"] == [row.code for row in found(late)]


def test_an_owner_who_comes_too_late_moves_nothing() -> None:
    """Where the first move is the owner's, and only the last one gives the case to anybody."""
    late = SOUND.replace("[set_owner]", "[]").replace(
        "to: done, by: [office]", "to: done, by: [office], effects: [set_owner]"
    )
    assert (
        {"owner_never_set", "evidence_unattachable"}
        >= {row.code for row in found(late)}
        >= {"owner_never_set"}
    )


def test_papers_of_an_owner_whom_there_is_not_yet_come_from_nobody() -> None:
    by_secretary = SOUND.replace("by: [owner], guards", "by: [secretary], guards").splitlines(keepends=True)
    once = "".join(row for row in by_secretary if not row.startswith("  return:"))
    late = once.replace("from: [draft], to: stay", "from: [checked], to: stay")
    early = once.replace("by: [office], effects: [set_owner]", "by: [secretary], effects: [set_owner]")
    told = [{row.code for row in found(text)} & {"evidence_unattachable"} for text in (late, early)]
    assert [{"evidence_unattachable"}, set()] == told


def test_a_case_that_comes_to_stand_so_that_nothing_leads_on_is_told() -> None:
    text = SOUND.replace("to: done, by: [office]", "to: done, by: [office], guards: [not_long_term]")
    assert [] == found(text)
    for_good = text.replace(
        "effects: [set_owner]",
        "effects: [set_owner]}\n  keep: {label: 坚持, from: [draft], to: stay, by: [owner], effects: [make_long_term]",
    )
    assert {"no_way_to_final"} == {row.code for row in found(for_good)}
    ended = for_good.replace(
        "by: [owner], guards: [evid", "by: [owner], effects: [end_long_term], guards: [evid"
    )
    assert [] == found(ended)


@pytest.mark.parametrize(
    ("guards", "by", "codes"),
    [
        ("has_owner", "office", ["unbounded_return_loop"]),
        ("not: {comment_at_least: {length: 9}}", "office", ["unbounded_return_loop"]),
        ("any_of: [new_evidence, {comment_at_least: {length: 9}}]", "office", ["unbounded_return_loop"]),
        ("comment_at_least: {length: 9}", "owner, office", ["unbounded_return_loop"]),
        ("comment_at_least: {length: 9}", "office", []),
        ("not_entered_by_self", "office", []),
        ("all_of: [has_owner, new_evidence]", "office", []),
    ],
)
def test_a_loop_is_held_by_what_is_new_or_by_others_each_round(
    guards: str, by: str, codes: list[str]
) -> None:
    listed = f"{{{guards}}}" if ":" in guards else guards
    text = SOUND.replace(
        "by: [office], guards: [comment_at_least: {length: 10}]", f"by: [{by}], guards: [{listed}]"
    )
    assert codes == [row.code for row in found(text)]


def test_what_the_system_does_is_said_to_be_its() -> None:
    bench = Bench.issue()
    asked = (bench.world, bench.person("office"))
    today = bench.world.place.local_day(bench.now)
    unmet = wrong_role(*asked, ("system",), today)
    assert (["system"], (), "leave_to_system") == (unmet.facts["roles"], unmet.who, unmet.cure)
    assert "应由系统办理" in unmet_sentence(unmet)
    assert ["office"] == wrong_role(*asked, ("system", "office"), today).facts["roles"]


def test_where_nothing_gives_an_owner_nobody_is_to_be_appointed_in_their_place() -> None:
    """A file that was published before: the roster is asked with the owner that a case of it has, which is none."""
    bench = Bench.issue()
    orphan = SOUND.replace("effects: [set_owner]", "effects: []")
    workflow = compile_workflow(read_workflow(orphan, "own"), vocabulary())
    blocked = blocked_by_roster(workflow, bench.world.place, bench.posts, bench.now)
    told = {(row.owner_post, row.move, row.unmet.cure, str(row.unmet.facts["appoint"])) for row in blocked}
    assert {(None, "submit", "give_an_owner", "[]")} == told
