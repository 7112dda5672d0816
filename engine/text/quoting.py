"""Text that people typed, made harmless for one line: a value never becomes layout or a command."""

from __future__ import annotations

import unicodedata

from engine.core.plain_text import UNSEEN

ELLIPSIS = "\u2026"
LONGEST = 60
MOST_MARKS = 2

# Markup of chat groups and mail clients becomes its full-width twin: readable, and no longer markup.
_TWINS = str.maketrans({character: chr(ord(character) + 0xFEE0) for character in "@<>[]*_`#~|\\"})
_SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_MARKS = frozenset({"Mn", "Me"})


def quoted(text: str, longest: int = LONGEST) -> str:
    """`text` as one line of at most `longest` characters, safe to stand in any message."""
    return cut(one_line(text).translate(_TWINS).replace("://", ":\u2215\u2215"), longest)


def one_line(text: str) -> str:
    """`text` without line breaks, control or direction characters, and piles of combining marks."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in _MARKS else 0
        if character in _SPACES:
            kept.append(" ")
        elif kind not in UNSEEN and marks <= MOST_MARKS:
            kept.append(character)
    return " ".join("".join(kept).split())


def cut(text: str, longest: int) -> str:
    """At most `longest` characters, the last of them … when something was cut off."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + ELLIPSIS
