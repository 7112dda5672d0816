"""The words of the command line: one line of help per command and option."""

from __future__ import annotations

from engine.text.books import words


def help_text(key: str) -> str:
    """The help at a dotted key (`command.issue_add`, `option.due`); the key itself where there is none."""
    return words("cli", *key.split(".")) or key
