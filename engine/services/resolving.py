"""Words that people type → persons and posts: by key, by unique name, by label."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from engine.core.definition_reader import nearest
from engine.core.posts import Post, Posts
from engine.errors import NotFound, WrongUsage
from engine.store.people import Someone, people_called, people_of
from engine.store.unit_of_work import UnitOfWork


def resolve(uow: UnitOfWork, organisation: int, word: str) -> Someone:
    """The person with the key `word`, or the only one of that name.

    Raises NotFound `person_not_found` with the nearest word, WrongUsage `name_ambiguous` with the keys.
    """
    found = people_called(uow, organisation, word.strip())
    if not found:
        words = (said for person in people_of(uow, organisation) for said in (person.key, person.name))
        raise NotFound("person_not_found", person=word, nearest=nearest(word, words))
    return _only(found, word)


def resolve_post(uow: UnitOfWork, organisation: int, posts: Posts, word: str, today: date) -> Post:
    """The post with the key or label `word`, or the single post that the person `word` holds today.

    Raises NotFound `post_not_found`, WrongUsage `person_without_post` or `post_ambiguous` with the keys.
    """
    named = post_called(posts, word)
    if named is not None:
        return named
    try:
        person = resolve(uow, organisation, word)
    except NotFound as missing:
        known = (said for post in posts.posts.values() for said in (post.key, post.label))
        raise NotFound("post_not_found", post=word, nearest=nearest(word, known)) from missing
    held = own_posts(posts, person.id, today)
    if not held:
        raise WrongUsage("person_without_post", person=person.key)
    if len(held) > 1:
        raise WrongUsage("post_ambiguous", person=person.key, keys=[post.key for post in held])
    return held[0]


def post_called(posts: Posts, word: str) -> Post | None:
    """The post whose key or label is exactly `word`."""
    key = word.strip()
    return posts.posts.get(key) or next((post for post in posts.posts.values() if post.label == key), None)


def own_posts(posts: Posts, person: int, today: date) -> tuple[Post, ...]:
    """What a person holds today by themselves: being one of a committee makes nobody responsible."""
    return tuple(post for post in posts.posts_of(person, today) if not post.is_body)


def post_by_key(posts: Posts, word: str) -> Post:
    """Raises NotFound `post_not_found` with the nearest word."""
    post = post_called(posts, word)
    if post is None:
        known = (said for row in posts.posts.values() for said in (row.key, row.label))
        raise NotFound("post_not_found", post=word, nearest=nearest(word, known))
    return post


def _only(found: Iterable[Someone], word: str) -> Someone:
    rows = list(found)
    if rows[0].key == word.strip() or len(rows) == 1:
        return rows[0]
    raise WrongUsage("name_ambiguous", name=word, keys=[person.key for person in rows])
