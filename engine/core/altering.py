"""A frozen value with some fields changed: what `dataclasses.replace` does, in a fraction of its time.

Folding a history makes a new case for each event, so this is the innermost step of every move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

Value = TypeVar("Value")


def altered(value: Value, **changes: Any) -> Value:
    """A copy of the dataclass `value`. Raises KeyError for a field that it does not have."""
    read, places, make = _shape(type(value))  # type: ignore[arg-type]
    row = list(read(value))
    for name, item in changes.items():
        row[places[name]] = item
    made: Value = make(row)
    return made


@cache
def _shape(
    kind: Any,
) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int], Callable[[Sequence[Any]], Any]]:
    names = [field.name for field in fields(kind)]
    getter = attrgetter(*names)
    read = getter if len(names) > 1 else lambda value: (getter(value),)
    return read, {name: at for at, name in enumerate(names)}, _maker(kind, names)


def _maker(kind: Any, names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """A value of its fields in their order. Where there is nothing but slots to fill, its `__init__` is not
    called: that of a frozen dataclass looks every name up again.
    """
    if hasattr(kind, "__post_init__") or not all(
        name in kind.__dict__.get("__slots__", ()) for name in names
    ):
        return lambda row: kind(*row)
    puts = [getattr(kind, name).__set__ for name in names]

    def make(row: Sequence[Any]) -> Any:
        made = object.__new__(kind)
        for put, item in zip(puts, row, strict=True):
            put(made, item)
        return made

    return make
