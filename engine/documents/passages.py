"""A passage: lines joined into running text that still knows the line of each character."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from engine.documents.lines import Line
from engine.documents.vocabulary import any_of, words

_ASCII_JOINT = re.compile(r"[0-9A-Za-z,.;%)]\Z")
_BEYOND = 1 << 60  # a line number above all
_ASCII_HEAD = re.compile(r"[0-9A-Za-z(]")


@dataclass(frozen=True, slots=True)
class Passage:
    """`starts` are (offset, line) pairs in order; `paragraphs` are offsets where a paragraph begins."""

    text: str = ""
    starts: tuple[tuple[int, int], ...] = ()
    paragraphs: tuple[int, ...] = ()

    def line_at(self, offset: int) -> int:
        if not self.starts:
            return 0
        return self.starts[max(0, bisect_right(self.starts, (offset, _BEYOND)) - 1)][1]

    @property
    def first_line(self) -> int:
        return self.line_at(0)

    @property
    def last_line(self) -> int:
        return self.line_at(max(0, len(self.text) - 1))

    def part(self, start: int, end: int | None = None) -> Passage:
        """The piece from `start` to `end`, without blanks at its ends."""
        end = len(self.text) if end is None else end
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        piece = piece.strip()
        stop = start + len(piece)
        kept = self.starts[bisect_right(self.starts, (start, _BEYOND)) : bisect_left(self.starts, (stop, 0))]
        breaks = self.paragraphs[bisect_right(self.paragraphs, start) : bisect_left(self.paragraphs, stop)]
        return Passage(
            piece,
            ((0, self.line_at(start)), *((offset - start, line) for offset, line in kept)),
            tuple(offset - start for offset in breaks),
        )

    def without(self, start: int, end: int) -> Passage:
        """The passage with the characters from `start` to `end` taken out."""
        gone = end - start

        def moved(offset: int) -> int:
            return offset if offset <= start else max(start, offset - gone)

        starts = tuple((moved(offset), line) for offset, line in self.starts)
        breaks = tuple(moved(offset) for offset in self.paragraphs)
        return Passage(self.text[:start] + self.text[end:], starts, breaks).part(0)


def joined(lines: Iterable[Line]) -> Passage:
    """Hard line breaks closed: nothing between Chinese characters, one blank between ASCII words.

    A new paragraph begins where the line before was complete and a blank line (or the end of a
    paragraph in a Word file) lies between.
    """
    pieces: list[str] = []
    starts: list[tuple[int, int]] = []
    paragraphs: list[int] = []
    length, before = 0, None
    for line in lines:
        if not line.text:
            continue
        if before is not None:
            if line.is_after_blank and is_complete(before):
                paragraphs.append(length)
            if _ASCII_JOINT.search(before.text) and _ASCII_HEAD.match(line.text):
                pieces.append(" ")
                length += 1
        starts.append((length, line.number))
        pieces.append(line.text)
        length += len(line.text)
        before = line
    return Passage("".join(pieces), tuple(starts), tuple(paragraphs))


def is_complete(line: Line) -> bool:
    """Whether the line ends where its sentence or heading ends, so that no page break cut it."""
    return line.is_whole or line.text.endswith(words("marks", "sentence", "line_ends"))


def sentence_end(text: str, start: int = 0) -> int:
    """Offset behind the first full stop outside quotes and brackets (behind the last character if none).

    Where a quote is never closed, the first full stop counts.
    """
    first = -1
    depth = 0
    opening, closing = _pairs()
    for match in _sentence_signs().finditer(text, start):
        sign = match.group()
        if sign in opening:
            depth += 1
        elif sign in closing:
            depth = max(0, depth - 1)
        elif depth == 0:
            return match.end()
        elif first < 0:
            first = match.end()
    return first if first >= 0 and depth > 0 else len(text)


def trimmed(text: str) -> str:
    """Without blanks and without the stops at its end."""
    return text.strip().rstrip("".join(words("marks", "sentence", "trimmed")) + " ").strip()


@cache
def _pairs() -> tuple[str, str]:
    return "".join(words("marks", "sentence", "opening")), "".join(words("marks", "sentence", "closing"))


@cache
def _sentence_signs() -> re.Pattern[str]:
    opening, closing = _pairs()
    return re.compile(any_of((*opening, *closing, *words("marks", "sentence", "ends"))))
