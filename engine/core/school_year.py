"""The school year of an organisation: where it begins, its two terms, its breaks and its named days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from engine.core.workdays import ONE_DAY, YearStatus

TERMS_A_YEAR = 2
# A term may begin some days before the school year does (late August); more than this is a mistake.
EARLIEST_START = timedelta(days=31)


@dataclass(frozen=True, slots=True, order=True)
class MonthDay:
    """A day of every year; the 29th of February becomes the 28th where there is none."""

    month: int
    day: int

    def in_year(self, year: int) -> date:
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


class TermEdge(StrEnum):
    TERM1_STARTS = "term1_starts"
    TERM1_ENDS = "term1_ends"
    TERM2_STARTS = "term2_starts"
    TERM2_ENDS = "term2_ends"


Node = MonthDay | TermEdge


@dataclass(frozen=True, slots=True)
class Term:
    """One term with both days inclusive; `school_year` is the year in which its school year begins."""

    school_year: int
    number: int
    starts: date
    ends: date
    status: YearStatus


class BreakKind(StrEnum):
    WINTER = "winter"
    SUMMER = "summer"


@dataclass(frozen=True, slots=True)
class Break:
    """The days between two terms, both inclusive."""

    kind: BreakKind
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """Terms by (school year, number). A year without dates takes the usual ones, as provisional."""

    version: str
    year_starts: MonthDay = MonthDay(9, 1)
    usual_terms: tuple[tuple[MonthDay, MonthDay], ...] = (
        (MonthDay(9, 1), MonthDay(1, 20)),
        (MonthDay(2, 20), MonthDay(7, 5)),
    )
    terms: Mapping[tuple[int, int], Term] = field(default_factory=dict, hash=False)
    nodes: Mapping[str, Node] = field(default_factory=dict, hash=False)

    def school_year_of(self, day: date) -> int:
        """The calendar year in which the school year of `day` begins."""
        return day.year if day >= self.year_starts.in_year(day.year) else day.year - 1

    def first_day(self, school_year: int) -> date:
        return self.year_starts.in_year(school_year)

    def last_day(self, school_year: int) -> date:
        return self.first_day(school_year + 1) - ONE_DAY

    def term(self, school_year: int, number: int) -> Term:
        """Term 1 or 2 of a school year, never missing: see `Term.status` for how sure its dates are."""
        known = self.terms.get((school_year, number))
        if known is not None:
            return known
        starts, ends = (self._usual(day, school_year) for day in self.usual_terms[number - 1])
        return Term(school_year, number, starts, ends, YearStatus.PROVISIONAL)

    def break_after(self, term: Term) -> Break | None:
        """The break after a term, or None where the next term follows at once."""
        is_last = term.number == TERMS_A_YEAR
        following = self.term(term.school_year + 1, 1) if is_last else self.term(term.school_year, 2)
        starts, ends = term.ends + ONE_DAY, following.starts - ONE_DAY
        kind = BreakKind.SUMMER if is_last else BreakKind.WINTER
        return Break(kind, starts, ends) if starts <= ends else None

    def break_on(self, day: date) -> Break | None:
        """The break in which `day` lies, if any."""
        year = self.school_year_of(day)
        last_terms = (self.term(year - 1, 2), self.term(year, 1), self.term(year, 2))
        breaks = (self.break_after(term) for term in last_terms)
        return next((found for found in breaks if found and found.starts <= day <= found.ends), None)

    def node_day(self, name: str, year: int) -> date:
        """The named day of a calendar year. Raises KeyError for a name this calendar does not know.

        The edges of term 1's end and of term 2 belong to the year after the school year began.
        """
        node = self.nodes[name]
        if isinstance(node, MonthDay):
            return node.in_year(year)
        if node is TermEdge.TERM1_STARTS:
            return self.term(year, 1).starts
        if node is TermEdge.TERM1_ENDS:
            return self.term(year - 1, 1).ends
        second = self.term(year - 1, 2)
        return second.starts if node is TermEdge.TERM2_STARTS else second.ends

    def _usual(self, day: MonthDay, school_year: int) -> date:
        early = day.in_year(school_year)
        is_early = early >= self.first_day(school_year) - EARLIEST_START
        return early if is_early else day.in_year(school_year + 1)
