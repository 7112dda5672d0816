"""What proving needs of the database: raw rows of cases in batches, and rows that belong to no case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, func, select

from engine.core.proof import StoredCase, StoredText
from engine.store.cases import case_not_found
from engine.store.part_rows import PARTS
from engine.store.tables import (
    BlobRow,
    CaseFile,
    DefinitionRow,
    DutySeries,
    EventRow,
    EventText,
    EvidenceRow,
    Occurrence,
    table_of,
)
from engine.store.unit_of_work import UnitOfWork

_CASES = table_of(CaseFile)
_EVENTS = table_of(EventRow)
_TEXTS = table_of(EventText)
_EVIDENCE = table_of(EvidenceRow)
_BLOBS = table_of(BlobRow)
_OCCURRENCES = table_of(Occurrence)
_SERIES = table_of(DutySeries)
_DEFINITIONS = table_of(DefinitionRow)
_IDS: Any = bindparam("case_ids", expanding=True)
_FILES_OF = select(_CASES).where(_CASES.c.id.in_(_IDS)).order_by(_CASES.c.id)
_EVENTS_OF = select(_EVENTS).where(_EVENTS.c.case_id.in_(_IDS)).order_by(_EVENTS.c.case_id, _EVENTS.c.seq)
_TEXTS_OF = select(_TEXTS).where(_TEXTS.c.case_id.in_(_IDS))
_PARTS_OF = {name: select(part.table).where(part.table.c.case_id.in_(_IDS)) for name, part in PARTS.items()}
OCCURRENCE = "occurrence"
_OCCURRENCES_OF = (
    select(_OCCURRENCES, _SERIES.c.key.label("series"))
    .join(_SERIES, _SERIES.c.id == _OCCURRENCES.c.series_id, isouter=True)
    .where(_OCCURRENCES.c.case_id.in_(_IDS))
)
_PIECE = 1000


def case_ids_after(uow: UnitOfWork, organisation: int, after: int, limit: int) -> list[int]:
    """The ids of the next cases of an organisation."""
    mine = (_CASES.c.organisation_id == organisation, uow.scope.covers(_CASES.c.organisation_id))
    found = uow.execute(
        select(_CASES.c.id).where(*mine, _CASES.c.id > after).order_by(_CASES.c.id).limit(limit)
    )
    return [int(case_id) for case_id in found.scalars()]


def find_case(uow: UnitOfWork, organisation: int, key: str) -> int:
    """The id of a case, without reading anything else of it. Raises NotFound `case_not_found`."""
    mine = (_CASES.c.organisation_id == organisation, uow.scope.covers(_CASES.c.organisation_id))
    found = uow.execute(select(_CASES.c.id).where(*mine, _CASES.c.key == key)).scalar_one_or_none()
    if found is None:
        raise case_not_found(uow, organisation, key)
    return int(found)


def count_cases(uow: UnitOfWork, organisation: int) -> int:
    mine = (_CASES.c.organisation_id == organisation, uow.scope.covers(_CASES.c.organisation_id))
    return int(uow.execute(select(func.count()).select_from(_CASES).where(*mine)).scalar_one())


def stored_cases(uow: UnitOfWork, case_ids: Sequence[int]) -> list[StoredCase]:
    """Cases whose ids were found under the scope, with everything that hangs on them, as it is stored."""
    params = {"case_ids": list(case_ids)}
    files = uow.execute(_FILES_OF, params).all()
    events = _by_case(uow, _EVENTS_OF, params)
    texts: dict[int, dict[int, dict[str, StoredText]]] = {}
    for row in uow.execute(_TEXTS_OF, params):
        kept = StoredText(row.organisation_id, row.salt, row.text)
        texts.setdefault(row.case_id, {}).setdefault(row.seq, {})[row.name] = kept
    wanted = {**_PARTS_OF, OCCURRENCE: _OCCURRENCES_OF}
    parts = {name: _by_case(uow, statement, params) for name, statement in wanted.items()}
    return [
        StoredCase(
            file=file,
            events=events.get(file.id, []),
            texts=texts.get(file.id, {}),
            parts={name: rows.get(file.id, []) for name, rows in parts.items()},
        )
        for file in files
    ]


def _by_case(uow: UnitOfWork, statement: Any, params: Any) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in uow.execute(statement, params):
        grouped.setdefault(row.case_id, []).append(row)
    return grouped


@dataclass(frozen=True, slots=True)
class Stray:
    """Rows of an organisation that hang on a case which is not there (any more)."""

    table: str
    case: int


def stray_rows(uow: UnitOfWork, organisation: int) -> Iterator[Stray]:
    """The first row of each table whose case is missing, or belongs to another organisation."""
    for table in (_EVENTS, _TEXTS, _OCCURRENCES, *(part.table for part in PARTS.values())):
        owner = exists().where(_CASES.c.id == table.c.case_id, _CASES.c.organisation_id == organisation)
        mine = (table.c.organisation_id == organisation, uow.scope.covers(table.c.organisation_id))
        statement = select(table.c.case_id).where(*mine, ~owner).order_by(table.c.case_id).limit(1)
        found = uow.execute(statement).scalar_one_or_none()
        if found is not None:
            yield Stray(str(table.name), int(found))


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What is known of some bytes: their digest, and how many there are."""

    digest: str
    size: int


def blob_sizes(uow: UnitOfWork, organisation: int, digests: Sequence[str]) -> dict[str, int]:
    """Digest → size of those blobs that are noted, a piece of the digests at a time."""
    mine = (_BLOBS.c.organisation_id == organisation, uow.scope.covers(_BLOBS.c.organisation_id))
    wanted = select(_BLOBS.c.digest, _BLOBS.c.size).where(*mine)
    sizes: dict[str, int] = {}
    for at in range(0, len(digests), _PIECE):
        found = uow.execute(wanted.where(_BLOBS.c.digest.in_(digests[at : at + _PIECE])))
        sizes |= {row.digest: row.size for row in found}
    return sizes


def blobs_of(uow: UnitOfWork, organisation: int) -> Iterator[StoredBlob]:
    """Every noted blob by digest, in pieces."""
    last = ""
    while True:
        found: Any = uow.execute(
            select(_BLOBS.c.digest, _BLOBS.c.size)
            .where(
                _BLOBS.c.organisation_id == organisation,
                uow.scope.covers(_BLOBS.c.organisation_id),
                _BLOBS.c.digest > last,
            )
            .order_by(_BLOBS.c.digest)
            .limit(_PIECE)
        ).all()
        yield from (StoredBlob(row.digest, row.size) for row in found)
        if len(found) < _PIECE:
            return
        last = found[-1].digest


def first_paper(uow: UnitOfWork, organisation: int, digest: str) -> tuple[str, int] | None:
    """(case key, number) of the first evidence that names a digest and was not purged."""
    row = uow.execute(
        select(_CASES.c.key, _EVIDENCE.c.number)
        .join_from(_EVIDENCE, _CASES, _CASES.c.id == _EVIDENCE.c.case_id)
        .where(
            _EVIDENCE.c.organisation_id == organisation,
            uow.scope.covers(_EVIDENCE.c.organisation_id),
            _EVIDENCE.c.digest == digest,
            _EVIDENCE.c.status != "purged",
        )
        .order_by(_CASES.c.id, _EVIDENCE.c.number)
        .limit(1)
    ).first()
    return (str(row.key), int(row.number)) if row is not None else None


@dataclass(frozen=True, slots=True)
class PublishedText:
    """A published definition as it is stored, with the digest that it should have."""

    scope: str
    kind: str
    name: str
    digest: str
    text: str

    @property
    def source(self) -> str:
        return f"{self.kind}:{self.name}"


def workflow_digests(uow: UnitOfWork) -> frozenset[str]:
    """The digest of every published workflow, current or not."""
    found = uow.execute(select(_DEFINITIONS.c.digest).where(_DEFINITIONS.c.kind == "workflow"))
    return frozenset(str(digest) for digest in found.scalars())


def published_texts(uow: UnitOfWork) -> Iterator[PublishedText]:
    """Every published definition of the home, current or not; definitions belong to the home as a whole."""
    table = _DEFINITIONS.c
    columns = (table.scope, table.kind, table.name, table.digest, table.text)
    for row in uow.execute(select(*columns).order_by(_DEFINITIONS.c.id)):
        yield PublishedText(row.scope, row.kind, row.name, row.digest, row.text)
