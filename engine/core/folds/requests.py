"""What happens to requests: asked, voted on, passed on, ended."""

from __future__ import annotations

from dataclasses import replace

from engine.core.case import Case, Request, Vote
from engine.core.folds.parts import with_actor, with_changed
from engine.core.folds.told import Fold, Told


def _requested(case: Case, told: Told) -> Case:
    facts = told.payload
    request = Request(
        number=facts["request"],
        move=facts["move"],
        params=dict(facts["params"]),
        asked_by=told.stamp.person,
        asked_for=told.stamp.acting_for,
        asked_at=told.at,
        decider=facts["decider"],
        needed=facts["needed"],
        manifest=dict(facts["manifest"]),
        definition=told.definition,
        seal=facts["seal"],
        comment=told.texts.get("comment"),
    )
    return replace(case, requests=(*case.requests, request), acted=with_actor(case, told, facts.get("by")))


def _voted(case: Case, told: Told) -> Case:
    facts = told.payload
    vote = Vote(
        person=told.stamp.person,
        verdict=facts["verdict"],
        at=told.at,
        acting_for=told.stamp.acting_for,
        comment=told.texts.get("comment"),
        paper=facts.get("paper"),
    )
    voted = with_changed(
        case.requests, "number", facts["request"], lambda old: replace(old, votes=(*old.votes, vote))
    )
    return replace(case, requests=voted, acted=with_actor(case, told, "decider"))


def _request_passed_on(case: Case, told: Told) -> Case:
    """Who was to decide no longer can: the next one does."""
    facts = told.payload
    passed = with_changed(
        case.requests,
        "number",
        facts["request"],
        lambda old: replace(old, decider=facts["decider"], needed=facts["needed"]),
    )
    return replace(case, requests=passed)


def _request_ended(case: Case, told: Told) -> Case:
    facts = told.payload
    ended = with_changed(
        case.requests, "number", facts["request"], lambda old: replace(old, status=facts["status"])
    )
    return replace(case, requests=ended)


FOLDS: dict[str, Fold] = {
    "requested": _requested,
    "voted": _voted,
    "request_passed_on": _request_passed_on,
    "request_ended": _request_ended,
}
