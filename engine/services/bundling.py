"""One case as a bundle that a third party can verify: events verbatim, texts with salts, files, seal (law 11)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from typing import Any

from engine.core.case import Case
from engine.core.folds.older import OFFLINE_TEXTS, names_people
from engine.core.history import OPERATOR, Event
from engine.core.ports import BlobStore
from engine.core.principal import Principal
from engine.core.seals import Step
from engine.core.visibility import may_see
from engine.core.world import World
from engine.documents.bundles import Piece, verifier
from engine.errors import WrongUsage
from engine.services.names import names_of, own_names
from engine.services.sealing import line_of
from engine.store.definitions import texts_of
from engine.store.histories import history
from engine.store.seals import inclusion, seals_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from engine.text.books import FOLDER, words
from engine.text.filling import fill
from engine.text.history_page import history_page
from engine.text.timeline import Wording

PAGE = "history.txt"
"""The history in words, for reading; what is proved lies in the other files."""
LEVELS = ("public", "internal", "verifier")
PUBLIC = ("case_opened", "texts_edited", "measure_added", "measure_changed", "deliverable_promised")
TITLING = ("case_opened", "texts_edited")
"""Events whose text `title` is the title of the case; older ones of a bundle have a title of their own."""
STATED = {"moved": "to", "definition_changed": "state"}
"""Events that say in which state the case stands from then on, and under which name."""
PRIVATE = frozenset({"responsible", *OFFLINE_TEXTS, OPERATOR})
"""Texts that name people: not for the public, whatever the case is."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A case as far as a bundle of one level tells it."""

    world: World
    events: tuple[Event, ...]
    level: str
    papers: frozenset[int]
    """The numbers of the evidence whose content may be shown."""

    @property
    def case(self) -> Case:
        return self.world.case

    def texts(self, event: Event) -> Mapping[str, str]:
        if self._is_covered(event):
            return {}
        if self.level == "verifier":
            return event.texts
        shown = {name: text for name, text in event.texts.items() if name != OPERATOR}
        if self.level == "internal":
            return shown
        is_told = event.type in PUBLIC or event.type == "evidence_attached"
        is_told = is_told and not self.case.fields.get("unpublished")
        return {name: text for name, text in shown.items() if is_told and name not in PRIVATE}

    def payload(self, event: Event) -> str | None:
        """Verbatim, or nothing where it tells of a paper that is not for this level; its digest is in the header."""
        return None if self._is_covered(event) else event.payload_json

    def facts(self, event: Event) -> Mapping[str, Any]:
        """What may be said of an event in words: of a covered paper that there is one."""
        return {"evidence": event.payload["evidence"]} if self._is_covered(event) else event.payload

    def _is_covered(self, event: Event) -> bool:
        if self.level == "public" and names_people(event.type, event.version, event.payload):
            return True
        return event.type == "evidence_attached" and event.payload["evidence"] not in self.papers


def bundle_case(
    uow: UnitOfWork, principal: Principal, key: str, level: str, blobs: BlobStore, now: datetime
) -> Iterator[Piece]:
    """The files of a bundle, one after another; files of evidence are opened only when it is their turn.

    Raises WrongUsage `level_unknown`, NotFound `case_not_found`.
    """
    if level not in LEVELS:
        raise WrongUsage("level_unknown", level=level, levels=list(LEVELS))
    world = load_world(uow, principal.organisation, key, lock=False)
    told = _disclosed(world, history(uow, world.case.id), principal, level, world.place.local_day(now))
    kept = {digest for digest in _digests(told) if blobs.holds(principal.organisation, digest)}
    page = _page(uow, told)
    yield "README.txt", (FOLDER / "bundle.txt").read_bytes()
    yield "verify.py", verifier()
    yield "case.json", _json({**_case_facts(told, now), "page": sha256(page).hexdigest()})
    yield PAGE, page
    yield "events.jsonl", "".join(f"{_row(told, event)}\n" for event in told.events).encode("utf-8")
    yield "seal.json", _json(_seal_facts(uow, world))
    for digest, text in sorted(
        texts_of(uow, "workflow", {event.definition for event in told.events}).items()
    ):
        yield f"definition/{digest}.yaml", text.encode("utf-8")
    for digest in sorted(kept):
        yield f"blobs/{digest}", partial(blobs.open, principal.organisation, digest)


def _page(uow: UnitOfWork, told: Disclosed) -> bytes:
    """The history in words, as far as this bundle tells it; people are numbers there, as they are in the events."""
    events = [replace(event, texts=told.texts(event), payload=told.facts(event)) for event in told.events]
    place, definition = told.world.place, told.world.workflow.definition
    names = dict(own_names(names_of(uow, place.id), definition))
    for name in [name for name in names if name.startswith("person:")]:
        names[name] = fill(
            words("events", "page", "person") or "{person}", {"person": name[len("person:") :]}
        )
    wording = Wording(told.case.key, place.local_day, definition, names)
    return history_page(events, wording, told.level).encode("utf-8")


def _disclosed(
    world: World, events: tuple[Event, ...], principal: Principal, level: str, today: date
) -> Disclosed:
    papers = frozenset(
        paper.number
        for paper in world.case.evidence
        if LEVELS.index(paper.level) <= LEVELS.index(level) and may_see(world, principal, paper, today)
    )
    return Disclosed(world, events, level, papers)


def _digests(told: Disclosed) -> Iterator[str]:
    """The files that may be shown: evidence of the level, and from inside the house what was signed on paper."""
    purged = {paper.number for paper in told.case.evidence if paper.status == "purged"}
    for event in told.events:
        facts = told.facts(event) if event.type == "evidence_attached" else {}
        if facts.get("digest") and facts["evidence"] not in purged:
            yield facts["digest"]
    if told.level != "public":
        yield from (vote.paper for row in told.case.requests for vote in row.votes if vote.paper)


def _case_facts(told: Disclosed, now: datetime) -> dict[str, Any]:
    titled = [
        event for event in told.events if event.type in TITLING and "title" in event.payload.get("texts", {})
    ]
    states = [event.payload[STATED[event.type]] for event in told.events if event.type in STATED]
    return {
        "schema": 1,
        "case": told.case.id,
        "key": told.case.key,
        "title": told.texts(titled[-1]).get("title") if titled else None,
        "state": states[-1] if states else None,
        "events": len(told.events),
        "head": told.events[-1].hash,
        "not_proved": {
            "state_label": told.world.workflow.definition.states[told.case.state].label,
            "opened_at": told.events[0].recorded_at.isoformat(),
            "changed_at": told.events[-1].recorded_at.isoformat(),
            "organisation": told.world.place.key,
            "level": told.level,
            "exported_at": now.isoformat(),
        },
    }


def _row(told: Disclosed, event: Event) -> str:
    texts = {name: (event.salts[name], text) for name, text in told.texts(event).items()}
    row = {"header": event.header, "hash": event.hash, "payload": told.payload(event), "texts": texts}
    return json.dumps(row, ensure_ascii=False)


def _seal_facts(uow: UnitOfWork, world: World) -> dict[str, Any] | None:
    """The newest seal and the way from this case to its root, None for a case that was not sealed yet."""
    seals = seals_of(uow, world.place.id, world.place.key)
    found = inclusion(uow, world.place.id, seals[-1].seal, world.case.id) if seals else None
    if found is None:
        return None
    leaf, steps = found
    return {
        "number": seals[-1].seal.number,
        "line": line_of(seals[-1], world.place.zone),
        "text": seals[-1].seal.text,
        "digest": seals[-1].digest,
        "seq": leaf.seq,
        "path": _path(steps),
    }


def _path(steps: Sequence[Step]) -> list[tuple[str, str]]:
    return [(step.side, step.digest) for step in steps]


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
