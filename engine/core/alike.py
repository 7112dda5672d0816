"""How alike two findings are worded: the pairs of characters that they share, of all that they have (Jaccard).

Only letters count: numbers, spaces and punctuation differ from one letter of feedback to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

THRESHOLD = 0.6
"""From here on two titles are shown to somebody as perhaps the same finding; a person says whether they are."""

SIZE = 2


def shingles(text: str) -> frozenset[str]:
    """Every run of two letters; a text of one letter is its own."""
    letters = "".join(char for char in text.casefold() if char.isalpha())
    if len(letters) < SIZE:
        return frozenset([letters] if letters else [])
    return frozenset(letters[at : at + SIZE] for at in range(len(letters) - SIZE + 1))


def likeness(one: str, other: str) -> float:
    """From 0 (nothing in common) to 1; what has no letters is like nothing."""
    return _share(shingles(one), shingles(other))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    either = len(one | other)
    return len(one & other) / either if either else 0.0


class Shelf:
    """Texts by key, to be asked which of them are like another: it looks only at those that share something."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        self._shingles = {key: shingles(text) for key, text in texts.items()}
        self._holders: dict[str, list[int]] = {}
        for key, rows in self._shingles.items():
            for row in sorted(rows):
                self._holders.setdefault(row, []).append(key)

    def like(self, text: str, threshold: float = THRESHOLD) -> list[tuple[int, float]]:
        """(key, likeness) of everything at least so alike, the most alike first, equals in the order of the shelf."""
        wanted = shingles(text)
        shared = Counter(key for row in wanted for key in self._holders.get(row, ()))
        order = {key: at for at, key in enumerate(self._shingles)}
        found = [(key, _share(wanted, self._shingles[key])) for key in shared]
        enough = [(key, share) for key, share in found if share >= threshold]
        return sorted(enough, key=lambda row: (-row[1], order[row[0]]))
