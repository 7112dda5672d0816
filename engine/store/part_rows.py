"""The parts of a case as rows and back, table by table: each field named once (law 11)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.core.canonical import canonical
from engine.core.case import Case, Deadline, Deliverable, Evidence, Measure, Request, RosterLine, Vote
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


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the aggregate: its key columns, its values in a case, and the columns of a value."""

    table: Any
    keys: tuple[str, ...]
    values: Callable[[Case], dict[Key, Any]]
    row: Callable[[Any], Row]


def _measure_row(row: Measure) -> Row:
    return {
        "text": row.text,
        "text_commit": row.commit,
        "owner_post_id": row.owner_post,
        "due_on": row.due_on,
        "state": row.state,
        "done_on": row.done_on,
    }


def read_measure(row: Any) -> Measure:
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


def read_deliverable(row: Any) -> Deliverable:
    return Deliverable(row.number, row.name, row.name_commit, row.count, row.per_person, row.measure)


def _deadline_row(row: Deadline) -> Row:
    return {
        "due_on": row.due_on,
        "armed": row.armed,
        "ended": row.ended,
        "met_on": row.met_on,
        "ladder": row.ladder,
        "basis": row.basis,
        "waits_for": row.waits_for,
    }


def read_deadline(row: Any) -> Deadline:
    return Deadline(
        kind=row.kind,
        subject=row.subject,
        version=row.version,
        due_on=row.due_on,
        armed=row.armed,
        ended=row.ended,
        met_on=row.met_on,
        ladder=row.ladder,
        basis=row.basis,
        waits_for=row.waits_for,
    )


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


def read_evidence(row: Any) -> Evidence:
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
        "voters": canonical(list(row.voters)),
        "expires_on": row.expires_on,
        "follows": row.follows,
        "bundle": row.bundle,
        "bundled_by": row.bundled_by,
        "texts": canonical(dict(row.texts)),
    }


def read_request(row: Any, votes: tuple[Vote, ...]) -> Request:
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
        voters=tuple(json.loads(row.voters)),
        expires_on=row.expires_on,
        follows=row.follows,
        bundle=row.bundle,
        bundled_by=row.bundled_by,
        texts=json.loads(row.texts),
    )


def _vote_row(vote: Vote) -> Row:
    return {
        "person": vote.person,
        "acting_for": vote.acting_for,
        "verdict": vote.verdict,
        "at": vote.at,
        "comment": vote.comment,
        "paper": vote.paper,
        "decider": vote.decider,
        "confirmed": vote.confirmed,
        "recorded_by": vote.recorded_by,
        "minutes": None if vote.minutes is None else canonical(dict(vote.minutes)),
    }


def read_vote(row: Any) -> Vote:
    return Vote(
        person=row.person,
        verdict=row.verdict,
        at=row.at,
        acting_for=row.acting_for,
        comment=row.comment,
        paper=row.paper,
        decider=row.decider,
        confirmed=row.confirmed,
        recorded_by=row.recorded_by,
        minutes=None if row.minutes is None else json.loads(row.minutes),
    )


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
