"""Can it still end well with today's people: is there for every step to a final state somebody who may take it?

A definition says who verifies and who decides; the roster says who that is; four eyes keep some of them from it.
Together they can leave a case that nobody can ever close. That is found out here, before somebody stands before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from engine.core.authority import conflicted
from engine.core.case import Case
from engine.core.machine import Workflow
from engine.core.plan import Plan
from engine.core.posts import Posts
from engine.core.refusal import Unmet, unmet_json
from engine.core.way import shortest_way
from engine.core.world import Place, World


@dataclass(frozen=True, slots=True)
class Blocked:
    """One step that nobody can take, of a case that is open or (`case` None) of any that `owner_post` would own.

    `unmet` has one of the stable codes `nobody_can_verify`, `only_verifier_owns`, `nobody_can_decide`,
    `nobody_can_act`; its facts name the vacant and the conflicted posts, and those to appoint somebody to.
    """

    workflow: str
    move: str
    act: str
    owner_post: str | None
    unmet: Unmet
    case: str | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "workflow": self.workflow,
            "case": self.case,
            "move": self.move,
            "act": self.act,
            "owner_post": self.owner_post,
            **unmet_json(self.unmet),
        }


def blocked_by_roster(workflow: Workflow, place: Place, posts: Posts, now: datetime) -> tuple[Blocked, ...]:
    """What nobody could do for a new case, for each post with a holder that could come to own one."""
    return tuple(row for world in _imagined(workflow, place, posts, now) for row in blocked_steps(world, now))


def blocked_steps(world: World, now: datetime) -> tuple[Blocked, ...]:
    """What nobody can do on the way of this case from where it stands, with its owner and its whole history.

    Where a claim waits to be settled, the long way counts as well: it is the one that is left when it is rejected.
    """
    case = world.case
    worlds = [world] if case.claim is None else [world, replace(world, case=replace(case, claim=None))]
    steps = {(step.act, step.move): step for each in worlds for step in shortest_way(each, now).blocked}
    owner = world.posts.by_id(case.owner_post) if case.owner_post else None
    key = owner.key if owner else None
    return tuple(
        Blocked(case.workflow, step.move, step.act, key, step.blocked, case.key or None)
        for step in steps.values()
        if step.blocked is not None
    )


def warnings_of(world: World, plan: Plan, now: datetime) -> tuple[Unmet, ...]:
    """What nobody could do any more if the plan were carried out: asked where it changes who is kept from judging.

    What was blocked before in the same way is not said again, unless the case changes hands.
    """
    before, after = world.case, plan.after
    today = world.place.local_day(now)
    changes_hands = before.owner_post != after.owner_post
    bars = conflicted(after, world.posts, today) - conflicted(before, world.posts, today)
    if after.is_final or not (changes_hands or bars):
        return ()
    found = tuple(row.unmet for row in blocked_steps(replace(world, case=after), now))
    if not found or changes_hands:
        return found
    known = {(row.move, row.unmet.code) for row in blocked_steps(world, now)}
    return tuple(row for row in found if (row.facts["move"], row.code) not in known)


def newly_blocked(world: World, before: Posts, now: datetime) -> tuple[Blocked, ...]:
    """What nobody can do with the roster of `world` and somebody could with the one `before`."""
    found = blocked_steps(world, now)
    if not found:
        return ()
    known = {(row.move, row.act) for row in blocked_steps(replace(world, posts=before), now)}
    return tuple(row for row in found if (row.move, row.act) not in known)


def _imagined(workflow: Workflow, place: Place, posts: Posts, now: datetime) -> Iterator[World]:
    """A new case of the workflow in the hands of each post that somebody holds today; of none where none can own it."""
    today, definition = place.local_day(now), workflow.definition
    # A body decides; before a case is really given to one, the warning of that move still comes.
    held = [row.id for row in posts.posts.values() if not row.is_body and posts.holders(row.id, today)]
    for owner in held if workflow.is_ever_owned else [None]:
        case = Case(
            id=0,
            organisation=place.id,
            key="",
            kind=definition.case,
            workflow=definition.workflow,
            definition=workflow.digest,
            state=definition.initial,
            revision=0,
            opened_on=today,
            owner_post=owner,
        )
        yield World(case, workflow, place, posts)
