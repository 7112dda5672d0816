"""Every conformance vector leads where it says."""

from __future__ import annotations

import re

import pytest

from tests.vectors.runner import Run
from tests.vectors.seen import SEEN
from tests.vectors.stage import FOLDER, Json, school, vectors
from tests.vectors.verbs import VERBS


@pytest.mark.parametrize("vector", list(vectors()), ids=lambda vector: vector["id"])
def test_a_vector_leads_where_it_says(vector: Json) -> None:
    Run(vector).play()


@pytest.mark.parametrize("way", school()["ways"])
def test_each_usual_way_can_be_walked(way: str) -> None:
    Run({"title": way, "after": way, "steps": []}).play()


def test_no_two_vectors_have_one_name() -> None:
    names = [vector["id"] for vector in vectors()]
    assert sorted(set(names)) == sorted(names)


README = (FOLDER / "README.md").read_text("utf-8")


def part(title: str) -> str:
    """One part of the page, to the next heading."""
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def quoted(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_the_words_of_what_is_covered_are_those_of_the_page() -> None:
    words = {word for vector in vectors() for word in vector["covers"]}
    assert sorted(quoted(part("What they cover"))) == sorted(words)


def test_every_vector_that_shows_a_pattern_is_there() -> None:
    named = quoted(part("Workflow resource patterns"))
    assert sorted(named - {vector["id"] for vector in vectors()}) == []


def test_a_pattern_says_whether_it_applies_and_shows_it() -> None:
    rows = [
        row.split(" | ") for row in part("Workflow resource patterns").splitlines() if row.startswith("| ")
    ]
    unshown = [row[0] for row in rows[1:] if row[1] in ("yes", "partly") and not quoted(row[2])]
    assert ([], 43) == (unshown, len(rows) - 1)


def test_the_page_tells_every_step_and_every_expectation() -> None:
    told = quoted(part("Steps"))
    assert sorted({*VERBS, *SEEN} - told) == []


@pytest.mark.parametrize("part_of_it", ["case", "school"])
def test_a_vector_changes_nothing_that_the_page_does_not_name(part_of_it: str) -> None:
    (row,) = [line for line in README.splitlines() if line.startswith(f"| `{part_of_it}` |")]
    said = {(vector["id"], word) for vector in vectors() for word in vector.get(part_of_it, {})}
    assert [] == sorted(pair for pair in said if pair[1] not in quoted(row))


def test_each_vector_says_at_least_one_thing_that_could_be_otherwise() -> None:
    silent = [vector["id"] for vector in vectors() if not any("expect" in step for step in vector["steps"])]
    assert [] == silent
