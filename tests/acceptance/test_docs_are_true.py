"""The pages that strangers follow are played: every command they show, in a fresh home, prints what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.machine_words import machine_words
from tests.kit.pages import differences, is_as_shown, played, read_page

# The page of the secretary goes on where that of the clerk ends.
STORIES = (
    ("README.md",),
    ("README.zh-CN.md",),
    ("docs/operating.md",),
    ("docs/writing-a-duty.md",),
    ("docs/writing-a-workflow.md",),
    ("docs/users/clerk.md", "docs/users/secretary.md"),
    ("docs/users/tasks.md",),
)
# Whoever writes files or runs the machine reads keys; nobody else does.
FOR_PEOPLE = ("README", "docs/users/")


@pytest.mark.parametrize("names", STORIES, ids=lambda names: names[0])
def test_a_page_shows_what_happens(names: tuple[str, ...], tmp_path: Path) -> None:
    steps = played([read_page(name) for name in names], tmp_path)
    found = differences(steps)
    if names[0].startswith(FOR_PEOPLE):
        found += [row for _, came in steps for row in machine_words(came["lines"])]
    assert found == [], "\n" + "\n".join(found)


@pytest.mark.parametrize("names", STORIES, ids=lambda names: names[0])
def test_a_page_has_commands_to_play(names: tuple[str, ...]) -> None:
    assert [name for name in names if not read_page(name).steps] == []


def test_a_page_that_lies_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "lie.md"
    page.write_text("```console\n$ zhenggai issues\n没有符合条件的问题。\n```\n", encoding="utf-8")
    (row,) = differences(played([read_page(str(page))], tmp_path))
    assert row.startswith("line 2: zhenggai issues")


@pytest.mark.parametrize(
    ("shown", "is_true"),
    [
        (("one", "two", "three"), True),
        (("one", "…"), True),
        (("…", "t…o", "three"), True),
        (("one", "three"), False),
        (("one", "two"), False),
        (("two", "one", "three"), False),
        (("one", "tw", "three"), False),
    ],
)
def test_only_what_a_cut_stands_for_may_be_left_out(shown: tuple[str, ...], *, is_true: bool) -> None:
    assert is_as_shown(shown, ["one", "two", "three"]) is is_true
