"""The answer to a finding: its measures one by one, the sentence that sums up, and what else it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from engine.documents.deliverables import is_summary
from engine.documents.lines import Line
from engine.documents.passages import Passage, joined, sentence_end, trimmed
from engine.documents.report import ReportedMeasure
from engine.documents.tree import Part
from engine.documents.vocabulary import any_of, chinese_numeral, number_of, words


@dataclass(frozen=True, slots=True)
class Answer:
    """`lead` is what stands before a list of measures besides the summary."""

    measures: tuple[ReportedMeasure, ...] = ()
    summary: Passage | None = None
    lead: str | None = None


def answer_of(parts: Sequence[Part], opening: Passage | None = None) -> Answer:
    """The measures of one answer. `opening` replaces the unmarked text at its head (its status taken off)."""
    head = joined(_head(parts)) if opening is None else opening
    items = [joined(lines) for lines in _items(parts)]
    if items:
        summary, rest = _split_summary(head, is_before_list=True)
        return Answer(tuple(_measures(items)), summary, rest.text or None)
    return _answer_of_text(head)


def head_of(parts: Sequence[Part]) -> Passage:
    """The text before the first marked item of the answer."""
    return joined(_head(parts))


def ordinals(text: str) -> list[int]:
    """Offsets of the ordinals inside a text (firstly, secondly …) in order, at the head of a clause."""
    found: list[int] = []
    for match in _ordinal().finditer(text):
        number = number_of(match.group("number"))
        if number == len(found) + 1 and _may_stand_at(text, match.start()):
            found.append(match.start())
    return found


def without_ordinal(text: str) -> str:
    """The text without an ordinal at its very head."""
    found = _ordinal().match(text)
    return text[found.end() :].lstrip(" " + "".join(words("marks", "separators"))) if found else text


def _answer_of_text(text: Passage) -> Answer:
    starts = ordinals(text.text)
    if not starts:
        summary, rest = _split_summary(text, is_before_list=False)
        measures = tuple(_measures(_paragraphs(rest)))
        # An answer that only sums up is its own measure: an issue without one could never be worked on.
        return Answer(measures or tuple(_measures([text])), summary)
    summary, lead = _split_summary(text.part(0, starts[0]), is_before_list=True)
    behind = next((at for at in text.paragraphs if at > starts[-1]), len(text.text))
    borders = [*starts, behind]
    pieces = [text.part(start, end) for start, end in pairwise(borders)]
    tail = list(_paragraphs(text.part(behind))) if behind < len(text.text) else []
    return Answer(tuple(_measures([*pieces, *tail])), summary, lead.text or None)


def _split_summary(text: Passage, *, is_before_list: bool) -> tuple[Passage | None, Passage]:
    end = sentence_end(text.text)
    sentence = text.part(0, end)
    if not sentence.text or not is_summary(sentence.text, is_before_list=is_before_list):
        return None, text
    return sentence, text.part(end)


def _measures(pieces: Sequence[Passage] | Iterator[Passage]) -> Iterator[ReportedMeasure]:
    for piece in pieces:
        text = trimmed(without_ordinal(piece.text))
        if text:
            yield ReportedMeasure(text, piece.first_line)


def _paragraphs(text: Passage) -> Iterator[Passage]:
    borders = [0, *text.paragraphs, len(text.text)]
    for start, end in pairwise(borders):
        yield text.part(start, end)


def _head(parts: Sequence[Part]) -> Iterator[Line]:
    for part in parts:
        for mark, line in part.lines:
            if mark is not None:
                return
            yield line


def _items(parts: Sequence[Part]) -> Iterator[list[Line]]:
    """Lines of each item on the level of the first mark; deeper marks stay in its text."""
    kind: str | None = None
    current: list[Line] = []
    for part in parts:
        for mark, line in part.lines:
            kind = kind or (mark.kind if mark else None)
            if mark is not None and mark.kind == kind:
                if current:
                    yield current
                current = [line]
            elif current:
                current.append(line)
    if current:
        yield current


def _may_stand_at(text: str, at: int) -> bool:
    before = text[max(0, at - 3) : at].rstrip()[-1:]
    return not before or before in words("marks", "ordinals", "stand_after")


@cache
def _ordinal() -> re.Pattern[str]:
    behind = any_of(words("marks", "ordinals", "after_numeral"))
    return re.compile(f"(?P<number>{chinese_numeral()}){behind}")
