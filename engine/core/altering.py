"""A frozen value with some fields changed: what `dataclasses.replace` does, in a fraction of its time.

Folding a history makes a new case for each event, so this is the innermost step of every move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

Value = TypeVar("Value")


def altered(value: Value, **changes: Any) -> Value:
    """A copy of the dataclass `value`. Raises KeyError for a field that it does not have."""
    read, places = _shape(type(value))  # type: ignore[arg-type]
    row = list(read(value))
    for name, item in changes.items():
        row[places[name]] = item
    return type(value)(*row)


@cache
def _shape(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]:
    names = [field.name for field in fields(kind)]
    getter = attrgetter(*names)
    read = getter if len(names) > 1 else lambda value: (getter(value),)
    return read, {name: at for at, name in enumerate(names)}
