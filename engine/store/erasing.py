"""Letting a text go: from the events, from every row that repeats it, and from messages that were sent (law 11)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from engine.core.case import Case
from engine.core.fold import replay
from engine.core.history import Event
from engine.store.answers import erase_answers
from engine.store.case_rows import file_changes
from engine.store.histories import history
from engine.store.part_rows import PARTS
from engine.store.requests import blank_bundle_titles
from engine.store.tables import (
    Attempt,
    BlobRow,
    CaseFile,
    EventRow,
    EventText,
    EvidenceRow,
    Notice,
    Organisation,
    VoteRow,
    table_of,
)
from engine.store.tables.history import REMOVALS
from engine.store.unit_of_work import UnitOfWork
from engine.store.unresolved import erase_unresolved
from engine.text.messages import LONGEST_COMMENT, STOPS
from engine.text.quoting import ELLIPSIS, LONGEST, one_line, quoted

_FILES = table_of(CaseFile)
_EVENTS = table_of(EventRow)
_TEXTS = table_of(EventText)
_ATTEMPTS = table_of(Attempt)
_NOTICES = table_of(Notice)
_EVIDENCE = table_of(EvidenceRow)
_VOTES = table_of(VoteRow)
_BLOBS = table_of(BlobRow)
_ORGANISATIONS = table_of(Organisation)
RESPONSIBLE = "responsible"
"""The text of a case from which the names come that no person matched."""
BUNDLE_TITLES = ("bundle_title", "title")
"""What the text of a bundle is called, last in older events."""
SHORTEST = 4
"""Characters from which on a text is looked for in sent messages: shorter ones stand in everything."""


@dataclass(frozen=True, slots=True)
class OpenRemoval:
    """A text (`seq`, `name`), the file of an evidence, or what is kept of a `person` (then there is no case): somebody
    asked for it to go, and nobody has removed it yet.
    """

    case: int | None
    key: str | None
    asked_by: tuple[int | None, int | None]
    asked_at: datetime
    facts: Mapping[str, Any]


def open_removals(uow: UnitOfWork, organisation: int) -> list[OpenRemoval]:
    """Everything that waits for a second person, the oldest first."""
    mine = (_EVENTS.c.organisation_id == organisation, uow.scope.covers(_EVENTS.c.organisation_id))
    found = uow.execute(
        select(_EVENTS, _FILES.c.key)
        .join_from(_EVENTS, _FILES, _FILES.c.id == _EVENTS.c.case_id)
        .where(*mine, REMOVALS)
        .order_by(_EVENTS.c.recorded_at, _EVENTS.c.case_id, _EVENTS.c.seq)
    ).all()
    rows = [
        OpenRemoval(row.case_id, row.key, (row.person, row.acting_for), row.recorded_at, _about(row.payload))
        for row in found
    ]
    gone = _gone(uow, {row.case for row in rows if row.case is not None})
    return [row for row in rows if _place(row.case, **row.facts) not in gone]


def _about(payload: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(payload).items() if name in ("seq", "name", "evidence")}


def _gone(uow: UnitOfWork, cases: Iterable[int]) -> set[tuple[Any, ...]]:
    """The places of everything in some cases (found under a scope) that was removed already."""
    wanted = sorted(cases)
    if not wanted:
        return set()
    papers = (_EVIDENCE.c.case_id.in_(wanted), _EVIDENCE.c.status == "purged")
    purged = uow.execute(select(_EVIDENCE.c.case_id, _EVIDENCE.c.number).where(*papers))
    texts = (_TEXTS.c.case_id.in_(wanted), _TEXTS.c.text.is_(None))
    erased = uow.execute(select(_TEXTS.c.case_id, _TEXTS.c.seq, _TEXTS.c.name).where(*texts))
    return {
        *(_place(row.case_id, evidence=row.number) for row in purged),
        *(_place(row.case_id, seq=row.seq, name=row.name) for row in erased),
    }


def _place(
    case: int | None, *, evidence: int | None = None, seq: int | None = None, name: str | None = None
) -> tuple[int | None, int | None, int | None, str | None]:
    return case, evidence, seq, name


def erase_text(uow: UnitOfWork, case: Case, seqs: Sequence[int], name: str, gone: str) -> Case:
    """The case without the text, which all events of `seqs` hold. Its salts go too: the digests that stay then tell
    nothing of the text.

    `gone` is what stands in sent messages instead.
    """
    overwrite_what_goes(uow)
    which = (_TEXTS.c.case_id == case.id, _TEXTS.c.seq.in_(seqs), _TEXTS.c.name == name)
    said = uow.execute(select(_TEXTS.c.text).where(*which).limit(1)).scalar_one()
    uow.execute(update(_TEXTS).where(*which).values(text=None, salt=""))
    events = history(uow, case.id)
    after = replay(case.id, case.organisation, events)
    _rewrite(uow, case, after)
    _erase_copies(uow, after, [events[seq - 1] for seq in seqs], name, gone)
    _blank_sent(uow, case, gone)
    forms = forms_of(said or "")
    for form in forms:
        _erase_sent(uow, case.organisation, form, gone)
    if said:
        erase_answers(uow, case, said, forms, gone)
    return after


def overwrite_what_goes(uow: UnitOfWork) -> None:
    """SQLite leaves the old words in free pages otherwise."""
    if not uow.is_postgresql:
        uow.connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _rewrite(uow: UnitOfWork, before: Case, after: Case) -> None:
    """Rows follow the fold, as after every event."""
    changes = file_changes(before, after)
    if changes:
        uow.execute(update(_FILES).where(_FILES.c.id == after.id).values(**changes))
    for part in PARTS.values():
        was = part.values(before)
        for key, value in part.values(after).items():
            if was.get(key) == value:
                continue
            keys = [part.table.c[column] == item for column, item in zip(part.keys, key, strict=True)]
            one = (part.table.c.case_id == after.id, *keys)
            uow.execute(update(part.table).where(*one).values(**part.row(value)))


def _erase_copies(uow: UnitOfWork, case: Case, events: Iterable[Event], name: str, gone: str) -> None:
    """What repeats the text beside the case: the title of a bundle, names of its file that nobody matched."""
    bundles = [event.payload["bundle"] for event in events if event.type == "request_bundled"]
    if bundles and name in BUNDLE_TITLES:
        blank_bundle_titles(uow, case.organisation, bundles, gone)
    if name == RESPONSIBLE:
        left = case.texts.get(name) or ""
        erase_unresolved(uow, case.organisation, lambda kept: kept not in left, case.id)


def forms_of(said: str) -> list[str]:
    """How messages may hold a text, the longest first: as it was typed, as one line, quoted and cut."""
    forms = {
        said,
        one_line(said),
        *(quoted(said, longest) for longest in (len(said) + 1, LONGEST_COMMENT, LONGEST)),
    }
    whole = {form.removesuffix(ELLIPSIS).rstrip(STOPS) for form in forms}
    return sorted((form for form in whole if len(form) >= SHORTEST), key=lambda form: (-len(form), form))


def _blank_sent(uow: UnitOfWork, case: Case, gone: str) -> None:
    """No message that told of the case keeps its text: how a letter words what it quotes may change."""
    mine = (_ATTEMPTS.c.organisation_id == case.organisation, uow.scope.covers(_ATTEMPTS.c.organisation_id))
    told = select(_NOTICES.c.delivery_id).where(
        uow.scope.covers(_NOTICES.c.organisation_id),
        _NOTICES.c.case_id == case.id,
        _NOTICES.c.delivery_id.is_not(None),
    )
    uow.execute(update(_ATTEMPTS).where(*mine, _ATTEMPTS.c.delivery_id.in_(told)).values(body=gone))


def _erase_sent(uow: UnitOfWork, organisation: int, said: str, gone: str) -> None:
    mine = (_ATTEMPTS.c.organisation_id == organisation, uow.scope.covers(_ATTEMPTS.c.organisation_id))
    for column in (_ATTEMPTS.c.body, _ATTEMPTS.c.subject):
        values: dict[str, Any] = {column.name: func.replace(column, said, gone)}
        has_it = column.contains(said, autoescape=True)
        uow.execute(update(_ATTEMPTS).where(*mine, has_it).values(values))


def let_blob_go(uow: UnitOfWork, organisation: int, digest: str) -> bool:
    """Forget a blob that nothing names any more; False while something does.

    Holds the organisation, so nobody attaches the same bytes in between; the caller removes them before the commit.
    """
    mine = (_ORGANISATIONS.c.id == organisation, uow.scope.covers(_ORGANISATIONS.c.id))
    uow.execute(select(_ORGANISATIONS.c.id).where(*mine).with_for_update())
    if names_blob(uow, organisation, digest):
        return False
    noted = (_BLOBS.c.organisation_id == organisation, uow.scope.covers(_BLOBS.c.organisation_id))
    uow.execute(_BLOBS.delete().where(*noted, _BLOBS.c.digest == digest))
    return True


def names_blob(uow: UnitOfWork, organisation: int, digest: str) -> bool:
    """Whether a paper or a vote of the organisation still stands on these bytes."""
    papers = select(_EVIDENCE.c.number).where(
        _EVIDENCE.c.organisation_id == organisation,
        uow.scope.covers(_EVIDENCE.c.organisation_id),
        _EVIDENCE.c.digest == digest,
        _EVIDENCE.c.status != "purged",
    )
    votes = select(_VOTES.c.number).where(
        _VOTES.c.organisation_id == organisation,
        uow.scope.covers(_VOTES.c.organisation_id),
        _VOTES.c.paper == digest,
    )
    return any(uow.execute(named.limit(1)).first() is not None for named in (papers, votes))
