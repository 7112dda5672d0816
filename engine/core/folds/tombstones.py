"""What happens when texts and files must go: asked by one, done by a second person, and a tombstone stays.

An erased text is missing from the events themselves, so the fold finds nothing of it: `text_erased` changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from engine.core.case import Case
from engine.core.folds.told import Fold, Told


def _only_told(case: Case, _told: Told) -> Case:
    return case


def _evidence_purged(case: Case, told: Told) -> Case:
    number = told.payload["evidence"]
    rows = tuple(replace(row, status="purged") if row.number == number else row for row in case.evidence)
    return replace(case, evidence=rows)


FOLDS: dict[str, Fold] = {
    "erasure_asked": _only_told,
    "text_erased": _only_told,
    "purge_asked": _only_told,
    "evidence_purged": _evidence_purged,
}
