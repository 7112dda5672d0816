"""An organisation's overlay: the keys that differ, laid over a definition; what comes out is checked like any file.

Mappings are merged key by key, everything else (lists too) replaces what was there, and `null` takes a key away.
"""

from __future__ import annotations

import json

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
