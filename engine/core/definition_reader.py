"""Definition file → checked model, or every problem with its file, line and the nearest right word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache, partial
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from engine.core.definition import STAY, Decider, Move, WorkflowDefinition
from engine.core.field_names import wrong_fields
from engine.core.yaml_text import Loaded, Path, load
from engine.errors import DefinitionError, Facts, Problem

Model = TypeVar("Model", bound=BaseModel)
MOST_PROBLEMS = 100
LONGEST_NEAR_MISS = 80
"""Longer words are no misspelling of ours, and comparing them costs more than it tells."""
NEAR = 0.65
"""One wrong character in three is near; two of five (`notes`, `tells`) are another word."""
ROLES = frozenset({"owner", "office", "nobody", "anyone", "system", "accepted_by"})
NEVER_DECIDE = ROLES - {"office"}
"""Roles that are no post of their own; whoever owns a case never decides it (law 4)."""


def read_model(text: str, source: str, model: type[Model]) -> tuple[Model, Loaded]:
    """Read one file as `model`. Raises DefinitionError listing all problems."""
    loaded = load(text, source)
    return model_of(loaded, model), loaded


def model_of(loaded: Loaded, model: type[Model]) -> Model:
    """What was loaded as `model`. Raises DefinitionError with its problems, the first hundred of them."""
    try:
        return model.model_validate(loaded.data)
    except ValidationError as error:
        schema = model.model_json_schema(by_alias=True)
        problems: list[Problem] = []
        for row in islice(error.errors(), MOST_PROBLEMS):
            problem = _translated(row, loaded, schema)
            if problem not in problems:
                problems.append(problem)
        raise DefinitionError(tuple(problems)) from error


def read_workflow(text: str, source: str) -> WorkflowDefinition:
    """Read a workflow file and check that its names hang together."""
    return workflow_of(load(text, source))


def workflow_of(loaded: Loaded) -> WorkflowDefinition:
    """What was loaded as a workflow whose names hang together. Raises DefinitionError."""
    definition = model_of(loaded, WorkflowDefinition)
    problems = tuple(islice(_wrong_names(definition, loaded), MOST_PROBLEMS))
    if problems:
        raise DefinitionError(problems)
    return definition


def _wrong_names(definition: WorkflowDefinition, loaded: Loaded) -> Iterator[Problem]:
    yield from _wrong_ends(definition, loaded)
    for key, move in definition.moves.items():
        for state in (*move.sources, move.to):
            if state not in definition.states and not (state == STAY and state == move.to):
                path = ("moves", key, "from" if state != move.to else "to")
                yield _unknown(loaded, "unknown_state", state, definition.states, *path)
        yield from _contradictions(key, move, loaded)
        yield from _approval_problems(key, move, loaded)
    yield from _misspelt_roles(definition, loaded)
    yield from wrong_fields(definition, loaded, partial(_unknown, loaded))
    for kind, rule in definition.deadlines.items():
        for name in rule.met_by:
            if name not in definition.moves:
                path = ("deadlines", kind, "met_by")
                yield _unknown(loaded, "unknown_move", name, definition.moves, *path)


def _wrong_ends(definition: WorkflowDefinition, loaded: Loaded) -> Iterator[Problem]:
    """States that cannot be called so, and those in which a case would begin or end if there were any."""
    if STAY in definition.states:
        # As a target the word already says something else.
        yield Problem("reserved_state", loaded.source, loaded.line_of(("states", STAY)), {"word": STAY})
    if definition.initial not in definition.states:
        yield _unknown(loaded, "unknown_state", definition.initial, definition.states, "initial")
    for at, name in enumerate(definition.final):
        if name not in definition.states:
            yield _unknown(loaded, "unknown_state", name, definition.states, "final", at)


def _unknown(loaded: Loaded, code: str, word: str, known: Iterable[str], *path: str | int) -> Problem:
    facts: Facts = {"word": word, "nearest": nearest(word, known)}
    return Problem(code, loaded.source, loaded.line_of(path), facts)


def _misspelt_roles(definition: WorkflowDefinition, loaded: Loaded) -> Iterator[Problem]:
    """A word that is nearly a role: posts are data of each organisation, so only the near misses are surely wrong."""
    words = [(("moves", name, "by"), role) for name, move in definition.moves.items() for role in move.by]
    words += [
        (("states", name, "waits_for"), role)
        for name, row in definition.states.items()
        for role in row.waits_for
    ]
    words += [
        (("deadlines", kind, "waits_for"), role)
        for kind, rule in definition.deadlines.items()
        for role in rule.waits_for
    ]
    for path, word in words:
        meant = _meant_role(word)
        if meant is not None:
            yield Problem(
                "unknown_role", loaded.source, loaded.line_of(path), {"word": word, "nearest": meant}
            )


@lru_cache(maxsize=1024)
def _meant_role(word: str) -> str | None:
    """The role that a word which is none nearly is; definitions say the same few words again and again."""
    return None if word in ROLES else nearest(word, ROLES)


def _contradictions(key: str, move: Move, loaded: Loaded) -> Iterator[Problem]:
    if move.decision and move.approval:
        # A decision that itself waits for a decision has two people signing one thing: say which.
        yield Problem("decision_with_approval", loaded.source, loaded.line_of(("moves", key)), {"move": key})


def _approval_problems(key: str, move: Move, loaded: Loaded) -> Iterator[Problem]:
    """What no approval can mean: deciders that are nobody or two, dates in the wrong order."""
    approval = move.approval
    if approval is None:
        return
    place = ("moves", key, "approval")

    def problem(code: str, *path: str | int, **facts: str | int) -> Problem:
        return Problem(code, loaded.source, loaded.line_of((*place, *path)), {"move": key, **facts})

    if 0 < approval.expires_after_workdays < approval.within_workdays:
        days = {"days": approval.expires_after_workdays, "due": approval.within_workdays}
        yield problem("expires_before_due", "expires_after_workdays", **days)
    for at, decider in enumerate(approval.by):
        for code, word in _decider_problems(decider, approval.by[:at]):
            yield problem(code, "by", at, **word)


def _decider_problems(decider: Decider, before: Sequence[Decider]) -> Iterator[tuple[str, dict[str, str]]]:
    """What is wrong with one decider of a list, with the word that is wrong."""
    if bool(decider.post) == bool(decider.person):
        yield "decider_unclear", {}
    if decider.person and (decider.votes or decider.minutes):
        yield "person_is_no_body", {"word": decider.person}
    if decider.post in NEVER_DECIDE:
        yield "role_never_decides", {"word": decider.post}
    if (decider.post, decider.person) in [(other.post, other.person) for other in before]:
        yield "decider_twice", {"word": decider.post or decider.person}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The word that was probably meant, never the very word that was said: that one was refused."""
    if len(word) > LONGEST_NEAR_MISS:
        return None
    found = get_close_matches(word, [other for other in known if other != word], n=1, cutoff=NEAR)
    return found[0] if found else None


def _translated(row: Any, loaded: Loaded, schema: Mapping[str, Any]) -> Problem:
    path: Path = tuple(part for part in row["loc"] if part in _visible(loaded, row["loc"]))
    line = loaded.line_of(path)
    word = str(row["loc"][-1]) if row["loc"] else ""
    facts: Facts
    if row["type"] == "extra_forbidden":
        facts = {"word": word, "nearest": nearest(word, _keys_at(schema, row["loc"][:-1]))}
        return Problem("unknown_key", loaded.source, line, facts)
    if row["type"] == "missing":
        return Problem("missing_key", loaded.source, line, {"word": word})
    if row["type"] == "too_long":
        facts = {"word": ".".join(map(str, path)), "limit": row["ctx"]["max_length"]}
        return Problem("too_many", loaded.source, line, facts)
    choices = re.findall(r"'([^']+)'", row.get("ctx", {}).get("expected", ""))
    if row["type"] in ("enum", "literal_error") and choices:
        given = str(row["input"])
        facts = {"given": given, "known": choices, "nearest": nearest(given, choices)}
        if word == "[key]":
            return Problem("unknown_key", loaded.source, line, {**facts, "word": given})
        return Problem("wrong_choice", loaded.source, line, {**facts, "word": ".".join(map(str, path))})
    return Problem(
        "wrong_value", loaded.source, line, {"word": ".".join(map(str, path)), "detail": row["type"]}
    )


def _visible(loaded: Loaded, loc: tuple[str | int, ...]) -> frozenset[str | int]:
    """The parts of a location that stand in the file: the model adds steps of its own (`parts`)."""
    shown: list[str | int] = []
    for part in loc:
        if (*shown, part) in loaded.lines:
            shown.append(part)
    return frozenset(shown)


def _keys_at(schema: Mapping[str, Any], loc: tuple[str | int, ...]) -> set[str]:
    """The keys that may stand at a place of the file, not those of any other place."""
    nodes = _shapes(schema, schema)
    for part in loc:
        # A step that leads nowhere is one that the model adds: the file has no such part.
        nodes = [inner for node in nodes for inner in _inside(schema, node, part)] or nodes
    return {key for node in nodes for key in node.get("properties", {})}


def _inside(schema: Mapping[str, Any], node: Mapping[str, Any], part: str | int) -> list[Mapping[str, Any]]:
    """What may stand under one part: a key of the model or of a mapping, or a row of a list."""
    if isinstance(part, int):
        return _shapes(schema, node.get("items"))
    if part in node.get("properties", {}):
        return _shapes(schema, node["properties"][part])
    mappings: list[Any] = [
        node.get("additionalProperties"),
        *node.get("patternProperties", {}).values(),
    ]
    return [shape for found in mappings for shape in _shapes(schema, found)]


def _shapes(schema: Mapping[str, Any], node: Any) -> list[Mapping[str, Any]]:
    """A node with its reference followed, or each of those it offers to choose from."""
    if not isinstance(node, dict):
        return []
    if "$ref" in node:
        return _shapes(schema, schema["$defs"][str(node["$ref"]).rsplit("/", 1)[-1]])
    offered: list[Any] = node.get("anyOf") or node.get("oneOf") or []
    return [shape for each in offered for shape in _shapes(schema, each)] or [node]
