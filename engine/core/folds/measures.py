"""What happens to what was promised: measures and deliverables."""

from __future__ import annotations

from engine.core.altering import altered
from engine.core.case import Case, Deliverable, Measure
from engine.core.folds.parts import with_actor, with_changed
from engine.core.folds.told import Fold, Told


def _measure_added(case: Case, told: Told) -> Case:
    facts = told.payload
    measure = Measure(
        facts["measure"], told.texts.get("text"), told.commit("text"), facts.get("owner"), told.day("due_on")
    )
    return altered(case, measures=(*case.measures, measure))


def _measure_changed(case: Case, told: Told) -> Case:
    """Carries only what changed: owner, due_on, state, done_on or the text."""
    facts = told.payload

    def changed(old: Measure) -> Measure:
        new = old
        if "owner" in facts:
            new = altered(new, owner_post=facts["owner"])
        if "due_on" in facts:
            new = altered(new, due_on=told.day("due_on"))
        if "state" in facts:
            days = {"done_on": told.day("done_on"), "entered_on": told.day("entered_on")}
            new = altered(new, state=facts["state"], **days)
        if "text" in told.text_names:
            new = altered(new, text=told.texts.get("text"), commit=told.commit("text"))
        return new

    role = "worker" if facts.get("state") == "done" else None
    measures = with_changed(case.measures, "number", facts["measure"], changed)
    return altered(case, measures=measures, acted=with_actor(case, told, role))


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
    return altered(case, deliverables=(*case.deliverables, row))


def _deliverable_counted(case: Case, told: Told) -> Case:
    """Somebody names what an unknown deliverable is, and how many."""

    def counted(old: Deliverable) -> Deliverable:
        is_named = "name" in told.text_names
        name, commit = (told.texts.get("name"), told.commit("name")) if is_named else (old.name, old.commit)
        return altered(old, name=name, commit=commit, count=told.payload["count"])

    return altered(
        case, deliverables=with_changed(case.deliverables, "number", told.payload["deliverable"], counted)
    )


FOLDS: dict[str, Fold] = {
    "measure_added": _measure_added,
    "measure_changed": _measure_changed,
    "deliverable_promised": _deliverable_promised,
    "deliverable_counted": _deliverable_counted,
}
