"""`NAME=VALUE` as it was typed, with the sign of either width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.errors import WrongUsage

OPTIONS = frozenset({"post", "due", "from", "on", "in_charge", "held_on"})
"""What has an option of its own, where it is checked."""
EQUALS = ("=", "\uff1d")


def pair(word: str) -> tuple[str, str | None]:
    """What stands before the first sign and behind it, None where there is no sign."""
    at = min((word.index(sign) for sign in EQUALS if sign in word), default=None)
    return (word.strip(), None) if at is None else (word[:at].strip(), word[at + 1 :].strip())


def named(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each as name and value. Raises WrongUsage `name_value_wrong`."""
    for word in words:
        name, value = pair(word)
        if not name or value is None:
            raise WrongUsage("name_value_wrong", word=word)
        yield name, value


def said_fields(words: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` each; the last of one name holds. Raises WrongUsage `set_wrong`."""
    found = {}
    for word in words:
        name, value = pair(word)
        if not name or value is None or name in OPTIONS:
            raise WrongUsage("set_wrong", given=word)
        found[name] = value
    return found
