"""Lines of a document: cleaned of markdown, page numbers and odd blanks, with their numbers in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import BadInput

MOST_LINES = 50_000
MOST_CHARACTERS = 5_000_000

_BREAK = re.compile(r"\r\n|[\n\r]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\xad]")
_RULE = re.compile(r"[-=_*\s]{3,}")
_PAGE_NUMBER = re.compile(r"[-\u2014\u2013\u2015\s]*\d{1,4}[-\u2014\u2013\u2015\s]*")
_HEADING = re.compile(r"(#{1,9})\s*")
_BULLET = re.compile(r"(?:[-+>\u2022\u00b7\u25cf\u25a0\u25c6\u25aa]\s+|\*\s+|>+)+")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~])")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts from 1 in the source. `is_whole`: a heading or a line all in bold, which no
    hard break can have cut. `level` is the depth of a heading, 0 for none."""

    number: int
    text: str
    is_whole: bool = False
    level: int = 0
    is_after_blank: bool = False


def lines_of_text(text: str, filename: str) -> tuple[Line, ...]:
    """All lines that hold something. Raises BadInput `text_too_long` beyond what a report can be."""
    refuse_endless_text(sum(1 for _ in _BREAK.finditer(text)), len(text), filename)
    return tuple(_cleaned_lines(text))


def refuse_endless_text(lines: int, characters: int, filename: str) -> None:
    """Raises BadInput `text_too_long`: no report has so much text, and reading it would take minutes."""
    if lines > MOST_LINES or characters > MOST_CHARACTERS:
        raise BadInput("text_too_long", file=filename, most_lines=MOST_LINES, most_characters=MOST_CHARACTERS)


def cleaned(raw: str, number: int, *, is_after_blank: bool = False) -> Line:
    """One line without its markdown marks; `text` is empty where nothing is left."""
    text = _BLANKS.sub(" ", _INVISIBLE.sub("", raw)).strip()
    if _RULE.fullmatch(text) or _PAGE_NUMBER.fullmatch(text):
        return Line(number, "")
    level = 0
    if heading := _HEADING.match(text):
        level = len(heading.group(1))
        text = text[heading.end() :]
    elif bullet := _BULLET.match(text):
        text = text[bullet.end() :]
    is_bold = len(text) > 4 and text.startswith("**") and text.endswith("**") and text.count("**") == 2  # noqa: PLR2004
    text = _ESCAPE.sub(r"\1", text.replace("**", "").replace("__", "").replace("`", ""))
    text = text.replace("*", "").strip()
    return Line(number, text, bool(level) or is_bold, level, is_after_blank)


def _cleaned_lines(text: str) -> Iterator[Line]:
    is_after_blank = True
    for number, raw in enumerate(_BREAK.split(text), start=1):
        line = cleaned(raw, number, is_after_blank=is_after_blank)
        is_after_blank = not line.text
        if line.text:
            yield line
