"""A finding → the issue as reported: title, problem, claim, measures, deliverables, each with its lines."""

from __future__ import annotations

from collections.abc import Sequence

from engine.documents.answers import Answer, answer_of, head_of, ordinals, without_ordinal
from engine.documents.deliverables import deliverables_of
from engine.documents.findings import Finding
from engine.documents.lines import Line
from engine.documents.passages import Passage, joined, sentence_end, trimmed
from engine.documents.report import ClaimedStatus, ReportedIssue
from engine.documents.signs import Role
from engine.documents.status import Claim, opening_claim, status_alone, take_claims
from engine.documents.titles import is_title_form
from engine.documents.tree import Part


def issue_of(finding: Finding) -> ReportedIssue:
    """Assemble one issue. What the text does not give is None, empty or "unknown"."""
    title, problem, claims = _title_and_problem(finding)
    parts = _answered(finding)
    measures, progress = _of_role(parts, "measures"), _of_role(parts, "progress")
    claims += [(claim, line.number) for line in finding.status_lines if (claim := status_alone(line.text))]
    stated, more = _stated_status(_of_role(parts, "status"))
    claims, told = claims + stated, head_of([*more, *progress])
    opened, told_rest = opening_claim(told)
    if opened:
        claims.append((opened, told.first_line))
    answer = _answer(measures, [*more, *progress], told_rest)
    status, status_line = _claimed(claims)
    return ReportedIssue(
        number=finding.number,
        mark=finding.node.mark.text if finding.node.mark else "",
        aspect=finding.aspect,
        section=finding.section,
        title=trimmed(title.text),
        problem=problem.text,
        claimed_status=status,
        measures=answer.measures,
        deliverables=deliverables_of(answer.summary),
        source_line=finding.node.line,
        flags=_flags(claims, parts),
        summary=trimmed(answer.summary.text) if answer.summary else None,
        lead=answer.lead,
        progress=_whole(progress) if measures else None,
        deadline=_whole(_of_role(parts, "deadline")),
        responsible=tuple(
            (part.label, text) for part in _of_role(parts, "responsible") if (text := _whole([part]))
        ),
        lines=_spans(title, problem, status_line, [*measures, *more, *progress]),
    )


def _title_and_problem(finding: Finding) -> tuple[Passage, Passage, list[tuple[Claim, int]]]:
    lines = [line for _, line in finding.parts[0].lines]
    own = _title_line(lines)
    if own is not None:
        title, claims = take_claims(joined([own]))
        problem, more = take_claims(joined(lines[1:]))
        return title, problem if problem.text else title, [*claims, *more]
    problem, found = take_claims(joined(lines))
    problem = _without_stray_ordinal(problem)
    return problem.part(0, sentence_end(problem.text)), problem, list(found)


def _title_line(lines: Sequence[Line]) -> Line | None:
    """The first line, where it is a title on its own and not the beginning of running text."""
    if len(lines) < 2:  # noqa: PLR2004  # a title and what follows
        return None
    first = lines[0]
    ends = sentence_end(first.text) >= len(first.text)
    return first if ends and (first.is_whole or is_title_form(first.text)) else None


def _without_stray_ordinal(problem: Passage) -> Passage:
    """A lone ordinal at the head is a left-over; where the count goes on, the list stays whole."""
    rest = without_ordinal(problem.text)
    if len(rest) == len(problem.text) or len(ordinals(problem.text)) > 1:
        return problem
    return problem.part(len(problem.text) - len(rest))


def _answered(finding: Finding) -> tuple[Part, ...]:
    """The parts behind the problem that hold something."""
    return tuple(part for part in finding.parts[1:] if part.lines)


def _of_role(parts: Sequence[Part], role: Role) -> list[Part]:
    return [part for part in parts if part.role == role]


def _stated_status(parts: Sequence[Part]) -> tuple[list[tuple[Claim, int]], list[Part]]:
    """Claims behind a status label, and what else stands there, as progress."""
    claims: list[tuple[Claim, int]] = []
    more: list[Part] = []
    for part in parts:
        first = part.lines[0][1]
        claim = status_alone(first.text)
        if claim is None:
            more.append(part)
            continue
        claims.append((claim, first.number))
        if part.lines[1:]:
            more.append(Part("progress", "", part.lines[1:]))
    return claims, more


def _answer(measures: Sequence[Part], progress: Sequence[Part], told: Passage) -> Answer:
    """Measures of their own come first; the progress then only gives the summary."""
    if not measures:
        return answer_of(progress, told) if progress else Answer()
    own = answer_of(measures)
    if own.summary is not None or not progress:
        return own
    return Answer(own.measures, answer_of(progress, told).summary, own.lead)


def _claimed(claims: Sequence[tuple[Claim, int]]) -> tuple[ClaimedStatus, int]:
    for claim, line in claims:
        if claim.status != "unknown":
            return claim.status, line
    return "unknown", 0


def _flags(claims: Sequence[tuple[Claim, int]], parts: Sequence[Part]) -> tuple[str, ...]:
    deadlines = [status_alone(line.text) for part in _of_role(parts, "deadline") for _, line in part.lines]
    said = [claim for claim, _ in claims] + [claim for claim in deadlines if claim]
    return tuple(dict.fromkeys(flag for claim in said for flag in claim.flags))


def _whole(parts: Sequence[Part]) -> str | None:
    lines = (
        Line(line.number, (mark.text if mark else "") + line.text, line.is_whole)
        for part in parts
        for mark, line in part.lines
    )
    return joined(lines).text or None


def _spans(
    title: Passage, problem: Passage, status: int, answer: Sequence[Part]
) -> dict[str, tuple[int, int]]:
    numbers = [line.number for part in answer for _, line in part.lines]
    spans = {"title": (title.first_line, title.last_line), "problem": (problem.first_line, problem.last_line)}
    if status:
        spans["claimed_status"] = (status, status)
    if numbers:
        spans["measures"] = (min(numbers), max(numbers))
    return spans
