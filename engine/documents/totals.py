"""Totals that a report states about itself: issues, issues per aspect, measures, parts by status, a rate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from engine.documents.passages import Passage
from engine.documents.vocabulary import any_of, groups, number_of, numeral, word, words

_LONGEST_TITLE = 80
_MOST_ASPECTS = 50  # more is no report, and each one costs a search
_Claims = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class StatedTotals:
    """None (or a missing key) = not stated. `by_aspect` goes with the titles asked for."""

    total: int | None
    line: int
    by_aspect: tuple[int | None, ...]
    measures: int | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    rate: float | None = None


def stated_totals(text: Passage, aspects: Sequence[str]) -> StatedTotals:
    """Read the totals from the text that stands outside the issues."""
    total, at = _total(text.text)
    rate = _rate().search(text.text)
    measures = _measures().search(text.text)
    return StatedTotals(
        total,
        text.line_at(at),
        _by_aspect(text.text, aspects),
        number_of(measures.group("before") or measures.group("behind")) if measures else None,
        _parts(text.text),
        float(rate.group("rate")) if rate else None,
    )


def claims_in(text: Passage) -> tuple[_Claims, _Claims]:
    """(claims that all is done, claims of a mere stage), each as word and line."""
    done = re.compile(any_of(words("status", "claims", "all_done")))
    stage = re.compile(any_of(words("status", "claims", "stage")))
    return (
        [(found.group(), text.line_at(found.start())) for found in done.finditer(text.text)],
        [(found.group(), text.line_at(found.start())) for found in stage.finditer(text.text)],
    )


def _total(text: str) -> tuple[int | None, int]:
    """The total that a word such as “altogether” announces, else the greatest."""
    found = [
        (
            bool(match.group("announced")),
            number_of(match.group("number") or match.group("behind")) or 0,
            match.start(),
        )
        for match in _totals().finditer(text)
    ]
    if not found:
        return None, 0
    announced = [one for one in found if one[0]]
    _, number, at = max(announced or found, key=lambda one: (one[1], -one[2]))
    return number, at


def _by_aspect(text: str, aspects: Sequence[str]) -> tuple[int | None, ...]:
    counters = any_of(words("totals", "total", "counters"))
    between = any_of((word("totals", "total", "problem"), word("totals", "total", "aspect")))
    counts: list[int | None] = []
    if len(aspects) > _MOST_ASPECTS:
        return (None,) * len(aspects)
    for title in aspects:
        if not title or len(title) > _LONGEST_TITLE:
            counts.append(None)
            continue
        near = f"[^\\d\\n]{{0,4}}(?:{between}[^\\d\\n]{{0,4}}){{0,2}}(?P<number>{numeral()})\\s*{counters}"
        found = re.search(re.escape(title) + near, text)
        counts.append(number_of(found.group("number")) if found else None)
    return tuple(counts)


def _parts(text: str) -> dict[str, int]:
    """Parts by status, only where the report counts them."""
    parts: dict[str, int] = {}
    for status, pattern in _part_patterns():
        found = pattern.search(text)
        value = number_of(found.group("number")) if found else None
        if value is not None:
            parts[status] = value
    return parts


@cache
def _totals() -> re.Pattern[str]:
    counters = any_of(words("totals", "total", "counters"))
    qualifiers = any_of(words("totals", "total", "qualifiers"))
    announced = any_of(words("totals", "total", "prefer"))
    problem = word("totals", "total", "problem")
    stop = "".join(words("marks", "sentence", "ends"))
    return re.compile(
        f"(?:(?P<announced>{announced})[^\\d\\n{stop}]{{0,16}})?(?P<number>{numeral()})\\s*{counters}\\s*"
        f"(?:{qualifiers}\\s*){{0,2}}{problem}(?!\\s*\\d)|{problem}\\s*(?P<behind>{numeral()})\\s*{counters}"
    )


@cache
def _measures() -> re.Pattern[str]:
    counters = any_of(words("totals", "total", "counters"))
    measures = any_of(words("totals", "total", "measures"))
    return re.compile(
        f"(?P<before>{numeral()})\\s*{counters}\\s*{measures}|"
        f"{measures}\\s*(?P<behind>{numeral()})\\s*{counters}"
    )


@cache
def _rate() -> re.Pattern[str]:
    rates, percent = any_of(words("totals", "total", "rate")), any_of(words("totals", "total", "percent"))
    return re.compile(f"{rates}[^\\d\\n]{{0,4}}(?P<rate>\\d{{1,3}}(?:\\.\\d{{1,4}})?)\\s*{percent}")


@cache
def _part_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    counters = any_of(words("totals", "total", "counters"))
    no = "".join(words("totals", "total", "not"))
    negated = {"closed": f"(?<![{no}])"}
    return tuple(
        (
            status,
            re.compile(
                f"{negated.get(status, '')}{any_of(many)}\\s*(?:{word('totals', 'total', 'problem')})?\\s*"
                f"(?P<number>{numeral()})\\s*{counters}"
            ),
        )
        for status, many in groups("totals", "total", "parts").items()
    )
