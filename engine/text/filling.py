"""Words with places for facts: `{due:day}`, and `[…]` around what is left out when its fact is missing.

`{name?}` and `{name!}` say nothing themselves: the first keeps its `[…]` only where the fact is there and not
zero or false, the second only where it is not.

A place is `{name}` or `{name:kind}`; the kind says how the fact is shown: `day` as a date, `period` as a
period, `size` (bytes) in megabytes, any other kind (`post`, `state`, `move` …) as the label of that group, and
`{name:kind+}` as that label with the key that people type behind it. Facts are never read as words with
places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from engine.text.books import words as words_of
from engine.text.dates import day_words, period_words
from engine.text.quoting import cut, one_line

LONGEST_FACT = 200
Names = Mapping[str, str]
NOBODY: Names = {}

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACE = re.compile(r"\{(\w+)(?::(\w+)(\+?))?\}")
_CONDITION = re.compile(r"\{(\w+)([?!])\}")
_MISSING = "\uff1f"
_COMMA = "\u3001"
_MEGABYTE = 1024 * 1024


def fill(words: str, facts: Mapping[str, object], names: Names = NOBODY) -> str:
    """`words` with its places filled.

    `names` holds what only the organisation knows, by `kind:value` (`post:secretary`, `person:7`).
    """
    kept = _OPTIONAL.sub(lambda part: _CONDITION.sub("", part[1]) if _is_kept(part[1], facts) else "", words)
    return _PLACE.sub(lambda place: _shown_at(place, facts, names), kept)


def _is_kept(part: str, facts: Mapping[str, object]) -> bool:
    agrees = all(bool(facts.get(name)) is (sign == "?") for name, sign in _CONDITION.findall(part))
    return agrees and all(facts.get(place[1]) not in (None, "", [], ()) for place in _PLACE.finditer(part))


def _shown_at(place: re.Match[str], facts: Mapping[str, object], names: Names) -> str:
    fact = facts.get(place[1])
    each = fact if isinstance(fact, list | tuple) else (fact,)
    show = _with_key if place[3] else _shown
    shown = [show(item, place[2] or "", names) for item in each]
    # Two keys with one label (the owner is the office) are one word for people.
    return _COMMA.join(dict.fromkeys(shown) if place[2] else shown)


def _with_key(fact: object, kind: str, names: Names) -> str:
    """A label and the key behind it; only one of them where both are the same word."""
    shown, key = _shown(fact, kind, names), _shown(fact, "", names)
    return shown if shown == key else f"{shown}\uff08{key}\uff09"


def _shown(fact: object, kind: str, names: Names) -> str:
    if fact is None or fact == "":
        return _MISSING
    if kind == "day":
        return _day(fact)
    if kind == "period":
        return period_words(str(fact))
    if kind == "size" and isinstance(fact, int):
        return f"{fact / _MEGABYTE:.3g}MB"
    text = str(fact)
    if kind:
        text = text.removeprefix("post:")
        # A decider who was named in person stands as `person:7` where others are posts.
        text = names.get(f"{kind}:{text}") or names.get(text) or words_of("labels", kind, text) or text
    return cut(one_line(text), LONGEST_FACT)


def _day(fact: object) -> str:
    if isinstance(fact, date):
        return day_words(fact)
    try:
        return day_words(date.fromisoformat(str(fact)[:10]))
    except ValueError:
        return cut(one_line(str(fact)), LONGEST_FACT)
