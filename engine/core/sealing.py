"""What a request is about, sealed: per item its digest, the parameters and the definition (law 6).

Of measures and deliverables the list itself is sealed too: a plan with one promise more is another plan.
Evidence that comes later is only “added since, not judged”.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.core.case import Case, Field, Request
from engine.core.history import digest_of

COMMENT = "comment"
"""The text of a request that nothing seals: what is said to whoever decides, not what is asked for."""


def manifest(case: Case, seals: Iterable[str]) -> dict[str, str]:
    """Item → digest for every sealed part."""
    return dict(_items(case, frozenset(seals)))


def seal(move: str, params: Mapping[str, Field], items: Mapping[str, str], definition: str) -> str:
    """The one digest that a decision is about."""
    return digest_of({"move": move, "params": dict(params), "items": dict(items), "definition": definition})


def with_texts(sealed: str, commits: Mapping[str, str]) -> str:
    """The digest of a request with what was written for it: by salted digest, so it stays when a text is erased."""
    return digest_of({"seal": sealed, "texts": dict(commits)}) if commits else sealed


def is_stale(request: Request, case: Case) -> bool:
    """Whether a sealed item was removed, replaced or re-dated, or a sealed list grew, since it was asked."""
    now = manifest(case, ("measures", "deliverables", "evidence"))
    return any(now.get(item) != digest for item, digest in request.manifest.items())


def sealed_parts(request: Request, case: Case, part: str) -> dict[int, bool]:
    """The numbers of the sealed measures (or deliverables, papers), each with whether it still is what was sealed."""
    now = manifest(case, ("measures", "deliverables", "evidence"))
    items = {item.partition(":"): digest for item, digest in request.manifest.items()}
    return {
        int(number): now.get(f"{part}:{number}") == digest
        for (kind, mark, number), digest in items.items()
        if mark and kind == part
    }


def is_reworded(request: Request, before: Case, after: Case, declared: Iterable[str]) -> bool:
    """Whether title, problem or a declared field changed while the request was pending already.

    Told from the act that changes them and not from the manifest: a digest without salt would give short words away.
    """
    asked = before.pending
    if asked is None or asked.number != request.number:
        return False
    return _worded(before, declared) != _worded(after, declared)


def loses_words(request: Request, before: Case, after: Case, declared: Iterable[str]) -> bool:
    """Whether a text that a pending request asks about was erased: of its own, of a sealed item, or of the file.

    The digest of a sealed item stays when its words go, so it tells nothing of that. Of a field that the request
    itself gives anew, the old words are not what it asks about.
    """
    if _sealed_words(request, before) != _sealed_words(request, after):
        return True
    return is_reworded(request, before, after, [name for name in declared if name not in request.texts])


def _sealed_words(request: Request, case: Case) -> list[str | None]:
    asked = case.request(request.number)
    measures = {f"measure:{row.number}": row.text for row in case.measures}
    promises = {f"deliverable:{row.number}": row.name for row in case.deliverables}
    papers = {f"evidence:{row.number}": row.name for row in case.evidence}
    words = {**measures, **promises, **papers}
    own = dict(asked.texts) if asked else {}
    return [*(words.get(item) for item in sorted(request.manifest)), *(own[name] for name in sorted(own))]


def _worded(case: Case, declared: Iterable[str]) -> list[Field]:
    said = (case.fields.get(name, case.texts.get(name)) for name in declared)
    return [case.title, case.texts.get("problem"), *said]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two manifests, item by item (`measure:2`); a list that grew or shrank shows in its items."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """What was added, taken out and altered since an earlier request, so that it need not be read as a whole again."""
    old, new = _single(before), _single(after)
    return Changes(
        added=tuple(item for item in new if item not in old),
        removed=tuple(item for item in old if item not in new),
        changed=tuple(item for item in new if item in old and old[item] != new[item]),
    )


def added_since(request: Request, case: Case) -> tuple[str, ...]:
    """Papers that came after a request was sealed to those that were there: added since, not judged."""
    if not any(item.startswith("evidence:") for item in request.manifest):
        return ()
    papers = (f"evidence:{paper.number}" for paper in case.standing_evidence)
    return tuple(item for item in papers if item not in request.manifest)


def _single(items: Mapping[str, str]) -> dict[str, str]:
    """The items without the lists they stand in."""
    return {item: digest for item, digest in items.items() if ":" in item}


def _items(case: Case, seals: frozenset[str]) -> Iterator[tuple[str, str]]:
    if "measures" in seals:
        yield "measures", _digest(*(row.number for row in case.live_measures))
        for row in case.live_measures:
            due = row.due_on.isoformat() if row.due_on else None
            yield f"measure:{row.number}", _digest(row.commit, row.owner_post, due)
    if "deliverables" in seals:
        yield "deliverables", _digest(*(promise.number for promise in case.deliverables))
        for promise in case.deliverables:
            content = _digest(promise.commit, promise.count, promise.per_person)
            yield f"deliverable:{promise.number}", content
    if "evidence" in seals:
        for paper in case.standing_evidence:
            dates = [day.isoformat() if day else None for day in (paper.proves_from, paper.proves_to)]
            content = _digest(paper.commit, paper.kind, paper.digest, paper.copies, paper.deliverable, *dates)
            yield f"evidence:{paper.number}", content


@lru_cache(maxsize=1024, typed=True)
def _digest(*content: Field | None) -> str:
    """Kept: what is sealed is looked at when it is asked for, when it is decided and at every move in between.

    Typed, because 1 and True are one key and two texts.
    """
    return digest_of(list(content))
