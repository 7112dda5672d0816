"""What duty and ladder files may say: frozen models, and the values of recurrence and chasing made of them.

A duty file holds a family: duties that belong together and may share a `group` on screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from engine.core.definition import Strict
from engine.core.definition_reader import model_of, nearest
from engine.core.history import digest_of
from engine.core.ladder import Ladder, Level, Rung, falls_silent
from engine.core.periods import Frequency
from engine.core.recurrence import AtEdge, ClosedDays, Edge, OnMonthDay, OnWeekday, Pause, Recurrence
from engine.core.workdays import Span, Unit
from engine.core.yaml_text import Loaded, load
from engine.errors import DefinitionError, Problem

NAME = r"^[a-z][a-z0-9_]{1,59}$"
AUDIENCES = frozenset({"waits_for", "owner", "leader_in_charge", "secretary", "office"})


class Length(Strict):
    """A stretch of time: `days` or `workdays`, not both."""

    days: int | None = None
    workdays: int | None = None

    @model_validator(mode="after")
    def _has_one_unit(self) -> Self:
        if (self.days is None) == (self.workdays is None):
            raise ValueError("days_or_workdays")
        return self

    @property
    def span(self) -> Span:
        return Span(self.days or 0) if self.workdays is None else Span(self.workdays, Unit.WORKDAYS)


class DueDay(Strict):
    """Where in its period it is due: an `edge`, on a `day` of a month, on an nth `weekday` (1 = Monday)."""

    edge: Annotated[Edge, Field(strict=False)] | None = None
    plus: Length | None = None
    day: int | None = Field(default=None, ge=1, le=31)
    weekday: int | None = Field(default=None, ge=1, le=7)
    nth: int = Field(default=1, ge=-1, le=5)
    month: int = Field(default=1, ge=-12, le=12)

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        said = [value for value in (self.edge, self.day, self.weekday) if value is not None]
        if len(said) != 1 or self.nth == 0 or self.month == 0:
            raise ValueError("edge_or_day_or_weekday")
        return self

    @property
    def anchor(self) -> AtEdge | OnMonthDay | OnWeekday:
        if self.day is not None:
            return OnMonthDay(self.day, self.month)
        if self.weekday is not None:
            return OnWeekday(self.weekday, self.nth, self.month)
        return AtEdge(self.edge or Edge.END, self.plus.span if self.plus else Span(0))


class Pauses(Strict):
    """Periods left out: `months` of the year, those inside a school break, those without a working day."""

    months: list[Annotated[int, Field(ge=1, le=12)]] = Field(default_factory=list)
    in_breaks: bool = False
    without_workday: bool = False


class Proof(Strict):
    """A paper that each occurrence has to bring."""

    kind: str
    label: str
    count: int = Field(default=1, ge=1, le=999)


class DutyDefinition(Strict):
    """One recurring duty: whose it is, how it recurs, what proves it, and how it is chased.

    `post` is the key of the post that does it, `accepted_by` of the one that accepts it (never the secretary
    by default: accepting routine is the office's). `fan_out: roster`: everybody on roll ticks one occurrence.
    """

    label: str
    post: str
    accepted_by: str = "office"
    group: str = ""
    frequency: Annotated[Frequency, Field(strict=False)]
    every: int = Field(default=1, ge=1, le=60)
    nodes: list[str] = Field(default_factory=list)
    due: DueDay = DueDay(edge=Edge.END)
    opens_before: Length | None = None
    closed_days: Annotated[ClosedDays, Field(strict=False)] = ClosedDays.PREVIOUS
    grace: Length = Length(days=0)
    pause: Pauses = Pauses()
    fan_out: Literal["none", "roster"] = "none"
    evidence: list[Proof] = Field(default_factory=list)
    workflow: str = "occurrence"
    ladder: str = "occurrence"

    @property
    def has_roster(self) -> bool:
        return self.fan_out == "roster"

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(
            frequency=self.frequency,
            anchor=self.due.anchor,
            closed_days=self.closed_days,
            opens_before=self.opens_before.span if self.opens_before else None,
            grace=self.grace.span,
            pause=Pause(frozenset(self.pause.months), self.pause.in_breaks, self.pause.without_workday),
            every=self.every,
            nodes=tuple(self.nodes),
        )


class DutyFamily(Strict):
    """One duty file. The `group` of the family holds for each duty that names none of its own."""

    family: str = Field(pattern=NAME)
    version: int = Field(ge=1)
    group: str = ""
    duties: dict[Annotated[str, Field(pattern=NAME)], DutyDefinition] = Field(min_length=1, max_length=100)

    @property
    def digest(self) -> str:
        """The semantic digest: everything but the words on screen."""
        return digest_of(_wordless(self.model_dump(mode="json", exclude_defaults=True)))

    def members(self) -> Iterator[tuple[str, DutyDefinition]]:
        """Each duty by name, with the group of the family where it has none of its own."""
        for name, duty in self.duties.items():
            yield name, duty if duty.group else duty.model_copy(update={"group": self.group})


class RungDefinition(Strict):
    """One rung: `after` is counted from the due day (negative: before it), `to` names roles of the case."""

    name: str = Field(pattern=NAME)
    after: Length
    to: list[str] = Field(min_length=1)
    level: Annotated[Level, Field(strict=False)]
    red: bool = False
    repeat_every: int | None = Field(default=None, ge=1, le=366)
    cap: int | None = Field(default=None, ge=1, le=100)

    @property
    def rung(self) -> Rung:
        return Rung(
            self.name, self.after.span, tuple(self.to), self.level, self.red, self.repeat_every, self.cap
        )


class LadderDefinition(Strict):
    """One ladder file: who is told what, how long before or after a deadline."""

    ladder: str = Field(pattern=NAME)
    version: int = Field(ge=1)
    label: str
    rungs: list[RungDefinition] = Field(min_length=1, max_length=50)

    @property
    def digest(self) -> str:
        return digest_of(_wordless(self.model_dump(mode="json", exclude_defaults=True)))

    @property
    def value(self) -> Ladder:
        return Ladder(self.ladder, tuple(row.rung for row in self.rungs))


def read_duties(text: str, source: str) -> DutyFamily:
    """Read a duty file. Raises DefinitionError with every problem."""
    return duties_of(load(text, source))


def duties_of(loaded: Loaded) -> DutyFamily:
    family, source = model_of(loaded, DutyFamily), loaded.source
    problems = []
    for name, duty in family.duties.items():
        if (duty.frequency is Frequency.NODE) != bool(duty.nodes):
            line = loaded.line_of(("duties", name, "nodes"))
            problems.append(Problem("nodes_without_frequency", source, line, {"duty": name}))
    if problems:
        raise DefinitionError(tuple(problems))
    return family


def read_ladder(text: str, source: str) -> LadderDefinition:
    """Read a ladder file and check that its rungs rise and never fall silent. Raises DefinitionError."""
    return ladder_of(load(text, source))


def ladder_of(loaded: Loaded) -> LadderDefinition:
    definition, source = model_of(loaded, LadderDefinition), loaded.source
    problems: list[Problem] = []
    names: set[str] = set()
    for at, row in enumerate(definition.rungs):
        line = loaded.line_of(("rungs", at))
        if row.name in names:
            problems.append(Problem("rung_twice", source, line, {"word": row.name}))
        if at and row.after.span.count <= definition.rungs[at - 1].after.span.count:
            problems.append(Problem("rung_not_higher", source, line, {"word": row.name}))
        for word in set(row.to) - AUDIENCES:
            facts = {"word": word, "nearest": nearest(word, AUDIENCES)}
            problems.append(Problem("unknown_audience", source, loaded.line_of(("rungs", at, "to")), facts))
        names.add(row.name)
    if falls_silent(definition.value):
        problems.append(Problem("ladder_falls_silent", source, loaded.line_of(("rungs",)), {}))
    if problems:
        raise DefinitionError(tuple(problems))
    return definition


def _wordless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _wordless(item) for key, item in value.items() if key != "label"}
    if isinstance(value, list):
        return [_wordless(item) for item in value]
    return value
