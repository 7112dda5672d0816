"""What only the organisation knows to call things: posts and people by id and by key, for sentences."""

from __future__ import annotations

from collections.abc import Mapping

from engine.store.people import people_of
from engine.store.places import load_posts
from engine.store.unit_of_work import UnitOfWork

Names = dict[str, str]


def names_of(uow: UnitOfWork, organisation: int) -> Mapping[str, str]:
    """`post:3`, `post:secretary`, `person:7` and `person:p7` → the word on screen."""
    names: Names = {}
    for post in load_posts(uow, organisation).posts.values():
        names[f"post:{post.id}"] = names[f"post:{post.key}"] = post.label
    for person in people_of(uow, organisation):
        names[f"person:{person.id}"] = names[f"person:{person.key}"] = person.name
    return names
