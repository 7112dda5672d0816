"""Erasing a text and clearing a file: two people, a reason, and a tombstone that stays (laws 11, 17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.case import Case
from engine.core.deadlines import POST
from engine.core.erasing import Erasure, Purge, remove, second_posts
from engine.core.ports import BlobStore
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Refused
from engine.store.apply import apply
from engine.store.database import Database
from engine.store.erasing import OpenRemoval, erase_text, let_blob_go, names_blob, open_removals
from engine.store.erasing_people import open_person_asks
from engine.store.histories import history
from engine.store.places import load_place, load_posts
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from engine.text.labels import label


@dataclass(frozen=True, slots=True)
class Removed:
    """The case afterwards; `is_done` False means that a second person still has to confirm: `told` are their posts."""

    case: Case
    is_done: bool
    told: tuple[str, ...] = ()
    seqs: tuple[int, ...] = ()
    """The events that lost the text: the one that was named first, then those that said the same again."""


def erase(
    uow: UnitOfWork, principal: Principal, key: str, what: Erasure, reason: str, now: datetime
) -> Removed:
    """Ask for a text to be erased or, as the second person, erase it everywhere. Raises Refused, NotFound."""
    removed = _step(uow, principal, key, what, reason, now)
    if not removed.is_done:
        return removed
    gone = label("mark", "erased")
    case = erase_text(uow, removed.case, removed.seqs, what.name, gone)
    return Removed(case, is_done=True, seqs=removed.seqs)


def purge(
    uow: UnitOfWork, principal: Principal, key: str, what: Purge, reason: str, now: datetime
) -> Removed:
    """Ask for a file to be cleared or, as the second person, mark it as cleared. The bytes go in `finish_purge`,
    after the commit: killed in between, they lie there unnamed until somebody repeats the command.

    Raises Refused, NotFound.
    """
    world = load_world(uow, principal.organisation, key)
    paper = next((row for row in world.case.evidence if row.number == what.evidence), None)
    if paper is not None and paper.status == "purged":
        return Removed(world.case, is_done=True)
    return _step(uow, principal, key, what, reason, now)


def _step(
    uow: UnitOfWork, principal: Principal, key: str, what: Erasure | Purge, reason: str, now: datetime
) -> Removed:
    world = load_world(uow, principal.organisation, key)
    answer = remove(world, history(uow, world.case.id), principal, what, reason, now)
    if isinstance(answer, Refusals):
        raise Refused(answer)
    case = apply(uow, world, answer, now)
    told = tuple(prompt.who.removeprefix(POST) for prompt in answer.prompts)
    seqs = tuple(event.payload["seq"] for event in answer.events if event.type == Erasure.done)
    return Removed(case, answer.events[0].type == what.done, told, seqs)


@dataclass(frozen=True, slots=True)
class WaitingRemoval:
    """What somebody asked to be removed, and the posts of those who could carry it out today."""

    asked: OpenRemoval
    told: tuple[str, ...]


def waiting_removals(uow: UnitOfWork, organisation: int, now: datetime) -> list[WaitingRemoval]:
    """Every removal that waits for a second person, the oldest first."""
    people = (ask.removal for ask in open_person_asks(uow, organisation).values())
    rows = sorted([*open_removals(uow, organisation), *people], key=lambda row: row.asked_at)
    if not rows:
        return []
    posts, today = load_posts(uow, organisation), load_place(uow, organisation).local_day(now)
    return [WaitingRemoval(row, second_posts(posts, row.asked_by, today)) for row in rows]


def is_unnamed(uow: UnitOfWork, organisation: int, case: Case, number: int) -> bool:
    """Whether nothing of the organisation names the bytes of a cleared paper any more."""
    digest = next((row.digest for row in case.evidence if row.number == number), None)
    return digest is not None and not names_blob(uow, organisation, digest)


def finish_purge(database: Database, blobs: BlobStore, organisation: int, case: Case, number: int) -> bool:
    """Let the bytes go if nothing else of the organisation names them; True when they are gone."""
    digest = next((row.digest for row in case.evidence if row.number == number), None)
    if digest is None:
        return False
    with database.begin(Scope.one(organisation)) as uow:
        is_free = let_blob_go(uow, organisation, digest)
        if is_free:
            blobs.remove(organisation, digest)
            uow.commit()
    return is_free
