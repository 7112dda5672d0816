"""Findings that are worded alike: what counts is letters, and the rule is the same on every machine."""

from __future__ import annotations

import pytest

from engine.core.alike import THRESHOLD, Shelf, likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“三会一课”落实不到位", "三会一课 落实不到位"),
        ("理论学习不够深入", "1. 理论学习不够深入。"),
        ("固定资产入账不及时", "固定资产入账还不及时"),
    ],
)
def test_the_same_finding_in_other_words_is_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= THRESHOLD


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“三会一课”落实不到位", "师德师风教育落实不到位"),
        ("理论学习不够深入", "固定资产入账不及时"),
        ("", ""),
    ],
)
def test_another_finding_is_not(one: str, other: str) -> None:
    assert likeness(one, other) < THRESHOLD


def test_likeness_is_the_same_both_ways() -> None:
    assert likeness("理论学习不够", "理论学习不深") == likeness("理论学习不深", "理论学习不够")


def test_a_shelf_gives_the_most_alike_first() -> None:
    shelf = Shelf({1: "理论学习不深", 2: "理论学习不够深入", 3: "食堂管理"})
    assert [2, 1] == [key for key, _ in shelf.like("理论学习不够深入", threshold=0.3)]
