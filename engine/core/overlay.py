"""An organisation's overlay: the keys that differ, laid over a definition; what comes out is checked like any file.

Mappings are merged key by key, everything else (lists too) replaces what was there, and `null` takes a key away.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator

from engine.core.definition_reader import nearest
from engine.core.yaml_text import Loaded, Path, Plain
from engine.errors import DefinitionError, Problem

NAME_KEYS = {
    "workflow": "workflow",
    "duty": "family",
    "ladder": "ladder",
    "calendar": "calendar",
    "school": "school",
}
"""Under which key a file of each kind says its name."""


def merged(kind: str, base: Loaded, overlay: Loaded) -> Loaded:
    """`overlay` over `base`; lines and source are the overlay's, because that is what somebody can correct.

    Raises DefinitionError when it takes away what is not there, or gives the definition another name.
    """
    problems: list[Problem] = []
    if not isinstance(overlay.data, dict) or not isinstance(base.data, dict):
        raise DefinitionError((Problem("overlay_no_mapping", overlay.source, 1),))
    key = NAME_KEYS[kind]
    if overlay.data.get(key, base.data.get(key)) != base.data.get(key):
        facts = {"word": str(overlay.data[key])[:60], "name": str(base.data.get(key))}
        problems.append(Problem("overlay_renames", overlay.source, overlay.line_of((key,)), facts))
    data = _laid_over(base.data, overlay.data, (), overlay, problems)
    if problems:
        raise DefinitionError(tuple(problems))
    return Loaded(data, overlay.lines, overlay.source)


def near_misses(base: Loaded, overlay: Loaded, problems: Iterable[Problem]) -> Iterator[Problem]:
    """`overlay_adds_odd_name`: entries that are new and wrong, and nearly called as one that there is already."""
    lines = {problem.line for problem in problems}
    for path, word, known in _new_names(base.data, overlay.data, ()):
        meant = nearest(word, known)
        if meant is not None and not lines.isdisjoint(_lines_below(overlay, path)):
            facts = {"word": ".".join(map(str, path)), "nearest": meant}
            yield Problem("overlay_adds_odd_name", overlay.source, overlay.line_of(path), facts)


def _new_names(base: Plain, said: Plain, path: Path) -> Iterator[tuple[Path, str, Collection[str]]]:
    """The mappings of an overlay for which there is nothing below, with what there is beside them."""
    if not isinstance(base, dict) or not isinstance(said, dict):
        return
    for key, value in said.items():
        if key in base:
            yield from _new_names(base[key], value, (*path, key))
        elif isinstance(value, dict):
            yield (*path, key), key, base.keys()


def _lines_below(loaded: Loaded, path: Path) -> set[int]:
    return {line for place, line in loaded.lines.items() if place[: len(path)] == path}


def text_of(loaded: Loaded) -> str:
    """The definition as text again: JSON, which is YAML too."""
    return json.dumps(loaded.data, ensure_ascii=False, indent=1) + "\n"


def _laid_over(base: Plain, said: Plain, path: Path, overlay: Loaded, problems: list[Problem]) -> Plain:
    if not isinstance(said, dict):
        return said
    found = dict(base) if isinstance(base, dict) else {}
    for key, value in said.items():
        place = (*path, key)
        if value is not None:
            found[key] = _laid_over(found.get(key), value, place, overlay, problems)
        elif found.pop(key, None) is None:
            facts = {"word": ".".join(map(str, place)), "nearest": nearest(key, found)}
            problems.append(Problem("overlay_removes_nothing", overlay.source, overlay.line_of(place), facts))
    return found
