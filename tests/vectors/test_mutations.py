"""No rule of a shipped definition can be dropped, swapped or moved without a vector that fails."""

from __future__ import annotations

import pytest

from tests.vectors.mutations import Mutation, mutations, survives, those_that_read
from tests.vectors.stage import shipped_text, vectors

FILES = (
    ("definitions", "rectification"),
    ("definitions", "occurrence"),
    ("ladders", "default"),
    ("ladders", "look_back"),
    ("ladders", "occurrence"),
    ("ladders", "request"),
)

UNSEEN = {
    # No verb takes a standing paper away yet, so nothing can change what this seal covers.
    "moves.close.approval.seals: without evidence",
    # A period is opened in this state, and who it waits for is written with the opening.
    "states.upcoming.waits_for: without owner",
}


@pytest.mark.long
@pytest.mark.parametrize(("folder", "name"), FILES)
def test_every_mutation_of_a_shipped_file_is_noticed(folder: str, name: str) -> None:
    tried = those_that_read(folder, name, list(vectors()))
    unseen = [row.what for row in mutations(folder, name) if survives(row, tried)]
    assert [] == [what for what in unseen if what not in UNSEEN]


def test_a_file_in_which_nothing_changed_is_not_noticed() -> None:
    """The judge itself: what leaves every rule as it is must survive."""
    same = Mutation("ladders", "request", "nothing", shipped_text("ladders", "request"))
    assert survives(same, list(vectors()))
