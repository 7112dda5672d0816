"""Dates of a report: whole ones, ranges whose end has no year, and mutilated ones that are only flagged."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine.documents.passages import Passage, sentence_end
from engine.documents.vocabulary import any_of, chinese_numeral, number_of, word, words

_EARLIEST_YEAR, _LATEST_YEAR = 1949, 2199
_LONGEST_DATE = 40


@dataclass(frozen=True, slots=True)
class FoundDate:
    """`is_completed`: its year comes from the context."""

    day: dt.date
    line: int
    is_completed: bool = False


@dataclass(frozen=True, slots=True)
class OddDate:
    """A date that lost a piece (`date_mutilated`) or cannot be (`date_impossible`)."""

    code: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class InspectionDates:
    """What the opening of a report says about its inspection."""

    first: FoundDate | None = None
    last: FoundDate | None = None
    feedback: FoundDate | None = None


def full_date(text: str) -> dt.date | None:
    """The date of a text that holds nothing else, in Arabic or Chinese digits, blanks allowed."""
    if len(text) > _LONGEST_DATE:
        return None
    found = _date().fullmatch(text.strip()) or _chinese_date().fullmatch(text.strip())
    return _day(found.group("year"), found.group("month"), found.group("day")) if found else None


def is_mutilated_date(text: str) -> bool:
    """Whether a text is nothing but a date that lost a piece."""
    return len(text) <= _LONGEST_DATE and bool(_mutilated().fullmatch(text.strip()))


def published_in(text: str) -> dt.date | None:
    """The date behind a word that announces the day of publishing."""
    found = _published().search(text)
    return _day(found.group("year"), found.group("month"), found.group("day")) if found else None


def inspection_dates(opening: Passage) -> InspectionDates:
    """From the sentences before the first finding: the range of the inspection, the day of the feedback."""
    first = last = feedback = None
    for sentence in _sentences(opening):
        found = _range().search(sentence.text)
        if found and first is None:
            first, last = _both_ends(found, sentence)
        behind = found.end() if found else 0
        if feedback is None and any(one in sentence.text for one in words("totals", "date", "feedback")):
            feedback = _first_date(sentence, behind, last)
    return InspectionDates(first, last, feedback)


def odd_dates(passage: Passage) -> Iterator[OddDate]:
    """Dates that lost the sign of year or month, and dates no calendar has. Nothing is guessed."""
    for found in _mutilated().finditer(passage.text):
        yield OddDate("date_mutilated", found.group().strip(), passage.line_at(found.start()))
    for found in _date().finditer(passage.text):
        if _day(found.group("year"), found.group("month"), found.group("day")) is None:
            yield OddDate("date_impossible", found.group().strip(), passage.line_at(found.start()))


def _both_ends(found: re.Match[str], sentence: Passage) -> tuple[FoundDate | None, FoundDate | None]:
    start = _day(found.group("year"), found.group("month"), found.group("day"))
    if start is None:
        return None, None
    line = sentence.line_at(found.start())
    month = found.group("month2") or found.group("month")
    if found.group("year2"):
        end = _day(found.group("year2"), month, found.group("day2"))
        return FoundDate(start, line), FoundDate(end, line) if end else None
    end = _day(str(start.year), month, found.group("day2"))
    if end is not None and end < start:
        end = _day(str(start.year + 1), month, found.group("day2"))
    return FoundDate(start, line), FoundDate(end, line) if end else None


def _first_date(sentence: Passage, behind: int, last: FoundDate | None) -> FoundDate | None:
    found = _date().search(sentence.text, behind)
    if found:
        day = _day(found.group("year"), found.group("month"), found.group("day"))
        return FoundDate(day, sentence.line_at(found.start())) if day else None
    short = _short_date().search(sentence.text, behind)
    if short is None or last is None:
        return None
    for year in (last.day.year, last.day.year + 1):
        day = _day(str(year), short.group("month"), short.group("day"))
        if day is not None and day >= last.day:
            return FoundDate(day, sentence.line_at(short.start()), is_completed=True)
    return None


def _sentences(passage: Passage) -> Iterator[Passage]:
    at = 0
    while at < len(passage.text):
        end = sentence_end(passage.text, at)
        yield passage.part(at, end)
        at = end


def _day(year: str, month: str, day: str) -> dt.date | None:
    numbers = [number_of(one.replace(" ", "")) for one in (year, month, day)]
    if numbers[0] is None or numbers[1] is None or numbers[2] is None:
        return None
    if not _EARLIEST_YEAR <= numbers[0] <= _LATEST_YEAR:
        return None
    try:
        return dt.date(numbers[0], numbers[1], numbers[2])
    except ValueError:
        return None


def _shape(suffix: str = "", *, has_year: str = "", has_month: str = "") -> str:
    year, month, day = (
        word("totals", "date", "year"),
        word("totals", "date", "month"),
        any_of(words("totals", "date", "day")),
    )
    point = any_of(words("totals", "date", "points"))
    words_form = (
        f"(?:(?P<year{suffix}>\\d{{4}})\\s*{year}\\s*){has_year}"
        f"(?:(?P<month{suffix}>\\d{{1,2}})\\s*{month}\\s*){has_month}(?P<day{suffix}>\\d{{1,2}})\\s*{day}"
    )
    return (
        words_form.replace(f"\\s*{year}", f"\\s*(?:{year}|{point})")
        .replace(f"\\s*{month}", f"\\s*(?:{month}|{point})")
        .replace(f"\\s*{day}", f"\\s*{day}?(?!\\d)")
    )


@cache
def _date() -> re.Pattern[str]:
    return re.compile(f"(?<!\\d){_shape()}")


@cache
def _range() -> re.Pattern[str]:
    until = any_of(words("totals", "date", "until"))
    return re.compile(f"(?<!\\d){_shape()}\\s*{until}\\s*{_shape('2', has_year='?', has_month='?')}")


@cache
def _short_date() -> re.Pattern[str]:
    month, day = word("totals", "date", "month"), any_of(words("totals", "date", "day"))
    return re.compile(f"(?<!\\d)(?P<month>\\d{{1,2}})\\s*{month}\\s*(?P<day>\\d{{1,2}})\\s*{day}")


@cache
def _published() -> re.Pattern[str]:
    colons = any_of(words("labels", "colons"))
    return re.compile(f"{any_of(words('totals', 'date', 'published'))}\\s*{colons}?\\s*{_shape()}")


@cache
def _chinese_date() -> re.Pattern[str]:
    year, month, day = (
        word("totals", "date", "year"),
        word("totals", "date", "month"),
        any_of(words("totals", "date", "day")),
    )
    number = chinese_numeral()
    return re.compile(
        f"(?P<year>{number})\\s*{year}\\s*(?P<month>{number})\\s*{month}\\s*(?P<day>{number})\\s*{day}"
    )


@cache
def _mutilated() -> re.Pattern[str]:
    year, month, day = (
        word("totals", "date", "year"),
        word("totals", "date", "month"),
        any_of(words("totals", "date", "day")),
    )
    lost_both = f"(?<!\\d)(?:19|20)\\d{{4,6}}\\s*{day}"
    lost_year = f"(?<!\\d)(?:19|20)\\d{{3,4}}\\s*{month}(?:\\s*\\d{{1,2}}\\s*{day})?"
    lost_month = f"(?<!\\d)(?:19|20)\\d{{2}}\\s*{year}\\s*\\d{{3,4}}\\s*{day}"
    return re.compile(f"{lost_both}|{lost_year}|{lost_month}")
