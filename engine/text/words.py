"""The words of the command line: one line of help per command and option."""

from __future__ import annotations

from engine.text.books import words
from engine.text.filling import fill
from engine.text.labels import labels


def help_text(key: str) -> str:
    """The help at a dotted key (`command.issue_add`, `option.due`); the key itself where there is none."""
    return words("cli", *key.split(".")) or key


def with_values(said: str) -> str:
    """A line of help with the values that may be written in its places; read only by whoever asks for help."""
    if "{" not in said:
        return said
    from engine.core.fold import EVENT_TYPES

    # Blanks between them: a line breaks there and not in the middle of a word.
    kinds = [fill("{kind:evidence_kind+}", {"kind": key}) for key in labels("evidence_kind")]
    return said.replace("{kinds}", " ".join(kinds)).replace("{types}", " ".join(sorted(EVENT_TYPES)))
