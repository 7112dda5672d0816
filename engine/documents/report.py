"""What a report says, as values: inspection, issues, and how its own totals agree with what was read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.errors import Facts

ClaimedStatus = Literal["closed", "stage_done", "in_progress", "not_done", "unknown"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A level above the issue. `number` is the number of its mark."""

    number: int | None
    title: str
    source_line: int = 0

    def as_json(self) -> dict[str, Any]:
        return {"number": self.number, "title": self.title}


@dataclass(frozen=True, slots=True)
class ReportedMeasure:
    """One promised action, without its mark and without the stop at its end."""

    text: str
    source_line: int

    def as_json(self) -> dict[str, Any]:
        return {"text": self.text, "source_line": self.source_line}


@dataclass(frozen=True, slots=True)
class ReportedDeliverable:
    """What a measure must produce. `count` None = the text does not count it (`unknown` in JSON).

    An issue whose summing-up sentence counts nothing has exactly one, named by that whole
    sentence; an issue without such a sentence has one without a name.
    """

    name: str | None
    count: int | None
    unit: str | None = None
    per_person: bool = False
    source_line: int = 0

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "name": self.name,
            "count": "unknown" if self.count is None else self.count,
            "unit": self.unit,
        }
        return shown | {"per_person": True} if self.per_person else shown


@dataclass(frozen=True, slots=True)
class ReportedIssue:
    """One finding as the report tells it.

    `problem` is the full wording from its first sentence on (the title is that sentence); where the
    title stands on a line of its own, it is the text below, or the title where nothing follows.
    `summary` is the sentence that sums up what came out, `lead` what else stands before the first
    measure, `progress` the progress text where the report also has measures of their own.
    `lines` names the first and last source line of each field.
    """

    number: int
    mark: str
    aspect: Heading | None
    section: Heading | None
    title: str
    problem: str
    claimed_status: ClaimedStatus
    measures: tuple[ReportedMeasure, ...]
    deliverables: tuple[ReportedDeliverable, ...]
    source_line: int
    flags: tuple[str, ...] = ()
    summary: str | None = None
    lead: str | None = None
    progress: str | None = None
    deadline: str | None = None
    responsible: tuple[tuple[str, str], ...] = ()
    lines: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "mark": self.mark,
            "aspect": self.aspect.as_json() if self.aspect else None,
            "section": self.section.as_json() if self.section else None,
            "title": self.title,
            "problem": self.problem,
            "claimed_status": self.claimed_status,
            "flags": list(self.flags),
            "measures": [measure.as_json() for measure in self.measures],
            "deliverables": [deliverable.as_json() for deliverable in self.deliverables],
            "summary": self.summary,
            "lead": self.lead,
            "progress": self.progress,
            "deadline": self.deadline,
            "responsible": [{"role": role, "text": text} for role, text in self.responsible],
            "source_line": self.source_line,
            "lines": {name: list(span) for name, span in self.lines.items()},
        }


@dataclass(frozen=True, slots=True)
class ReportedInspection:
    """The round of inspection; None is what the text does not give."""

    unit: str | None = None
    inspected_from: dt.date | None = None
    inspected_to: dt.date | None = None
    feedback_on: dt.date | None = None
    published_on: dt.date | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "inspected_from": _iso(self.inspected_from),
            "inspected_to": _iso(self.inspected_to),
            "feedback_on": _iso(self.feedback_on),
            "published_on": _iso(self.published_on),
            "lines": dict(self.lines),
        }


@dataclass(frozen=True, slots=True)
class AspectTotal:
    """Issues of one aspect: how many the report says, how many were read."""

    aspect: int | None
    stated: int | None
    parsed: int

    def as_json(self) -> dict[str, Any]:
        return {"aspect": self.aspect, "stated": self.stated, "parsed": self.parsed}


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """Something in the report that does not agree with itself; it is told, never mended."""

    code: str
    line: int = 0
    facts: Facts = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "line": self.line, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The report's own totals beside what was read from it."""

    stated_total: int | None
    parsed_total: int
    by_aspect: tuple[AspectTotal, ...] = ()
    problems: tuple[ReportProblem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "stated_total": self.stated_total,
            "parsed_total": self.parsed_total,
            "by_aspect": [total.as_json() for total in self.by_aspect],
            "problems": [problem.as_json() for problem in self.problems],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report."""

    inspection: ReportedInspection
    issues: tuple[ReportedIssue, ...]
    reconciliation: Reconciliation

    def as_json(self) -> dict[str, Any]:
        """The shape of `import --dry-run --json` without its `schema` key."""
        return {
            "inspection": self.inspection.as_json(),
            "issues": [issue.as_json() for issue in self.issues],
            "reconciliation": self.reconciliation.as_json(),
        }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
