"""What can be kept and what can be seen of a text."""

from __future__ import annotations

import pytest

from engine.core.plain_text import is_keepable, is_seen, is_title, is_unkeepable
from engine.core.yaml_text import load
from engine.errors import DefinitionError
from engine.services.evidence import About


@pytest.mark.parametrize("text", ["", "字", "\u200b", "\U0001f600", "a\nb"])
def test_what_can_be_kept(text: str) -> None:
    assert is_keepable(text)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "字\udfff"])
def test_what_cannot_however_deep_it_lies(text: str) -> None:
    assert not is_keepable(text)
    lying = [text, (1, [text]), {"a": {"b": text}}, {text: 1}, About(kind=text), frozenset({text})]
    assert [True] * len(lying) == [is_unkeepable(each) for each in lying]
    assert [False] * 4 == [is_unkeepable(each) for each in (None, 3, b"\0", About())]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u3000",
        "\u200b",
        "\u202e\u2066",
        "\ufeff",
        "\u3164",
        "\u2800",
        "\0",
        "\ufe0f",
        "\u034f",
        "\U000e0101",
    ],
)
def test_what_nobody_sees_is_no_title(text: str) -> None:
    assert (False, False) == (is_seen(text), is_title(text))


@pytest.mark.parametrize(
    "text", ["字", "e\u0301", "\u2764\ufe0f", "a\u200b", "\U0001f468\u200d\U0001f469", "。"]
)
def test_what_somebody_sees(text: str) -> None:
    assert (True, True) == (is_seen(text), is_title(text))


@pytest.mark.parametrize(
    "text",
    ['label: "\\0"', 'label: ["a\\0"]', '"a\\0": b', "label: 'a'\nmore: \"\\x00\""],
)
def test_a_definition_holds_nothing_that_cannot_be_kept(text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        load(text, "own.yaml")
    assert [("yaml_unkeepable", text.count("\n") + 1)] == [
        (row.code, row.line) for row in caught.value.problems
    ]
