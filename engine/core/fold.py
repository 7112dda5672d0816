"""Events → case: the one place where a history becomes what it says (law 11).

`fold` is total over the types of `engine.core.folds`; a reader of an older version upcasts before it folds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from engine.core.case import Case
from engine.core.folds import deadlines, files, measures, papers, requests, rosters, tombstones
from engine.core.folds.told import Fold, Told
from engine.core.history import Event
from engine.core.stakes import with_hands

_FOLDS: dict[str, Fold] = {
    **files.FOLDS,
    **measures.FOLDS,
    **deadlines.FOLDS,
    **papers.FOLDS,
    **requests.FOLDS,
    **rosters.FOLDS,
    **tombstones.FOLDS,
}
EVENT_TYPES = frozenset(_FOLDS)

__all__ = ["EVENT_TYPES", "Told", "blank", "fold", "replay"]


def blank(case_id: int, organisation: int, opened: Told) -> Case:
    """The case before its first event, which must be `case_opened`."""
    facts = opened.payload
    return Case(
        id=case_id,
        organisation=organisation,
        key=facts["key"],
        kind=facts["kind"],
        workflow=facts["workflow"],
        definition=opened.definition,
        state=facts["state"],
        revision=0,
        opened_on=date.fromisoformat(facts["opened_on"]),
    )


def fold(case: Case, told: Told) -> Case:
    """The case after one event. Raises KeyError for a type that this version does not know."""
    return replace(with_hands(_FOLDS[told.type](case, told), told), revision=told.seq)


def replay(case_id: int, organisation: int, events: Iterable[Event]) -> Case:
    """The case that a complete history says. Raises ValueError for an empty one."""
    case: Case | None = None
    for event in events:
        told = Told.stored(event)
        case = fold(blank(case_id, organisation, told) if case is None else case, told)
    if case is None:
        raise ValueError("a case without history")
    return case
