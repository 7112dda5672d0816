"""What could be done about a case now: every move of its workflow, open or refused with all its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.core.authority import conflicted, free_holders
from engine.core.deadlines import role_post
from engine.core.decide import decide
from engine.core.definition import Move
from engine.core.principal import Principal
from engine.core.refusal import Refusals
from engine.core.world import Ask, MakeMove, World


@dataclass(frozen=True, slots=True)
class OpenMove:
    """A move tried dry: possible, or refused with everything that is missing.

    `by` are the posts and roles that may make it, `to` the state it leads to, `begins_here` whether it leaves the
    present one. `people` are the persons, by id, behind `by` and behind everybody whom the refusal names; of a
    decision only those who are free of conflict.
    """

    move: str
    refusals: Refusals | None
    needs_approval: bool
    is_decision: bool = False
    by: tuple[str, ...] = ()
    to: str = ""
    begins_here: bool = True
    people: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def all_moves(world: World, principal: Principal, now: datetime) -> tuple[OpenMove, ...]:
    """Every move of the workflow for the principal, asked of `decide` itself, so it cannot lie.

    What only the system does is left out. Somebody without a person is the operator at the machine.
    """
    moves = world.workflow.definition.moves.items()
    return tuple(_tried(world, principal, name, now) for name, move in moves if tuple(move.by) != ("system",))


def _tried(world: World, principal: Principal, name: str, now: datetime) -> OpenMove:
    move = world.workflow.definition.moves[name]
    answer = decide(Ask(world, principal, MakeMove(name), now))
    refusals = answer if isinstance(answer, Refusals) else None
    by = tuple(role for role in move.by if role != "system")
    return OpenMove(
        move=name,
        refusals=refusals,
        needs_approval=move.approval is not None,
        is_decision=move.decision,
        by=by,
        to=move.target(world.case.state),
        begins_here=world.case.state in move.sources,
        people=_people(world, move, by, refusals, now),
    )


def _people(
    world: World, move: Move, by: tuple[str, ...], refusals: Refusals | None, now: datetime
) -> dict[str, tuple[int, ...]]:
    today, posts = world.place.local_day(now), world.posts
    barred = conflicted(world.case, posts, today) if move.decision else frozenset[int]()
    unmet = refusals.unmet if refusals else ()
    named = dict.fromkeys((*by, *(role for row in unmet for leaf in row.leaves for role in leaf.who)))
    found = {}
    for role in named:
        is_nobody = role == "owner" and world.case.owner_post is None
        post = None if is_nobody else role_post(world.case, role, posts)
        free = free_holders(posts, post, barred, today) if post and role in by else None
        found[role] = free if free is not None else posts.holders(post, today) if post else ()
    return found
