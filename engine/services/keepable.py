"""Texts that come in by a door of programs: what no database can keep is refused before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isfunction
from typing import Any, TypeVar

from engine.core.plain_text import is_unkeepable
from engine.errors import WrongUsage

Verbs = TypeVar("Verbs", bound=type)


def refuse_unkeepable(verbs: Verbs) -> Verbs:
    """Mark a class whose verbs take texts from outside: each raises WrongUsage `text_unreadable` for what is none."""
    for name, verb in list(vars(verbs).items()):
        if isfunction(verb) and not name.startswith("_"):
            setattr(verbs, name, _refusing(verb))
    return verbs


def _refusing(verb: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(verb)
    def checked(desk: object, /, *given: object, **named: object) -> Any:
        if is_unkeepable((given, named)):
            raise WrongUsage("text_unreadable")
        return verb(desk, *given, **named)

    return checked
