"""The report against itself: stated totals, numbering, claims and dates; told, never mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from engine.documents.dates import inspection_dates, odd_dates
from engine.documents.findings import Findings, numbering_problems
from engine.documents.lines import Line
from engine.documents.passages import Passage, joined
from engine.documents.report import AspectTotal, Heading, Reconciliation, ReportedIssue, ReportProblem
from engine.documents.totals import StatedTotals, claims_in, stated_totals

_RATE_TOLERANCE = 1.0  # percent points: reports round up and down
_MOST_PROBLEMS = 200


def reconcile(
    findings: Findings,
    issues: Sequence[ReportedIssue],
    body: Sequence[Line],
    outside: Sequence[Line],
    opening: Passage,
) -> Reconciliation:
    """`body` is the text without contacts, `outside` all lines in no issue, `opening` those before."""
    aspects = _aspects(issues)
    stated = stated_totals(joined(outside), [heading.title for heading, _ in aspects])
    by_aspect = tuple(
        AspectTotal(heading.number, stated.by_aspect[at], count)
        for at, (heading, count) in enumerate(aspects)
    )
    problems = [
        *_total_problems(stated, by_aspect, issues),
        *(
            ReportProblem(code, line, {"number": number})
            for code, line, number in numbering_problems(findings)
        ),
        *_issue_problems(issues),
        *_claim_problems(joined(outside), stated, issues),
        *_date_problems(joined(body), opening),
    ]
    return Reconciliation(stated.total, len(issues), by_aspect, tuple(problems[:_MOST_PROBLEMS]))


def _aspects(issues: Sequence[ReportedIssue]) -> list[tuple[Heading, int]]:
    counts = Counter(issue.aspect for issue in issues if issue.aspect is not None)
    return list(counts.items())


def _total_problems(
    stated: StatedTotals, by_aspect: Sequence[AspectTotal], issues: Sequence[ReportedIssue]
) -> Iterator[ReportProblem]:
    if stated.total is not None and stated.total != len(issues):
        yield ReportProblem("total_differs", stated.line, {"stated": stated.total, "parsed": len(issues)})
    for aspect in by_aspect:
        if aspect.stated is not None and aspect.stated != aspect.parsed:
            yield ReportProblem(
                "aspect_total_differs",
                stated.line,
                {"aspect": aspect.aspect, "stated": aspect.stated, "parsed": aspect.parsed},
            )
    parts = [aspect.stated for aspect in by_aspect if aspect.stated is not None]
    if stated.total is not None and parts and len(parts) == len(by_aspect) and sum(parts) != stated.total:
        yield ReportProblem(
            "aspect_totals_do_not_add_up", stated.line, {"stated": stated.total, "sum": sum(parts)}
        )
    measures = sum(len(issue.measures) for issue in issues)
    if stated.measures is not None and stated.measures != measures:
        yield ReportProblem(
            "measure_total_differs", stated.line, {"stated": stated.measures, "parsed": measures}
        )


def _issue_problems(issues: Sequence[ReportedIssue]) -> Iterator[ReportProblem]:
    for issue in issues:
        if not issue.measures:
            yield ReportProblem("issue_without_measures", issue.source_line, {"number": issue.number})
        if issue.claimed_status == "unknown":
            yield ReportProblem("issue_without_status", issue.source_line, {"number": issue.number})


def _claim_problems(
    outside: Passage, stated: StatedTotals, issues: Sequence[ReportedIssue]
) -> Iterator[ReportProblem]:
    all_done, stage = claims_in(outside)
    if all_done and stage:
        yield ReportProblem(
            "claims_contradict",
            stage[0][1],
            {"all_done": all_done[0][0], "all_done_line": all_done[0][1], "stage": stage[0][0]},
        )
    if all_done:
        for issue in issues:
            if issue.claimed_status not in {"closed", "unknown"}:
                yield ReportProblem(
                    "claim_differs_from_issue",
                    issue.source_line,
                    {
                        "number": issue.number,
                        "claimed": issue.claimed_status,
                        "all_done_line": all_done[0][1],
                    },
                )
    yield from _part_problems(stated, issues)


def _part_problems(stated: StatedTotals, issues: Sequence[ReportedIssue]) -> Iterator[ReportProblem]:
    if stated.parts and stated.total is not None and sum(stated.parts.values()) != stated.total:
        yield ReportProblem(
            "status_totals_do_not_add_up",
            stated.line,
            {"stated": stated.total, "sum": sum(stated.parts.values())},
        )
    read: Counter[str] = Counter(issue.claimed_status for issue in issues)
    for status, count in stated.parts.items():
        if not read["unknown"] and read[status] != count:
            yield ReportProblem(
                "status_total_differs",
                stated.line,
                {"status": status, "stated": count, "parsed": read[status]},
            )
    done = stated.parts.get("closed")
    if stated.rate is not None and stated.total and done is not None:
        actual = round(done * 100 / stated.total, 1)
        if abs(actual - stated.rate) > _RATE_TOLERANCE:
            yield ReportProblem("rate_differs", stated.line, {"stated": stated.rate, "computed": actual})


def _date_problems(body: Passage, opening: Passage) -> Iterator[ReportProblem]:
    for odd in odd_dates(body):
        yield ReportProblem(odd.code, odd.line, {"text": odd.text})
    dates = inspection_dates(opening)
    if dates.feedback is not None and dates.feedback.is_completed:
        yield ReportProblem("date_completed", dates.feedback.line, {"day": dates.feedback.day.isoformat()})
    days = [found.day for found in (dates.first, dates.last, dates.feedback) if found]
    if days != sorted(days) and dates.first is not None:
        yield ReportProblem(
            "dates_out_of_order", dates.first.line, {"days": [day.isoformat() for day in days]}
        )
