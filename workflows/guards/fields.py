"""Guards on the fields that a workflow file declares: filled in, a choice, an amount."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from engine.core.fields import missing_fields, value_after
from engine.core.refusal import Unmet
from engine.core.vocabulary import guard
from engine.core.workdays import read_day
from engine.core.world import Ask


@guard(floors=("fields",))
def fields_filled(ask: Ask, fields: list[str]) -> Iterator[Unmet]:
    """Every one of `fields` is filled in, before or with the move."""
    yield from missing_fields(ask, fields)


@guard()
def field_is(ask: Ask, field: str, value: str) -> Iterator[Unmet]:
    """A choice field says `value`."""
    found = value_after(ask, field)
    if found != value:
        choices = ask.world.workflow.definition.fields[field].choices
        facts = {"field": field, "value": choices[value], "found": choices.get(str(found))}
        yield _ruled_out(ask, field, Unmet("field_says_otherwise", facts, "take_the_other_way"))


@guard(ceilings=("most",))
def field_at_most(ask: Ask, field: str, most: int) -> Iterator[Unmet]:
    """An amount is `most` or less; an empty field is asked for."""
    yield from _compared(ask, field, most, is_above=False)


@guard(floors=("least",))
def field_above(ask: Ask, field: str, least: int) -> Iterator[Unmet]:
    """An amount is more than `least`; an empty field is asked for."""
    yield from _compared(ask, field, least, is_above=True)


def _compared(ask: Ask, field: str, bound: int, *, is_above: bool) -> Iterator[Unmet]:
    found = value_after(ask, field)
    if found in (None, ""):
        yield from missing_fields(ask, [field])
    elif (Decimal(str(found)) > bound) is not is_above:
        code = "amount_too_small" if is_above else "amount_too_large"
        unmet = Unmet(code, {"field": field, "bound": bound, "found": str(found)}, "take_the_other_way")
        yield _ruled_out(ask, field, unmet)


def _ruled_out(ask: Ask, field: str, unmet: Unmet) -> Unmet:
    """What a registered fact says is not changed to make a move possible; only one that the move itself asks for is."""
    is_set = field in ask.world.workflow.definition.moves[ask.command.move].sets
    return replace(unmet, curable=is_set or value_after(ask, field) in (None, ""))


@guard()
def field_reaches(ask: Ask, field: str, other: str) -> Iterator[Unmet]:
    """One amount is not less than the other: what was to be paid back was paid back."""
    found, wanted = value_after(ask, field), value_after(ask, other)
    if found in (None, "") or wanted in (None, ""):
        yield from missing_fields(ask, [field, other])
    elif Decimal(str(found)) < Decimal(str(wanted)):
        facts = {"field": field, "other": other, "found": str(found), "wanted": str(wanted)}
        yield Unmet("amount_not_reached", facts, "fill_in_fields")


@guard()
def field_not_before_met(ask: Ask, field: str, deadline: str) -> Iterator[Unmet]:
    """A date is not before the day on which the deadline of this kind was last met: no answer before the question."""
    day = read_day(value_after(ask, field))
    met = max((row.met_on for row in ask.case.deadlines if row.kind == deadline and row.met_on), default=None)
    if day is not None and met is not None and day < met:
        facts = {"field": field, "day": day.isoformat(), "kind": deadline, "met": met.isoformat()}
        yield Unmet("field_before_met", facts, "correct_either_day")
