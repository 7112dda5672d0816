"""A case as rows and back: the projection of the fold, each field named once (law 11)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.case import (
    Case,
    Claim,
    Deadline,
    Deliverable,
    Evidence,
    Measure,
    Request,
    RosterLine,
    Vote,
)
from engine.core.history import canonical
from engine.store.tables import (
    DeadlineRow,
    DeliverableRow,
    EvidenceRow,
    MeasureRow,
    RequestRow,
    RosterRow,
    VoteRow,
    table_of,
)

Row = dict[str, Any]
Key = tuple[Any, ...]
Parts = Mapping[str, Iterable[Any]]


def _json(value: Mapping[str, Any]) -> str:
    return canonical(dict(value))


def _acted(value: tuple[tuple[int, str], ...]) -> str:
    return canonical([list(pair) for pair in value])


_FILE: dict[str, str] = {
    "key": "key",
    "kind": "kind",
    "workflow": "workflow",
    "definition": "definition",
    "state": "state",
    "is_final": "is_final",
    "revision": "revision",
    "opened_on": "opened_on",
    "waits_for": "waits_for",
    "title": "title",
    "inspection_id": "inspection",
    "number": "number",
    "owner_post_id": "owner_post",
    "fields": "fields",
    "texts": "texts",
    "acted": "acted",
}
_FILE_TEXTS: dict[str, Callable[[Any], str]] = {"fields": _json, "texts": _json, "acted": _acted}


def file_row(case: Case) -> Row:
    """The columns of `case_file` that the fold decides; id, organisation and head are the writer's."""
    return {
        **{column: _file_value(column, getattr(case, name)) for column, name in _FILE.items()},
        **_claim_row(case),
    }


def file_changes(before: Case, after: Case) -> Row:
    """The columns of `case_file` that differ."""
    changed = {
        column: _file_value(column, getattr(after, name))
        for column, name in _FILE.items()
        if getattr(before, name) != getattr(after, name)
    }
    return changed if before.claim == after.claim else {**changed, **_claim_row(after)}


def _file_value(column: str, value: Any) -> Any:
    as_text = _FILE_TEXTS.get(column)
    return as_text(value) if as_text else value


def _claim_row(case: Case) -> Row:
    claim = case.claim
    return {
        "claim_status": claim.status if claim else None,
        "claim_settled": claim.settled if claim else None,
        "claim_basis": claim.basis if claim else None,
        "claim_on": claim.on if claim else None,
    }


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the aggregate: its key columns, its values in a case, and the columns of a value."""

    table: Any
    keys: tuple[str, ...]
    values: Callable[[Case], dict[Key, Any]]
    row: Callable[[Any], Row]


def read_case(file: Any, parts: Parts) -> Case:
    """The case that its rows say; `parts` hold the rows of each table in the order of their numbers."""
    votes: dict[int, list[Vote]] = {}
    for row in parts["vote"]:
        votes.setdefault(row.request, []).append(_vote(row))
    return Case(
        id=file.id,
        organisation=file.organisation_id,
        key=file.key,
        kind=file.kind,
        workflow=file.workflow,
        definition=file.definition,
        state=file.state,
        revision=file.revision,
        opened_on=file.opened_on,
        title=file.title,
        is_final=file.is_final,
        waits_for=file.waits_for,
        inspection=file.inspection_id,
        number=file.number,
        owner_post=file.owner_post_id,
        fields=json.loads(file.fields),
        texts=json.loads(file.texts),
        claim=_claim(file),
        measures=tuple(_measure(row) for row in parts["measure"]),
        deliverables=tuple(_deliverable(row) for row in parts["deliverable"]),
        deadlines=tuple(_deadline(row) for row in parts["deadline"]),
        evidence=tuple(_evidence(row) for row in parts["evidence"]),
        requests=tuple(_request(row, tuple(votes.get(row.number, ()))) for row in parts["request"]),
        roster=tuple(
            RosterLine(row.person, row.joined_on, row.left_on, row.ticked_on) for row in parts["roster"]
        ),
        acted=tuple((person, role) for person, role in json.loads(file.acted)),
    )


def _claim(file: Any) -> Claim | None:
    if file.claim_status is None:
        return None
    return Claim(file.claim_status, file.claim_settled, file.claim_basis, file.claim_on)


def _measure_row(row: Measure) -> Row:
    return {
        "text": row.text,
        "text_commit": row.commit,
        "owner_post_id": row.owner_post,
        "due_on": row.due_on,
        "state": row.state,
        "done_on": row.done_on,
    }


def _measure(row: Any) -> Measure:
    return Measure(
        row.number, row.text, row.text_commit, row.owner_post_id, row.due_on, row.state, row.done_on
    )


def _deliverable_row(row: Deliverable) -> Row:
    return {
        "name": row.name,
        "name_commit": row.commit,
        "count": row.count,
        "per_person": row.per_person,
        "measure": row.measure,
    }


def _deliverable(row: Any) -> Deliverable:
    # Not `row.count`: a database row is a sequence, whose method of that name comes first.
    count = row._mapping["count"]
    return Deliverable(row.number, row.name, row.name_commit, count, row.per_person, row.measure)


def _deadline_row(row: Deadline) -> Row:
    return {
        "due_on": row.due_on,
        "armed": row.armed,
        "ended": row.ended,
        "met_on": row.met_on,
        "ladder": row.ladder,
    }


def _deadline(row: Any) -> Deadline:
    return Deadline(
        row.kind, row.subject, row.version, row.due_on, row.armed, row.ended, row.met_on, row.ladder
    )  # fmt: skip


def _evidence_row(row: Evidence) -> Row:
    return {
        "kind": row.kind,
        "name": row.name,
        "name_commit": row.commit,
        "digest": row.digest,
        "size": row.size,
        "copies": row.copies,
        "offline": None if row.offline is None else canonical(dict(row.offline)),
        "proves_from": row.proves_from,
        "proves_to": row.proves_to,
        "level": row.level,
        "deliverable": row.deliverable,
        "measure": row.measure,
        "status": row.status,
        "attached_by": row.attached_by,
        "attached_on": row.attached_on,
    }


def _evidence(row: Any) -> Evidence:
    return Evidence(
        number=row.number,
        kind=row.kind,
        name=row.name,
        commit=row.name_commit,
        digest=row.digest,
        size=row.size,
        copies=row.copies,
        offline=None if row.offline is None else json.loads(row.offline),
        proves_from=row.proves_from,
        proves_to=row.proves_to,
        level=row.level,
        deliverable=row.deliverable,
        measure=row.measure,
        status=row.status,
        attached_by=row.attached_by,
        attached_on=row.attached_on,
    )


def _request_row(row: Request) -> Row:
    return {
        "move": row.move,
        "params": canonical(dict(row.params)),
        "asked_by": row.asked_by,
        "asked_for": row.asked_for,
        "asked_at": row.asked_at,
        "decider": row.decider,
        "needed": row.needed,
        "manifest": canonical(dict(row.manifest)),
        "definition": row.definition,
        "seal": row.seal,
        "status": row.status,
        "comment": row.comment,
    }


def _request(row: Any, votes: tuple[Vote, ...]) -> Request:
    return Request(
        number=row.number,
        move=row.move,
        params=json.loads(row.params),
        asked_by=row.asked_by,
        asked_for=row.asked_for,
        asked_at=row.asked_at,
        decider=row.decider,
        needed=row.needed,
        manifest=json.loads(row.manifest),
        definition=row.definition,
        seal=row.seal,
        status=row.status,
        comment=row.comment,
        votes=votes,
    )


def _vote_row(vote: Vote) -> Row:
    return {
        "person": vote.person,
        "acting_for": vote.acting_for,
        "verdict": vote.verdict,
        "at": vote.at,
        "comment": vote.comment,
        "paper": vote.paper,
    }


def _vote(row: Any) -> Vote:
    return Vote(row.person, row.verdict, row.at, row.acting_for, row.comment, row.paper)


def _roster_row(line: RosterLine) -> Row:
    return {
        "person": line.person,
        "joined_on": line.joined_on,
        "left_on": line.left_on,
        "ticked_on": line.ticked_on,
    }


def _numbered(name: str) -> Callable[[Case], dict[Key, Any]]:
    return lambda case: {(value.number,): value for value in getattr(case, name)}


def _deadlines(case: Case) -> dict[Key, Any]:
    return {(value.kind, value.subject, value.version): value for value in case.deadlines}


def _votes(case: Case) -> dict[Key, Any]:
    return {
        (request.number, at): vote
        for request in case.requests
        for at, vote in enumerate(request.votes, start=1)
    }  # fmt: skip


def _lines(case: Case) -> dict[Key, Any]:
    return {(at,): line for at, line in enumerate(case.roster, start=1)}


# In the order of the foreign keys.
PARTS: dict[str, Part] = {
    "measure": Part(table_of(MeasureRow), ("number",), _numbered("measures"), _measure_row),
    "deliverable": Part(table_of(DeliverableRow), ("number",), _numbered("deliverables"), _deliverable_row),
    "deadline": Part(table_of(DeadlineRow), ("kind", "subject", "version"), _deadlines, _deadline_row),
    "evidence": Part(table_of(EvidenceRow), ("number",), _numbered("evidence"), _evidence_row),
    "request": Part(table_of(RequestRow), ("number",), _numbered("requests"), _request_row),
    "vote": Part(table_of(VoteRow), ("request", "number"), _votes, _vote_row),
    "roster": Part(table_of(RosterRow), ("number",), _lines, _roster_row),
}
