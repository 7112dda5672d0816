"""What happens to requests: asked, bundled, decided by votes or minutes, confirmed, passed on, ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core.altering import altered
from engine.core.case import Case, Request, Vote
from engine.core.folds.parts import with_actor, with_changed
from engine.core.folds.told import Fold, Told
from engine.core.sealing import COMMENT, with_texts


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
        seal=with_texts(facts["seal"], {name: told.commit(name) for name in facts.get("sealed_texts", ())}),
        comment=told.texts.get(COMMENT),
        voters=tuple(facts.get("voters", ())),
        expires_on=told.day("expires_on"),
        follows=facts.get("follows"),
        texts={name: told.texts.get(name) for name in told.text_names if name != COMMENT},
    )
    return altered(case, requests=(*case.requests, request), acted=with_actor(case, told, facts.get("by")))


def _voted(case: Case, told: Told) -> Case:
    # What was decided on paper before it could be confirmed is open, too.
    confirmed = "open" if told.payload.get("paper") else ""
    return _with_word(case, told, "decider", confirmed=confirmed, recorded_by=told.payload.get("recorded_by"))


def _minutes_registered(case: Case, told: Told) -> Case:
    """The word of a meeting; whoever registers it decided nothing."""
    facts = {name: told.payload[name] for name in ("held_on", "of", "present", "in_favour", "withdrawn")}
    return _with_word(case, told, "recorder", minutes=facts)


def _with_word(case: Case, told: Told, role: str, **more: Any) -> Case:
    facts = told.payload

    def heard(old: Request) -> Request:
        vote = Vote(
            person=told.stamp.person,
            verdict=facts["verdict"],
            at=told.at,
            acting_for=told.stamp.acting_for,
            comment=told.texts.get("comment"),
            paper=facts.get("paper"),
            decider=old.decider,
            **more,
        )
        return altered(old, votes=(*old.votes, vote))

    requests = with_changed(case.requests, "number", facts["request"], heard)
    return altered(case, requests=requests, acted=with_actor(case, told, role))


def _decision_confirmed(case: Case, told: Told) -> Case:
    return _answered(case, told, "confirmed")


def _decision_denied(case: Case, told: Told) -> Case:
    return _answered(case, told, "denied")


def _answered(case: Case, told: Told, answer: str) -> Case:
    """What the person says of the paper that stands in their name; `vote` counts from 1."""
    facts = told.payload

    def answered(old: Request) -> Request:
        votes = (
            altered(vote, confirmed=answer) if at == facts["vote"] else vote
            for at, vote in enumerate(old.votes, start=1)
        )
        return altered(old, votes=tuple(votes))

    return _with_request(case, told, answered)


def _request_passed_on(case: Case, told: Told) -> Case:
    """Somebody else decides now, or more or fewer of the same have to agree."""
    facts = told.payload
    return _with_request(
        case,
        told,
        lambda old: altered(
            old,
            decider=facts["decider"],
            needed=facts["needed"],
            voters=tuple(facts.get("voters", old.voters)),
        ),
    )


def _request_bundled(case: Case, told: Told) -> Case:
    bundle, maker = told.payload["bundle"], told.stamp.person
    return _with_request(case, told, lambda old: altered(old, bundle=bundle, bundled_by=maker))


def _request_unbundled(case: Case, told: Told) -> Case:
    """Taken out of its bundle; who had put it in stays somebody who does not decide it."""
    return _with_request(case, told, lambda old: altered(old, bundle=None))


def _request_ended(case: Case, told: Told) -> Case:
    return _with_request(case, told, lambda old: altered(old, status=told.payload["status"]))


def _with_request(case: Case, told: Told, change: Callable[[Request], Request]) -> Case:
    return altered(case, requests=with_changed(case.requests, "number", told.payload["request"], change))


FOLDS: dict[str, Fold] = {
    "requested": _requested,
    "voted": _voted,
    "minutes_registered": _minutes_registered,
    "decision_confirmed": _decision_confirmed,
    "decision_denied": _decision_denied,
    "request_bundled": _request_bundled,
    "request_unbundled": _request_unbundled,
    "request_passed_on": _request_passed_on,
    "request_ended": _request_ended,
}
