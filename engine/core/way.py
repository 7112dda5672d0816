"""The shortest way of a case to its end: which steps, who takes each of them, what each still misses, from when.

Every step is tried with the rules of `decide` on the case as it would stand then, so the way cannot promise
what a move would refuse. Moves that stay in a state are no steps, except the one that first gives the case an owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from heapq import heappop, heappush
from itertools import count
from typing import Literal

from engine.core.actors import (
    Actor,
    Hypothesis,
    blocked_decision,
    blocked_move,
    decider,
    deciders,
    movers,
    still_to_speak,
)
from engine.core.authority import barred_from
from engine.core.case import Case, Request
from engine.core.decide import decide
from engine.core.deciders import approval_of, decider_today
from engine.core.definition import Move
from engine.core.hearing import asker_requirements, hear, move_requirements, pending_requirements
from engine.core.plan import Plan
from engine.core.principal import Principal
from engine.core.refusal import Unmet
from engine.core.world import Ask, MakeMove, World

BLOCKED = 1000
"""What a step that nobody can take costs: a detour is always the better way."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `make` a move, `ask` for one that needs approval, or `decide` what was asked.

    `people` are those of the actor's post who may do it today, by id, of whom `needed` have to (none named: the
    system, the operator for the office, or an owner who is yet to be named). `missing` is what would be refused
    today and no earlier step names. `earliest` is the first local day on which the step could happen by what is
    known today (the day of the step before, and of each requirement that waits for a day): a bound, not a
    forecast of when people get to it. After a step that is `blocked` there is none.
    """

    act: Literal["make", "ask", "decide"]
    move: str
    to: str
    actor: Actor
    missing: tuple[Unmet, ...] = ()
    earliest: date | None = None
    blocked: Unmet | None = None
    request: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """The steps from the present state to a final one. `is_dead_end`: the workflow has no way on from here."""

    steps: tuple[Step, ...]
    is_dead_end: bool = False

    @property
    def blocked(self) -> tuple[Step, ...]:
        """The steps that nobody can take with today's people."""
        return tuple(step for step in self.steps if step.blocked is not None)


@dataclass(frozen=True, slots=True)
class _Node:
    """Where a search stands: the case as it would be then, and the steps that led there."""

    at: Hypothesis
    steps: tuple[Step, ...]

    @property
    def cost(self) -> int:
        return sum(1 if step.blocked is None else BLOCKED for step in self.steps)


def shortest_way(world: World, now: datetime) -> Way:
    """The fewest steps to a final state that people of today's roster can take.

    Where some step can be taken by nobody, the way with the fewest such steps, each saying why and who could be
    appointed. A case that is over has no steps.
    """
    search = _Search(world, now)
    found = search.run()
    return Way((), is_dead_end=True) if found is None else Way(tuple(_dated(found.steps, search.today)))


@dataclass(slots=True)
class _Search:
    """Dijkstra over (state, who has acted by then, whether somebody owns the case)."""

    world: World
    now: datetime
    seen: dict[tuple[str, bool], list[frozenset[object]]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.world.place.local_day(self.now)

    def run(self) -> _Node | None:
        final, order = self.world.workflow.definition.final, count()
        frontier = [(node.cost, next(order), node) for node in self._beginnings()]
        frontier.sort()
        while frontier:
            _, _, node = heappop(frontier)
            if node.at.state in final:
                return node
            if self._has_been(node.at, node.at.state):
                continue
            self.seen.setdefault((node.at.state, node.at.owner_is_open), []).append(node.at.stakes)
            for after in self._onward(node):
                heappush(frontier, (after.cost, next(order), after))
        return None

    def _has_been(self, at: Hypothesis, state: str) -> bool:
        """Whether `state` was reached before, at no greater cost, with nobody kept from judging who is not now, too."""
        known = self.seen.get((state, at.owner_is_open), ())
        return bool(known) and any(before <= at.stakes for before in known)

    def _beginnings(self) -> Iterator[_Node]:
        pending = self.world.case.pending
        if pending is not None:
            yield self._pending(pending)
            return
        here = Hypothesis.of(self.world, self.now)
        yield _Node(here, ())
        if self.world.case.owner_post is None:
            yield from self._assignings(here)

    def _pending(self, pending: Request) -> _Node:
        """What waits for a decision comes first, by whoever decides it today and has not spoken yet."""
        world, name = self.world, pending.move
        approval = approval_of(world, pending)
        barred = barred_from(pending, world.case, world.posts, self.today)
        chosen = decider_today(world, pending, barred, self.today)
        people, needed = still_to_speak(world, pending, chosen, self.today)
        here = Hypothesis.of(world, self.now)
        is_stuck = not chosen.can_decide or len(people) < needed
        actor = decider(world, chosen, people, needed)
        step = Step(
            "decide",
            name,
            world.workflow.definition.moves[name].target(world.case.state),
            actor,
            missing=tuple(self._against(pending, here.principal(actor))),
            blocked=blocked_decision(here, name, approval, barred) if is_stuck else None,
            request=pending.number,
        )
        return _Node(here.reaching(step.to), (step,))

    def _against(self, pending: Request, principal: Principal) -> Iterator[Unmet]:
        """What no word could approve any more: the owner has to cure it, or take the request back."""
        yield from pending_requirements(self.world.case, pending, self.today)
        yield from asker_requirements(self.world, pending, self.today)
        yield from move_requirements(hear(self.world, principal, pending.number, self.now))

    def _assignings(self, here: Hypothesis) -> Iterator[_Node]:
        """The moves by which the case would get an owner, tried with a post that somebody holds."""
        posts = self.world.posts
        held = next((row.id for row in posts.posts.values() if posts.holders(row.id, self.today)), None)
        for name, move in self.world.workflow.definition.moves.items():
            if here.state not in move.sources or held is None:
                continue
            to = move.target(here.state)
            for actor in movers(here, name, move):
                principal = here.principal(actor)
                tried = decide(Ask(self.world, principal, MakeMove(name, {"post": held}), self.now))
                after = tried.after if isinstance(tried, Plan) else _given(here, move, held)
                missing = tuple(here.missing(name, move, actor))
                if after.owner_post is not None and all(row.curable for row in missing):
                    there = here.reaching(to, move, actor).owned(after)
                    yield _Node(there, (Step("make", name, to, actor, missing),))
                    break

    def _onward(self, node: _Node) -> Iterator[_Node]:
        here = node.at
        for name, move in self.world.workflow.definition.moves.items():
            if here.state not in move.sources or move.target(here.state) == here.state:
                continue
            if tuple(move.by) == ("system",):
                # What the scheduler does by itself (a period that lapses) is no way that people could take.
                continue
            if self._has_been(here, move.target(here.state)):
                continue
            actors = tuple(movers(here, name, move))
            for actor in actors or (None,):
                yield from self._taken(node, name, move, actor)

    def _taken(self, node: _Node, name: str, move: Move, actor: Actor | None) -> Iterator[_Node]:
        here, to = node.at, move.target(node.at.state)
        missing = tuple(here.missing(name, move, actor))
        if not all(row.curable for row in missing):
            return
        nobody = Actor(move.by[0], None, ())
        blocked = blocked_move(here, name, move) if actor is None else None
        if move.approval is None:
            step = Step("make", name, to, actor or nobody, missing, blocked=blocked)
            yield _Node(here.reaching(to, move, actor), (*node.steps, step))
            return
        asked = Step("ask", name, here.state, actor or nobody, missing, blocked=blocked)
        chosen, barred = deciders(here, name, move, move.approval, actor)
        unheard = None if chosen else blocked_decision(here, name, move.approval, barred)
        decided = Step("decide", name, to, chosen or nobody, blocked=unheard)
        yield _Node(here.reaching(to, move, actor), (*node.steps, asked, decided))


def _given(here: Hypothesis, move: Move, post: int) -> Case:
    """The case after a move that gives it an owner, whatever the move still misses (a photo, a date)."""
    gives = any(use.name == "set_owner" for use in move.effects)
    return replace(here.case, state=move.target(here.state), owner_post=post) if gives else here.case


def _dated(steps: Iterable[Step], today: date) -> Iterator[Step]:
    """The steps with their earliest days; what an earlier step already misses is not said again."""
    day: date | None = today
    said: set[tuple[str, str]] = set()
    for step in steps:
        waits = [row.earliest for row in step.missing if row.earliest]
        day = max((day, *waits)) if day and step.blocked is None else None
        new = tuple(row for row in step.missing if (row.code, row.cure) not in said)
        said |= {(row.code, row.cure) for row in step.missing}
        yield replace(step, missing=new, earliest=day)
