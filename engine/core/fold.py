"""Events → case: the one place that says what each event type means (law 11).

`fold` is total over the types in `_FOLDS`; a reader of an older version upcasts before it folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.core.case import Case, Claim, Deadline, Deliverable, Evidence, Measure, Request, RosterLine, Vote
from engine.core.history import OPERATOR, Event, NewEvent, Stamp

Fold = Callable[[Case, "Told"], Case]


@dataclass(frozen=True, slots=True)
class Told:
    """An event as folding sees it: stored or only planned, the same shape."""

    seq: int
    type: str
    payload: Mapping[str, Any]
    texts: Mapping[str, str]
    stamp: Stamp
    at: datetime
    definition: str

    @classmethod
    def stored(cls, event: Event) -> Told:
        texts = {name: text for name, text in event.texts.items() if name != OPERATOR}
        return cls(
            event.seq, event.type, event.payload, texts, event.stamp, event.effective_at, event.definition
        )

    @classmethod
    def planned(cls, new: NewEvent, case: Case, stamp: Stamp, at: datetime) -> Told:
        return cls(case.revision + 1, new.type, new.payload, new.texts, stamp, at, case.definition)

    @property
    def text_names(self) -> tuple[str, ...]:
        """The texts of this event, also those that were erased."""
        return tuple(name for name in self.payload.get("texts", self.texts) if name != OPERATOR)

    def commit(self, name: str) -> str:
        return str(self.payload.get("texts", {}).get(name, ""))

    def day(self, name: str) -> date | None:
        value = self.payload.get(name)
        return date.fromisoformat(value) if value else None


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
    return replace(_FOLDS[told.type](case, told), revision=told.seq)


def replay(case_id: int, organisation: int, events: Iterable[Event]) -> Case:
    """The case that a complete history says. Raises ValueError for an empty one."""
    case: Case | None = None
    for event in events:
        told = Told.stored(event)
        case = fold(blank(case_id, organisation, told) if case is None else case, told)
    if case is None:
        raise ValueError("a case without history")
    return case


def _case_opened(case: Case, told: Told) -> Case:
    facts = told.payload
    texts: dict[str, str | None] = {name: told.texts.get(name) for name in told.text_names}
    return replace(
        case,
        title=texts.pop("title", None),
        waits_for=facts.get("waits_for", "office"),
        inspection=facts.get("inspection"),
        number=facts.get("number"),
        owner_post=facts.get("owner"),
        fields=dict(facts.get("fields", {})),
        texts=texts,
        acted=_with_actor(case, told, facts.get("by")),
    )


def _texts_edited(case: Case, told: Told) -> Case:
    texts = {**case.texts, **{name: told.texts.get(name) for name in told.text_names}}
    title = texts.pop("title", case.title)
    return replace(case, title=title, texts=texts)


def _fields_set(case: Case, told: Told) -> Case:
    return replace(case, fields={**case.fields, **told.payload["fields"]})


def _owner_set(case: Case, told: Told) -> Case:
    return replace(case, owner_post=told.payload["post"])


def _moved(case: Case, told: Told) -> Case:
    facts = told.payload
    return replace(
        case,
        state=facts["to"],
        is_final=facts.get("final", False),
        waits_for=facts["waits_for"],
        acted=_with_actor(case, told, facts.get("by")),
    )


def _with_actor(case: Case, told: Told, role: str | None) -> tuple[tuple[int, str], ...]:
    if role is None:
        return case.acted
    persons = [person for person in (told.stamp.person, told.stamp.acting_for) if person is not None]
    return tuple(dict.fromkeys((*case.acted, *((person, role) for person in persons))))


def _measure_added(case: Case, told: Told) -> Case:
    facts = told.payload
    measure = Measure(
        facts["measure"], told.texts.get("text"), told.commit("text"), facts.get("owner"), told.day("due_on")
    )
    return replace(case, measures=(*case.measures, measure))


def _measure_changed(case: Case, told: Told) -> Case:
    """Carries only what changed: owner, due_on, state, done_on or the text."""
    facts = told.payload

    def changed(old: Measure) -> Measure:
        new = old
        if "owner" in facts:
            new = replace(new, owner_post=facts["owner"])
        if "due_on" in facts:
            new = replace(new, due_on=told.day("due_on"))
        if "state" in facts:
            new = replace(new, state=facts["state"], done_on=told.day("done_on"))
        if "text" in told.text_names:
            new = replace(new, text=told.texts.get("text"), commit=told.commit("text"))
        return new

    role = "worker" if facts.get("state") == "done" else None
    measures = _with(case.measures, "number", facts["measure"], changed)
    return replace(case, measures=measures, acted=_with_actor(case, told, role))


def _deliverable_promised(case: Case, told: Told) -> Case:
    facts = told.payload
    row = Deliverable(
        number=facts["deliverable"],
        name=told.texts.get("name"),
        commit=told.commit("name"),
        count=facts.get("count"),
        per_person=facts.get("per_person", False),
        measure=facts.get("measure"),
    )
    return replace(case, deliverables=(*case.deliverables, row))


def _deliverable_counted(case: Case, told: Told) -> Case:
    """Somebody names what an unknown deliverable is, and how many."""

    def counted(old: Deliverable) -> Deliverable:
        name, commit = (
            (told.texts["name"], told.commit("name")) if "name" in told.texts else (old.name, old.commit)
        )
        return replace(old, name=name, commit=commit, count=told.payload["count"])

    return replace(
        case, deliverables=_with(case.deliverables, "number", told.payload["deliverable"], counted)
    )


def _deadline_set(case: Case, told: Told) -> Case:
    """A new version replaces the open one, whose date stays visible; the same version is filled in (armed)."""
    facts = told.payload
    row = Deadline(
        kind=facts["kind"],
        subject=facts.get("subject", ""),
        version=facts["version"],
        due_on=told.day("due_on"),
        armed=facts.get("armed", False),
        ladder=facts.get("ladder", "default"),
    )
    name = (row.kind, row.subject)
    kept = tuple(
        replace(old, ended="replaced") if (old.kind, old.subject) == name and old.is_open else old
        for old in case.deadlines
        if (old.kind, old.subject, old.version) != (*name, row.version)
    )
    return replace(case, deadlines=(*kept, row))


def _deadline_met(case: Case, told: Told) -> Case:
    return _end_deadline(case, told, "met")


def _deadline_dropped(case: Case, told: Told) -> Case:
    return _end_deadline(case, told, "dropped")


def _deadline_missed(case: Case, told: Told) -> Case:
    return _end_deadline(case, told, "missed")


def _end_deadline(case: Case, told: Told, ended: str) -> Case:
    facts = told.payload
    name = (facts["kind"], facts.get("subject", ""))
    met_on = told.day("on") if ended == "met" else None
    rows = tuple(
        replace(row, ended=ended, met_on=met_on) if row.is_unmet and (row.kind, row.subject) == name else row
        for row in case.deadlines
    )
    return replace(case, deadlines=rows)


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
        offline=facts.get("offline"),
        proves_from=told.day("proves_from"),
        proves_to=told.day("proves_to"),
        level=facts.get("level", "internal"),
        deliverable=facts.get("deliverable"),
        measure=facts.get("measure"),
        attached_by=told.stamp.person,
        attached_on=told.day("on"),
    )
    return replace(case, evidence=(*case.evidence, row), acted=_with_actor(case, told, "worker"))


def _evidence_judged(case: Case, told: Told) -> Case:
    numbers, status = set(told.payload["evidence"]), told.payload["status"]
    rows = tuple(replace(row, status=status) if row.number in numbers else row for row in case.evidence)
    return replace(case, evidence=rows)


def _requested(case: Case, told: Told) -> Case:
    facts = told.payload
    request = Request(
        number=facts["request"],
        move=facts["move"],
        params=dict(facts["params"]),
        asked_by=told.stamp.person,
        asked_for=told.stamp.acting_for,
        asked_at=told.at,
        decider=facts["decider"],
        needed=facts["needed"],
        manifest=dict(facts["manifest"]),
        definition=told.definition,
        seal=facts["seal"],
        comment=told.texts.get("comment"),
    )
    return replace(case, requests=(*case.requests, request), acted=_with_actor(case, told, facts.get("by")))


def _voted(case: Case, told: Told) -> Case:
    facts = told.payload
    vote = Vote(
        person=told.stamp.person,
        verdict=facts["verdict"],
        at=told.at,
        acting_for=told.stamp.acting_for,
        comment=told.texts.get("comment"),
        paper=facts.get("paper"),
    )
    voted = _with(
        case.requests, "number", facts["request"], lambda old: replace(old, votes=(*old.votes, vote))
    )
    return replace(case, requests=voted, acted=_with_actor(case, told, "decider"))


def _request_passed_on(case: Case, told: Told) -> Case:
    """Who was to decide no longer can: the next one does."""
    facts = told.payload
    passed = _with(
        case.requests,
        "number",
        facts["request"],
        lambda old: replace(old, decider=facts["decider"], needed=facts["needed"]),
    )
    return replace(case, requests=passed)


def _request_ended(case: Case, told: Told) -> Case:
    facts = told.payload
    ended = _with(case.requests, "number", facts["request"], lambda old: replace(old, status=facts["status"]))
    return replace(case, requests=ended)


def _claimed(case: Case, told: Told) -> Case:
    return replace(case, claim=Claim(told.payload["status"]), acted=_with_actor(case, told, "claimant"))


def _claim_settled(case: Case, told: Told) -> Case:
    status = case.claim.status if case.claim else told.payload["claimed"]
    settled = Claim(status, told.payload["verdict"], told.texts.get("basis"), told.day("on"))
    return replace(case, claim=settled, acted=_with_actor(case, told, told.payload.get("by")))


def _roster_joined(case: Case, told: Told) -> Case:
    known = {line.person for line in case.roster if line.left_on is None}
    on = date.fromisoformat(told.payload["on"])
    joined = tuple(RosterLine(person, on) for person in told.payload["people"] if person not in known)
    return replace(case, roster=(*case.roster, *joined))


def _roster_left(case: Case, told: Told) -> Case:
    return _each_line(case, told, lambda line: replace(line, left_on=told.day("on")))


def _roster_ticked(case: Case, told: Told) -> Case:
    return _each_line(case, told, lambda line: replace(line, ticked_on=line.ticked_on or told.day("on")))


def _each_line(case: Case, told: Told, change: Callable[[RosterLine], RosterLine]) -> Case:
    people = set(told.payload["people"])
    lines = tuple(change(row) if row.person in people and row.left_on is None else row for row in case.roster)
    return replace(case, roster=lines)


def _commented(case: Case, _told: Told) -> Case:
    return case


def _with(rows: tuple[Any, ...], name: str, value: object, change: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(change(row) if getattr(row, name) == value else row for row in rows)


_FOLDS: dict[str, Fold] = {
    "case_opened": _case_opened,
    "texts_edited": _texts_edited,
    "fields_set": _fields_set,
    "owner_set": _owner_set,
    "moved": _moved,
    "measure_added": _measure_added,
    "measure_changed": _measure_changed,
    "deliverable_promised": _deliverable_promised,
    "deliverable_counted": _deliverable_counted,
    "deadline_set": _deadline_set,
    "deadline_met": _deadline_met,
    "deadline_dropped": _deadline_dropped,
    "deadline_missed": _deadline_missed,
    "evidence_attached": _evidence_attached,
    "evidence_judged": _evidence_judged,
    "requested": _requested,
    "voted": _voted,
    "request_passed_on": _request_passed_on,
    "request_ended": _request_ended,
    "claimed": _claimed,
    "claim_settled": _claim_settled,
    "roster_joined": _roster_joined,
    "roster_left": _roster_left,
    "roster_ticked": _roster_ticked,
    "commented": _commented,
}
EVENT_TYPES = frozenset(_FOLDS)
