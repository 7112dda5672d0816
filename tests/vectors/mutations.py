"""Shipped definitions, each changed in one place: a rule that can change unseen is a rule that no vector holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml

from engine.errors import DefinitionError
from tests.vectors.runner import Run
from tests.vectors.stage import Json, shipped_text

Path = tuple[str | int, ...]
DROPPED = ("guards", "effects", "tells", "by", "from", "seals", "waits_for", "met_by", "final", "to")
"""Lists whose every member is left out once."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One changed place of one file."""

    folder: str
    name: str
    what: str
    text: str

    def shipped(self, folder: str, name: str) -> str:
        """The shipped text, or the changed one where it is this file."""
        return self.text if (folder, name) == (self.folder, self.name) else shipped_text(folder, name)


def mutations(folder: str, name: str) -> Iterator[Mutation]:
    """Every mutation of one shipped file: dropped, swapped and moved rules, roles, limits and moves."""
    said = yaml.safe_load(shipped_text(folder, name))
    for what, changed in _changed(said):
        yield Mutation(folder, name, what, json.dumps(changed, ensure_ascii=False))


def survives(mutation: Mutation, tried: Sequence[Json]) -> bool:
    """Whether no vector notices; a definition that is refused is noticed by the reader."""
    return not any(_fails(vector, mutation) for vector in tried)


def _fails(vector: Json, mutation: Mutation) -> bool:
    try:
        Run(vector, mutation.shipped).play()
    except (DefinitionError, AssertionError, LookupError, StopIteration):
        return True
    return False


def _changed(said: Json) -> Iterator[tuple[str, Json]]:
    for path, value in _places(said, ()):
        for what, new in _instead(path, value):
            yield f"{'.'.join(map(str, path))}: {what}", _with(said, path, new)
    for name in said.get("moves", {}):
        yield f"moves.{name}: dropped", _without(said, ("moves", name))
        for key in ("approval", "decision", "acts_as"):
            if key in said["moves"][name]:
                yield f"moves.{name}.{key}: dropped", _without(said, ("moves", name, key))


def _places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in below:
        if key not in ("label", "version", "name"):
            yield from _places(part, (*path, key))


def _instead(path: Path, value: Any) -> Iterator[tuple[str, Any]]:
    """What might stand there by mistake."""
    key = path[-1] if path else ""
    if isinstance(value, list) and (key in DROPPED or (key == "rungs")):
        for at, part in enumerate(value):
            yield f"without {part if isinstance(part, str) else at}", value[:at] + value[at + 1 :]
    # The order of deciders and of whom a state waits for is a rule; that of the roles of a move is not.
    if isinstance(value, list) and len(value) > 1 and (key == "waits_for" or path[-2:] == ("approval", "by")):
        yield "first two swapped", [value[1], value[0], *value[2:]]
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
