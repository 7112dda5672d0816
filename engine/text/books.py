"""The books of words: each `zh/<name>.yaml` read once, on first use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.core.yaml_text import Plain, load

FOLDER = Path(__file__).parent / "zh"


@cache
def book(name: str) -> Mapping[str, Plain]:
    """The words of one file, by key. Raises DefinitionError when the file is malformed."""
    path = FOLDER / f"{name}.yaml"
    data = load(path.read_text(encoding="utf-8"), path.name).data
    return data if isinstance(data, dict) else {}


def words(name: str, *keys: str) -> str | None:
    """The words at `keys` in a book, or None where it has none."""
    found: Plain = dict(book(name))
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None
