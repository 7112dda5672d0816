"""Guards on moving dates: extensions, pauses, new dates, long-term work, look-backs (domain.md §1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from engine.core.case import Deadline
from engine.core.counting import aimed_at, aimed_deadline, cured_by, given_day, is_live, is_said
from engine.core.deadlines import add_months
from engine.core.refusal import Unmet
from engine.core.vocabulary import EachRound, Standing, guard
from engine.core.world import Ask
from workflows.guards.bounds import due_within


@guard(params=("kind", "subject"), ceilings=("kinds",), wants=Standing.DEADLINE)
def deadline_is_running(ask: Ask, kinds: list[str]) -> Iterator[Unmet]:
    """The move is about a deadline of one of `kinds` that is open and counts already."""
    kind, subject = aimed_at(ask)
    if kind not in kinds or aimed_deadline(ask) is None:
        open_ones = (row for row in ask.case.running_deadlines if row.kind in kinds)
        rows = [row for row in open_ones if is_live(ask.case, row)]
        found = list(dict.fromkeys(row.kind for row in rows))
        parts = [row.subject for row in rows if row.subject]
        yield Unmet(
            "deadline_not_running",
            {"kind": kind, "subject": subject, "running": found, "subjects": parts},
            "name_a_running_deadline",
            curable=bool(found),
        )


@guard(params=("kind", "subject"))
def before_due(ask: Ask) -> Iterator[Unmet]:
    """It was asked for before the day of the deadline was over, however late it is decided."""
    due = _due(ask)
    if due is not None and ask.asked_on > due:
        yield _passed(ask, due)


@guard(params=("kind", "subject"))
def not_late_yet(ask: Ask) -> Iterator[Unmet]:
    """The day of the deadline is not over yet, also when it is decided."""
    due = _due(ask)
    if due is not None and ask.today > due:
        yield _passed(ask, due)


def _passed(ask: Ask, due: date) -> Unmet:
    facts = {"kind": aimed_at(ask)[0], "day": due.isoformat()}
    passed = Unmet("due_has_passed", facts, "ask_for_a_new_date", ("secretary",), curable=False)
    return cured_by(ask.world, "redate_deadline", passed)


@guard(params=("kind", "subject"))
def is_overdue(ask: Ask) -> Iterator[Unmet]:
    """The day of the deadline is over: before that an extension is asked for."""
    due = _due(ask)
    if due is not None and ask.today <= due:
        facts = {"kind": aimed_at(ask)[0], "day": due.isoformat()}
        early = Unmet("not_overdue_yet", facts, "ask_for_extension", ("owner",), due + timedelta(days=1))
        yield cured_by(ask.world, "extend_deadline", early)


def _due(ask: Ask) -> date | None:
    found = aimed_deadline(ask)
    return found.due_on if found else None


@guard(params=("kind", "subject"), days=("due",))
def due_is_later(ask: Ask) -> Iterator[Unmet]:
    """A new date is given, after the old one."""
    given, old = given_day(ask, "due"), _due(ask)
    if not is_said(ask, "due"):
        yield Unmet("due_missing", {}, "give_a_due_date")
    elif given is not None and old is not None and given <= old:
        yield Unmet("due_not_later", {"day": given.isoformat(), "old": old.isoformat()}, "give_a_later_date")


@guard(params=("kind", "subject"), ceilings=("count",), each_round=EachRound.NEW)
def extensions_at_most(ask: Ask, count: int) -> Iterator[Unmet]:
    """The deadline was extended fewer than `count` times since the case was last reopened."""
    kind, subject = aimed_at(ask)
    versions = [row for row in ask.case.deadlines if (row.kind, row.subject) == (kind, subject)]
    found = _extended_since_reopening(versions)
    if found >= count:
        yield Unmet(
            "extended_too_often",
            {"kind": kind, "count": count, "found": found},
            "finish_in_time",
            curable=False,
        )


def _extended_since_reopening(versions: list[Deadline]) -> int:
    reopened = max((row.version for row in versions if row.basis == "reopened"), default=0)
    return sum(row.basis == "extended" for row in versions if row.version > reopened)


@guard(floors=("length",), each_round=EachRound.REASON)
def text_at_least(ask: Ask, name: str, length: int) -> Iterator[Unmet]:
    """The mover writes `name` (how far it is, what the stage aims at …), in at least `length` characters."""
    given = len(ask.command.texts.get(name, "").strip())
    if given < length:
        yield Unmet("text_too_short", {"name": name, "length": length, "given": given}, "write_the_text")


@guard(days=("until",), ceilings=("days",))
def pause_is_short(ask: Ask, days: int) -> Iterator[Unmet]:
    """The last day of the pause (`until`) is given, lies ahead, and is at most `days` days away."""
    until = given_day(ask, "until")
    latest = ask.asked_on + timedelta(days=days)
    if not is_said(ask, "until"):
        yield Unmet("until_missing", {"days": days, "latest": latest.isoformat()}, "say_until_when")
    elif until is None:
        return
    elif until <= ask.today:
        yield Unmet("until_not_ahead", {"day": until.isoformat()}, "say_until_when")
    elif until > latest:
        yield Unmet(
            "pause_too_long",
            {"day": until.isoformat(), "days": days, "latest": latest.isoformat()},
            "say_until_when",
        )


@guard(ceilings=("count",), each_round=EachRound.NEW)
def pauses_at_most(ask: Ask, count: int) -> Iterator[Unmet]:
    """The case was paused fewer than `count` times."""
    found = int(ask.case.fields.get("pauses") or 0)
    if found >= count:
        facts = {"count": count, "found": found}
        often = Unmet("paused_too_often", facts, "ask_for_more_time", curable=False)
        yield cured_by(ask.world, "extend_deadline", often)


@guard(wants=Standing.PAUSED)
def is_paused(ask: Ask) -> Iterator[Unmet]:
    """A pause runs."""
    if not _pause_runs(ask):
        yield Unmet("not_paused", {}, "carry_on", curable=False)


@guard()
def not_paused(ask: Ask) -> Iterator[Unmet]:
    """No pause runs."""
    if _pause_runs(ask):
        until = date.fromisoformat(str(ask.case.fields["paused_until"]))
        yield Unmet("paused_already", {"day": until.isoformat()}, "resume_first", ("owner",), until)


def _pause_runs(ask: Ask) -> bool:
    until = ask.case.fields.get("paused_until")
    return bool(until) and ask.today < date.fromisoformat(str(until))


@guard(says=Standing.LONG_TERM)
def is_long_term(ask: Ask) -> Iterator[Unmet]:
    """The case was turned into long-term work."""
    if not ask.case.fields.get("long_term"):
        yield Unmet("not_long_term", {}, "carry_on", curable=False)


@guard(denies=Standing.LONG_TERM)
def not_long_term(ask: Ask) -> Iterator[Unmet]:
    """The case is no long-term work yet."""
    if ask.case.fields.get("long_term"):
        yield Unmet("long_term_already", {}, "review_it", ("owner",), curable=False)


@guard(days=("next_review",), ceilings=("months",))
def review_within(ask: Ask, months: int) -> Iterator[Unmet]:
    """The day of the next review (`next_review`) is given, ahead, and at most `months` months away."""
    yield from _review_requirements(ask, months)


@guard(days=("due", "next_review"), ceilings=("months",))
def review_or_due(ask: Ask, months: int) -> Iterator[Unmet]:
    """Either the next review is named (as in `review_within`), or with `due` the day by which the case is closed.

    Both are at most `months` months ahead.
    """
    due = given_day(ask, "due")
    if not is_said(ask, "due"):
        yield from _review_requirements(ask, months)
    elif due is not None and due <= ask.asked_on:
        yield Unmet("due_in_past", {"day": due.isoformat()}, "give_a_due_date")
    elif due is not None:
        yield from due_within(ask, months=months)


def _review_requirements(ask: Ask, months: int) -> Iterator[Unmet]:
    day, latest = given_day(ask, "next_review"), add_months(ask.asked_on, months)
    if not is_said(ask, "next_review"):
        yield Unmet(
            "next_review_missing", {"months": months, "latest": latest.isoformat()}, "name_the_next_review"
        )
    elif day is not None and not ask.asked_on < day <= latest:
        yield Unmet(
            "next_review_out_of_range",
            {"day": day.isoformat(), "months": months, "latest": latest.isoformat()},
            "name_the_next_review",
        )


@guard(ceilings=("days_before",), wants=Standing.LOOK_BACK)
def look_back_is_due(ask: Ask, days_before: int) -> Iterator[Unmet]:
    """A look-back is open, and its day is at most `days_before` days away: what was just closed proves nothing."""
    row = next_look_back(ask)
    if row is None or row.due_on is None:
        was_set = any(each.kind == "look_back" for each in ask.case.deadlines)
        cure = "nothing_to_look_at" if was_set else "look_back_after_closing"
        yield Unmet("no_look_back", {}, cure, curable=False)
        return
    earliest = row.due_on - timedelta(days=days_before)
    if ask.today < earliest:
        yield Unmet(
            "look_back_too_early",
            {"day": row.due_on.isoformat(), "days": days_before},
            "wait_for_the_day",
            earliest=earliest,
        )


def next_look_back(ask: Ask) -> Deadline | None:
    """The open look-back that comes first."""
    rows = [row for row in ask.case.running_deadlines if row.kind == "look_back"]
    return min(rows, key=lambda row: row.due_on or date.max, default=None)


@guard(params=("result",), ceilings=("values",))
def result_is_one_of(ask: Ask, values: list[str]) -> Iterator[Unmet]:
    """The parameter `result` is one of `values`."""
    given = str(ask.command.params.get("result") or "")
    if given not in values:
        yield Unmet("result_unknown", {"given": given or None, "values": values}, "give_a_result")
