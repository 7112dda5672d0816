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
    """One table of the aggregate: its key columns, its values in a case, and the columns of a value.

    `kept_in` is the field of a case that holds them: where that is the same object, none of them changed.
    """

    table: Any
    kept_in: str
    keys: tuple[str, ...]
    values: Callable[[Case], dict[Key, Any]]
    row: Callable[[Any], Row]


def read_texts(*texts: str) -> list[Any]:
    """The values of several JSON texts, read as one."""
    values: list[Any] = json.loads(f"[{','.join(texts)}]")
    return values


def _measure_row(row: Measure) -> Row:
    return {
        "text": row.text,
        "text_commit": row.commit,
        "owner_post_id": row.owner_post,
        "due_on": row.due_on,
        "state": row.state,
        "done_on": row.done_on,
        "entered_on": row.entered_on,
    }


def read_measure(row: Any) -> Measure:
    return Measure(
        row.number,
        row.text,
        row.text_commit,
        row.owner_post_id,
        row.due_on,
        row.state,
        row.done_on,
        row.entered_on,
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
    params, manifest, voters, texts = read_texts(row.params, row.manifest, row.voters, row.texts)
    return Request(
        number=row.number,
        move=row.move,
        params=params,
        asked_by=row.asked_by,
        asked_for=row.asked_for,
        asked_at=row.asked_at,
        decider=row.decider,
        needed=row.needed,
        manifest=manifest,
        definition=row.definition,
        seal=row.seal,
        status=row.status,
        comment=row.comment,
        votes=votes,
        voters=tuple(voters),
        expires_on=row.expires_on,
        follows=row.follows,
        bundle=row.bundle,
        bundled_by=row.bundled_by,
        texts=texts,
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
    "measure": Part(table_of(MeasureRow), "measures", ("number",), _numbered("measures"), _measure_row),
    "deliverable": Part(
        table_of(DeliverableRow), "deliverables", ("number",), _numbered("deliverables"), _deliverable_row
    ),
    "deadline": Part(
        table_of(DeadlineRow), "deadlines", ("kind", "subject", "version"), _deadlines, _deadline_row
    ),
    "evidence": Part(table_of(EvidenceRow), "evidence", ("number",), _numbered("evidence"), _evidence_row),
    "request": Part(table_of(RequestRow), "requests", ("number",), _numbered("requests"), _request_row),
    "vote": Part(table_of(VoteRow), "requests", ("request", "number"), _votes, _vote_row),
    "roster": Part(table_of(RosterRow), "roster", ("number",), _lines, _roster_row),
}
