"""A history in words: one line for each act, with who did it, what followed from it, and what was said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from engine.core.case import request_key
from engine.text.books import words
from engine.text.fields import field_words
from engine.text.filling import Names, fill
from engine.text.labels import event_phrase, label

if TYPE_CHECKING:
    from engine.core.definition import WorkflowDefinition
    from engine.core.history import Event

# Facts that number what an event is about: what happened alike to several of them is said once.
NUMBERS = {
    "measure_added": "measure",
    "measure_changed": "measure",
    "deliverable_promised": "deliverable",
    "evidence_attached": "evidence",
    "evidence_judged": "evidence",
    "roster_joined": "people",
    "roster_ticked": "people",
}
FIELDS = "fields_set"
DECIDING = ("voted", "minutes_registered")
REQUESTS = frozenset({"request", "follows"})
TYPED_IN = ("none", "paper")
"""Credentials by which somebody else, not the person named, entered it."""
UNSAID = frozenset({"comment", "basis", "operator"})
"""Texts that are said at the end of the line, or not at all."""


@dataclass(frozen=True, slots=True)
class Wording:
    """In whose words a history is told: the key of the case, its day, the workflow, and what names things have."""

    case: str
    local_day: Callable[[datetime], date]
    definition: WorkflowDefinition
    names: Names


def timeline(events: Iterable[Event], wording: Wording) -> Iterator[str]:
    """One line per act, numbered: what one person did at one moment, and everything that followed from it."""
    yield from (numbered_line(act, wording) for act in acts(events))


def numbered_line(act: Sequence[Event], wording: Wording) -> str:
    """One act behind the numbers of its events, by which `erase` and a bundle name them."""
    first, last = act[0].seq, act[-1].seq
    numbers = {"first": first, "last": last if last > first else None}
    return fill(words("events", "forms", "numbers") or "", numbers) + act_line(act, wording)


def acts(events: Iterable[Event]) -> Iterator[tuple[Event, ...]]:
    """Events that one person made at one moment, together."""
    for _, found in groupby(events, key=lambda event: (event.recorded_at, event.effective_at, event.stamp)):
        yield tuple(found)


def act_line(act: Sequence[Event], wording: Wording) -> str:
    stamp = act[0].stamp
    texts = [event.texts.get("comment") or event.texts.get("basis") for event in act]
    facts = {
        "day": wording.local_day(act[0].effective_at).isoformat(),
        "person": stamp.person,
        "nobody": None if stamp.person else _nobody(stamp.via),
        "acting_for": stamp.acting_for,
        "typed_in": stamp.person is not None and stamp.credential in TYPED_IN,
        "comments": list(dict.fromkeys(text for text in texts if text)),
    }
    between = words("events", "forms", "between") or ";"
    what = between.join(_phrases(act, wording))
    head = fill(words("events", "forms", "who") or "{day}", facts, wording.names)
    return head + what + fill(words("events", "forms", "added") or "", facts, wording.names)


def _nobody(via: str) -> str:
    return label("via", "system") if via == "system" else label("nobody", "clerk")


def _phrases(act: Sequence[Event], wording: Wording) -> list[str]:
    """What happened in one act, without what only the engine keeps count of, unless that is all there is."""
    told = [(event, _told(event, wording)) for event in act]
    decided = {event.payload["request"] for event in act if event.type in DECIDING}
    said = [(event, facts) for event, facts in told if not _goes_without_saying(event, facts, decided)]
    alike: dict[str, tuple[str, dict[str, Any]]] = {}
    for event, facts in said or told:
        number = NUMBERS.get(event.type, "")
        phrase = event_phrase(event.type, {**facts, number: ""}, wording.names)
        before = alike.get(phrase)
        if before is None or not number:
            alike[phrase] = (event.type, facts)
        else:
            before[1][number] = [*_listed(before[1][number]), *_listed(facts[number])]
    return [event_phrase(kind, facts, wording.names) for kind, facts in alike.values()]


def _goes_without_saying(event: Event, facts: Mapping[str, Any], decided: set[Any]) -> bool:
    """What only the engine keeps count of, and what a decision in the same act says already."""
    if event.type == FIELDS:
        return not facts["changed"]
    if event.type == "deadline_set":
        return not facts.get("due_on") and not facts.get("armed")
    if event.type == "deadline_met":
        return bool(facts["kind"] == "request" and decided)
    return event.type == "request_ended" and event.payload["request"] in decided


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _told(event: Event, wording: Wording) -> dict[str, Any]:
    """The facts of an event as its phrase needs them: requests by their keys, fields and texts by their names."""
    facts = {**event.payload, "proof": event.stamp.credential}
    for name in REQUESTS & facts.keys():
        facts[name] = request_key(wording.case, facts[name]) if facts[name] else None
    if "subject" in facts:
        facts["subject"] = keyed_subject(facts["kind"], facts["subject"], wording.case)
    if event.type == FIELDS:
        comma = words("letters", "values_comma") or ", "
        facts["changed"] = comma.join(_changed(event.payload["fields"], wording))
    if event.type == "texts_edited":
        facts["changed"] = [name for name in event.payload.get("texts", {}) if name not in UNSAID]
    return facts


def _changed(fields: Mapping[str, Any], wording: Wording) -> Iterator[str]:
    """What was set, each as `label: value`; what has no word is the engine's own book-keeping."""
    declared, between = wording.definition.fields, words("events", "forms", "field") or "{label}: {value}"
    for name, value in fields.items():
        rule = declared.get(name)
        if rule is not None:
            shown = words("events", "forms", "cleared") if value in (None, "") else None
            shown = shown or field_words(rule, value, wording.names)
            yield fill(between, {"label": rule.label, "value": shown}, wording.names)
            continue
        kind, _, number = name.rpartition("_") if name[-1].isdigit() else (name, "", "")
        said = fill(words("labels", "fact", kind) or "", {"value": value, "number": number}, wording.names)
        if said:
            yield said


def keyed_subject(kind: str, subject: str, case: str) -> str:
    """What a deadline is about, for people: that of a request is named by the request's key."""
    number, mark, rest = subject.partition(":")
    is_numbered = kind == "request" and number.isdecimal()
    return f"{request_key(case, int(number))}{mark}{rest}" if is_numbered else subject
