"""Soundness of guards: values that make sense, one value at least, and the deadlines that they count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import Parameter
from typing import Any

from engine.core.definition import GuardUse
from engine.core.definition_reader import nearest
from engine.core.sound.sheet import Sheet
from engine.core.vocabulary import is_open_bound, parameters_of
from engine.errors import Fact, Problem


def values_out_of_sense(sheet: Sheet) -> Iterator[Problem]:
    """`guard_parameters`: a value of the right type that makes no sense: a count below one, an unknown paper."""
    kinds = sheet.known.evidence_kinds
    for name, at, leaf in _leaves(sheet):
        wanted = _parameters(sheet, leaf)
        for parameter, value in leaf.params.items():
            sense = wanted[parameter].annotation if parameter in wanted else None
            if _makes_sense(sense, value, kinds):
                continue
            facts: dict[str, Any] = {"move": name, "word": leaf.name, "parameter": parameter}
            if sense == "EvidenceKind":
                facts["nearest"] = nearest(str(value), kinds)
            facts["given"] = value if isinstance(value, str | int) else str(value)
            yield sheet.error("guard_parameters", "moves", name, "guards", at, **facts)


def bounds_without_measure(sheet: Sheet) -> Iterator[Problem]:
    """`guard_says_nothing`: it takes one of several values or more of them, and none is said."""
    for name, at, leaf in _leaves(sheet):
        function = sheet.known.vocabulary.guards.get(leaf.name)
        if function is not None and is_open_bound(function) and not leaf.params:
            facts: dict[str, Fact] = {"move": name, "word": leaf.name, "known": list(parameters_of(function))}
            yield sheet.error("guard_says_nothing", "moves", name, "guards", at, **facts)


def uncounted_deadlines(sheet: Sheet) -> Iterator[Problem]:
    """`guard_without_deadline`: it counts a deadline that the file does not have."""
    for name, at, leaf in _leaves(sheet):
        for kind in sheet.known.vocabulary.counts(leaf.name):
            if kind not in sheet.definition.deadlines:
                facts: dict[str, Fact] = {"move": name, "word": leaf.name, "kind": kind}
                yield sheet.error("guard_without_deadline", "moves", name, "guards", at, **facts)


def _leaves(sheet: Sheet) -> Iterator[tuple[str, int, GuardUse]]:
    """Every guard that a move names, also inside of others, with the move and the place among its guards."""
    for name, move in sheet.definition.moves.items():
        for at, use in enumerate(move.guards):
            yield from ((name, at, leaf) for leaf in use.leaves())


def _parameters(sheet: Sheet, leaf: GuardUse) -> Mapping[str, Parameter]:
    function = sheet.known.vocabulary.guards.get(leaf.name)
    return parameters_of(function) if function else {}


def _makes_sense(sense: object, value: object, kinds: frozenset[str]) -> bool:
    if sense == "Count":
        return isinstance(value, int) and value >= 1
    return sense != "EvidenceKind" or not value or not kinds or value in kinds
