"""Effects that set the owner, accept evidence, settle claims and note when something was held."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.fields import read_fields, read_for
from engine.core.history import NewEvent
from engine.core.stakes import given_to
from engine.core.vocabulary import Change, Facet, Standing, effect
from engine.core.world import Ask

IN_CHARGE = "leader_in_charge"
"""The field with the key of the post that watches over the owner."""


@effect(Facet.POSTS, params=("post", "in_charge"), change=Change((Standing.OWNER,)))
def set_owner(ask: Ask) -> Iterator[NewEvent]:
    """The case belongs to the post that was named, and a leader in charge watches it where one is named too.

    Whoever was in charge and owns it now watches nobody any more.
    """
    post, above = ask.command.params["post"], ask.command.params.get("in_charge")
    yield given_to(ask.case, ask.world.posts, int(str(post)), ask.today)
    before = ask.world.posts.posts.get(str(ask.case.fields.get(IN_CHARGE)))
    if above or (before is not None and before.id == post):
        yield NewEvent("fields_set", {"fields": {IN_CHARGE: above or None}})


@effect(Facet.POSTS, params=("post", "in_charge"), change=Change((Standing.OWNER,), is_certain=False))
def set_owner_if_named(ask: Ask) -> Iterator[NewEvent]:
    """The case goes to another post where one is named."""
    if ask.command.params.get("post"):
        yield from set_owner(ask)


@effect()
def accept_evidence(ask: Ask) -> Iterator[NewEvent]:
    """Whoever verifies accepts the papers that stand."""
    numbers = [row.number for row in ask.case.standing_evidence if row.status == "attached"]
    if numbers:
        yield NewEvent("evidence_judged", {"evidence": numbers, "status": "accepted"})


@effect()
def return_evidence(ask: Ask) -> Iterator[NewEvent]:
    """The papers that were not accepted go back: they count no more, and stay to be read."""
    numbers = [row.number for row in ask.case.standing_evidence if row.status == "attached"]
    if numbers:
        yield NewEvent("evidence_judged", {"evidence": numbers, "status": "returned"})


@effect(days=("on",))
def settle_claim(ask: Ask) -> Iterator[NewEvent]:
    """The claim of the report is accepted, with its basis and the day it refers to."""
    on = str(ask.command.params.get("on") or ask.today.isoformat())
    yield NewEvent(
        "claim_settled", {"verdict": "accepted", "on": on, "by": None}, {"basis": ask.command.comment}
    )


@effect(days=("held_on",))
def note_held(ask: Ask) -> Iterator[NewEvent]:
    """Held and entered are two dates, and neither is ever made to look like the other."""
    held = str(ask.command.params["held_on"])
    yield NewEvent("fields_set", {"fields": {"held_on": held, "entered_on": ask.today.isoformat()}})


@effect()
def set_field(ask: Ask, field: str, value: str) -> Iterator[NewEvent]:
    """One field says `value` from now on, as the move itself decides it."""
    reading = read_for(ask.case, ask.world.workflow.definition.fields, {field: value}, ask.today)
    yield from reading.events()


@effect()
def clear_fields(ask: Ask, fields: list[str]) -> Iterator[NewEvent]:
    """These fields are empty again: what was returned has to be said anew. What they said stays in history."""
    said = read_fields(ask.world.workflow.definition.fields, dict.fromkeys(fields), ask.today)
    yield from said.events()
