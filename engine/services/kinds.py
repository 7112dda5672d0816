"""Kinds of cases: the workflows that are published now, by what people call them, and cases opened on one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from engine.core.case import Case, Evidence, Field
from engine.core.definition import WorkflowDefinition
from engine.core.definition_reader import nearest
from engine.core.fields import Reading, missing_at_opening, read_fields, read_for
from engine.core.plain_text import LONGEST_TITLE, is_title
from engine.core.principal import Principal
from engine.core.record import NewEvidence
from engine.core.refusal import Unmet, refused
from engine.core.world import World
from engine.errors import Conflict, NotFound, WrongUsage
from engine.services.clerks import clerks_desk, open_desk
from engine.services.fields import plain_fields
from engine.services.intake import Received
from engine.services.opening import NewIssue, Opener, Seat, open_on, workflow_called
from engine.store.blobs import note_blob
from engine.store.cases import numbers_under
from engine.store.definitions import current_of_kind
from engine.store.unit_of_work import UnitOfWork

Value = TypeVar("Value")
MOST_TRIES = 5
"""How often a number is taken anew when somebody else took it at the same moment."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The workflows of an organisation by name."""

    by_name: Mapping[str, WorkflowDefinition]

    def named(self, word: str) -> WorkflowDefinition:
        """The workflow that `word` means: its name, its kind of case, or what either is called.

        Raises NotFound `kind_not_found` with the nearest word.
        """
        words = {name: row for row in self.by_name.values() for name in _words(row)}
        found = self.by_name.get(word) or words.get(word)
        if found is None:
            raise NotFound(
                "kind_not_found", kind=word, nearest=nearest(word, words), kinds=list(self.by_name)
            )
        return found

    def states_called(self, word: str) -> tuple[str, ...]:
        """The states that people call `word`, by key or by label: several workflows may have one word for theirs.

        Raises WrongUsage `state_unknown` with all there are.
        """
        states = [(key, row.label) for each in self.by_name.values() for key, row in each.states.items()]
        found = tuple(dict.fromkeys(key for key, said in states if word in (key, said)))
        if not found:
            keys, called = sorted({key for key, _ in states}), list(dict.fromkeys(said for _, said in states))
            near = nearest(word, [*keys, *called])
            raise WrongUsage("state_unknown", state=word, states=keys, called=called, nearest=near)
        return found

    def listed(self, *, late: bool = False) -> tuple[str, ...]:
        """The kinds of case that stand in the ledger; those that do so only while they are late with `late`."""
        shown = ("always", "late") if late else ("always",)
        hidden = {row.case for row in self.by_name.values() if row.listed not in shown}
        return tuple(dict.fromkeys(row.case for row in self.by_name.values() if row.case not in hidden))


def kinds_of(uow: UnitOfWork, organisation_key: str) -> Kinds:
    """The kinds that new cases of the organisation can have."""
    found = current_of_kind(uow, organisation_key, "workflow")
    compiled = uow.database.workflows(uow, {row.digest for row in found.values()})
    return Kinds({name: compiled[row.digest].definition for name, row in sorted(found.items())})


def open_directly(
    uow: UnitOfWork,
    principal: Principal,
    kind: str,
    issue: NewIssue,
    now: datetime,
    *,
    files: Sequence[Received] = (),
) -> Case:
    """Open a case outside any round, under the next key of its kind (`safety-2026-3`).

    `files` were received before; they show what was found. Raises Refused with everything that is wrong with
    the fields, NotFound `kind_not_found`, WrongUsage `kind_needs_round` or `title_wrong`.
    """
    place = open_desk(uow, principal.organisation, now).place
    definition = kinds_of(uow, place.key).named(kind)
    desk = clerks_desk(uow, principal, "case_open", now, others=tuple(definition.opened_by))
    if not definition.key_prefix:
        raise WrongUsage("kind_needs_round", kind=definition.workflow)
    if not is_title(issue.title):
        raise WrongUsage("title_wrong", longest=LONGEST_TITLE)
    opener = Opener(principal, desk.place, workflow_called(uow, place, definition.workflow), desk.acting_for)
    papers = tuple(
        NewEvidence(row.kind, row.name, desk.today, row.digest, row.size)
        for row in {file.digest: file for file in files}.values()
    )
    for paper in papers:
        note_blob(uow, principal.organisation, paper.digest or "", paper.size or 0, now)
    read = with_fields(uow, opener, "", replace(issue, papers=papers), desk.today)
    return _on_next_seat(uow, opener, read, f"{definition.key_prefix}-{desk.today.year}-", now)


def _on_next_seat(uow: UnitOfWork, opener: Opener, issue: NewIssue, prefix: str, now: datetime) -> Case:
    for left in reversed(range(MOST_TRIES)):
        number = max(numbers_under(uow, opener.place.id, prefix), default=0) + 1
        try:
            return open_on(uow, opener, Seat(None, number, f"{prefix}{number}"), issue, now)
        except Conflict:
            if not left:
                raise
    raise AssertionError("unreachable")


def with_fields(uow: UnitOfWork, opener: Opener, key: str, issue: NewIssue, today: date) -> NewIssue:
    """The issue with its `given` fields read. Raises Refused with everything that is wrong or missing."""
    definition = opener.workflow.definition
    papers = tuple(_as_attached(issue.papers))
    given = plain_fields(uow, opener.place.id, definition.fields, issue.given, papers)
    reading = read_fields(definition.fields, given, today, papers)
    unmet: tuple[Unmet, ...] = (*reading.unmet, *missing_at_opening(definition, reading))
    if unmet:
        raise refused(key, "case_open", *unmet)
    fields: dict[str, Field] = {**issue.fields, **_filled(reading.fields)}
    return replace(issue, fields=fields, more_texts={**issue.more_texts, **_filled(reading.texts)}, given={})


def reading_for(uow: UnitOfWork, world: World, given: Mapping[str, Field], today: date) -> Reading:
    """What was typed for fields of a case that there is already."""
    case, rules = world.case, world.workflow.definition.fields
    said = plain_fields(uow, case.organisation, rules, given, case.standing_evidence)
    return read_for(case, rules, said, today)


def _filled(said: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in said.items() if value not in (None, "")}


def _as_attached(papers: Iterable[NewEvidence]) -> Iterable[Evidence]:
    return (
        Evidence(number, paper.kind, paper.name, digest=paper.digest)
        for number, paper in enumerate(papers, start=1)
    )


def _words(definition: WorkflowDefinition) -> tuple[str, ...]:
    words = (definition.workflow, definition.case, definition.label, definition.case_label)
    return tuple(word for word in words if word)
