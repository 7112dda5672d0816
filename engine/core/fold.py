"""Events → case: the one place where a history becomes what it says (law 11).

`fold` is total over the types of `engine.core.folds`; a reader of an older version upcasts before it folds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from engine.core.altering import altered
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

__all__ = ["EVENT_TYPES", "Told", "blank", "fold", "fold_all", "replay", "replay_told"]


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
    return altered(with_hands(_FOLDS[told.type](case, told), told), revision=told.seq)


def fold_all(case: Case, told: Iterable[Told]) -> Case:
    """The case after several events; its number is written once, at the end."""
    seq = case.revision
    for each in told:
        case = with_hands(_FOLDS[each.type](case, each), each)
        seq = each.seq
    return case if seq == case.revision else altered(case, revision=seq)


def replay(case_id: int, organisation: int, events: Iterable[Event]) -> Case:
    """The case that a complete history says. Raises ValueError for an empty one."""
    return replay_told(case_id, organisation, [Told.stored(event) for event in events])


def replay_told(case_id: int, organisation: int, told: Sequence[Told]) -> Case:
    """The same from events as folding sees them."""
    if not told:
        raise ValueError("a case without history")
    return fold_all(blank(case_id, organisation, told[0]), told)
