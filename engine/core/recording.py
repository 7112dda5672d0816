"""Who may register what somebody else signed on paper: by name, proved, and without a hand in it (law 4)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.authority import by_others, capacity, persons, scope_requirements
from engine.core.case import Request
from engine.core.principal import Principal
from engine.core.refusal import Unmet
from engine.core.world import Ask

RECORDERS = ("office", "secretary")
"""Who registers what a meeting decided."""
PAPER_RECORDERS = (*RECORDERS, "discipline_commissioner")
"""Who registers a signed paper: those who keep the papers of the house."""


def recorder_requirements(
    ask: Ask, request: Request, recorder: Principal, *, is_on_paper: bool
) -> Iterator[Unmet]:
    """Everything that stands against `recorder` registering the word of `ask.principal` on `request`.

    A name that nobody proved is no recorder: who is not there types the paper in without one, as operator entry.
    """
    acting = capacity(ask.world, recorder, PAPER_RECORDERS, ask.today)
    hands = {recorder.person, acting.acting_for if acting else None} - {None}
    named = {"person": recorder.person}
    if not is_on_paper:
        yield Unmet("recorder_without_paper", {}, "bring_the_scan")
    yield from scope_requirements(recorder, "decide")
    if hands & _parties(ask, request):
        yield _others_record("recorder_is_party", ask, request, recorder)
    if ask.principal.person in hands:
        yield Unmet("recorder_is_signer", named, "decide_in_person")
    if acting is None or recorder.person is None:
        yield _others_record("recorder_not_allowed", ask, request, recorder)
    if not recorder.has_own_proof:
        yield Unmet("recorder_needs_proof", named, "give_recorder_pin")


def _others_record(code: str, ask: Ask, request: Request, recorder: Principal) -> Unmet:
    """Who else could register it: neither a party nor whoever signed."""
    unmet = Unmet(code, {"person": recorder.person}, "let_others_record", PAPER_RECORDERS)
    kept_out = _parties(ask, request) | persons(ask.principal.person)
    return by_others(unmet, ask.world, recorder, ask.today, kept_out)


def _parties(ask: Ask, request: Request) -> frozenset[int]:
    """Who asked, whom they stood in for, and whoever owns the case: it is decided for them."""
    owner = ask.case.owner_post
    owners = ask.world.posts.holders(owner, ask.today) if owner is not None else ()
    return persons(request.asked_by, request.asked_for, *owners)
