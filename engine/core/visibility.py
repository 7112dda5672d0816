"""Who sees what: papers for the verifiers alone are shown to them and to whoever brought them (law 17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from engine.core.case import Case, Evidence
from engine.core.history import Event
from engine.core.principal import Principal
from engine.core.world import World

VERIFIERS_ONLY = "verifier"


def may_see(world: World, principal: Principal, paper: Evidence, today: date) -> bool:
    """Whether a paper's name and content are for this principal; its number and kind are for everybody.

    A name that anybody could type shows nothing: who reads what is for few proves who they are, and not on paper.
    """
    if paper.level != VERIFIERS_ONLY or principal.is_system:
        return True
    if principal.person is None or not principal.has_own_proof:
        return False
    if principal.person == paper.attached_by:
        return True
    held = {post.key for post in world.posts.posts_of(principal.person, today)}
    return not held.isdisjoint(_judges(world)) or principal.person in _named(world)


def seen_by(world: World, principal: Principal, today: date) -> Case:
    """The case without what is not for this principal."""
    shown = tuple(
        paper if may_see(world, principal, paper, today) else _covered(paper) for paper in world.case.evidence
    )
    return replace(world.case, evidence=shown)


def history_seen_by(events: tuple[Event, ...], shown: Case) -> tuple[Event, ...]:
    """The history without the texts of papers that are covered in `shown`."""
    covered = {paper.number for paper in shown.evidence if paper == _covered(paper)}
    return tuple(
        replace(
            event, texts={}, payload={"evidence": event.payload["evidence"], "kind": event.payload["kind"]}
        )
        if event.type == "evidence_attached" and event.payload["evidence"] in covered
        else event
        for event in events
    )


def _covered(paper: Evidence) -> Evidence:
    return replace(paper, name=None, digest=None, size=None, offline=None)


def _judges(world: World) -> frozenset[str]:
    """The posts that verify or decide in this workflow."""
    moves = world.workflow.definition.moves.values()
    verify = {role for move in moves if move.decision for role in move.by}
    decide = {decider.post for move in moves if move.approval for decider in move.approval.by}
    return frozenset(verify | decide)


def _named(world: World) -> frozenset[int]:
    """The persons who decide by name in this workflow."""
    moves = world.workflow.definition.moves.values()
    keys = {decider.person for move in moves if move.approval for decider in move.approval.by} - {""}
    return frozenset(world.posts.people[key] for key in keys if key in world.posts.people)
