"""The one YAML reader: what it reads, and every trap of YAML as an error with its line."""

from __future__ import annotations

import pytest

from engine.core.yaml_text import DEEPEST_NESTING, LONGEST_TEXT, load
from engine.errors import DefinitionError


def problems(text: str) -> list[tuple[str, int]]:
    with pytest.raises(DefinitionError) as caught:
        load(text, "file.yaml")
    return [(row.code, row.line) for row in caught.value.problems]


def test_it_reads_plain_data_with_the_line_of_every_path() -> None:
    loaded = load(
        "moves:\n  plan:\n    by: [owner, office]\n    count: 2\n    since: 2026-01-01\n", "file.yaml"
    )
    plan = {"by": ["owner", "office"], "count": 2, "since": "2026-01-01"}
    assert {"moves": {"plan": plan}} == loaded.data
    assert 4 == loaded.line_of(("moves", "plan", "count"))
    assert 2 == loaded.line_of(("moves", "plan", "not there"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", ("yaml_key_twice", 2)),
        ("a: on\n", ("yaml_boolean_word", 1)),
        ("a: 1\nno: 2\n", ("yaml_boolean_word", 2)),
        ("a: 010\n", ("yaml_strange_number", 1)),
        ("a: 1:30\n", ("yaml_strange_number", 1)),
        ("a: 1\nby：owner\n", ("yaml_full_width_colon", 2)),
        ("label：x\nb: 2\n", ("yaml_full_width_colon", 1)),
        ("by: [owner，office]\n", ("yaml_full_width_comma", 1)),
        ("a: &x [1]\nb: *x\n", ("yaml_alias", 2)),
        ("a: !!python/object/apply:os.system [id]\n", ("yaml_tag", 1)),
        ("a: !!python/name:os.system x\n", ("yaml_tag", 1)),
        ("a:\n\t- b\n", ("yaml_syntax", 2)),
        ("? [1, 2]\n: 3\n", ("yaml_key_not_a_word", 1)),
        ("", ("yaml_empty", 0)),
        ("[" * (DEEPEST_NESTING + 2), ("yaml_too_deep", 1)),
        ("a: " + "x" * LONGEST_TEXT, ("yaml_too_long", 0)),
        ("a: \x01\n", ("yaml_syntax", 0)),
    ],
)
def test_a_trap_is_an_error_with_its_line(text: str, expected: tuple[str, int]) -> None:
    assert expected in problems(text)


def test_all_problems_are_told_at_once() -> None:
    assert [("yaml_boolean_word", 1), ("yaml_key_twice", 3)] == problems("a: yes\nb: 1\nb: 2\n")


def test_a_quoted_word_is_what_it_says() -> None:
    assert {"a": "on", "b": "010", "c": "标题：内容"} == load(
        "a: 'on'\nb: \"010\"\nc: 标题：内容\n", "f"
    ).data


def test_a_billion_laughs_is_refused_before_it_grows() -> None:
    laughs = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + at)}: &{chr(98 + at)} [*{chr(97 + at)}, *{chr(97 + at)}]\n" for at in range(20)
    )
    assert "yaml_alias" == problems(laughs)[0][0]
