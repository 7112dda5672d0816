"""One issue of a file against its case: what is new, what may be taken over, what a person decided.

Pure: the events that it answers are applied by `importing`, the differences are shown by its preview.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from engine.core.case import Case, Deliverable
from engine.core.history import NewEvent
from engine.core.record import NewMeasure, measure_added
from engine.services.inspections import MEASURES, edited_parts, text_of
from engine.services.opening import NewIssue, Promise, promised

DELIVERABLES = "deliverables"
FROM_FILE = "source_line"
"""Field of an issue that came out of a file; one entered by hand has none."""
COMPARED_FIELDS = ("aspect_number", "section_number", "flags")
Outcome = Literal["new", "same", "changed", "kept", "missing"]
Why = Literal["", "decided", "edited", "erased", "settled", "cannot"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where file and case differ. `why` it is not taken over: decided, edited by hand, erased, settled,
    cannot (what was promised is never taken back by a file); "" = it is taken over.
    """

    part: str
    ours: str | None
    theirs: str | None
    why: Why = ""

    def as_json(self) -> dict[str, Any]:
        return {"part": self.part, "ours": self.ours, "theirs": self.theirs, "kept_because": self.why or None}


@dataclass(frozen=True, slots=True)
class MergeLine:
    """What becomes of one issue. `key` is None for a new one; `kept`: it differs, and stays as it is."""

    number: int
    key: str | None
    outcome: Outcome
    differences: tuple[Difference, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "case": self.key,
            "outcome": self.outcome,
            "differences": [row.as_json() for row in self.differences],
        }


Found = Iterator[tuple[Difference, list[NewEvent]]]


def merge_issue(case: Case, theirs: NewIssue, initial: str) -> tuple[MergeLine, list[NewEvent]]:
    """Compare a case with the same issue of a file; `initial` is the state in which nothing is decided yet.

    What the file does not say is no difference.
    """
    is_decided = _is_decided(case, initial)
    found = [
        *_texts(case, theirs, is_decided=is_decided),
        *_fields(case, theirs, is_decided=is_decided),
        *_measures(case, theirs, is_decided=is_decided),
        *_deliverables(case, theirs, is_decided=is_decided),
        *_claim(case, theirs, is_decided=is_decided),
    ]
    differences = tuple(difference for difference, _ in found)
    events = [event for difference, each in found if not difference.why for event in each]
    taken = any(not difference.why for difference in differences)
    outcome: Outcome = "changed" if taken else "kept" if differences else "same"
    return MergeLine(theirs.number or 0, case.key, outcome, differences), _one_edit(events)


def is_from_file(case: Case) -> bool:
    return case.fields.get(FROM_FILE) is not None


def _is_decided(case: Case, initial: str) -> bool:
    asked = any(request.status in ("pending", "approved") for request in case.requests)
    return case.is_final or case.state != initial or asked


def _one_edit(events: list[NewEvent]) -> list[NewEvent]:
    """All texts in one event."""
    texts = {
        name: text for event in events if event.type == "texts_edited" for name, text in event.texts.items()
    }
    others = [event for event in events if event.type != "texts_edited"]
    return [NewEvent("texts_edited", {}, texts), *others] if texts else others


def _texts(case: Case, theirs: NewIssue, *, is_decided: bool) -> Found:
    for name, text in theirs.texts.items():
        ours = text_of(case, name)
        if not text or text == ours:
            continue
        why: Why = ""
        if is_decided:
            why = "decided"
        elif ours is None and (name == "title" or name in case.texts):
            why = "erased"
        elif name in edited_parts(case) or (ours and not is_from_file(case)):
            why = "edited"
        yield Difference(name, ours, text, why), [NewEvent("texts_edited", {}, {name: text})]


def _fields(case: Case, theirs: NewIssue, *, is_decided: bool) -> Found:
    for name in COMPARED_FIELDS:
        ours, said = case.fields.get(name), theirs.fields.get(name)
        if said is None or said == ours:
            continue
        why: Why = "decided" if is_decided else ""
        shown = None if ours is None else str(ours)
        yield Difference(name, shown, str(said), why), [NewEvent("fields_set", {"fields": {name: said}})]


def _measures(case: Case, theirs: NewIssue, *, is_decided: bool) -> Found:
    live = case.live_measures
    ours, said = [row.text for row in live], [row.text for row in theirs.measures]
    if not said or ours == said:
        return
    is_planned = any(row.owner_post or row.due_on or row.state != "open" for row in live)
    by_hand = MEASURES in edited_parts(case) or (bool(live) and not is_from_file(case))
    why: Why = "decided" if is_decided or case.evidence else "edited" if by_hand or is_planned else ""
    events, number = [], len(case.measures)
    for old, new in zip_longest(live, said):
        if old is None:
            number += 1
            events.append(measure_added(number, NewMeasure(new)))
        elif new is None:
            events.append(NewEvent("measure_changed", {"measure": old.number, "state": "dropped"}))
        elif new != old.text:
            events.append(NewEvent("measure_changed", {"measure": old.number}, {"text": new}))
    yield Difference(MEASURES, "\n".join(text or "" for text in ours), "\n".join(said), why), events


def _deliverables(case: Case, theirs: NewIssue, *, is_decided: bool) -> Found:
    ours = [Promise(row.name, row.count, row.per_person) for row in case.deliverables]
    said = list(theirs.deliverables)
    if ours == said or said in ([], [Promise(None)]):
        return
    is_named = any(row.name or row.count is not None for row in ours)
    by_hand = DELIVERABLES in edited_parts(case) or (is_named and not is_from_file(case))
    why: Why = "decided" if is_decided or case.evidence else "edited" if by_hand else ""
    if not why and not _can_become(case.deliverables, said):
        why = "cannot"
    pairs = list(zip(case.deliverables, said, strict=False))
    events = [
        NewEvent(
            "deliverable_counted", {"deliverable": old.number, "count": new.count}, {"name": new.name or ""}
        )
        for old, new in pairs
        if (old.name, old.count) != (new.name, new.count)
    ]
    events.extend(promised(said[len(pairs) :], first=len(case.deliverables) + 1))
    yield Difference(DELIVERABLES, _listed(ours), _listed(said), why), events


def _can_become(ours: tuple[Deliverable, ...], said: list[Promise]) -> bool:
    """A promise can be named and counted anew, but not withdrawn, un-named or made per person."""
    if len(said) < len(ours):
        return False
    return all(
        old.per_person == new.per_person
        and (new.name is not None or (old.name, old.count) == (None, new.count))
        for old, new in zip(ours, said, strict=False)
    )


def _listed(promises: list[Promise]) -> str:
    return "\n".join(f"{row.name or '?'} {'?' if row.count is None else row.count}" for row in promises)


def _claim(case: Case, theirs: NewIssue, *, is_decided: bool) -> Found:
    said, ours = theirs.claimed, case.claim
    if said is None or (ours is not None and ours.status == said):
        return
    why: Why = "settled" if ours and ours.settled != "open" else "decided" if is_decided else ""
    yield (
        Difference("claimed_status", ours.status if ours else None, said, why),
        [NewEvent("claimed", {"status": said})],
    )
