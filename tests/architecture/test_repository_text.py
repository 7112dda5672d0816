"""The repository speaks of the product (no path of a machine, no package host), and its pages can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.kit.source_tree import text_files

MACHINE_PATH = re.compile(r"(?<![\w/.<])/(?:work|root|home)/|[A-Z]:\\Users\\")
PACKAGE_HOST = re.compile(r"py[p]i\.org|python[h]osted|tuna\.tsinghua|mirrors\.aliyun", re.IGNORECASE)


def test_no_file_names_a_path_of_a_machine() -> None:
    assert [name for name, text in text_files() if MACHINE_PATH.search(text)] == []


def test_no_file_names_a_package_host() -> None:
    this_file = "tests/architecture/test_repository_text.py"
    assert [name for name, text in text_files() if name != this_file and PACKAGE_HOST.search(text)] == []


def test_a_path_of_a_machine_is_noticed() -> None:
    samples = [
        "see " + "/" + "root/notes",
        "'" + "/" + "home/someone/x'",
        "C:" + "\\Users\\me",
        "../workflows/x",
    ]
    assert [bool(MACHINE_PATH.search(sample)) for sample in samples] == [True, True, True, False]


def test_a_heading_of_a_page_begins_after_a_blank_line() -> None:
    """Pages that grow at their end are merged by union, which leaves such lines out."""
    wrong = [
        f"{name}:{number}"
        for name, text in text_files()
        if name.endswith(".md")
        for number, before, line in _prose(text)
        if line.startswith("#") and before.strip()
    ]
    assert [] == wrong


def _prose(text: str) -> Iterator[tuple[int, str, str]]:
    """(number, line before, line) of what is no example between fences."""
    is_example, before = False, ""
    for number, line in enumerate(text.splitlines(), 1):
        is_example ^= line.startswith("```")
        if not is_example:
            yield number, before, line
        before = line
