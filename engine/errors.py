"""The errors of the engine: a code, facts, and the exit code the contract promises for each kind.

An error carries no words for people: `engine.text` turns (code, facts) into a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Fact = str | int | float | bool | None | list[str] | list[int] | dict[str, Any]
Facts = Mapping[str, Fact]


class EngineError(Exception):
    """What stops a command. `code` is stable (`case_not_found`), `facts` fill its sentence.

    `exit_code` is the one of the CLI contract (`design.md` §6): 2 usage, 3 refused, 4 conflict,
    5 bad input file, 6 not found, 7 integrity broken, 8 busy or unavailable.
    """

    exit_code: ClassVar[int] = 8

    def __init__(self, code: str, **facts: Fact) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Facts = facts

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({shown})"


def code_of(error: Exception) -> str:
    """The stable code of one of our errors, the kind of any other; never its words, which may tell of people."""
    return error.code if isinstance(error, EngineError) else type(error).__name__


class WrongUsage(EngineError):
    """The words of the command do not fit together."""

    exit_code = 2


class Conflict(EngineError):
    """Somebody else changed the case since the caller's revision."""

    exit_code = 4


class BadInput(EngineError):
    """A file that cannot be read as what it should be."""

    exit_code = 5


class NotFound(EngineError):
    """Unknown, or out of the caller's scope: the two are never told apart (law 4)."""

    exit_code = 6


class Unavailable(EngineError):
    """Busy, locked, read-only, full or unreachable: try again later or mend the machine."""

    exit_code = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a definition file, with its place (`line` counts from 1, 0 = whole file).

    A `warning` is told and refuses nothing.
    """

    code: str
    source: str
    line: int = 0
    facts: Facts = field(default_factory=dict)
    severity: Literal["error", "warning"] = "error"


class DefinitionError(BadInput):
    """A definition file with at least one problem; all of them are listed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__("definition_wrong", source=first.source, line=first.line, count=len(problems))
        self.problems = problems
