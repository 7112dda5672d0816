"""A seal stands for every head under it: a different leaf, order or count gives another root."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.seals import (
    Leaf,
    OutsideSeal,
    Path,
    Seal,
    Step,
    Tree,
    leaf_hash,
    node_hash,
    read_seal,
    seal_line,
)

COUNTS = (1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100)


def leaves(count: int) -> list[Leaf]:
    return [Leaf(case, f"2026-{case}", case % 5 + 1, f"{case:064x}") for case in range(1, count + 1)]


def root(rows: list[Leaf]) -> str:
    tree = Tree()
    for row in rows:
        tree.add(row)
    return tree.root


def root_of(leaf: Leaf, steps: Iterable[Step]) -> str:
    """The root that a leaf and its path lead to."""
    node = leaf_hash(leaf)
    for step in steps:
        beside = bytes.fromhex(step.digest)
        node = node_hash(beside, node) if step.side == "left" else node_hash(node, beside)
    return node.hex()


@pytest.mark.parametrize("count", COUNTS)
def test_every_leaf_leads_to_the_root(count: int) -> None:
    rows = leaves(count)
    for at, row in enumerate(rows):
        path = Path(at, count)
        for each in rows:
            path.add(each)
        assert root_of(row, path.steps) == root(rows)


@given(st.integers(2, 60), st.data())
def test_no_other_leaf_leads_there(count: int, data: st.DataObject) -> None:
    rows = leaves(count)
    at = data.draw(st.integers(0, count - 1))
    path = Path(at, count)
    for each in rows:
        path.add(each)
    other = rows[at - 1]
    assert root_of(other, path.steps) != root(rows)


def test_a_root_changes_with_each_leaf_the_order_and_the_count() -> None:
    rows = leaves(6)
    changed = [*rows[:3], Leaf(4, "2026-4", 9, rows[3].head), *rows[4:]]
    swapped = [rows[1], rows[0], *rows[2:]]
    roots = {root(each) for each in (rows, changed, swapped, rows[:-1], [*rows, rows[-1]], [])}
    assert len(roots) == 6


def test_the_seal_covers_what_it_says() -> None:
    seal = Seal("school", 3, "2026-11-30T00:00:00.000000+00:00", 33, 142, "a" * 64, "b" * 64)
    others = [
        Seal("other", 3, seal.made_at, 33, 142, seal.root, seal.previous),
        Seal("school", 4, seal.made_at, 33, 142, seal.root, seal.previous),
        Seal("school", 3, "2026-11-30T00:00:00.000001+00:00", 33, 142, seal.root, seal.previous),
        Seal("school", 3, seal.made_at, 32, 142, seal.root, seal.previous),
        Seal("school", 3, seal.made_at, 33, 141, seal.root, seal.previous),
        Seal("school", 3, seal.made_at, 33, 142, "c" * 64, seal.previous),
        Seal("school", 3, seal.made_at, 33, 142, seal.root, "c" * 64),
    ]
    assert len({each.digest for each in (seal, *others)}) == 8


DIGEST = "0123456789abcdef" * 4
LINE = seal_line("school", 3, "2026-11-30", (33, 142), DIGEST)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (LINE, OutsideSeal(3, DIGEST, "school")),
        (f"  {LINE}  （打印件）", OutsideSeal(3, DIGEST, "school")),
        ("#3 0123456789abcdef", OutsideSeal(3, "0123456789abcdef")),
        ("第#3次 0123456789ABCDEF", OutsideSeal(3, "0123456789abcdef")),
        ("#3 0123456789abcde", None),
        ("0123456789abcdef", None),
        ("", None),
    ],
)
def test_what_a_hand_copied_is_read_back(said: str, read: OutsideSeal | None) -> None:
    assert read_seal(said) == read
