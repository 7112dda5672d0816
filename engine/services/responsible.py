"""Who a file says is responsible → the post that it means, and the names that nobody here goes by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from engine.core.posts import Posts
from engine.services.resolving import own_posts, post_called
from engine.store.people import Someone

# Ideographic comma, full-width comma and semicolon, and their ASCII kin.
_BETWEEN = re.compile("[\u3001\uff0c\uff1b,;/\n]")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Directory:
    """Whom names are looked up among: the people and the roster of an organisation, on a day."""

    people: Sequence[Someone]
    posts: Posts
    today: date


@dataclass(frozen=True, slots=True)
class Responsible:
    """`leader` is the key of the post that was named first, None where none was recognised."""

    leader: str | None
    unresolved: tuple[str, ...]


def recognise(texts: Iterable[str], directory: Directory) -> Responsible:
    """Look up every name in `texts`, which may hold several and titles before them."""
    leader: str | None = None
    unknown: list[str] = []
    for name in (part for text in texts for part in _names(text)):
        is_known, post = _known(name, directory)
        if not is_known:
            unknown.append(name[:LONGEST_NAME])
        leader = leader or post
    return Responsible(leader, tuple(dict.fromkeys(unknown)))


def _names(text: str) -> list[str]:
    return [name for part in _BETWEEN.split(text) if (name := " ".join(part.split()))]


def _known(name: str, directory: Directory) -> tuple[bool, str | None]:
    """Whether somebody is meant, and by which post: its label, a name, or a title with a name behind."""
    joined = name.replace(" ", "")
    for word in (name, joined):
        post = post_called(directory.posts, word)
        if post is not None:
            return True, post.key
    found = [person for person in directory.people if joined.endswith(person.name.replace(" ", ""))]
    # The longest name that ends it: somebody called by a part of another's name is not meant.
    longest = max((len(person.name) for person in found), default=0)
    people = [person for person in found if len(person.name) == longest]
    if len(people) != 1:
        return False, None
    held = own_posts(directory.posts, people[0].id, directory.today)
    return True, held[0].key if len(held) == 1 else None
