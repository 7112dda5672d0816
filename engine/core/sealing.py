"""What a request is about, sealed: per item its digest, the parameters and the definition (law 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.core.case import Case, Field, Request
from engine.core.history import digest_of


def manifest(case: Case, seals: Iterable[str]) -> dict[str, str]:
    """Item → digest for every sealed part. What is added afterwards is not in it, and not judged."""
    return dict(_items(case, frozenset(seals)))


def seal(move: str, params: Mapping[str, Field], items: Mapping[str, str], definition: str) -> str:
    """The one digest that a decision is about."""
    return digest_of({"move": move, "params": dict(params), "items": dict(items), "definition": definition})


def is_stale(request: Request, case: Case) -> bool:
    """Whether a sealed item was removed, replaced or re-dated since it was asked."""
    kinds = {f"{item.split(':')[0]}s" if not item.startswith("evidence") else "evidence" for item in request.manifest}
    now = manifest(case, kinds)
    return any(now.get(item) != digest for item, digest in request.manifest.items())


def _items(case: Case, seals: frozenset[str]) -> Iterator[tuple[str, str]]:
    if "measures" in seals:
        for row in case.live_measures:
            due = row.due_on.isoformat() if row.due_on else None
            yield f"measure:{row.number}", digest_of([row.commit, row.owner_post, due])
    if "deliverables" in seals:
        for promise in case.deliverables:
            yield f"deliverable:{promise.number}", digest_of([promise.commit, promise.count, promise.per_person])
    if "evidence" in seals:
        for paper in case.standing_evidence:
            dates = [day.isoformat() if day else None for day in (paper.proves_from, paper.proves_to)]
            content = [paper.commit, paper.kind, paper.digest, paper.copies, paper.deliverable, *dates]
            yield f"evidence:{paper.number}", digest_of(content)
