"""What a file of inspection milestones may say: the steps of a round, each with its post, day, papers and review."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from engine.core.counting import Origin, counted, rule_facts
from engine.core.deadlines import add_months
from engine.core.definition import WORDING, Span, Strict
from engine.core.definition_reader import model_of
from engine.core.duty import NAME, Proof
from engine.core.history import digest_of
from engine.core.workdays import WorkCalendar
from engine.core.yaml_text import Loaded
from engine.errors import DefinitionError, Problem


class Milestone(Strict):
    """One step. `due` is counted from the feedback; with `every_months` it comes `times` times in all."""

    label: str
    post: str
    due: Span
    review: Literal["required", "none"] = "none"
    every_months: int = Field(default=0, ge=0, le=24)
    times: int = Field(default=1, ge=1, le=40)
    evidence: list[Proof] = Field(default_factory=list)
    workflow: str = "milestone"
    ladder: str = "milestone"

    def days(self, feedback_on: date, calendar: WorkCalendar) -> Iterator[tuple[date, Origin]]:
        """The day of each of its times and why, counted from the feedback and never from one another."""
        first, rule = counted(self.due, feedback_on, calendar), rule_facts(self.due)
        for later in (self.every_months * at for at in range(self.times)):
            more: dict[str, int | str] = {"then_months": later} if later else {}
            yield add_months(first, later), Origin("feedback", feedback_on, {**rule, **more})


class InspectionDefinition(Strict):
    """One file: the milestones of a kind of inspection, in the order in which they are shown."""

    inspection: str = Field(pattern=NAME)
    version: int = Field(ge=1)
    label: str
    milestones: dict[Annotated[str, Field(pattern=NAME)], Milestone] = Field(min_length=1, max_length=60)

    @property
    def digest(self) -> str:
        return digest_of(_wordless(self.model_dump(mode="json")))


def inspection_of(loaded: Loaded) -> InspectionDefinition:
    """A file of milestones that was read. Raises DefinitionError with every problem."""
    definition = model_of(loaded, InspectionDefinition)
    problems = tuple(
        Problem(
            "times_without_rhythm",
            loaded.source,
            loaded.line_of(("milestones", name, "times")),
            {"word": name},
        )
        for name, row in definition.milestones.items()
        if (row.times > 1) != bool(row.every_months)
    )
    if problems:
        raise DefinitionError(problems)
    return definition


def _wordless(value: object) -> object:
    if isinstance(value, dict):
        return {key: _wordless(item) for key, item in value.items() if key not in WORDING}
    if isinstance(value, list):
        return [_wordless(item) for item in value]
    return value
