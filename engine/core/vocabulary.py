"""The small vocabulary that YAML may name: guards and effects, marked where they are written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from engine.core.refusal import Unmet

if TYPE_CHECKING:
    from engine.core.history import NewEvent

MARK = "__zhenggai_mark__"
EVIDENCE = "evidence"
Count = int
"""A parameter of a guard that makes no sense below one."""
EvidenceKind = str
"""A parameter of a guard that names a kind of paper."""
GuardFunction = Callable[..., Iterable[Unmet]]
EffectFunction = Callable[..., "Iterable[NewEvent]"]
Marked = TypeVar("Marked", bound=Callable[..., Any])


class Facet(StrEnum):
    """A part of the world that a guard may need; each costs one query for any number of cases."""

    POSTS = "posts"
    INSPECTION = "inspection"


class Standing(StrEnum):
    """What becomes true of a case by moves or by the way it was opened, and what guards wait for in vain without."""

    OWNER = "owner"
    LONG_TERM = "long_term"
    PAUSED = "paused"
    LOOK_BACK = "look_back"
    DEADLINE = "deadline"
    PERIOD = "period"


class EachRound(StrEnum):
    """What a guard asks for anew whenever somebody comes round again: something `NEW`, the word of `OTHERS` who
    had no part in it, or only that the mover writes why, which holds back nobody who goes round alone.
    """

    NEW = "new"
    OTHERS = "others"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Change:
    """What an effect makes of what stands; `is_certain`: always, else only where the mover names it."""

    brings: tuple[Standing, ...] = ()
    ends: tuple[Standing, ...] = ()
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorated function is: `guard` or `effect`, its name, the facets it needs, and the
    `params` of the command that it reads, those that are `days` among them.

    Further what a file can be checked for. Of a guard: `asks_for` is what it wants people to bring (`EVIDENCE`),
    `counts` are the deadlines that it counts, `wants` is what has to stand before it can hold, `says` what stands
    exactly when it holds, `denies` what stands exactly when it does not, `each_round` what it asks for anew in a loop.
    Of an effect: its `change`. More asks for more in the `floors` of a guard, less does in its `ceilings`: by them a
    file of one organisation is held to what holds for all.
    """

    kind: str
    name: str
    needs: frozenset[Facet]
    asks_for: str = ""
    params: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    ceilings: tuple[str, ...] = ()
    wants: Standing | None = None
    says: Standing | None = None
    denies: Standing | None = None
    each_round: EachRound | None = None
    change: Change = Change()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every marked function that was collected, by name."""

    guards: Mapping[str, GuardFunction] = field(default_factory=dict)
    effects: Mapping[str, EffectFunction] = field(default_factory=dict)

    def asks_for(self, guard_name: str) -> str:
        """What a guard wants people to bring; nothing for one that is not there."""
        mark = self.mark(guard_name)
        return mark.asks_for if mark else ""

    def counts(self, guard_name: str) -> tuple[str, ...]:
        """The deadlines that a guard counts; none for one that is not there."""
        mark = self.mark(guard_name)
        return mark.counts if mark else ()

    def mark(self, name: str) -> Mark | None:
        """The mark of a guard or an effect; None for one that is not there."""
        return next(iter(self._marks([name])), None)

    def bounds(self, guard_name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The floors and the ceilings among the parameters of a guard; none for one that is not there."""
        mark = getattr(self.guards.get(guard_name), MARK, None)
        return (mark.floors, mark.ceilings) if isinstance(mark, Mark) else ((), ())

    def reads(self, names: Iterable[str]) -> frozenset[str]:
        """The parameters of a command that these guards and effects declared to read."""
        return frozenset(name for mark in self._marks(names) for name in (*mark.params, *mark.days))

    def days(self, names: Iterable[str]) -> frozenset[str]:
        """Those of these parameters that are days."""
        return frozenset(name for mark in self._marks(names) for name in mark.days)

    def needs(self, names: Iterable[str]) -> frozenset[Facet]:
        return frozenset().union(*(mark.needs for mark in self._marks(names)))

    def _marks(self, names: Iterable[str]) -> list[Mark]:
        functions = (self.guards.get(name) or self.effects.get(name) for name in names)
        return [mark for each in functions if each is not None and (mark := mark_of(each))]


def mark_of(function: Callable[..., Any]) -> Mark | None:
    """What a function was marked as."""
    found = getattr(function, MARK, None)
    return found if isinstance(found, Mark) else None


def guard(
    *needs: Facet,
    asks_for: str = "",
    params: tuple[str, ...] = (),
    days: tuple[str, ...] = (),
    counts: tuple[str, ...] = (),
    floors: tuple[str, ...] = (),
    ceilings: tuple[str, ...] = (),
    wants: Standing | None = None,
    says: Standing | None = None,
    denies: Standing | None = None,
    each_round: EachRound | None = None,
) -> Callable[[Marked], Marked]:
    """Mark a pure function `(ask, **params) → unmet requirements` as a guard of its own name.

    `params` and `days` are the parameters of the command that it reads: no other is accepted with a move, and
    what is among the `days` has to be one. A file that names it has to have the deadlines that it `counts`, and
    something that brings what it `wants` or `says`. Each number that a file may say to it is among the `floors`
    (more is stricter) or the `ceilings` (less is).
    """

    def made(name: str) -> Mark:
        told = Mark("guard", name, frozenset(needs), asks_for, params, days, counts, floors, ceilings)
        return replace(told, wants=wants, says=says, denies=denies, each_round=each_round)

    return _marked(made)


def effect(
    *needs: Facet, params: tuple[str, ...] = (), days: tuple[str, ...] = (), change: Change | None = None
) -> Callable[[Marked], Marked]:
    """Mark a pure function `(ask, **params) → new events` as an effect of its own name, with its `change`."""
    return _marked(
        lambda name: Mark("effect", name, frozenset(needs), "", params, days, change=change or Change())
    )


def _marked(made: Callable[[str], Mark]) -> Callable[[Marked], Marked]:
    def mark(function: Marked) -> Marked:
        setattr(function, MARK, made(function.__name__))
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


def parameters_of(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """What YAML may say to a guard or an effect, by name: everything behind the `ask`."""
    return dict(list(inspect.signature(function).parameters.items())[1:])


def is_open_bound(function: Callable[..., Any]) -> bool:
    """Whether it takes one of several counts or more of them, and so says nothing without any."""
    wanted = parameters_of(function).values()
    return bool(wanted) and all(row.annotation == "Count" and row.default is not row.empty for row in wanted)


def plain_kind(annotation: Any) -> Any:
    """The Python kind behind an annotation that also says what makes sense (`Count`)."""
    return {"Count": "int", "EvidenceKind": "str"}.get(annotation, annotation)


def wrong_params(function: Callable[..., Any], params: Mapping[str, Any]) -> str | None:
    """The name of the first parameter that does not fit `function(ask, **params)`, or None."""
    wanted = parameters_of(function)
    for name in params:
        if name not in wanted:
            return name
    for name, parameter in wanted.items():
        if parameter.default is parameter.empty and name not in params:
            return name
        if name in params and not _fits(plain_kind(parameter.annotation), params[name]):
            return name
    return None


def _fits(annotation: Any, value: Any) -> bool:
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    if name.startswith("list["):
        item = _KINDS.get(name.removeprefix("list[").removesuffix("]"))
        return isinstance(value, list) and all(type(each) is item for each in value)
    kind = _KINDS.get(name)
    return kind is None or type(value) is kind


_KINDS: dict[str, type] = {"int": int, "str": str, "bool": bool}
