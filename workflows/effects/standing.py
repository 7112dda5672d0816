"""Effects for what goes on: long-term work with its reviews, and look-backs after closing (domain.md §1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from engine.core.case import Deadline
from engine.core.counting import WHOLE, Origin, deadline_set, off_closed_days, running
from engine.core.deadlines import add_months
from engine.core.history import NewEvent
from engine.core.vocabulary import Change, Standing, effect
from engine.core.world import Ask

LOOK_BACK: Final = "look_back"


@effect(days=("next_review",), change=Change((Standing.LONG_TERM, Standing.DEADLINE)))
def make_long_term(ask: Ask) -> Iterator[NewEvent]:
    """The day for closing gives way to a day for the next review; one that was missed stays missed (law 7)."""
    day = str(ask.command.params["next_review"])
    yield NewEvent("texts_edited", {}, {"goal": ask.command.texts["goal"]})
    yield NewEvent("fields_set", {"fields": {"long_term": True, "next_review": day}})
    whole = running(ask.case, WHOLE)
    if whole is not None and whole.due_on is not None:
        is_missed = ask.asked_on > whole.due_on
        facts = {"kind": WHOLE, "subject": "", "on": ask.today.isoformat()}
        yield NewEvent("deadline_missed" if is_missed else "deadline_dropped", facts)
    yield deadline_set(ask, "review", "", date.fromisoformat(day), Origin("review"))


@effect(
    days=("due", "next_review"), change=Change((Standing.DEADLINE,), (Standing.LONG_TERM,), is_certain=False)
)
def set_next_review(ask: Ask) -> Iterator[NewEvent]:
    """After a review the next one is set; or, with `due`, long-term work ends and the case is to be closed by then."""
    params = ask.command.params
    if params.get("due"):
        yield NewEvent("fields_set", {"fields": {"long_term": False, "next_review": None}})
        due = date.fromisoformat(str(params["due"]))
        yield deadline_set(ask, WHOLE, "", due, Origin("long_term_ended"))
        return
    day = str(params["next_review"])
    yield NewEvent("fields_set", {"fields": {"next_review": day}})
    yield deadline_set(ask, "review", "", date.fromisoformat(day), Origin("review"))


@effect(change=Change(ends=(Standing.LONG_TERM,)))
def end_long_term(ask: Ask) -> Iterator[NewEvent]:
    """The case is no long-term work any more, if it was."""
    if ask.case.fields.get("long_term"):
        yield NewEvent("fields_set", {"fields": {"long_term": False, "next_review": None}})


@effect(change=Change((Standing.LOOK_BACK, Standing.DEADLINE)))
def set_look_backs(ask: Ask, months: list[int]) -> Iterator[NewEvent]:
    """So many months after today somebody looks whether it held: whom `waits_for` of the deadline names."""
    rule = ask.world.workflow.definition.deadlines.get(LOOK_BACK)
    way = rule.closed_day if rule else "none"
    for count in months:
        due = off_closed_days(add_months(ask.today, count), way, ask.world.place.calendar)
        facts: dict[str, int | str] = {"months": count}
        if way != "none":
            facts["closed_day"] = way
        yield deadline_set(ask, LOOK_BACK, str(count), due, Origin("closed", ask.today, facts))


@effect(params=("result",))
def note_look_back(ask: Ask) -> Iterator[NewEvent]:
    """What was found at the look-back that comes first stands under its name."""
    rows = _look_backs(ask)
    if rows:
        subject = min(rows, key=lambda row: row.due_on or date.max).subject
        found = {f"{LOOK_BACK}_{subject}": str(ask.command.params["result"])}
        yield NewEvent("fields_set", {"fields": found})


@effect()
def drop_look_backs(ask: Ask) -> Iterator[NewEvent]:
    """The look-backs that are left have lost their object; a missed one stays missed."""
    for row in _look_backs(ask):
        is_missed = row.due_on is not None and ask.today > row.due_on
        facts = {"kind": LOOK_BACK, "subject": row.subject, "on": ask.today.isoformat()}
        yield NewEvent("deadline_missed" if is_missed else "deadline_dropped", facts)


def _look_backs(ask: Ask) -> list[Deadline]:
    return [row for row in ask.case.running_deadlines if row.kind == LOOK_BACK]
