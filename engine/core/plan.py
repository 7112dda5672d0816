"""What a decision wants done: events, prompt notices, and the read set that `apply` must find unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.core.case import Case
from engine.core.history import NewEvent, Stamp
from engine.errors import Fact


@dataclass(frozen=True, slots=True)
class ReadSet:
    """What the decision rests on; `apply` locks or re-checks each of it (law 1)."""

    case: int
    revision: int
    roster_version: int
    calendar_version: int
    definition: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt notice at the next sending window: to a role or post of the case, or to a person.

    `kind` names the wording (assigned, returned, decided …); `facts` are keys and numbers, never free text.
    """

    kind: str
    who: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """The complete consequence of one command. `after` is the case as it will be."""

    events: tuple[NewEvent, ...]
    stamp: Stamp
    reads: ReadSet
    after: Case
    prompts: tuple[Prompt, ...] = ()
