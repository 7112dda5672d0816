"""Random walks by the real verbs on the real store: rows, history, memory and `transitions` agree at every step."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.authority import capacity, conflicted
from engine.core.case import Case
from engine.core.decide import requirements
from engine.core.fold import replay
from engine.core.record import ChangeMeasure
from engine.core.refusal import Refused
from engine.core.vocabulary import Facet
from engine.core.world import Ask, MakeMove, World
from engine.services.decisions import Word, decide_together, withdraw
from engine.services.evidence import About, Offline, attach
from engine.services.measures import edit_measure, finish_measures
from engine.services.moves import make_move
from engine.store.histories import history
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from tests.kit.chains import first_break
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.walking import NEW_MOVES, REASON, TEXTS
from tests.kit.worlds import shipped

NUMBERS = count(1)
MOVES = sorted(shipped("rectification").definition.moves)
PEOPLE = (
    "secretary",
    "discipline_commissioner",
    "deputy_secretary",
    "office",
    "member",
    OWNER,
    "vice_principal_logistics",
    "stranger",
)
POSTS = (OWNER, "secretary", "discipline_commissioner")
EASY = {"assigned": "plan", "planned": "start", "in_progress": "submit_evidence", "verified": "close"}

Step = tuple[str, str, str]
who = st.sampled_from(PEOPLE)
wild: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("move"), who, st.sampled_from(MOVES)),
    st.tuples(st.sampled_from(["approve", "return", "withdraw"]), who, st.just("")),
    st.tuples(st.sampled_from(["finish", "schedule"]), who, st.sampled_from(["1", "2"])),
    st.tuples(st.just("attach"), who, st.just("")),
    st.tuples(st.just("assign"), st.just("office"), st.sampled_from(POSTS)),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from(["1", "20", "90", "200"])),
    st.tuples(st.just("made"), st.just(""), st.sampled_from(NEW_MOVES)),
)
# Blind chance seldom reaches the late states: half of the steps do what helps.
steps = st.lists(st.one_of(wild, st.just(("help", "", ""))), min_size=1, max_size=22)
ON_ONE_HOME = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


class Walk:
    """One case of its own, one step a day."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.key = home.open_issue(next(NUMBERS)).key
        self.now = MONDAY
        self.world = self.reloaded()

    def take(self, step: Step) -> None:
        self.now += timedelta(days=int(step[2]) if step[0] == "wait" else 1)
        for kind, person, what in self.small(step):
            before = self.world
            if kind == "move":
                assert_transitions_agrees(before, self, person, what)
            answer = self.act(kind, person, what)
            self.world = self.reloaded()
            assert self.world.case == (answer if answer is not None else before.case)
            assert_dates_stand(before.case, self.world.case)

    def small(self, step: Step) -> list[Step]:
        """What really happens in a step: `made` is a move by whoever may, and whoever may decides it."""
        kind, _, what = step
        if kind == "help":
            return self.helpful()
        if kind == "wait":
            return []
        if kind == "made":
            tried: list[Step] = [("move", person, what) for person in PEOPLE]
            return [*tried, *(("approve", person, "") for person in PEOPLE)]
        return [step]

    def act(self, kind: str, person: str, what: str) -> Case | None:
        """The case as the verb says it is now; None when it was refused."""
        try:
            with self.home.begin() as uow:
                case = self._act(uow, kind, person, what)
                uow.commit()
            return case
        except Refused:
            return None

    def _act(self, uow: UnitOfWork, kind: str, person: str, what: str) -> Case:
        by, key, now = self.home.principal(person), self.key, self.now
        if kind == "move":
            return make_move(uow, by, key, self.command(what), now).case
        if kind == "assign":
            return make_move(uow, by, key, MakeMove("assign", {"post": self.home.posts[what]}), now).case
        if kind == "finish":
            return finish_measures(uow, by, key, [int(what)], now).case
        if kind == "schedule":
            due = self.now.date() + timedelta(days=30)
            return edit_measure(uow, by, key, ChangeMeasure(int(what), due_on=due), now).case
        if kind == "attach":
            return attach(uow, by, key, [Offline(f"paper {now:%m%d}", 2)], About(deliverable=1), now).case
        case = load_world(uow, self.home.organisation, key).case
        request = f"{key}-R{len(case.requests)}"
        if not case.requests:
            return case
        if kind == "withdraw":
            return withdraw(uow, by, request, now).case
        word = Word([request], "approve" if kind == "approve" else "return", REASON)
        (decided,) = decide_together(uow, by, word, now)
        return decided.done.case if decided.done else case

    def command(self, move: str) -> MakeMove:
        """A move with everything that it needs, at whatever day the walk is."""
        case, today = self.world.case, self.now.date()
        whole = case.deadline("rectify")
        due = max(whole.due_on or today, today) if whole else today
        other = "secretary" if case.owner_post == self.home.posts[OWNER] else OWNER
        params: dict[str, dict[str, str | int | float | bool | None]] = {
            "assign": {"post": self.home.posts[OWNER]},
            "reassign": {"post": self.home.posts[other]},
            "reopen": {"due": (today + timedelta(days=60)).isoformat()},
            "extend": {"due": (due + timedelta(days=30)).isoformat()},
            "redate": {"due": (today + timedelta(days=20)).isoformat()},
            "pause": {"until": (today + timedelta(days=15)).isoformat()},
            "make_long_term": {"next_review": (today + timedelta(days=90)).isoformat()},
            "review": {"next_review": (today + timedelta(days=90)).isoformat()},
            "look_back": {"result": "held"},
        }
        return MakeMove(move, params.get(move, {}), REASON, texts=TEXTS)

    def helpful(self) -> list[Step]:
        world = self.world
        case, today = world.case, world.place.local_day(self.now)
        if case.owner_post is None:
            return [("assign", "office", OWNER)]
        if case.pending is not None:
            return [("approve", person, "") for person in PEOPLE]
        owner = next(key for key, post in self.home.posts.items() if post == case.owner_post)
        if case.state == "evidence_submitted":
            barred = conflicted(case, world.posts, today)
            free = [row for row in PEOPLE[1:3] if self.home.people[row] not in barred]
            return [("move", person, "verify") for person in free[:1]]
        if case.state == "closed":
            return []
        if case.state == "in_progress":
            done: list[Step] = [("finish", owner, str(row.number)) for row in case.live_measures]
            return [*done, ("attach", owner, ""), ("move", owner, "submit_evidence")]
        return [("move", owner, EASY[case.state])]

    def reloaded(self) -> World:
        """The case from its rows, which must say what its history says."""
        organisation = self.home.organisation
        with self.home.begin(writing=False) as uow:
            world = load_world(uow, organisation, self.key, frozenset(Facet), lock=False)
            told = history(uow, world.case.id)
        assert first_break(told) is None
        assert replay(world.case.id, organisation, told) == world.case
        return world


def assert_dates_stand(before: Case, after: Case) -> None:
    """No date that counted is rewritten, one version is open at most, and what is over waits for look-backs alone."""
    now = {(row.kind, row.subject, row.version): row for row in after.deadlines}
    for row in before.deadlines:
        later = now[row.kind, row.subject, row.version]
        assert not row.armed or (row.due_on, row.basis) == (later.due_on, later.basis)
    opened = [(row.kind, row.subject) for row in after.open_deadlines]
    assert len(set(opened)) == len(opened)
    assert not after.is_final or {kind for kind, _ in opened} <= {"look_back"}


def assert_transitions_agrees(world: World, walk: Walk, person: str, name: str) -> None:
    """Our complete refusal and the machine's answer are one."""
    move = world.workflow.definition.moves[name]
    ask = Ask(world, walk.home.principal(person), walk.command(name), walk.now)
    barred = conflicted(ask.case, world.posts, ask.today) if move.decision else frozenset()
    acting = capacity(world, ask.principal, tuple(move.by), ask.today, barred)
    unmet = tuple(requirements(ask, move, acting))
    reached = world.workflow.fire(world.case.state, name, is_refused=bool(unmet))
    assert reached == (move.target(world.case.state) if not unmet else None)


def walk_over(home: Home, taken: list[Step]) -> Walk:
    walk = Walk(home)
    for step in taken:
        walk.take(step)
    return walk


@settings(max_examples=20, deadline=None, suppress_health_check=ON_ONE_HOME)
@given(steps)
def test_rows_history_memory_and_transitions_agree_after_every_step(home: Home, taken: list[Step]) -> None:
    walk_over(home, taken)


@pytest.mark.long
@settings(max_examples=600, deadline=None, suppress_health_check=ON_ONE_HOME)
@given(steps)
def test_they_agree_on_long_walks_too(home: Home, taken: list[Step]) -> None:
    walk_over(home, taken * 2)


def test_help_alone_walks_from_assigned_to_closed(home: Home) -> None:
    """The walks reach everything: without this, the property could be true of nothing but the first states."""
    walk = walk_over(home, [("help", "", "")] * 8)
    assert walk.world.case.state == "closed"


def test_the_walks_really_make_the_moves_that_move_dates(home: Home) -> None:
    on: list[Step] = [("help", "", "")] * 4
    for name, days in (
        ("extend", 1),
        ("pause", 1),
        ("resume", 250),
        ("redate", 1),
        ("make_long_term", 1),
        ("review", 1),
    ):
        on += [("made", "", name), ("wait", "", str(days))]
    on += [
        ("made", "", "reassign"),
        *[("help", "", "")] * 6,
        ("wait", "", "85"),
        ("made", "", "look_back"),
        ("made", "", "reopen"),
    ]
    walk = walk_over(home, on)
    with home.begin(writing=False) as uow:
        told = history(uow, walk.world.case.id)
    made = {str(row.payload["move"]) for row in told if row.type == "moved"}
    assert set(NEW_MOVES) <= made, set(NEW_MOVES) - made
