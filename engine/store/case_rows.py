"""A case as rows and back: the projection of the fold, each field named once (law 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from engine.core.canonical import canonical
from engine.core.case import Case, Claim, RosterLine, Vote
from engine.store.part_rows import (
    Row,
    read_deadline,
    read_deliverable,
    read_evidence,
    read_measure,
    read_request,
    read_texts,
    read_vote,
)

Parts = Mapping[str, Iterable[Any]]


def _json(value: Mapping[str, Any]) -> str:
    return canonical(dict(value))


def _rows(value: tuple[tuple[int | str, ...], ...]) -> str:
    return canonical([list(row) for row in value])


def _keys(value: tuple[str, ...]) -> str:
    return canonical(list(value))


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
    "hands": "hands",
    "earlier": "earlier",
    "later": "later",
}
_FILE_TEXTS: dict[str, Callable[[Any], str]] = {
    "fields": _json,
    "texts": _json,
    "acted": _rows,
    "hands": _rows,
    "earlier": _keys,
    "later": _keys,
}


_texts_of = attrgetter(*_FILE_TEXTS)


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


def read_case(file: Any, parts: Parts) -> Case:
    """The case that its rows say; `parts` hold the rows of each table in the order of their numbers."""
    votes: dict[int, list[Vote]] = {}
    for row in parts["vote"]:
        votes.setdefault(row.request, []).append(read_vote(row))
    fields, texts, acted, hands, earlier, later = read_texts(*_texts_of(file))
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
        fields=fields,
        texts=texts,
        claim=_claim(file),
        measures=tuple(read_measure(row) for row in parts["measure"]),
        deliverables=tuple(read_deliverable(row) for row in parts["deliverable"]),
        deadlines=tuple(read_deadline(row) for row in parts["deadline"]),
        evidence=tuple(read_evidence(row) for row in parts["evidence"]),
        requests=tuple(read_request(row, tuple(votes.get(row.number, ()))) for row in parts["request"]),
        roster=tuple(
            RosterLine(row.person, row.joined_on, row.left_on, row.ticked_on) for row in parts["roster"]
        ),
        acted=tuple((person, role) for person, role in acted),
        hands=tuple((kind, its, stake) for kind, its, stake in hands),
        earlier=tuple(earlier),
        later=tuple(later),
    )


def _claim(file: Any) -> Claim | None:
    if file.claim_status is None:
        return None
    return Claim(file.claim_status, file.claim_settled, file.claim_basis, file.claim_on)
