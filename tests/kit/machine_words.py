"""Words of the code in what people read: each has a word of the office, and one that shows itself lacks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache

from engine.core import yaml_text
from tests.kit.source_tree import ROOT

# What people type stands in an answer as they type it: a command, an option, a key behind its word, a file, an address.
TYPED = re.compile(
    r"(?:zhenggai|messages) [^，。；：）]*|--[\w-]+(?:[ =][\w=@./-]+)?|（[a-z][\w@.、-]*[）\s]|https?://\S+|\S+\.[a-z]{2,5}\b|“[^”]*”"
)
WORD = re.compile(r"(?<![\w@./-])[a-z][a-z_]+(?![\w@./-])", re.ASCII)
NAME = re.compile(r"[a-z][a-z_]+", re.ASCII)
CALLED = frozenset({"main", "desk", "ethics_pledge", "console", "form", "forms", "json", "jsons"})
"""An organisation, another system, a duty, and the beginnings of addresses, which people type."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def machine_words(lines: Iterable[str]) -> list[str]:
    """Every word of the code that a line says to people, with the line."""
    return [f"{word}: {line}" for line in lines if CHINESE.search(line) for word in _words(line)]


def _words(line: str) -> Iterator[str]:
    yield from (word for word in WORD.findall(TYPED.sub("", line)) if word in codes())


@cache
def codes() -> frozenset[str]:
    """Whatever the code and the shipped files may call something: strings of the code, and keys of YAML."""
    found: set[str] = set()
    for folder in ("engine", "workflows"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text("utf-8")))
            found |= {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
        for path in (ROOT / folder).rglob("*.yaml"):
            if path.parent.name != "duties":
                found |= set(_keys(yaml_text.load(path.read_text("utf-8"), path.name).data))
    return frozenset(word for word in found if NAME.fullmatch(word)) - CALLED


def _keys(data: object) -> Iterator[str]:
    for key, value in data.items() if isinstance(data, dict) else ():
        yield str(key)
        yield from _keys(value)
    for value in data if isinstance(data, list) else ():
        yield from _keys(value)
