"""No rule of a shipped definition can be dropped, swapped or moved without a vector that fails."""

from __future__ import annotations

import pytest

from tests.vectors.mutations import Mutation, mutations, survives, those_that_read
from tests.vectors.stage import shipped_text, vectors

FILES = (
    ("definitions", "rectification"),
    ("definitions", "occurrence"),
    ("definitions", "audit_finding"),
    ("definitions", "safety_hazard"),
    ("definitions", "milestone"),
    ("posts", "party_school"),
    ("ladders", "audit"),
    ("ladders", "safety"),
    ("ladders", "milestone"),
    ("ladders", "default"),
    ("ladders", "look_back"),
    ("ladders", "occurrence"),
    ("ladders", "request"),
)

UNSEEN: set[tuple[str, str]] = set()
"""(file, what) of each change that neither a vector nor `check` notices; each with its reason."""


@pytest.mark.long
@pytest.mark.parametrize(("folder", "name"), FILES)
def test_every_mutation_of_a_shipped_file_is_noticed(folder: str, name: str) -> None:
    tried = those_that_read(folder, name, list(vectors()))
    unseen = {row.what for row in mutations(folder, name) if survives(row, tried)}
    assert sorted(what for file, what in UNSEEN if file == f"{folder}/{name}") == sorted(unseen)


def test_a_file_in_which_nothing_changed_is_not_noticed() -> None:
    """The judge itself: what leaves every rule as it is must survive."""
    same = Mutation("ladders", "request", "nothing", shipped_text("ladders", "request"))
    assert survives(same, list(vectors()))
