"""Every conformance vector leads where it says."""

from __future__ import annotations

import pytest

from tests.vectors.runner import Run
from tests.vectors.stage import Json, school, vectors


@pytest.mark.parametrize("vector", list(vectors()), ids=lambda vector: vector["id"])
def test_a_vector_leads_where_it_says(vector: Json) -> None:
    Run(vector).play()


@pytest.mark.parametrize("way", school()["ways"])
def test_each_usual_way_can_be_walked(way: str) -> None:
    Run({"title": way, "after": way, "steps": []}).play()


def test_no_two_vectors_have_one_name() -> None:
    names = [vector["id"] for vector in vectors()]
    assert sorted(set(names)) == sorted(names)
