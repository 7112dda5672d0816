"""Declared fields of a case for people: each with its label, its value in words and its unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from engine.core.fields import numbers_in, value_of
from engine.text.amounts import grouped
from engine.text.books import words
from engine.text.dates import day_words
from engine.text.filling import NOBODY, Names
from engine.text.quoting import quoted

if TYPE_CHECKING:
    from engine.core.case import Case, Field
    from engine.core.definition import FieldRule, WorkflowDefinition

UNTOLD = ("people", "photo")
"""Names and papers are not for letters, whatever a file says."""


def field_values(definition: WorkflowDefinition, case: Case) -> dict[str, Field]:
    """Name → value of every declared field that is filled in, as it is kept."""
    said = {name: value_of(case, name) for name in definition.fields}
    return {name: value for name, value in said.items() if value not in (None, "")}


def field_columns(
    definition: WorkflowDefinition, case: Case, names: Names = NOBODY, *, only_told: bool = False
) -> Iterator[dict[str, object]]:
    """The filled fields in the order of the file, as `label` and `value` in words; `only_told`: those of letters."""
    filled = field_values(definition, case)
    for name, value in filled.items():
        rule = definition.fields[name]
        is_told = rule.in_message and rule.type not in UNTOLD
        if rule.beside in filled and not only_told:
            continue
        if is_told or not only_told:
            more = [] if only_told else [each for each in filled if definition.fields[each].beside == name]
            said = [field_words(definition.fields[each], filled[each], names) for each in more]
            whole = _beside(field_words(rule, value, names), said)
            yield {"field": name, "label": rule.label, "value": whole}


def _beside(value: str, more: list[str]) -> str:
    """One value and, in brackets, what belongs to it: a result with who gave it, when and under which number."""
    between = words("letters", "values_comma") or ", "
    return (
        (words("labels", "field_unit", "beside") or "{value}").format(value=value, more=between.join(more))
        if more
        else value
    )


def field_words(rule: FieldRule, value: Field, names: Names = NOBODY) -> str:
    """One value in words."""
    if rule.type == "choice":
        return rule.choices.get(str(value), str(value))
    if rule.type == "date":
        return day_words(date.fromisoformat(str(value)))
    if rule.type == "people":
        return _listed(names.get(f"person:{person}", str(person)) for person in numbers_in(value))
    if rule.type == "photo":
        return (words("labels", "field_unit", "photo") or "{number}").format(
            number=_listed(map(str, numbers_in(value)))
        )
    if rule.type == "text":
        return quoted(str(value))
    unit = rule.unit or (words("labels", "field_unit", "money") or "" if rule.type == "money" else "")
    return f"{grouped(float(value or 0))}{unit}"


def _listed(said: Iterator[str]) -> str:
    return (words("letters", "names_comma") or ",").join(said)
