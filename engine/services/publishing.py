"""Definition files → checked → published: all of them, or none and every problem at once (law 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.core.calendar_files import read_calendar, read_school
from engine.core.definition_reader import nearest, read_workflow
from engine.core.duty import read_duties, read_ladder
from engine.core.history import digest_of
from engine.core.machine import compile_workflow
from engine.core.vocabulary import Vocabulary
from engine.core.yaml_text import Loaded, load
from engine.errors import DefinitionError, Problem
from engine.store.definitions import FOR_ALL, publish
from engine.store.sweeping import wake_deadlines
from engine.store.unit_of_work import UnitOfWork


class DefinitionText(Protocol):
    """One definition file as it was found: its kind, its name, where it lies, and what it says."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """A definition that may be published: the name it gives itself, its version and semantic digest."""

    kind: str
    name: str
    version: int
    digest: str
    text: str


TIMING = ("calendar/", "ladder/")
"""The definitions that say when a rung comes: where one changes, every open deadline is looked at again."""

Reader = Callable[[str, str, Vocabulary], tuple[str, int, str]]


def check_definitions(files: Iterable[DefinitionText], vocabulary: Vocabulary) -> tuple[Checked, ...]:
    """Check every file; of two with one kind and name the later wins (a site's own over the shipped one).

    Raises DefinitionError with the problems of all files.
    """
    checked: dict[tuple[str, str], Checked] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            one = _check(file, vocabulary)
        except DefinitionError as error:
            problems.extend(error.problems)
            continue
        checked[one.kind, one.name] = one
    if problems:
        raise DefinitionError(tuple(problems))
    return tuple(checked.values())


def publish_checked(uow: UnitOfWork, definitions: Iterable[Checked], now: datetime) -> tuple[str, ...]:
    """Publish for every organisation; what changed, as `kind/name`."""
    changed = []
    for one in definitions:
        if publish(uow, FOR_ALL, one.kind, one.name, one.version, one.digest, one.text, now):
            changed.append(f"{one.kind}/{one.name}")
    if any(name.startswith(TIMING) for name in changed):
        wake_deadlines(uow, now)
    return tuple(changed)


def _check(file: DefinitionText, vocabulary: Vocabulary) -> Checked:
    reader = _READERS.get(file.kind)
    if reader is None:
        facts = {"word": file.kind, "nearest": nearest(file.kind, _READERS)}
        raise DefinitionError((Problem("unknown_kind", file.source, 0, facts),))
    name, version, digest = reader(file.text, file.source, vocabulary)
    return Checked(file.kind, name, version, digest, file.text)


def _workflow(text: str, source: str, vocabulary: Vocabulary) -> tuple[str, int, str]:
    definition = read_workflow(text, source)
    compile_workflow(definition, vocabulary, source)
    return definition.workflow, definition.version, definition.digest


def _duty(text: str, source: str, _vocabulary: Vocabulary) -> tuple[str, int, str]:
    family = read_duties(text, source)
    return family.family, family.version, family.digest


def _ladder(text: str, source: str, _vocabulary: Vocabulary) -> tuple[str, int, str]:
    ladder = read_ladder(text, source)
    return ladder.ladder, ladder.version, ladder.digest


def _calendar(text: str, source: str, _vocabulary: Vocabulary) -> tuple[str, int, str]:
    loaded = load(text, source)
    return _named("calendar", loaded, read_calendar(loaded).version)


def _school(text: str, source: str, _vocabulary: Vocabulary) -> tuple[str, int, str]:
    loaded = load(text, source)
    return _named("school", loaded, read_school(loaded).version)


def _named(key: str, loaded: Loaded, version: str) -> tuple[str, int, str]:
    """Calendars have years for versions (`2026.1`): the row keeps the year, the digest tells the rest."""
    data = loaded.data
    name = data.get(key) if isinstance(data, dict) else None
    year = version.split(".", maxsplit=1)[0]
    return str(name), int(year) if year.isascii() and year.isdigit() else 1, digest_of(data)


_READERS: Mapping[str, Reader] = {
    "workflow": _workflow,
    "duty": _duty,
    "ladder": _ladder,
    "calendar": _calendar,
    "school": _school,
}
