"""What happens to evidence: attached and judged."""

from __future__ import annotations

from engine.core.altering import altered
from engine.core.case import Case, Evidence, Field
from engine.core.folds.older import OFFLINE_TEXTS
from engine.core.folds.parts import with_actor
from engine.core.folds.told import Fold, Told


def _evidence_attached(case: Case, told: Told) -> Case:
    facts = told.payload
    row = Evidence(
        number=facts["evidence"],
        kind=facts["kind"],
        name=told.texts.get("name"),
        commit=told.commit("name"),
        digest=facts.get("digest"),
        size=facts.get("size"),
        copies=facts.get("copies", 1),
        offline=_offline(told),
        proves_from=told.day("proves_from"),
        proves_to=told.day("proves_to"),
        level=facts.get("level", "internal"),
        deliverable=facts.get("deliverable"),
        measure=facts.get("measure"),
        attached_by=told.stamp.person,
        attached_on=told.day("on"),
    )
    acted = with_actor(case, told, facts.get("by", "worker"))
    return altered(case, evidence=(*case.evidence, row), acted=acted)


def _offline(told: Told) -> dict[str, Field] | None:
    """Facts and words of an off-line entry; "" is what nobody said, None what was erased."""
    facts = told.payload.get("offline")
    if facts is None:
        return None
    said = {name: told.texts.get(name) if name in told.text_names else "" for name in OFFLINE_TEXTS}
    return {**said, **facts}


def _evidence_judged(case: Case, told: Told) -> Case:
    numbers, status = set(told.payload["evidence"]), told.payload["status"]
    rows = tuple(altered(row, status=status) if row.number in numbers else row for row in case.evidence)
    return altered(case, evidence=rows)


FOLDS: dict[str, Fold] = {
    "evidence_attached": _evidence_attached,
    "evidence_judged": _evidence_judged,
}
