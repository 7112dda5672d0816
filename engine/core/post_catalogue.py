"""The posts of an organisation as data: their labels, which are bodies, and which one person must not hold together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

from pydantic import Field

from engine.core.definition import Strict
from engine.core.definition_reader import model_of, nearest, read_model
from engine.core.history import digest_of
from engine.core.yaml_text import Loaded
from engine.errors import DefinitionError, Facts, Problem

POST_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class PostDefinition(Strict):
    """One post. A `body` decides with several of its members."""

    label: str = Field(min_length=1, max_length=60)
    body: bool = False


class PostCatalogue(Strict):
    """One file of posts; each of `conflicts` lists posts of which nobody may hold two."""

    posts: str = Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")
    version: int = Field(ge=1)
    roles: dict[str, PostDefinition] = Field(min_length=1, max_length=500)
    conflicts: list[list[str]] = Field(default_factory=list, max_length=500)

    @property
    def digest(self) -> str:
        """The semantic digest: everything but the words on screen."""
        bodies = {key: row.body for key, row in self.roles.items()}
        return digest_of(
            {"posts": self.posts, "version": self.version, "bodies": bodies, "of": self.conflicts}
        )

    def conflicts_of(self) -> Mapping[str, frozenset[str]]:
        """Post → the posts that nobody may hold beside it."""
        found: dict[str, set[str]] = {}
        for together in self.conflicts:
            for one, other in combinations(together, 2):
                found.setdefault(one, set()).add(other)
                found.setdefault(other, set()).add(one)
        return {key: frozenset(others) for key, others in found.items()}


def read_posts(text: str, source: str) -> PostCatalogue:
    """Read a file of posts. Raises DefinitionError listing all problems."""
    catalogue, loaded = read_model(text, source, PostCatalogue)
    return _checked(catalogue, loaded)


def posts_of(loaded: Loaded) -> PostCatalogue:
    return _checked(model_of(loaded, PostCatalogue), loaded)


def _checked(catalogue: PostCatalogue, loaded: Loaded) -> PostCatalogue:
    problems = tuple(_wrong_names(catalogue, loaded))
    if problems:
        raise DefinitionError(problems)
    return catalogue


def _wrong_names(catalogue: PostCatalogue, loaded: Loaded) -> Iterator[Problem]:
    for key in catalogue.roles:
        if not POST_KEY.fullmatch(key):
            yield Problem("post_key_wrong", loaded.source, loaded.line_of(("roles", key)), {"key": key})
    for at, together in enumerate(catalogue.conflicts):
        line = loaded.line_of(("conflicts", at))
        if len(set(together)) <= 1:
            yield Problem("conflict_needs_two", loaded.source, line)
        for word in together:
            if word not in catalogue.roles:
                facts: Facts = {"word": word, "nearest": nearest(word, catalogue.roles)}
                yield Problem("unknown_post", loaded.source, line, facts)
