"""What a command is made of: its words, its options, and how a number is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any

LARGEST_NUMBER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Option:
    """One option or argument, as argparse takes it; its help is the word `option.<name>` of the text."""

    flag: str
    how: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.flag.lstrip("-").replace("-", "_").lower()

    @property
    def dest(self) -> str:
        """The name under which the command finds what was said."""
        return str(self.how.get("dest", self.name))


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its words, the module under `engine.cli.commands`, and its options.

    The function is the words joined by `_` (`issue add` → `issue_add`), also those with a hyphen, with one more
    `_` behind a word that Python keeps for itself (`return_`).
    """

    words: tuple[str, ...]
    module: str
    options: tuple[Option, ...] = ()

    @property
    def function(self) -> str:
        name = "_".join(self.words).replace("-", "_")
        return f"{name}_" if iskeyword(name) else name


def whole(word: str) -> int:
    """A whole number as people count; what no office ever counts to would not fit into the books."""
    number = int(word)
    if abs(number) > LARGEST_NUMBER:
        raise ValueError(word)
    return number


def flag(name: str) -> Option:
    return Option(name, {"action": "store_true"})


def value(name: str, **how: Any) -> Option:
    return Option(name, how)
