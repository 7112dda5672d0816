"""The ladder of a deadline: which rungs come on which day, and which one of them speaks.

Rungs are ordered from the lowest to the highest, and a rung that repeats has steps n = 0, 1, 2, … until the
next rung comes. Only the highest step that has come speaks; those below it are superseded and never speak
again, so nothing depends on how often anybody looks, and after forty days of silence there is one message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count

from engine.core.sending import (
    SendingHours,
    is_sending_day,
    sending_day_on_or_after,
    sending_day_on_or_before,
)
from engine.core.workdays import ONE_DAY, Span, WorkCalendar


class Level(StrEnum):
    """How a rung is worded, from a friendly word to a supervision notice."""

    HINT = "hint"
    REMINDER = "reminder"
    URGE = "urge"
    SUPERVISE = "supervise"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step up. `offset` counts from the due day (negative: before it); `audience` names roles.

    `repeat_every` is in days; `cap` is how often the rung speaks at most, the first time included (None:
    until the next rung comes, or for the last rung until the deadline is met).
    """

    name: str
    offset: Span
    audience: tuple[str, ...]
    level: Level
    red: bool = False
    repeat_every: int | None = None
    cap: int | None = None

    def __post_init__(self) -> None:
        if self.repeat_every is not None and self.repeat_every < 1:
            raise ValueError(f"rung {self.name} repeats every {self.repeat_every} days")


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs from the lowest to the highest."""

    name: str
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """The place of a moment in its ladder: later rungs are higher, later repeats are higher on their rung."""

    rung: int
    n: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A step with its day: `wanted_on` by arithmetic, `planned_on` the sending day that this became."""

    step: Step
    rung: Rung
    wanted_on: date
    planned_on: date


@dataclass(frozen=True, slots=True)
class Chase:
    """A deadline that is chased. Steps planned up to `armed_on` never come: the assignment has told of it."""

    ladder: Ladder
    due_on: date
    calendar: WorkCalendar
    hours: SendingHours
    armed_on: date | None = None


@dataclass(frozen=True, slots=True)
class DueRungs:
    """What has come: the one moment that speaks, and the lower ones that it silences for good."""

    speaks: Moment | None
    superseded: tuple[Moment, ...]


NOTHING_DUE = DueRungs(None, ())


def due_rungs(chase: Chase, today: date, spoken: Step | None = None) -> DueRungs:
    """What has come by `today` above the last step that spoke (`spoken`); nothing on a day without sending.

    After it, the step of `speaks` is the new `spoken`.
    """
    if not is_sending_day(today, chase.calendar, chase.hours):
        return NOTHING_DUE
    waiting = list(_steps_above(chase, spoken, today))
    come = [moment for moment in waiting if moment.planned_on <= today]
    if not come:
        return NOTHING_DUE
    highest = max(come, key=lambda moment: moment.step)
    return DueRungs(highest, tuple(moment for moment in waiting if moment.step < highest.step))


def next_moment(chase: Chase, after: date, spoken: Step | None = None) -> tuple[date, Moment] | None:
    """The first sending day later than `after` on which something speaks, and what speaks then.

    None where the ladder has nothing left to say.
    """
    first_days = [found.planned_on for found in _first_of_each_rung(chase, spoken)]
    if not first_days:
        return None
    soonest = sending_day_on_or_after(after + ONE_DAY, chase.calendar, chase.hours)
    day = max(min(first_days), soonest)
    speaks = due_rungs(chase, day, spoken).speaks
    return None if speaks is None else (day, speaks)


def passed_rungs(chase: Chase) -> tuple[Moment, ...]:
    """The rungs that never come because the deadline was armed on or after their day."""
    firsts = (_moment(chase, Step(at, 0)) for at in range(len(chase.ladder.rungs)))
    return tuple(moment for moment in firsts if not _is_armed(chase, moment))


def falls_silent(ladder: Ladder) -> bool:
    """Does the ladder stop before the deadline is met? A sound one repeats its last rung without end."""
    return not ladder.rungs or ladder.rungs[-1].repeat_every is None or ladder.rungs[-1].cap is not None


def _steps_above(chase: Chase, spoken: Step | None, until: date) -> Iterator[Moment]:
    """The armed steps above `spoken` in order: the first of every rung, and repeats planned up to `until`."""
    for at in range(spoken.rung if spoken else 0, len(chase.ladder.rungs)):
        for moment in _steps_of_rung(chase, at, spoken):
            if moment.step.n > 0 and moment.planned_on > until:
                break
            yield moment


def _first_of_each_rung(chase: Chase, spoken: Step | None) -> Iterator[Moment]:
    for at in range(spoken.rung if spoken else 0, len(chase.ladder.rungs)):
        first = next(_steps_of_rung(chase, at, spoken), None)
        if first is not None:
            yield first


def _steps_of_rung(chase: Chase, at: int, spoken: Step | None) -> Iterator[Moment]:
    """The armed steps of one rung above `spoken`; endless for a last rung that repeats without cap."""
    rung = chase.ladder.rungs[at]
    begin = spoken.n + 1 if spoken and spoken.rung == at else 0
    higher = range(at + 1, len(chase.ladder.rungs))
    ceiling = min((_moment(chase, Step(up, 0)).planned_on for up in higher), default=date.max)
    for n in count(begin):
        is_beyond = n > 0 and (rung.repeat_every is None or (rung.cap is not None and n >= rung.cap))
        if is_beyond:
            return
        moment = _moment(chase, Step(at, n))
        if n > 0 and moment.planned_on >= ceiling:
            return
        if _is_armed(chase, moment):
            yield moment


def _moment(chase: Chase, step: Step) -> Moment:
    """Up to the due day a step moves back to a sending day, to warn in time; a later one waits for one."""
    rung = chase.ladder.rungs[step.rung]
    wanted = rung.offset.after(chase.due_on, chase.calendar)
    wanted += timedelta(days=step.n * (rung.repeat_every or 0))
    move = sending_day_on_or_before if wanted <= chase.due_on else sending_day_on_or_after
    return Moment(step, rung, wanted, move(wanted, chase.calendar, chase.hours))


def _is_armed(chase: Chase, moment: Moment) -> bool:
    return chase.armed_on is None or moment.planned_on > chase.armed_on
