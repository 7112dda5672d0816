"""Random walks over the shipped workflow: whatever people try, history, case and `transitions` agree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.authority import capacity
from engine.core.decide import decide, requirements
from engine.core.plan import Plan
from engine.core.world import Ask, MakeMove
from tests.kit.worlds import CAST, Bench, shipped

MOVES = sorted(shipped("rectification").definition.moves)
PEOPLE = sorted(CAST)
REASON = "请补充会议记录和签到表后再报"
PARAMS = {"assign": {"post": 15}, "reopen": {"due": "2027-01-29"}}

step = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(PEOPLE), st.sampled_from(MOVES)),
    st.tuples(st.sampled_from(["approve", "return"]), st.sampled_from(PEOPLE), st.none()),
    st.tuples(st.just("finish"), st.sampled_from(PEOPLE), st.sampled_from([1, 2])),
    st.tuples(st.just("attach"), st.sampled_from(PEOPLE), st.none()),
)


def take(bench: Bench, kind: str, who: str, what: object) -> None:
    if kind == "move":
        bench.do(who, str(what), REASON, **PARAMS.get(str(what), {}))
    elif kind == "finish":
        bench.finish(who, int(str(what)))
    elif kind == "attach":
        bench.attach(who, name=f"paper {len(bench.case.evidence)}")
    elif bench.case.requests:
        bench.decide(who, kind, REASON)


def helped(bench: Bench) -> None:
    """Push the case on, so that walks reach the late states, which blind chance seldom does."""
    owner = "vice_principal_teaching"
    if bench.case.owner_post is None:
        bench.do("office", "assign", post=15)
    elif bench.case.pending is not None:
        for person in (1, 2, 3, 7, 5):
            bench.decide(person)
    else:
        by_state = {
            "assigned": "plan",
            "planned": "start",
            "in_progress": "submit_evidence",
            "verified": "close",
        }
        for measure in (1, 2):
            bench.finish(owner, measure)
        if bench.case.state == "in_progress":
            bench.attach(owner, name=f"paper {len(bench.case.evidence)}")
        if bench.case.state in by_state:
            bench.do(owner, by_state[bench.case.state])
        else:
            bench.do("discipline_commissioner", "verify")


@settings(max_examples=150)
@given(st.lists(st.one_of(step, st.none()), max_size=25))
def test_memory_history_and_transitions_agree_after_every_step(
    steps: list[tuple[str, str, object] | None],
) -> None:
    bench = Bench.issue()
    for each in steps:
        before = bench.case
        if each is None:
            helped(bench)
        else:
            take(bench, *each)
            if not isinstance(bench.answer, Plan):
                assert before == bench.case
        assert bench.replayed == bench.case
        assert_sound(bench)


def assert_sound(bench: Bench) -> None:
    case = bench.case
    names = [(row.kind, row.subject, row.version) for row in case.deadlines]
    assert len(set(names)) == len(names)
    opened = [(row.kind, row.subject) for row in case.open_deadlines]
    assert len(set(opened)) == len(opened)
    assert len([row for row in case.requests if row.status == "pending"]) <= 1
    if case.is_final:
        assert {row.kind for row in case.open_deadlines} <= {"look_back"}


@settings(max_examples=100)
@given(st.lists(st.one_of(step, st.none()), max_size=15), st.sampled_from(PEOPLE), st.sampled_from(MOVES))
def test_transitions_answers_as_we_do(
    steps: list[tuple[str, str, object] | None], who: str, name: str
) -> None:
    bench = Bench.issue()
    for each in steps:
        helped(bench) if each is None else take(bench, *each)
    ask = Ask(bench.world, bench.person(who), MakeMove(name, PARAMS.get(name, {}), REASON), bench.now)
    move = bench.workflow.definition.moves[name]
    unmet = tuple(requirements(ask, move, capacity(ask.world, ask.principal, tuple(move.by), ask.today)))
    reached = bench.workflow.fire(bench.case.state, name, is_refused=bool(unmet))
    assert (move.target(bench.case.state) if not unmet else None) == reached
    assert isinstance(decide(ask), Plan) == (reached is not None)
