"""Seals: one digest over the heads of all cases, so that a tail or a case cannot vanish unnoticed (law 11).

A Merkle tree as in RFC 6962 over the leaves in the order of their cases: a leaf and an inner node are hashed
with different first bytes, and a single case proves its place with log2(n) digests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

MARK = "zhenggai-seal"
FIRST_SEAL = "0" * 64
SHORTEST = 16
"""Hex digits that somebody who copies a seal by hand writes down at least."""

_NUMBER = re.compile(r"#(\d{1,9})(?!\d)")
_OWNER = re.compile(rf"{MARK}\s+(\S+)\s")
_HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{16,64}(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where one case stood when it was sealed: the number and hash of its last event."""

    case: int
    key: str
    seq: int
    head: str

    @property
    def text(self) -> str:
        """What is hashed. The key comes last: it is the only part that may hold any sign."""
        return f"{self.case} {self.seq} {self.head} {self.key}"


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal of an organisation. `made_at` is an instant with microseconds as text, `events` the sum of all
    numbers; `previous` is the digest of the seal before, so the newest one covers all of them.
    """

    organisation: str
    number: int
    made_at: str
    cases: int
    events: int
    root: str
    previous: str

    @property
    def text(self) -> str:
        parts = (MARK, self.organisation, self.number, self.made_at, self.cases, self.events)
        return "\n".join(map(str, (*parts, self.root, self.previous)))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


def seal_line(organisation: str, number: int, day: str, counts: tuple[int, int], digest: str) -> str:
    """The form that leaves the database: one line; its first 16 digits are enough for a copy by hand."""
    cases, events = counts
    return f"{MARK} {organisation} #{number} {day} {cases}/{events} {digest[:SHORTEST]} {digest}"


@dataclass(frozen=True, slots=True)
class OutsideSeal:
    """What somebody kept outside: the number of a seal and at least its first 16 digits.

    `organisation` is "" where a hand copied only the rest.
    """

    number: int
    digest: str
    organisation: str = ""

    def is_of(self, organisation: str) -> bool:
        return self.organisation in ("", organisation)


def read_seal(line: str) -> OutsideSeal | None:
    """A seal from a line of `seal_line`, or from what a hand copied of it: `#3 0123456789abcdef`."""
    number, digests, owner = _NUMBER.search(line), _HEX.findall(line.lower()), _OWNER.search(line)
    if number is None or not digests:
        return None
    return OutsideSeal(int(number[1]), max(digests, key=len), owner[1] if owner else "")


class Tree:
    """The root over leaves that come one after another; keeps log2(n) digests."""

    def __init__(self) -> None:
        self.count = 0
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: Leaf) -> None:
        self.count += 1
        size, node = 1, leaf_hash(leaf)
        while self._peaks and self._peaks[-1][0] == size:
            node = node_hash(self._peaks.pop()[1], node)
            size *= 2
        self._peaks.append((size, node))

    @property
    def root(self) -> str:
        if not self._peaks:
            return hashlib.sha256(b"").hexdigest()
        node = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            node = node_hash(left, node)
        return node.hex()


def leaf_hash(leaf: Leaf) -> bytes:
    return hashlib.sha256(b"\0" + leaf.text.encode("utf-8")).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path to the root: the digest beside it, and on which side it stands."""

    side: str
    digest: str


class Path:
    """The inclusion path of the leaf at `index` (from 0) among `count`, from leaves that come one after another.

    Keeps log2(n) digests: of each subtree beside the path only its root is made.
    """

    def __init__(self, index: int, count: int) -> None:
        self._sides = _siblings(index, count)
        self._trees = {(since, until): Tree() for since, until, _ in self._sides}
        self._at = 0

    def add(self, leaf: Leaf) -> None:
        for (since, until), tree in self._trees.items():
            if since <= self._at < until:
                tree.add(leaf)
        self._at += 1

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(Step(side, self._trees[since, until].root) for since, until, side in self._sides)


def _siblings(index: int, count: int) -> Sequence[tuple[int, int, str]]:
    """The subtrees beside the way from leaf `index` up, nearest first: (first, last + 1, side)."""
    since, until, found = 0, count, []
    while until - since > 1:
        middle = since + _largest_power_below(until - since)
        if index < middle:
            found.append((middle, until, "right"))
            until = middle
        else:
            found.append((since, middle, "left"))
            since = middle
    return found[::-1]


def _largest_power_below(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)
