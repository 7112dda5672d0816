"""What only the organisation knows to call things: posts, people, and the states and moves of its workflows."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.yaml_text import load
from engine.store.definitions import current_of_kind
from engine.store.people import people_of
from engine.store.places import load_place, load_posts
from engine.store.unit_of_work import UnitOfWork

Names = dict[str, str]


def names_of(uow: UnitOfWork, organisation: int) -> Mapping[str, str]:
    """`post:3`, `post:secretary`, `person:7`, `person:p7`, `state:planned`, `move:plan` → the word on screen."""
    names = _labels(uow, organisation)
    for post in load_posts(uow, organisation).posts.values():
        names[f"post:{post.id}"] = names[f"post:{post.key}"] = post.label
    for person in people_of(uow, organisation):
        names[f"person:{person.id}"] = names[f"person:{person.key}"] = person.name
    return names


def _labels(uow: UnitOfWork, organisation: int) -> Names:
    """The labels of every published workflow: adding one is YAML alone, its words included (law 12)."""
    names: Names = {}
    for found in current_of_kind(uow, load_place(uow, organisation).key, "workflow").values():
        data = load(found.text, found.name).data
        assert isinstance(data, dict)
        for kind, part in (("state", data["states"]), ("move", data["moves"])):
            assert isinstance(part, dict)
            names.update(
                {f"{kind}:{key}": str(row["label"]) for key, row in part.items() if isinstance(row, dict)}
            )
    return names
