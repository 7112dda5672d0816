"""Text that can be kept and seen: what no database takes is refused, and what nobody sees is empty."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from unicodedata import category

LONGEST_TITLE = 500
# Control, format (direction overrides, zero width, tags), surrogate, private and unassigned characters.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACES = frozenset({"Zs", "Zl", "Zp"})
# Marks that only change the sign before them (accents, variation selectors, the grapheme joiner).
_CLINGING = frozenset({"Mn", "Me"})
_NOTHING_TO_SEE = UNSEEN | _SPACES | _CLINGING
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Fillers: letters by their kind, and nothing on screen."""


def is_keepable(text: str) -> bool:
    """Whether every database can keep it: PostgreSQL takes no NUL, and half a surrogate pair is no text."""
    return "\0" not in text and is_unicode(text)


def is_unicode(text: str) -> bool:
    """Half a surrogate pair is no text: no encoder takes it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_seen(text: str) -> bool:
    """Whether there is anything to see in it."""
    return any(sign not in _BLANK_LETTERS and category(sign) not in _NOTHING_TO_SEE for sign in text)


def is_title(text: str) -> bool:
    """Whether it can stand as the title of a case: something to see, and not too long."""
    return is_seen(text) and not is_too_long(text)


def is_too_long(title: str) -> bool:
    return len(title.strip()) > LONGEST_TITLE


def is_unkeepable(value: object) -> bool:
    """Whether there is a text in `value` that cannot be kept, however deep in mappings, lists and records it lies."""
    if isinstance(value, str):
        return not is_keepable(value)
    if isinstance(value, Mapping):
        return any(is_unkeepable(each) for pair in value.items() for each in pair)
    if is_dataclass(value) and not isinstance(value, type):
        return any(is_unkeepable(getattr(value, field.name)) for field in fields(value))
    return isinstance(value, Collection) and not isinstance(value, bytes) and any(map(is_unkeepable, value))
