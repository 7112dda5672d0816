"""What a move may be told: the parameters that something reads, and no others; they are hashed, so they never go."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.case import Field
from engine.core.definition import Move
from engine.core.definition_reader import nearest
from engine.core.refusal import Unmet
from engine.core.workdays import FIRST_YEAR, LAST_YEAR, read_day
from engine.core.world import Ask
from engine.errors import Facts

LONGEST = 40
"""Characters of a parameter; longer text belongs into the comment or a text field, which can be erased."""

HELD_ON = "held_on"
"""The parameter that says on which day it happened, where that is not the day of entry."""
OWNER = "post"
"""The parameter that gives the case to a post, by its id."""


def parameter_requirements(ask: Ask, move: Move) -> Iterator[Unmet]:
    """What nothing reads, words that are too long, days that are none; fields are judged by their own rules."""
    fields = ask.world.workflow.definition.fields
    reads = ask.world.workflow.reads.get(ask.command.move, frozenset())
    days = ask.world.workflow.days.get(ask.command.move, frozenset())
    known = sorted(reads | set(move.sets))
    for name, value in ask.command.params.items():
        if name in fields:
            continue
        if name not in reads and not _is_for_engine(name, value):
            facts: Facts = {"parameter": name[:LONGEST], "nearest": nearest(name, known), "known": known}
            yield Unmet("parameter_unknown", facts, "say_it_right")
        elif name == HELD_ON and name not in reads and _is_ahead(ask, value):
            # A move that reads it says by its own guard what may be meant.
            day = read_day(value)
            yield Unmet("date_in_future", {"day": str(value)}, "wait_or_correct", earliest=day)
        elif name == OWNER and value and ask.world.posts.named(value) is None:
            yield Unmet("parameter_is_no_post", {"given": str(value)[:LONGEST]}, "name_a_leader", ("office",))
        elif isinstance(value, str) and len(value) > LONGEST:
            facts = {"parameter": name, "longest": LONGEST, "given": len(value)}
            yield Unmet("parameter_too_long", facts, "say_it_right")
        elif name in days and value and read_day(value) is None:
            facts = {"parameter": name, "given": str(value), "first": FIRST_YEAR, "last": LAST_YEAR}
            yield Unmet("parameter_is_no_day", facts, "write_a_day")


def _is_for_engine(name: str, value: Field) -> bool:
    """The owner after the move and the day a duty was held are read for every move, where they are what they say."""
    if name == OWNER:
        return True
    return name == HELD_ON and read_day(value) is not None


def _is_ahead(ask: Ask, value: Field) -> bool:
    day = read_day(value)
    return day is not None and day > ask.today
