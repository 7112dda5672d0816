"""Whether the fields of a workflow file hang together with its states, moves, guards and deadlines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.core.definition import WORDING, EffectUse, GuardUse, Move, WorkflowDefinition
from engine.core.yaml_text import Loaded
from engine.errors import Problem

AMOUNTS = frozenset({"number", "money"})
_FACTS = """aspect_number section_number flags source_line leader leader_in_charge edited split_into split_from
reopened due_was_set held_on entered_on series duty duty_definition label period starts_on ends_on due_on
lapses_on accepted_by calendar school_calendar group unpublished milestone row"""
_TEXTS = "title problem aspect section summary lead progress deadline responsible"
_PARAMETERS = "post due from in_charge on"
RESERVED = frozenset(f"{_FACTS} {_TEXTS} {_PARAMETERS}".split()) | WORDING
"""Names by which the engine itself keeps facts, texts and parameters."""

Unknown = Callable[..., Problem]


def wrong_fields(definition: WorkflowDefinition, loaded: Loaded, unknown: Unknown) -> Iterator[Problem]:
    """Every problem with the fields of one file; `unknown` makes one of a word that does not exist."""
    for name, rule in definition.fields.items():
        at = ("fields", name)
        if name in RESERVED:
            yield Problem("reserved_field", loaded.source, loaded.line_of(at), {"word": name})
        if (rule.type == "choice") != bool(rule.choices):
            yield Problem("choices_without_choice", loaded.source, loaded.line_of(at), {"word": name})
        if rule.not_after_today and rule.type != "date":
            yield unknown("field_of_other_type", name, (), *at, "not_after_today")
        if rule.beside is not None and (rule.beside == name or rule.beside not in definition.fields):
            yield unknown("unknown_field", rule.beside, definition.fields, *at, "beside")
        if rule.required_from is not None and rule.required_from not in definition.states:
            yield unknown("unknown_state", rule.required_from, definition.states, *at, "required_from")
    for key, move in definition.moves.items():
        yield from _of_move(definition, key, move, loaded, unknown)
    yield from _of_deadlines(definition, unknown)


def _of_move(
    definition: WorkflowDefinition, key: str, move: Move, loaded: Loaded, unknown: Unknown
) -> Iterator[Problem]:
    fields = definition.fields
    for name in move.sets:
        if name not in fields:
            yield unknown("unknown_field", name, fields, "moves", key, "sets")
    uses: list[GuardUse | EffectUse] = [leaf for use in move.guards for leaf in use.leaves()]
    for use in (*uses, *move.effects):
        where = ("moves", key, "effects" if isinstance(use, EffectUse) else "guards")
        for name in _named(use):
            if name not in fields:
                yield unknown("unknown_field", name, fields, *where)
        yield from _of_choice(definition, use, where, unknown)


def _named(use: GuardUse | EffectUse) -> Iterator[str]:
    """The fields that a guard or effect is about: its parameters `field`, `other` and `fields`."""
    for name in ("field", "other"):
        if isinstance(use.params.get(name), str):
            yield str(use.params[name])
    several: Any = use.params.get("fields")
    yield from several if isinstance(several, list) else ()


def _of_choice(
    definition: WorkflowDefinition, use: GuardUse | EffectUse, where: tuple[str, ...], unknown: Unknown
) -> Iterator[Problem]:
    rule = definition.fields.get(str(use.params.get("field")))
    value = use.params.get("value")
    if rule is None:
        return
    if use.name == "field_is" and rule.type != "choice":
        yield unknown("field_of_other_type", str(use.params["field"]), (), *where)
    if use.name in ("field_at_most", "field_above", "field_reaches") and rule.type not in AMOUNTS:
        yield unknown("field_of_other_type", str(use.params["field"]), (), *where)
    if use.name == "field_not_before_met":
        kind = str(use.params.get("deadline"))
        if rule.type != "date":
            yield unknown("field_of_other_type", str(use.params["field"]), (), *where)
        if kind not in definition.deadlines:
            yield unknown("unknown_deadline", kind, definition.deadlines, *where)
    if rule.type == "choice" and isinstance(value, str) and value not in rule.choices:
        yield unknown("unknown_choice", value, rule.choices, *where)


def _of_deadlines(definition: WorkflowDefinition, unknown: Unknown) -> Iterator[Problem]:
    for at, kind in enumerate(definition.opened_with):
        if "opened_with" in definition.model_fields_set and kind not in definition.deadlines:
            yield unknown("unknown_deadline", kind, definition.deadlines, "opened_with", at)
    for kind, row in definition.deadlines.items():
        for other in row.when:
            path = ("deadlines", kind, "when")
            rule = definition.fields.get(other.field)
            if rule is None:
                yield unknown("unknown_field", other.field, definition.fields, *path)
            elif other.is_ not in rule.choices:
                yield unknown("unknown_choice", other.is_, rule.choices, *path)
