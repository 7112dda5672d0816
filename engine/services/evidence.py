"""Evidence: files that were received and off-line entries, attached to a case and listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core.case import Case, Evidence, Field
from engine.core.definition_reader import nearest
from engine.core.principal import Principal
from engine.core.record import NewEvidence, already_attached, attach_evidence
from engine.core.refusal import Refusals, Unmet, refused
from engine.core.visibility import seen_by
from engine.core.vocabulary import Facet
from engine.core.world import World
from engine.errors import WrongUsage
from engine.services.intake import Received, clean_name
from engine.services.moves import ASSIGN, Done, assigning, carry_out
from engine.store.blobs import note_blob
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from engine.text.labels import labels

LEVELS = ("public", "internal", "verifier")
OFFLINE_KIND = "offline"


@dataclass(frozen=True, slots=True)
class About:
    """What papers are evidence of. `proves_from`–`proves_to` are the local days they are about."""

    kind: str | None = None
    deliverable: int | None = None
    measure: int | None = None
    proves_from: date | None = None
    proves_to: date | None = None
    level: str = "internal"


@dataclass(frozen=True, slots=True)
class Offline:
    """A paper that stays in its box (domain.md §6): copies, where, who keeps it, who saw it and when."""

    name: str
    copies: int = 1
    box: str = ""
    keeper: str = ""
    inspector: str = ""
    inspected_on: date | None = None

    @property
    def facts(self) -> dict[str, Field]:
        return {"inspected_on": self.inspected_on.isoformat() if self.inspected_on else None}

    @property
    def texts(self) -> dict[str, str]:
        """What is said in words: it names people, so it can be erased."""
        return {"box": self.box, "keeper": self.keeper, "inspector": self.inspector}


def attach(
    uow: UnitOfWork,
    principal: Principal,
    key: str,
    papers: Sequence[Received | Offline],
    about: About,
    now: datetime,
    *,
    move: str | None = None,
) -> Done:
    """Attach papers to a case, all of them or none; the bytes of files were received before. `move` is the one that
    they come with, by its key or its label: what stands against them then stands against it.

    Raises Refused with everything that stands against it (`evidence_already_attached`, `wrong_role` …),
    NotFound, WrongUsage `evidence_missing`, `level_unknown` or `evidence_kind_unknown`.
    """
    _can_be(papers, about)
    world = load_world(uow, principal.organisation, key, frozenset({Facet.POSTS}))
    today = world.place.local_day(now)
    rows = [_evidence(paper, about, today) for paper in papers]
    answer = attach_evidence(world, principal, rows, now)
    against = (*(answer.unmet if isinstance(answer, Refusals) else ()), *_doubled(rows))
    if isinstance(answer, Refusals) or against:
        raise refused(world.case.key, _asked(world, move), *against)
    for row in rows:
        if row.digest is not None:
            note_blob(uow, principal.organisation, row.digest, row.size or 0, now)
    return carry_out(uow, world, answer, now)


def _can_be(papers: Sequence[Received | Offline], about: About) -> None:
    """Raises WrongUsage for what no case takes: no paper, one without a name, a level or a kind that there is not."""
    if not papers or any(isinstance(paper, Offline) and not paper.name.strip() for paper in papers):
        raise WrongUsage("evidence_missing")
    if about.level not in LEVELS:
        raise WrongUsage("level_unknown", level=about.level, levels=list(LEVELS))
    known = labels("evidence_kind")
    if about.kind is not None and about.kind not in known:
        near = nearest(about.kind, [*known, *known.values()])
        raise WrongUsage("evidence_kind_unknown", given=about.kind, nearest=near, kinds=list(known))


def _asked(world: World, move: str | None) -> str:
    """What was asked for: the move that the papers come with, or to attach them."""
    if move == ASSIGN:
        return assigning(world)
    return world.workflow.called(move) if move else "evidence_add"


def list_evidence(
    uow: UnitOfWork, principal: Principal, key: str, now: datetime
) -> tuple[Case, tuple[Evidence, ...]]:
    """Every paper of a case, withdrawn and purged ones too, without what is not for the principal to see.

    Raises NotFound.
    """
    world = load_world(uow, principal.organisation, key, frozenset({Facet.POSTS}), lock=False)
    case = seen_by(world, principal, world.place.local_day(now))
    return case, case.evidence


def evidence_json(row: Evidence) -> dict[str, Any]:
    """One paper in the shape of the CLI contract."""

    def iso(day: date | None) -> str | None:
        return day.isoformat() if day else None

    return {
        "number": row.number,
        "kind": row.kind,
        "name": row.name,
        "digest": row.digest,
        "size": row.size,
        "copies": row.copies,
        "offline": dict(row.offline) if row.offline is not None else None,
        "proves_from": iso(row.proves_from),
        "proves_to": iso(row.proves_to),
        "level": row.level,
        "deliverable": row.deliverable,
        "measure": row.measure,
        "status": row.status,
        "attached_on": iso(row.attached_on),
    }


def _evidence(paper: Received | Offline, about: About, today: date) -> NewEvidence:
    is_file = isinstance(paper, Received)
    return NewEvidence(
        kind=about.kind or (paper.kind if isinstance(paper, Received) else OFFLINE_KIND),
        name=paper.name if is_file else clean_name(paper.name),
        on=today,
        digest=paper.digest if isinstance(paper, Received) else None,
        size=paper.size if isinstance(paper, Received) else None,
        copies=1 if isinstance(paper, Received) else paper.copies,
        offline=None if isinstance(paper, Received) else paper.facts,
        texts={} if isinstance(paper, Received) else paper.texts,
        proves_from=about.proves_from,
        proves_to=about.proves_to,
        level=about.level,
        deliverable=about.deliverable,
        measure=about.measure,
    )


def _doubled(rows: Sequence[NewEvidence]) -> Iterator[Unmet]:
    """The same bytes twice in one go would count as two papers."""
    seen: set[str] = set()
    for row in rows:
        if row.digest in seen:
            yield already_attached(row)
        if row.digest is not None:
            seen.add(row.digest)
