"""What a command answers: data for scripts, lines for people, and an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from engine.core.refusal import Refused
from engine.errors import DefinitionError, EngineError, Problem
from engine.text.sentences import error_lines, problem_line

SCHEMA = 1


Warnings = tuple[list[dict[str, object]] | None, list[str]]
"""Facts and lines; None for facts that nobody could work out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` becomes the JSON document, `lines` the text; both say the same. Without `keeps` nothing was done.

    `warns` looks at what the act means for others, for the field `warnings` and the last lines. It may take long, so
    it is asked once all is committed and nobody has to wait for it.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    exit_code: int = 0
    keeps: bool = True
    warns: Callable[[], Warnings] | None = None


def answer(data: Mapping[str, Any], lines: Iterable[str], exit_code: int = 0) -> Answer:
    return Answer(data, tuple(lines), exit_code)


def show(said: Answer, *, as_json: bool) -> int:
    """Print the answer; returns its exit code."""
    if as_json:
        _print_json(said.data)
    else:
        for line in said.lines:
            print(line)
    sys.stdout.flush()
    return said.exit_code


def show_error(error: EngineError, names: Mapping[str, str], *, as_json: bool) -> int:
    """Say what went wrong: one sentence that says what to do; a refusal says everything that is missing.

    `names` are what the organisation calls its posts and people.
    """
    lines = error_lines(error, names)
    for line in lines:
        print(line, file=sys.stderr)
    if as_json:
        _print_json({"error": _error_facts(error, lines)})
    return error.exit_code


def _error_facts(error: EngineError, lines: list[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": error.code, "facts": dict(error.facts), "sentences": lines}
    if isinstance(error, Refused):
        facts["refusals"] = error.refusals.as_json()
        facts["nothing_done"], facts["stopped_by"] = True, list(error.stopped_by)
        facts["every"] = [refusals.as_json() for refusals in error.every]
    if isinstance(error, DefinitionError):
        facts["problems"] = [problem_facts(row) for row in error.problems]
    return facts


def problem_facts(row: Problem) -> dict[str, Any]:
    """A problem of a definition file as scripts read it."""
    place = {"source": row.source, "line": row.line, "severity": row.severity}
    return {"code": row.code, **place, "facts": dict(row.facts), "sentence": problem_line(row)}


def _print_json(data: Mapping[str, Any], stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    # Escapes keep the document whole on a console whose encoding cannot say it.
    speaks_utf8 = (stream.encoding or "").lower().replace("-", "") == "utf8"
    json.dump({"schema": SCHEMA, **data}, stream, ensure_ascii=not speaks_utf8, indent=2)
    stream.write("\n")
