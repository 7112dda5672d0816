"""Marks that Word counts by itself: they are not in the text of a paragraph and must be worked out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from engine.documents.vocabulary import entry, word

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "ideographDigital",
        "japaneseCounting",
        "taiwaneseCounting",
    }
)
_CIRCLED = frozenset({"decimalEnclosedCircle", "decimalEnclosedCircleChinese"})
_PLACE = re.compile(r"%([1-9])")
_LAST_CIRCLED, _TEN, _HUNDRED = 20, 10, 100
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str
    start: int


@dataclass(slots=True)
class Numbering:
    """The counters of one document; `mark_of` must be asked once per paragraph, in order."""

    levels: dict[tuple[str, int], _Level]
    lists: dict[str, str]
    styles: dict[str, tuple[str, int]]
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def mark_of(self, paragraph: Any) -> str:
        """The mark Word shows before the paragraph, such as `1.`; empty where it counts nothing."""
        found = self._place_of(paragraph)
        if found is None:
            return ""
        number_id, depth = found
        kind = self.lists.get(number_id, "")
        level = self.levels.get((kind, depth))
        if level is None or level.form in {"bullet", "none"}:
            return ""
        self.counts[kind, depth] = self.counts.get((kind, depth), level.start - 1) + 1
        for deeper in range(depth + 1, _DEEPEST + 1):
            self.counts.pop((kind, deeper), None)
        return _PLACE.sub(lambda place: self._shown(kind, int(place.group(1)) - 1), level.text)

    def _place_of(self, paragraph: Any) -> tuple[str, int] | None:
        own = _number_place(paragraph.find(f"{_W}pPr"))
        if own is not None:
            return own
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        return self.styles.get(str(style.get(f"{_W}val"))) if style is not None else None

    def _shown(self, kind: str, depth: int) -> str:
        level = self.levels.get((kind, depth))
        number = self.counts.get((kind, depth), level.start if level else 1)
        if level is not None and level.form in _CHINESE:
            return _chinese(number)
        if level is not None and level.form in _CIRCLED and 1 <= number <= _LAST_CIRCLED:
            return chr(0x245F + number)
        return str(number)


def numbering_of(document: Any) -> Numbering:
    """Read the numbering of a python-docx document; one without any counts nothing."""
    levels: dict[tuple[str, int], _Level] = {}
    lists: dict[str, str] = {}
    root = _numbering_root(document)
    for abstract in root.iter(f"{_W}abstractNum") if root is not None else ():
        for level in abstract.iter(f"{_W}lvl"):
            depth = _whole(level.get(f"{_W}ilvl"))
            start = _value(level, "start")
            levels[str(abstract.get(f"{_W}abstractNumId")), depth] = _Level(
                _value(level, "numFmt"), _value(level, "lvlText"), _whole(start, 1)
            )
    for number in root.iter(f"{_W}num") if root is not None else ():
        lists[str(number.get(f"{_W}numId"))] = _value(number, "abstractNumId")
    styles = {
        str(style.get(f"{_W}styleId")): place
        for style in document.styles.element.iter(f"{_W}style")
        if (place := _number_place(style.find(f"{_W}pPr"))) is not None
    }
    return Numbering(levels, lists, styles)


def _numbering_root(document: Any) -> Any:
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/numbering"):
            return relation.target_part.element
    return None


def _number_place(properties: Any) -> tuple[str, int] | None:
    place = properties.find(f"{_W}numPr") if properties is not None else None
    if place is None:
        return None
    return _value(place, "numId"), _whole(_value(place, "ilvl"))


def _value(element: Any, tag: str) -> str:
    found = element.find(_W + tag)
    return str(found.get(f"{_W}val", "")) if found is not None else ""


def _whole(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isdecimal() and len(text) < _DEEPEST else otherwise


def _chinese(number: int) -> str:
    digits = {value: sign for sign, value in reversed(entry("marks", "numerals", "digits").items())}
    ten = word("marks", "numerals", "ten")
    if not 0 < number < _HUNDRED:
        return str(number)
    tens, ones = divmod(number, _TEN)
    head = "" if tens == 0 else ten if tens == 1 else digits[tens] + ten
    return head + (digits[ones] if ones else "")
