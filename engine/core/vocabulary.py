"""The small vocabulary that YAML may name: guards and effects, marked where they are written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from engine.core.refusal import Unmet

if TYPE_CHECKING:
    from engine.core.history import NewEvent

MARK = "__zhenggai_mark__"
GuardFunction = Callable[..., Iterable[Unmet]]
EffectFunction = Callable[..., "Iterable[NewEvent]"]
Marked = TypeVar("Marked", bound=Callable[..., Any])


class Facet(StrEnum):
    """A part of the world that a guard may need; each costs one query for any number of cases."""

    POSTS = "posts"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorated function is: `guard` or `effect`, its name, and the facets it needs."""

    kind: str
    name: str
    needs: frozenset[Facet]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every marked function that was collected, by name."""

    guards: Mapping[str, GuardFunction] = field(default_factory=dict)
    effects: Mapping[str, EffectFunction] = field(default_factory=dict)

    def needs(self, names: Iterable[str]) -> frozenset[Facet]:
        functions = [self.guards.get(name) or self.effects.get(name) for name in names]
        return frozenset().union(*(getattr(each, MARK).needs for each in functions if each is not None))


def guard(*needs: Facet) -> Callable[[Marked], Marked]:
    """Mark a pure function `(ask, **params) → unmet requirements` as a guard of its own name."""
    return _marked("guard", needs)


def effect(*needs: Facet) -> Callable[[Marked], Marked]:
    """Mark a pure function `(ask, **params) → new events` as an effect of its own name."""
    return _marked("effect", needs)


def _marked(kind: str, needs: tuple[Facet, ...]) -> Callable[[Marked], Marked]:
    def mark(function: Marked) -> Marked:
        setattr(function, MARK, Mark(kind, function.__name__, frozenset(needs)))
        return function

    return mark


def collect(modules: Iterable[ModuleType]) -> Vocabulary:
    """Collect the marked functions of `modules`. Raises ValueError when a name is taken twice."""
    guards: dict[str, GuardFunction] = {}
    effects: dict[str, EffectFunction] = {}
    for module in modules:
        for function, mark in _marks(module):
            place: dict[str, Any] = guards if mark.kind == "guard" else effects
            if place.get(mark.name, function) is not function:
                raise ValueError(f"two {mark.kind}s are called {mark.name}")
            place[mark.name] = function
    return Vocabulary(guards, effects)


def _marks(module: ModuleType) -> Iterator[tuple[Any, Mark]]:
    for value in vars(module).values():
        mark = getattr(value, MARK, None)
        if isinstance(mark, Mark):
            yield value, mark


def wrong_params(function: Callable[..., Any], params: Mapping[str, Any]) -> str | None:
    """The name of the first parameter that does not fit `function(ask, **params)`, or None."""
    wanted = dict(list(inspect.signature(function).parameters.items())[1:])
    for name in params:
        if name not in wanted:
            return name
    for name, parameter in wanted.items():
        if parameter.default is parameter.empty and name not in params:
            return name
        if name in params and not _fits(parameter.annotation, params[name]):
            return name
    return None


def _fits(annotation: Any, value: Any) -> bool:
    kinds: dict[str, type] = {"int": int, "str": str, "bool": bool, "list[str]": list}
    kind = kinds.get(annotation if isinstance(annotation, str) else getattr(annotation, "__name__", ""))
    return kind is None or type(value) is kind
