"""What differs between two versions of a definition: key by key, and item by item where there is a list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from engine.core.yaml_text import Path, Plain

WORDING = frozenset({"label"})
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `path` is where (`moves.plan.guards`); `old` and `new` are JSON, None where there is none.

    A change of `wording` decides nothing.
    """

    kind: Literal["added", "removed", "changed"]
    path: str
    old: str | None = None
    new: str | None = None
    is_wording: bool = False


def changes(old: Plain, new: Plain, path: Path = ()) -> Iterator[Change]:
    """What was added, removed and changed, in the order of the newer file, what is gone last."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in new.items():
            if key not in old:
                yield _change("added", (*path, key), None, value)
            else:
                yield from changes(old[key], value, (*path, key))
        yield from (_change("removed", (*path, key), old[key], None) for key in old if key not in new)
    elif isinstance(old, list) and isinstance(new, list):
        gone = [item for item in old if item not in new]
        come = [item for item in new if item not in old]
        yield from (_change("added", path, None, item) for item in come)
        yield from (_change("removed", path, item, None) for item in gone)
        if old != new and not (gone or come):
            yield _change("changed", path, old, new)
    elif old != new:
        yield _change("changed", path, old, new)


def _change(kind: Literal["added", "removed", "changed"], path: Path, old: Plain, new: Plain) -> Change:
    is_wording = bool(path) and path[-1] in WORDING
    return Change(kind, ".".join(map(str, path)), written(old), written(new), is_wording)


def written(value: Any) -> str | None:
    """A value of a definition as people write it in one line; None for none."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\u2026"
