"""The words by which reports are understood, read once from `zh/*.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

from engine.core import yaml_text


def words(file: str, *path: str) -> tuple[str, ...]:
    """The list of words at `path` in `zh/<file>.yaml`; a string is a list of its characters."""
    return tuple(str(word) for word in entry(file, *path))


def word(file: str, *path: str) -> str:
    return str(entry(file, *path))


def groups(file: str, *path: str) -> dict[str, tuple[str, ...]]:
    """A mapping of a key to its words."""
    return {str(key): tuple(str(one) for one in many) for key, many in entry(file, *path).items()}


def entry(file: str, *path: str) -> Any:
    found: Any = _file(file)
    for key in path:
        found = found[key]
    return found


def any_of(choices: Iterable[str]) -> str:
    """A regex alternative of plain words, the longest first."""
    return "(?:" + "|".join(re.escape(one) for one in sorted(set(choices), key=len, reverse=True)) + ")"


@cache
def numeral() -> str:
    """A regex for a number in Arabic (also full-width) or Chinese digits, bounded in length."""
    return f"(?:\\d{{1,4}}|{chinese_numeral()})"


@cache
def chinese_numeral() -> str:
    digits = "".join(entry("marks", "numerals", "digits"))
    ten, hundred = word("marks", "numerals", "ten"), word("marks", "numerals", "hundred")
    return f"[{digits}{ten}{hundred}]{{1,6}}"


def number_of(text: str) -> int | None:
    """The value of a numeral such as 12, full-width 12, or twelve in Chinese; None if it is none."""
    text = text.strip()
    if text.isdecimal():
        return int(text)
    digits: dict[str, int] = entry("marks", "numerals", "digits")
    ten, hundred = word("marks", "numerals", "ten"), word("marks", "numerals", "hundred")
    if text and all(character in digits for character in text):
        return int("".join(str(digits[character]) for character in text))
    total, pending = 0, None
    for character in text:
        if character in digits:
            pending = digits[character]
        elif character in {ten, hundred}:
            total += (1 if pending is None else pending) * (10 if character == ten else 100)
            pending = None
        else:
            return None
    return total + (pending or 0) if text else None


@cache
def _file(name: str) -> Any:
    source = f"engine/documents/zh/{name}.yaml"
    text = resources.files("engine.documents").joinpath("zh", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml_text.load(text, source).data
