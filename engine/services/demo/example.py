"""The example school as its files tell it: people, findings, papers, and the story of half a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from typing import Literal

from pydantic import Field

from engine.core.definition import Strict
from engine.core.definition_reader import read_model
from engine.errors import DefinitionError, Problem
from engine.text.dates import day_words

Action = Literal[
    "accept_claims",
    "reject_claims",
    "assign",
    "schedule",
    "count",
    "ask",
    "approve",
    "return",
    "move",
    "finish",
    "file",
    "offline",
]


class Member(Strict):
    """One person of the school, with the posts held from the first day on."""

    key: str
    name: str
    title: str
    posts: list[str] = Field(default_factory=list)


class School(Strict):
    """The school and everybody in it."""

    key: str
    name: str
    zone: str
    people: list[Member]


class Step(Strict):
    """Something that people do on a day: counted from the first Monday, or back from today when negative.

    `issues` are numbers, `by` keys of people; `due` days for the measures in their order (or for the issue
    itself), `posts` the posts of measures by number, `params` what a move is told. With `is_refused` it is
    tried in vain, to show why.
    """

    day: int
    do: Action
    issues: list[int] = Field(min_length=1)
    by: list[str] = Field(min_length=1)
    text: str = ""
    move: str = ""
    params: dict[str, str] = Field(default_factory=dict)
    post: str = ""
    posts: dict[str, str] = Field(default_factory=dict)
    due: list[int] = Field(default_factory=list)
    measures: list[int] = Field(default_factory=list)
    deliverable: int | None = None
    paper: str = ""
    kind: str | None = None
    copies: int = 1
    box: str = ""
    keeper: str = ""
    inspector: str = ""
    level: str = "internal"
    is_refused: bool = False
    say: str = ""


class MissedPeriod(Strict):
    """The period that nobody records: the first one of `duty` due so many days into the story."""

    duty: str
    due_after: int


class MovedDuty(Strict):
    """A yearly duty whose month is written so that its day falls near this day of the story."""

    duty: str
    due_near: int


class Routine(Strict):
    """How the school keeps its recurring duties; days are calendar days, work is done on working days."""

    names: list[str]
    clerk: str
    submit_before_due: int
    accept_after: int
    missed: MissedPeriod
    moved: MovedDuty
    minutes: str
    papers: dict[str, str]


class Specimen(Strict):
    """A letter that is shown in full: the first of its category, to somebody, after so many days."""

    category: str
    to: str = ""
    after: int = 0


class Story(Strict):
    """The half-year: how long, when the inspection was, the duties, and every step in order."""

    lasts_weeks: int = Field(ge=20, le=60)
    dates: dict[str, int]
    duties: Routine
    letters: list[Specimen]
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Example:
    """Everything about the school; papers and the report are texts with places for dates."""

    school: School
    story: Story
    folder: Traversable

    def text(self, name: str) -> str:
        """One text file of the folder, such as `papers/minutes.txt`."""
        return self.folder.joinpath(*name.split("/")).read_text(encoding="utf-8")

    def report(self, start: date) -> str:
        """The findings, dated as if the story began on `start`."""
        said = self.text("report.md")
        for name, offset in self.story.dates.items():
            said = said.replace(f"{{{name}}}", day_words(start + timedelta(days=offset)))
        return said


def read_example(folder: Traversable) -> Example:
    """Read the files of the example. Raises DefinitionError with every problem."""
    school, _ = read_model(_text(folder, "school.yaml"), "school.yaml", School)
    story, loaded = read_model(_text(folder, "story.yaml"), "story.yaml", Story)
    known = {member.key for member in school.people}
    problems = [
        Problem("person_not_found", "story.yaml", loaded.line_of(("steps", at)), {"person": key})
        for at, step in enumerate(story.steps)
        for key in step.by
        if key not in known
    ]
    if problems:
        raise DefinitionError(tuple(problems))
    return Example(school, story, folder)


def _text(folder: Traversable, name: str) -> str:
    return folder.joinpath(name).read_text(encoding="utf-8")
