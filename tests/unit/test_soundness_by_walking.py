"""Small files at random: one in which nobody ever comes to an end, whatever they try, is told as an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.core.decide import decide
from engine.core.definition import WorkflowDefinition
from engine.core.fold import Told, blank
from engine.core.history import NewEvent, Stamp
from engine.core.machine import compile_workflow
from engine.core.plan import Plan
from engine.core.principal import Principal, system
from engine.core.sound.sheet import Known
from engine.core.soundness import findings
from engine.core.world import Ask, MakeMove
from engine.core.yaml_text import Loaded
from tests.kit.worlds import MONDAY, Bench, cast_posts, vocabulary

VOCABULARY = vocabulary()
PEOPLE = ("office", "secretary", "vice_principal_teaching")
OWNER_POST = 15
REASON = "请补充会议记录和签到表后再报"
LEAVES: list[Any] = [
    "has_owner",
    "is_long_term",
    "not_long_term",
    "is_paused",
    "another_post",
    {"look_back_is_due": {"days_before": 4_000}},
    {"deadline_is_running": {"kinds": ["rectify"]}},
    {"comment_at_least": {"length": 2}},
    {"evidence_at_least": {"count": 1}},
]
EFFECTS: list[Any] = [
    "set_owner",
    "set_owner",
    "set_owner_if_named",
    "make_long_term",
    "end_long_term",
    "pause_deadlines",
    "arm_deadlines",
    {"set_look_backs": {"months": [3]}},
]
STATES = ("draft", "middle", "done")
leaf = st.sampled_from(LEAVES)
guard = st.one_of(
    leaf,
    leaf,
    st.builds(lambda row: {"not": row}, leaf),
    st.builds(lambda rows: {"any_of": rows}, st.lists(leaf, min_size=1, max_size=2)),
    st.builds(lambda rows: {"not": {"all_of": rows}}, st.lists(leaf, min_size=1, max_size=2)),
)
BY = [["owner"], ["owner"], ["office"], ["office", "owner"], ["secretary", "owner"], ["system"]]


def moves_from(*sources: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "to": st.sampled_from(["middle", "done", "done", "stay"]),
            "from": st.lists(st.sampled_from(sources), min_size=1, max_size=2, unique=True),
            "by": st.sampled_from(BY),
            "guards": st.one_of(st.just([]), st.lists(guard, max_size=2)),
            "effects": st.one_of(st.just([]), st.lists(st.sampled_from(EFFECTS), max_size=2, unique_by=str)),
            "decision": st.sampled_from([False, False, False, True]),
        }
    )


FIRST: dict[str, Any] = {"from": ["draft"], "to": "middle", "by": ["office"], "effects": ["set_owner"]}
several = st.tuples(
    st.sampled_from([FIRST, {**FIRST, "effects": []}]),
    moves_from("draft", "middle"),
    moves_from("middle"),
)


def definition_of(moves: Sequence[dict[str, Any]]) -> WorkflowDefinition:
    return WorkflowDefinition.model_validate(
        {
            "workflow": "own",
            "version": 1,
            "case": "issue",
            "label": "自拟",
            "initial": "draft",
            "final": ["done"],
            "states": {name: {"label": name, "waits_for": waiting(name, moves)} for name in STATES},
            "moves": {f"m{at}": {"label": f"m{at}", **row} for at, row in enumerate(moves)},
            "deadlines": {"rectify": {"days": 30, "met_by": ["m0"]}},
        }
    )


def waiting(state: str, moves: Sequence[dict[str, Any]]) -> list[str]:
    """Somebody who has a move there: whom a state waits for is another rule."""
    roles = [
        role
        for row in moves
        for role in row["by"]
        if state in row["from"] and row["to"] not in (state, "stay")
    ]
    return roles[:1] or ["nobody"]  # fmt: skip


def errors(definition: WorkflowDefinition) -> set[str]:
    found = findings(definition, Loaded({}, {}, "own.yaml"), Known(VOCABULARY))
    return {row.code for row in found if row.severity == "error"} - {"state_unreachable"}


def begun(definition: WorkflowDefinition) -> Bench:
    workflow = compile_workflow(definition, VOCABULARY)
    facts = {"key": "x-1", "kind": "issue", "workflow": "own", "state": "draft", "opened_on": "2026-03-02"}
    limit = {"kind": "rectify", "subject": "", "version": 1, "due_on": None, "armed": False}
    opened = NewEvent("case_opened", facts, {"title": "a title"})
    stamp = Stamp.of(system(1))
    told = Told(0, opened.type, opened.payload, opened.texts, stamp, MONDAY, workflow.digest)
    bench = Bench(workflow, cast_posts(), blank(1, 1, told))
    promised = NewEvent("deliverable_promised", {"deliverable": 1, "count": 2}, {"name": "minutes"})
    bench.apply([opened, promised, NewEvent("deadline_set", limit)], stamp)
    return bench


def ends(definition: WorkflowDefinition) -> bool:
    """Whether anybody comes to an end by trying everything, the same way of standing once."""
    waiting_for, seen = [begun(definition)], set()
    while waiting_for:
        bench = waiting_for.pop()
        if bench.case.state == "done":
            return True
        if standing(bench) not in seen:
            seen.add(standing(bench))
            waiting_for += tried(bench)
    return False


def standing(bench: Bench) -> object:
    case = bench.case
    running = frozenset(row.kind for row in case.running_deadlines)
    flags = (case.fields.get("long_term"), case.fields.get("paused_until"))
    return case.state, case.owner_post, flags, running, len(case.evidence), frozenset(case.acted)


def tried(bench: Bench) -> Iterator[Bench]:
    """What becomes of the case by everything that anybody can do with it."""
    for who in ("office", "vice_principal_teaching"):
        if not bench.case.evidence:
            after = copied(bench)
            if isinstance(after.attach(who), Plan):
                yield after
    for name, row in bench.workflow.definition.moves.items():
        for command in commands(bench, name) if bench.case.state in row.sources else ():
            people = [bench.person(who) for who in PEOPLE]
            yield from (after for who in people if (after := made(bench, who, command)) is not None)


def commands(bench: Bench, name: str) -> Iterator[MakeMove]:
    read = bench.workflow.reads[name]
    day = (MONDAY + timedelta(days=40)).date().isoformat()
    given = {"until": day, "next_review": day, "kind": "rectify"}
    said = {key: value for key, value in given.items() if key in read}
    for comment in ("", REASON):
        for post in (None, OWNER_POST, OWNER_POST + 1) if "post" in read else (None,):
            params = {**said, "post": post} if post else said
            gives = any(use.name == "set_owner" for use in bench.workflow.definition.moves[name].effects)
            if post or not gives:
                yield MakeMove(name, params, comment, texts={"goal": REASON})


def made(bench: Bench, who: Principal, command: MakeMove) -> Bench | None:
    answer = decide(Ask(bench.world, who, command, bench.now))
    if not isinstance(answer, Plan):
        return None
    after = copied(bench)
    after.apply(answer.events, answer.stamp)
    return after


def copied(bench: Bench) -> Bench:
    return replace(bench, events=list(bench.events))


@settings(max_examples=300)
@given(several)
def test_where_nobody_ever_comes_to_an_end_an_error_is_told(moves: tuple[dict[str, Any], ...]) -> None:
    definition = definition_of(moves)
    told = errors(definition)
    event("told" if told else "silent")
    assert told or ends(definition)


def test_the_walk_by_trying_finds_what_can_end_and_what_cannot() -> None:
    one: dict[str, Any] = {"from": ["draft"], "to": "done", "by": ["office"]}
    assert [True, False] == [
        ends(definition_of([{**one, "guards": rows}])) for rows in ([], ["is_long_term"])
    ]
