"""From calendar files to values: the working days of a country and the school year of an organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from engine.core.definition_reader import nearest
from engine.core.school_year import EARLIEST_START, MonthDay, Node, SchoolCalendar, Term, TermEdge
from engine.core.workdays import ONE_DAY, SATURDAY, CalendarYear, WorkCalendar, YearStatus
from engine.core.yaml_text import Loaded, Path, Plain
from engine.errors import DefinitionError, Facts, Problem

_YEAR = re.compile(r"[12][0-9]{3}")
_SCHOOL_YEAR = re.compile(r"([12][0-9]{3})-([12][0-9]{3})")
_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})")
_DAY = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
_NODE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LEAP_YEAR = 2000


def read_calendar(loaded: Loaded) -> WorkCalendar:
    """Read `calendar`, `version`, `years`: {2026: {status, source, closed: [01-01..01-03], makeup: [01-04]}}

    A range of `closed` may run over weekends, as the notices write it.
    Raises DefinitionError with every problem.
    """
    page = _Page(loaded)
    top = page.mapping((), {"calendar", "version", "years"})
    page.word((), top, "calendar")
    version = page.word((), top, "version")
    years = page.mapping(("years",), None)
    found = [_calendar_year(page, key) for key in years]
    page.close()
    return WorkCalendar(version, {year.year: year for year in found if year is not None})


def read_school(loaded: Loaded) -> SchoolCalendar:
    """Read `school`, `version`, `year_starts`, `usual_terms`, `school_years` and `nodes`.

    Breaks are not written down: they are what lies between two terms, so they cannot contradict them.
    Raises DefinitionError with every problem.
    """
    page = _Page(loaded)
    names = {"school", "version", "year_starts", "usual_terms", "school_years", "nodes"}
    top = page.mapping((), names)
    page.word((), top, "school")
    version = page.word((), top, "version")
    starts = page.month_day(("year_starts",), top.get("year_starts"))
    usual = _usual_terms(page)
    terms = [term for key in page.mapping(("school_years",), None) for term in _terms(page, key, starts)]
    _refuse_overlaps(page, terms)
    nodes = dict(_nodes(page)) if "nodes" in top else {}
    page.close()
    by_number = {(term.school_year, term.number): term for term in terms}
    return SchoolCalendar(version, starts, usual, by_number, nodes)


def _calendar_year(page: _Page, key: str) -> CalendarYear | None:
    path: Path = ("years", key)
    if not _YEAR.fullmatch(key):
        page.complain("calendar_year_wrong", path, {"year": key})
        return None
    year = int(key)
    entry = page.mapping(path, {"status", "source", "closed", "makeup"})
    status = page.status((*path, "status"), entry.get("status"))
    source = page.word(path, entry, "source")
    off = frozenset(page.days_of((*path, "closed"), entry.get("closed"), year))
    makeup = frozenset(page.days_of((*path, "makeup"), entry.get("makeup"), year))
    for day in sorted(makeup):
        if day in off:
            page.complain("calendar_day_off_and_worked", (*path, "makeup"), {"day": day.isoformat()})
        if day.weekday() < SATURDAY:
            page.complain("calendar_makeup_not_weekend", (*path, "makeup"), {"day": day.isoformat()})
    weekdays_off = frozenset(day for day in off if day.weekday() < SATURDAY)
    return CalendarYear(year, status, source, weekdays_off, makeup)


def _usual_terms(page: _Page) -> tuple[tuple[MonthDay, MonthDay], ...]:
    entry = page.mapping(("usual_terms",), {"term1", "term2"})
    return tuple(_month_days(page, ("usual_terms", name), entry.get(name)) for name in ("term1", "term2"))


def _month_days(page: _Page, path: Path, value: Plain) -> tuple[MonthDay, MonthDay]:
    first, last = page.ends_of(path, value)
    return page.month_day(path, first), page.month_day(path, last)


def _terms(page: _Page, key: str, year_starts: MonthDay) -> Iterator[Term]:
    path: Path = ("school_years", key)
    match = _SCHOOL_YEAR.fullmatch(key)
    if match is None or int(match[2]) != int(match[1]) + 1:
        page.complain("school_year_wrong", path, {"school_year": key})
        return
    school_year = int(match[1])
    entry = page.mapping(path, {"status", "term1", "term2"})
    status = page.status((*path, "status"), entry.get("status"))
    first_day, last_day = year_starts.in_year(school_year), year_starts.in_year(school_year + 1) - ONE_DAY
    for number in (1, 2):
        place: Path = (*path, f"term{number}")
        starts, ends = (page.day(place, text) for text in page.ends_of(place, entry.get(f"term{number}")))
        if starts is None or ends is None:
            continue
        facts: Facts = {"term": f"{key}-T{number}", "starts": starts.isoformat(), "ends": ends.isoformat()}
        if ends <= starts:
            page.complain("term_ends_before_it_begins", place, facts)
        elif starts < first_day - EARLIEST_START or ends > last_day:
            page.complain("term_outside_school_year", place, facts)
        yield Term(school_year, number, starts, ends, status)


def _refuse_overlaps(page: _Page, terms: list[Term]) -> None:
    for earlier, later in pairwise(sorted(terms, key=lambda term: (term.school_year, term.number))):
        if later.starts <= earlier.ends:
            year = f"{later.school_year}-{later.school_year + 1}"
            facts: Facts = {"term": f"{year}-T{later.number}", "starts": later.starts.isoformat(),
                            "earlier_ends": earlier.ends.isoformat()}  # fmt: skip
            page.complain("terms_overlap", ("school_years", year, f"term{later.number}"), facts)


def _nodes(page: _Page) -> Iterator[tuple[str, Node]]:
    edges = {edge.value: edge for edge in TermEdge}
    for name, value in page.mapping(("nodes",), None).items():
        path: Path = ("nodes", name)
        if not _NODE_NAME.fullmatch(name):
            page.complain("node_name_wrong", path, {"node": name})
        elif isinstance(value, str) and value in edges:
            yield name, edges[value]
        else:
            yield name, page.month_day(path, value)


@dataclass(slots=True)
class _Page:
    """A loaded file being read: it hands out values and gathers what is wrong with them."""

    loaded: Loaded
    problems: list[Problem] = field(default_factory=list)

    def complain(self, code: str, path: Path, facts: Facts | None = None) -> None:
        problem = Problem(code, self.loaded.source, self.loaded.line_of(path), facts or {})
        if problem not in self.problems:  # both ends of a single day are the same day
            self.problems.append(problem)

    def close(self) -> None:
        if self.problems:
            raise DefinitionError(tuple(self.problems))

    def mapping(self, path: Path, known: set[str] | None) -> dict[str, Plain]:
        """The mapping at `path`; keys outside `known` are problems (None: any key)."""
        value: Plain = self.loaded.data
        for step in path:
            value = value.get(str(step)) if isinstance(value, dict) else None
        if not isinstance(value, dict):
            self.complain("field_missing" if value is None else "field_not_a_mapping", path, _named(path))
            return {}
        for key in value:
            if known is not None and key not in known:
                facts: Facts = {"field": key, "known": sorted(known), "nearest": nearest(key, known)}
                self.complain("field_unknown", (*path, key), facts)
        return value

    def word(self, path: Path, entry: dict[str, Plain], name: str) -> str:
        value = entry.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self.complain("field_missing" if value is None else "field_not_text", (*path, name), {"field": name})
        return ""

    def status(self, path: Path, value: Plain) -> YearStatus:
        known = [status.value for status in YearStatus]
        if value in known:
            return YearStatus(str(value))
        self.complain(
            "calendar_status_wrong",
            path,
            {"status": str(value), "known": known, "nearest": nearest(str(value), known)},
        )
        return YearStatus.UNKNOWN

    def days_of(self, path: Path, value: Plain, year: int) -> Iterator[date]:
        """All days of a list of `MM-DD` and `MM-DD..MM-DD` in `year`."""
        if not isinstance(value, list):
            self.complain("field_not_a_list", path, _named(path))
            return
        for at, item in enumerate(value):
            place: Path = (*path, at)
            first_text, last_text = self.ends_of(place, item, single=True)
            first, last = (self.day(place, f"{year}-{text}") for text in (first_text, last_text))
            if first is None or last is None:
                continue
            if last < first:
                self.complain("calendar_range_backwards", place, {"range": str(item)})
            yield from (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))

    def ends_of(self, path: Path, value: Plain, *, single: bool = False) -> tuple[str, str]:
        """Both ends of `A..B`; where `single` days are allowed, `A` is both."""
        parts = str(value).split("..")
        if len(parts) == 1 and single:
            return parts[0], parts[0]
        if len(parts) != 2:  # noqa: PLR2004 - two ends
            self.complain("calendar_range_wrong", path, {"range": str(value)})
            return "", ""
        return parts[0].strip(), parts[1].strip()

    def day(self, path: Path, text: str) -> date | None:
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass  # an impossible day such as 02-30 is reported like any other wrong one
        self.complain("calendar_day_wrong", path, {"day": text})
        return None

    def month_day(self, path: Path, value: Plain) -> MonthDay:
        match = _MONTH_DAY.fullmatch(str(value))
        found = match and self.day(path, f"{_LEAP_YEAR}-{match[0]}")
        if found:
            return MonthDay(found.month, found.day)
        if match is None:
            self.complain("calendar_day_wrong", path, {"day": str(value)})
        return MonthDay(1, 1)


def _named(path: Path) -> Facts:
    return {"field": ".".join(str(step) for step in path)}
