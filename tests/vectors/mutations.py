"""Shipped definitions, each changed in one place: a rule that can change unseen is a rule that no vector holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import yaml

from engine.errors import DefinitionError
from engine.services.publishing import check_definitions
from tests.kit.stories import shipped
from tests.kit.worlds import vocabulary
from tests.vectors.runner import Run
from tests.vectors.stage import Json, shipped_text

Path = tuple[str | int, ...]
DROPPED = (
    *("guards", "effects", "tells", "by", "from", "seals", "waits_for", "met_by", "final", "to", "rungs"),
    *("kinds", "values", "months", "fields", "sets", "when", "choices", "conflicts"),
)
"""Lists and tables whose every member is left out once."""
LEFT_OUT = (
    "approval",
    "decision",
    "acts_as",
    "closed_day",
    "meets",
    "when",
    "minutes",
    "required",
    "required_from",
)
"""Keys that are left out as if nobody had written them."""
SWAPPED = {
    "ladder": ("default", "request"),
    "level": ("hint", "urge"),
    "who": ("owner", "office"),
    "closed_day": ("next", "previous"),
}
"""Words that might be mistaken for each other, by the key under which they stand."""
WORDS = ("label", "case_label", "act", "version", "name", "in_message")
"""What decides nothing: words for people, and what of a case a message tells."""
ADDED = ("owner", "office", "union_chair")
"""Roles that are let in where the file does not name them."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One changed place of one file."""

    folder: str
    name: str
    what: str
    text: str

    @property
    def source(self) -> str:
        return f"{self.folder}/{self.name}.yaml"

    def shipped(self, folder: str, name: str) -> str:
        """The shipped text, or the changed one where it is this file."""
        return self.text if (folder, name) == (self.folder, self.name) else shipped_text(folder, name)


def mutations(folder: str, name: str) -> Iterator[Mutation]:
    """Every mutation of one shipped file: dropped, swapped and moved rules, roles, limits and moves."""
    said = yaml.safe_load(shipped_text(folder, name))
    for what, changed in _changed(said):
        yield Mutation(folder, name, what, json.dumps(changed, ensure_ascii=False))


def those_that_read(folder: str, name: str, tried: Sequence[Json]) -> list[Json]:
    """The vectors that look at the file at all; others cannot notice a change. Posts are in every one of them."""
    if folder == "posts":
        return list(tried)
    if folder == "ladders":
        return [vector for vector in tried if any("chase" in step for step in vector["steps"])]
    return [vector for vector in tried if name in _workflows(vector)]


def _workflows(vector: Json) -> set[str]:
    said = [vector.get("workflow", "rectification"), *(step.get("migrate") for step in vector["steps"])]
    return {str(each.get("like") if isinstance(each, dict) else each) for each in said}


def survives(mutation: Mutation, tried: list[Json]) -> bool:
    """Whether no vector notices; a definition that is refused is noticed by the reader, or when it is published.

    Those that make the changed move come first, and among them the one that noticed last.
    """
    section, _, rest = mutation.what.partition(".")
    name = rest.replace(":", ".").split(".")[0] if section == "moves" else ""
    for vector in sorted(tried, key=lambda vector: name not in _made(vector)):
        if _fails(vector, mutation):
            tried.remove(vector)
            tried.insert(0, vector)
            return False
    return _is_published(mutation)


def _is_published(mutation: Mutation) -> bool:
    """Whether `check` and `publish` find nothing against the changed file among the shipped ones."""
    files = [
        replace(file, text=mutation.text) if file.source.endswith(mutation.source) else file
        for file in shipped()
    ]
    try:
        check_definitions(files, vocabulary())
    except DefinitionError:
        return False
    return True


def _made(vector: Json) -> set[str]:
    """The moves of a vector itself, without those of the way before it."""
    return {step.get("move", "") for step in vector["steps"]}


def _fails(vector: Json, mutation: Mutation) -> bool:
    try:
        Run(vector, mutation.shipped).play()
    except (DefinitionError, AssertionError, LookupError, StopIteration):
        return True
    return False


def _changed(said: Json) -> Iterator[tuple[str, Json]]:
    for path, value in _places(said, ()):
        where = ".".join(map(str, path))
        if path and path[-1] in LEFT_OUT:
            yield f"{where}: dropped", _without(said, path)
        for what, new in _instead(path, value):
            yield f"{where}: {what}", _with(said, path, new)
    for name, move in said.get("moves", {}).items():
        yield f"moves.{name}: dropped", _without(said, ("moves", name))
        for state in said["states"]:
            if move["to"] not in (state, "stay"):
                yield f"moves.{name}.to: {state}", _with(said, ("moves", name, "to"), state)
            if state not in move["from"]:
                wider = [*move["from"], state]
                yield f"moves.{name}.from: also {state}", _with(said, ("moves", name, "from"), wider)
        for role in ADDED:
            if role not in move["by"]:
                wider = [*move["by"], role]
                yield f"moves.{name}.by: also {role}", _with(said, ("moves", name, "by"), wider)


def _places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in below:
        if key not in WORDS:
            yield from _places(part, (*path, key))


def _instead(path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    """What might stand there by mistake."""
    key = path[-1] if path else ""
    if isinstance(value, list) and key in DROPPED:
        for at, part in enumerate(value):
            yield f"without {part if isinstance(part, str) else at}", value[:at] + value[at + 1 :]
    # The order of deciders and of whom a state waits for is a rule; that of the roles of a move is not.
    if isinstance(value, list) and len(value) > 1 and (key == "waits_for" or path[-2:] == ("approval", "by")):
        yield "first two swapped", [value[1], value[0], *value[2:]]
    if isinstance(value, str) and key in SWAPPED and len(path) > 1:
        one, other = SWAPPED[str(key)]
        yield f"{other if value == one else one}", other if value == one else one
    if isinstance(value, bool):
        yield "turned round", not value
    elif isinstance(value, int):
        yield "one more", value + 1
        yield "one less", value - 1


def _with(said: Json, path: Path, new: Any) -> Json:
    changed = deepcopy(said)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = new
    return changed


def _without(said: Json, path: Path) -> Json:
    changed = deepcopy(said)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return changed
