"""`--set NAME=VALUE` as it was typed, by name."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import WrongUsage

OPTIONS = frozenset({"post", "due", "from", "on", "in_charge", "held_on"})
"""What has an option of its own, where it is checked."""
EQUALS = ("=", "\uff1d")


def said_fields(words: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` each; the last of one name holds. Raises WrongUsage `set_wrong`."""
    found = {}
    for word in words:
        at = min((word.index(sign) for sign in EQUALS if sign in word), default=0)
        name = word[:at].strip()
        if not name or name in OPTIONS:
            raise WrongUsage("set_wrong", given=word)
        found[name] = word[at + 1 :].strip()
    return found
