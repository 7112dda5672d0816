"""Random walks over the shipped workflow: whatever people try, history, case and `transitions` agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.authority import capacity, conflicted
from engine.core.case import Case
from engine.core.decide import decide, requirements
from engine.core.plan import Plan
from engine.core.world import Ask, MakeMove
from tests.kit.walking import NEW_MOVES, REASON, TEXTS
from tests.kit.worlds import CAST, Bench, shipped

MOVES = sorted(shipped("rectification").definition.moves)
PEOPLE = sorted(CAST)


def params_of(move: str, bench: Bench) -> dict[str, Any]:
    """What a move needs to be really made: days that lie ahead of wherever the clock of the walk is."""
    today = bench.world.place.local_day(bench.now)

    def ahead(days: int) -> str:
        return (today + timedelta(days=days)).isoformat()

    rectify = bench.case.deadline("rectify")
    due = max(rectify.due_on or today, today) if rectify else today
    later = (due + timedelta(days=30)).isoformat()
    return {
        "assign": {"post": 15},
        "reassign": {"post": 16 if bench.case.owner_post == 15 else 15},
        "reopen": {"due": ahead(60)},
        "extend": {"due": later},
        "redate": {"due": ahead(20)},
        "pause": {"until": ahead(15)},
        "make_long_term": {"next_review": ahead(90)},
        "review": {"next_review": ahead(90)},
        "look_back": {"result": "held"},
    }.get(move, {})


step = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(PEOPLE), st.sampled_from(MOVES)),
    st.tuples(st.sampled_from(["approve", "return"]), st.sampled_from(PEOPLE), st.none()),
    st.tuples(st.just("finish"), st.sampled_from(PEOPLE), st.sampled_from([1, 2])),
    st.tuples(st.just("attach"), st.sampled_from(PEOPLE), st.none()),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from([1, 20, 90, 200])),
    # By whoever may, with everything that it needs: chance alone hardly ever brings these together.
    st.tuples(st.just("made"), st.just(""), st.sampled_from(NEW_MOVES)),
)


def take(bench: Bench, kind: str, who: str, what: object) -> None:
    if kind == "move":
        move(bench, who, str(what))
    elif kind == "wait":
        bench.later(int(str(what)))
    elif kind == "made":
        make(bench, str(what))
    elif kind == "finish":
        bench.finish(who, int(str(what)))
    elif kind == "attach":
        bench.attach(who, name=f"paper {len(bench.case.evidence)}")
    elif bench.case.requests:
        bench.decide(who, kind, REASON)


def move(bench: Bench, who: str | int, name: str) -> object:
    command = MakeMove(name, params_of(name, bench), REASON, texts=TEXTS)
    return bench._take(decide(Ask(bench.world, bench.person(who), command, bench.now)))


def make(bench: Bench, name: str) -> None:
    """Somebody who may makes the move; where it is asked for, somebody who may approves it."""
    for person in sorted(set(CAST.values())):
        if isinstance(move(bench, person, name), Plan):
            break
    if bench.case.pending is not None and bench.case.pending.move == name:
        for person in sorted(set(CAST.values())):
            bench.decide(person)


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
            if each[0] not in ("made", "wait") and not isinstance(bench.answer, Plan):
                assert before == bench.case
        assert bench.replayed == bench.case
        assert_sound(bench)
        assert_dates_stand(before, bench.case)


def assert_sound(bench: Bench) -> None:
    case = bench.case
    names = [(row.kind, row.subject, row.version) for row in case.deadlines]
    assert len(set(names)) == len(names)
    opened = [(row.kind, row.subject) for row in case.open_deadlines]
    assert len(set(opened)) == len(opened)
    assert len([row for row in case.requests if row.status == "pending"]) <= 1
    if case.is_final:
        assert {row.kind for row in case.open_deadlines} <= {"look_back"}


def assert_dates_stand(before: Case, after: Case) -> None:
    """No date that counted is ever rewritten: another date is another version."""
    now = {(row.kind, row.subject, row.version): row for row in after.deadlines}
    for row in before.deadlines:
        later = now[row.kind, row.subject, row.version]
        assert not row.armed or (row.due_on, row.basis) == (later.due_on, later.basis)


def test_the_walks_really_make_the_moves_that_move_dates() -> None:
    """Otherwise the properties could be true of a workflow without them."""
    bench = Bench.issue()
    for _ in range(4):
        helped(bench)
    dated = {"extend": 1, "pause": 1, "resume": 250, "redate": 1, "make_long_term": 1, "review": 1}
    for name, days in dated.items():
        make(bench, name)
        bench.later(days)
    # There and back again.
    make(bench, "reassign")
    make(bench, "reassign")
    for _ in range(12):
        helped(bench)
    assert "closed" == bench.case.state
    bench.later(85)
    for name in ("look_back", "reopen"):
        make(bench, name)
    made = {str(row.payload["move"]) for row in bench.events if row.type == "moved"}
    assert set(NEW_MOVES) <= made


@settings(max_examples=100)
@given(st.lists(st.one_of(step, st.none()), max_size=15), st.sampled_from(PEOPLE), st.sampled_from(MOVES))
def test_transitions_answers_as_we_do(
    steps: list[tuple[str, str, object] | None], who: str, name: str
) -> None:
    bench = Bench.issue()
    for each in steps:
        helped(bench) if each is None else take(bench, *each)
    ask = Ask(
        bench.world, bench.person(who), MakeMove(name, params_of(name, bench), REASON, texts=TEXTS), bench.now
    )
    meant = bench.workflow.definition.moves[name]
    barred = conflicted(ask.case, ask.world.posts, ask.today) if meant.decision else frozenset()
    acting = capacity(ask.world, ask.principal, tuple(meant.by), ask.today, barred)
    unmet = tuple(requirements(ask, meant, acting))
    reached = bench.workflow.fire(bench.case.state, name, is_refused=bool(unmet))
    assert (meant.target(bench.case.state) if not unmet else None) == reached
    assert isinstance(decide(ask), Plan) == (reached is not None)
