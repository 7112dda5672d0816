"""Guards on the periods of recurring duties: held, proved, complete, and not accepted by oneself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from engine.core.authority import capacity, conflicted, four_eyes, has_conflict, has_used_hand
from engine.core.case import Case
from engine.core.counting import given_day, is_said
from engine.core.refusal import Unmet
from engine.core.vocabulary import EVIDENCE, EachRound, Standing, guard
from engine.core.world import Ask
from workflows.guards.proof import evidence_at_least


@guard(days=("held_on",))
def held_on_is_given(ask: Ask) -> Iterator[Unmet]:
    """The day on which it was held is given, is not in the future and belongs to the period; it may differ from
    the day of entry.
    """
    held = given_day(ask, "held_on")
    if not is_said(ask, "held_on"):
        yield Unmet("held_on_missing", {}, "give_held_on")
    elif held is not None and held > ask.today:
        yield Unmet("date_in_future", {"day": held.isoformat()}, "wait_or_correct", earliest=held)
    elif held is not None and (begins := _begins(ask.case)) is not None and held < begins:
        facts = {"day": held.isoformat(), "begins": begins.isoformat()}
        yield Unmet("held_before_period", facts, "correct_the_dates")


def _begins(case: Case) -> date | None:
    """The first day that counts for a period: its own first, or that on which it was opened ahead or fell due."""
    starts, due = case.fields.get("starts_on"), case.fields.get("due_on")
    if not starts:
        return None
    days = [date.fromisoformat(str(day)) for day in (starts, due) if day]
    return min(*days, case.opened_on)


@guard(asks_for=EVIDENCE)
def promised_evidence(ask: Ask) -> Iterator[Unmet]:
    """The papers that the duty asks for are attached, kind by kind (`evidence_<kind>` fields of the occurrence)."""
    for name, count in ask.case.fields.items():
        kind = name.removeprefix("evidence_")
        if kind == name or not isinstance(count, int):
            continue
        yield from evidence_at_least(ask, count, kind)


@guard()
def roster_is_ticked(ask: Ask) -> Iterator[Unmet]:
    """Everybody who is on the roster and did not leave has been ticked."""
    missing = [line.person for line in ask.case.roster if line.left_on is None and line.ticked_on is None]
    if missing:
        yield Unmet(
            "roster_incomplete",
            {"people": missing, "count": len(missing)},
            "tick_the_roster",
            ("owner", "office"),
        )


@guard(each_round=EachRound.OTHERS)
def not_entered_by_self(ask: Ask) -> Iterator[Unmet]:
    """Whoever held, entered or proved a record, or stands in for them, does not also confirm it (law 4)."""
    if ask.principal.person is None:
        # The operator in nobody's name may have entered it: nobody could tell the two apart.
        yield Unmet("person_missing", {}, "say_who_asks")
    barred = conflicted(ask.case, ask.world.posts, ask.today)
    roles = tuple(ask.world.workflow.definition.moves[ask.command.move].by)
    acting = capacity(ask.world, ask.principal, roles, ask.today, barred)
    used = has_used_hand(ask.principal, ask.case, ask.command.move)
    if used or has_conflict(ask.principal, acting, barred):
        yield four_eyes(ask, acting, roles, barred)


@guard(wants=Standing.PERIOD)
def lapse_day_has_passed(ask: Ask) -> Iterator[Unmet]:
    """The last day on which it could still be entered as this period has passed."""
    lapses = ask.case.fields.get("lapses_on")
    if not lapses:
        yield Unmet("never_lapses", {}, "enter_or_leave_open", curable=False)
    elif ask.today <= date.fromisoformat(str(lapses)):
        after = date.fromisoformat(str(lapses)) + timedelta(days=1)
        yield Unmet("not_lapsed", {"day": str(lapses)}, "wait", earliest=after)
