"""Published files of posts → the posts of an organisation: made with it, their conflicts kept as published."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.core.post_catalogue import PostDefinition, read_posts
from engine.store.definitions import current_of_kind
from engine.store.people import add_post_row, change_post_conflicts
from engine.store.places import bump_roster, find_organisation, load_posts, organisation_keys
from engine.store.unit_of_work import UnitOfWork

POSTS = "posts"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The posts that rule in an organisation, and what each must not be held with."""

    roles: dict[str, PostDefinition] = field(default_factory=dict)
    conflicts: dict[str, frozenset[str]] = field(default_factory=dict)


def ruling_posts(uow: UnitOfWork, organisation_key: str) -> Ruling:
    """Every published file of posts, taken together; a file of the organisation's own goes before one of that name."""
    found = Ruling()
    for row in current_of_kind(uow, organisation_key, POSTS).values():
        catalogue = read_posts(row.text, row.name)
        found.roles.update(catalogue.roles)
        for key, others in catalogue.conflicts_of().items():
            found.conflicts[key] = found.conflicts.get(key, frozenset()) | others
    return found


def add_posts(uow: UnitOfWork, organisation: int, organisation_key: str) -> None:
    """Give a new organisation the posts that are published for it."""
    ruling = ruling_posts(uow, organisation_key)
    for key, row in ruling.roles.items():
        add_post_row(
            uow,
            organisation,
            key,
            row.label,
            is_body=row.body,
            conflicts=ruling.conflicts.get(key, frozenset()),
        )


def settle_conflicts(uow: UnitOfWork) -> None:
    """Bring the conflicts of the posts that there are to what is published now; who holds what stays as it is."""
    for key in organisation_keys(uow):
        organisation = find_organisation(uow, key).id
        assert organisation is not None
        ruling = ruling_posts(uow, key)
        changed = {
            post.id: ruling.conflicts.get(post.key, frozenset())
            for post in load_posts(uow, organisation).posts.values()
            if post.conflicts != ruling.conflicts.get(post.key, frozenset())
        }
        for post, conflicts in changed.items():
            change_post_conflicts(uow, post, conflicts)
        if changed:
            bump_roster(uow, organisation)
