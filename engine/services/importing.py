"""A report becomes an inspection with issues, or is merged into the one of the same feedback date.

The preview and the import are one computation: the import computes it again under its own locks, so the
preview cannot lie, and everything lands in the one unit of work or nothing does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.core.case import Field
from engine.core.history import NewEvent, digest_of
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.record import NewMeasure
from engine.core.vocabulary import Facet
from engine.core.world import World
from engine.documents.report import Report, ReportedInspection, ReportedIssue
from engine.errors import BadInput, Conflict
from engine.services.clerks import Desk, clerks_desk
from engine.services.inspections import NewInspection, write_inspection
from engine.services.merging import FROM_FILE, Difference, MergeLine, is_from_file, merge_issue
from engine.services.opening import NewIssue, Opener, Promise, Seat, issue_key, issue_workflow, open_on
from engine.services.repeats import Alike, alike_in
from engine.services.responsible import Directory, Responsible, recognise
from engine.store.apply import apply
from engine.store.inspections import (
    InspectionFile,
    change_inspection_row,
    inspection_by_feedback,
    issues_of,
)
from engine.store.people import people_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.unresolved import drop_unresolved_of, keep_unresolved
from engine.store.worlds import load_worlds

VERB = "import"
LEADER = "leader"
"""Field of an issue: the key of the post that the file names as responsible; a proposal for assigning."""
_ROUND = ("unit", "inspected_from", "inspected_to", "published_on", "stated_total")


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. `inspection` is the key of the round it merges into, None for a new one."""

    report: Report
    inspection: str | None
    lines: tuple[MergeLine, ...]
    round_changes: tuple[Difference, ...]
    unresolved: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def has_changes(self) -> bool:
        """False when this very file, or one that says the same, was imported before."""
        taken = any(line.outcome in ("new", "changed") for line in self.lines)
        return self.inspection is None or taken or any(not row.why for row in self.round_changes)

    @property
    def digest(self) -> str:
        """Names exactly this preview; given to `apply_import`, nothing else is applied."""
        return digest_of(self._merge())

    def as_json(self) -> dict[str, Any]:
        """The shape of `import --dry-run --json` without its `schema` key."""
        return {**self.report.as_json(), "merge": {**self._merge(), "digest": self.digest}}

    def _merge(self) -> dict[str, Any]:
        outcomes = Counter(line.outcome for line in self.lines)
        return {
            "inspection": self.inspection,
            "has_changes": self.has_changes,
            "counts": {name: outcomes[name] for name in ("new", "same", "changed", "kept", "missing")},
            "round": [row.as_json() for row in self.round_changes],
            "issues": [line.as_json() for line in self.lines],
            "unresolved": [{"name": name, "issues": list(numbers)} for name, numbers in self.unresolved],
        }


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the round's key and the keys of the issues that are new or were changed.

    `repeated`: which of the new ones are worded like findings of the rounds before; said once, when they come in.
    """

    preview: Preview
    inspection: str
    opened: tuple[str, ...]
    changed: tuple[str, ...]
    repeated: tuple[Alike, ...] = ()


@dataclass(frozen=True, slots=True)
class _Merge:
    """What an import needs, computed once: the round, each issue as it would be opened, its line."""

    desk: Desk
    file: InspectionFile | None
    issues: Mapping[int, NewIssue]
    names: Mapping[int, Responsible]
    worlds: Mapping[int, World]
    events: Mapping[int, list[NewEvent]]
    preview: Preview


def preview(
    uow: UnitOfWork, principal: Principal, report: Report, now: datetime, *, feedback_on: date | None = None
) -> Preview:
    """What `apply_import` would do; writes nothing. Raises what it would raise."""
    return _merge(uow, principal, _dated(report, feedback_on), now, lock=False).preview


def apply_import(
    uow: UnitOfWork,
    principal: Principal,
    report: Report,
    now: datetime,
    *,
    feedback_on: date | None = None,
    seen: str | None = None,
) -> Imported:
    """Import a report. `feedback_on` is used where the report gives none, or a wrong one.

    `seen` is the digest of the preview that somebody confirmed: Conflict `preview_stale` if it is another
    now. Raises BadInput `feedback_date_missing`, `feedback_date_in_future`, `issue_numbers_twice`.
    """
    merge = _merge(uow, principal, _dated(report, feedback_on), now, lock=True)
    if seen not in (None, merge.preview.digest):
        raise Conflict("preview_stale", inspection=merge.preview.inspection)
    file = _write_round(uow, principal, merge)
    opened = _open_new(uow, principal, merge, file, now)
    changed = _change(uow, principal, merge, now)
    pairs = [*opened.items(), *((number, merge.worlds[number].case.id) for number in changed)]
    unknown = [(name, case) for number, case in pairs for name in merge.names[number].unresolved]
    drop_unresolved_of(uow, principal.organisation, [case for _, case in pairs])
    keep_unresolved(uow, principal.organisation, unknown)
    keys = tuple(issue_key(file, number) for number in opened)
    return Imported(
        merge.preview,
        file.key,
        keys,
        tuple(merge.worlds[number].case.key for number in changed),
        tuple(alike_in(uow, principal.organisation, file.id, keys)),
    )


def _dated(report: Report, feedback_on: date | None) -> Report:
    if feedback_on is not None:
        return replace(report, inspection=replace(report.inspection, feedback_on=feedback_on))
    if report.inspection.feedback_on is None:
        raise BadInput("feedback_date_missing")
    return report


def _merge(uow: UnitOfWork, principal: Principal, report: Report, now: datetime, *, lock: bool) -> _Merge:
    desk = clerks_desk(uow, principal, VERB, now)
    said = report.inspection
    assert said.feedback_on is not None
    if said.feedback_on > desk.today:
        raise BadInput("feedback_date_in_future", day=said.feedback_on.isoformat())
    _refuse_doubles(report.issues)
    directory = Directory(people_of(uow, principal.organisation), desk.posts, desk.today)
    names = {row.number: recognise((text for _, text in row.responsible), directory) for row in report.issues}
    issues = {row.number: as_new_issue(row, names[row.number]) for row in report.issues}
    file = inspection_by_feedback(uow, principal.organisation, said.feedback_on)
    cases = issues_of(uow, file) if file else {}
    loaded = load_worlds(uow, list(cases.values()), frozenset({Facet.POSTS}), lock=lock)
    worlds = dict(zip(cases, loaded, strict=True))
    lines, events = _lines(issues, worlds)
    unresolved = _by_name(
        {line.number: names[line.number] for line in lines if line.outcome in ("new", "changed")}
    )
    changes = tuple(_round_changes(file, said, report.reconciliation.stated_total)) if file else ()
    shown = Preview(report, file.key if file else None, lines, changes, unresolved)
    return _Merge(desk, file, issues, names, worlds, events, shown)


def _refuse_doubles(issues: Iterable[ReportedIssue]) -> None:
    doubled = sorted(number for number, count in Counter(row.number for row in issues).items() if count > 1)
    if doubled:
        raise BadInput("issue_numbers_twice", numbers=doubled)


def as_new_issue(row: ReportedIssue, responsible: Responsible) -> NewIssue:
    """A reported issue as it would be opened; what the report does not give is left out, never guessed."""
    fields: dict[str, Field] = {
        "aspect_number": row.aspect.number if row.aspect else None,
        "section_number": row.section.number if row.section else None,
        "flags": ",".join(row.flags) or None,
        LEADER: responsible.leader,
    }
    said = {
        "summary": row.summary,
        "lead": row.lead,
        "progress": row.progress,
        "deadline": row.deadline,
        "responsible": "\n".join(f"{role}: {text}" for role, text in row.responsible),
    }
    return NewIssue(
        title=row.title,
        problem=row.problem,
        number=row.number,
        aspect=row.aspect.title if row.aspect else "",
        section=row.section.title if row.section else "",
        more_texts={name: text for name, text in said.items() if text},
        fields={
            **{name: value for name, value in fields.items() if value is not None},
            FROM_FILE: row.source_line,
        },
        measures=tuple(NewMeasure(measure.text) for measure in row.measures),
        deliverables=tuple(Promise(each.name, each.count, each.per_person) for each in row.deliverables),
        claimed=None if row.claimed_status == "unknown" else row.claimed_status,
    )


def _lines(
    issues: Mapping[int, NewIssue], worlds: Mapping[int, World]
) -> tuple[tuple[MergeLine, ...], dict[int, list[NewEvent]]]:
    lines, events = [], {}
    for number, issue in issues.items():
        world = worlds.get(number)
        if world is None:
            lines.append(MergeLine(number, None, "new"))
            continue
        line, events[number] = merge_issue(world.case, issue, world.workflow.definition.initial)
        lines.append(line)
    for number, world in worlds.items():
        if number not in issues and is_from_file(world.case):
            lines.append(MergeLine(number, world.case.key, "missing"))
    return tuple(lines), events


def _by_name(names: Mapping[int, Responsible]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found: dict[str, list[int]] = {}
    for number, responsible in names.items():
        for name in responsible.unresolved:
            found.setdefault(name, []).append(number)
    return tuple((name, tuple(numbers)) for name, numbers in found.items())


def _round_changes(file: InspectionFile, said: ReportedInspection, total: int | None) -> Iterator[Difference]:
    """A round takes what it lacked; what it has stays, and the difference is shown."""
    for name, theirs in _round_facts(said, total).items():
        ours = getattr(file, name)
        if theirs is None or theirs == ours:
            continue
        is_empty = ours in (None, "")
        yield Difference(name, None if is_empty else str(ours), str(theirs), "" if is_empty else "edited")


def _round_facts(said: ReportedInspection, total: int | None) -> dict[str, Any]:
    return {name: total if name == "stated_total" else getattr(said, name) for name in _ROUND}


def _write_round(uow: UnitOfWork, principal: Principal, merge: _Merge) -> InspectionFile:
    said = merge.preview.report.inspection
    facts = _round_facts(said, merge.preview.report.reconciliation.stated_total)
    if merge.file is None:
        assert said.feedback_on is not None
        facts["unit"] = facts["unit"] or ""
        return write_inspection(uow, principal.organisation, NewInspection(said.feedback_on, **facts))
    taken = {row.part: facts[row.part] for row in merge.preview.round_changes if not row.why}
    if taken:
        change_inspection_row(uow, merge.file.id, taken)
    return merge.file


def _open_new(
    uow: UnitOfWork, principal: Principal, merge: _Merge, file: InspectionFile, now: datetime
) -> dict[int, int]:
    """Issue number → case id of what was opened."""
    desk = merge.desk
    opener = Opener(principal, desk.place, issue_workflow(uow, desk.place, file), desk.acting_for)
    opened = {}
    for line in merge.preview.lines:
        if line.outcome == "new":
            seat = Seat(file, line.number, issue_key(file, line.number))
            opened[line.number] = open_on(uow, opener, seat, merge.issues[line.number], now).id
    return opened


def _change(uow: UnitOfWork, principal: Principal, merge: _Merge, now: datetime) -> tuple[int, ...]:
    changed = tuple(line.number for line in merge.preview.lines if line.outcome == "changed")
    for number in changed:
        world = merge.worlds[number]
        events, acting_for = merge.events[number], merge.desk.acting_for
        apply(uow, world, make_plan(world, principal, now, events, acting_for=acting_for), now)
    return changed
