"""Definition files → checked → published: all of them, or none and every problem at once (law 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from engine.core.calendar_files import read_calendar, read_school
from engine.core.definition_reader import MOST_PROBLEMS, nearest, workflow_of
from engine.core.duty import duties_of, ladder_of, read_ladder
from engine.core.history import digest_of
from engine.core.inspection_file import inspection_of
from engine.core.ladder import Ladder
from engine.core.machine import compile_workflow, vocabulary_problems
from engine.core.meanings import own_digest
from engine.core.overlay import NAME_KEYS
from engine.core.post_catalogue import posts_of
from engine.core.sound.duties import lost_names
from engine.core.sound.sheet import Known
from engine.core.soundness import findings
from engine.core.vocabulary import Vocabulary
from engine.core.yaml_text import Loaded, load
from engine.errors import DefinitionError, Facts, Problem
from engine.services.post_catalogue import settle_conflicts
from engine.store.definitions import FOR_ALL, publish, versions_of
from engine.store.duties import wake_series
from engine.store.sweeping import wake_deadlines
from engine.store.unit_of_work import UnitOfWork
from engine.text.books import book
from engine.text.labels import labels


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
    """A definition that may be published: the name it gives itself, its version and semantic digest.

    `loaded` is what was read from `text`, with the lines that somebody can correct. `warnings` are what somebody
    should look at; they refuse nothing.
    """

    kind: str
    name: str
    version: int
    digest: str
    text: str
    loaded: Loaded
    warnings: tuple[Problem, ...] = ()


TIMING = ("calendar/", "ladder/")
_BY_YEAR = frozenset({"calendar", "school"})
RHYTHM = ("calendar/", "school/", "duty/")
"""The definitions that say when a rung comes: where one changes, every open deadline is looked at again."""

Reader = Callable[[Loaded, Known], tuple[str, int, str, tuple[Problem, ...]]]


def check_definitions(
    files: Iterable[DefinitionText], vocabulary: Vocabulary, *, beside: Iterable[DefinitionText] = ()
) -> tuple[Checked, ...]:
    """Check every file; of two with one kind and name the later wins (a site's own over the shipped one).

    `beside` are files that those may refer to, and that are not checked themselves.
    Raises DefinitionError with the errors of all files.
    """
    wanted = list(files)
    known = known_around([*beside, *wanted], vocabulary)
    checked: dict[tuple[str, str], Checked] = {}
    problems: list[Problem] = []
    for file in wanted:
        try:
            one = check_loaded(file.kind, load(file.text, file.source), file.text, known)
        except DefinitionError as error:
            problems.extend(_perhaps_overlay(file, error.problems))
            continue
        checked[one.kind, one.name] = one
    if problems:
        raise DefinitionError(tuple(problems))
    return tuple(checked.values())


def _perhaps_overlay(file: DefinitionText, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """A file that says neither whose it is nor which version is only what differs, and is checked over the whole."""
    missing = {problem.facts.get("word") for problem in problems if problem.code == "missing_key"}
    if not {NAME_KEYS.get(file.kind), "version"} <= missing:
        return problems
    return (Problem("looks_like_overlay", file.source, 1, {"file": file.source}),)


def known_around(files: Iterable[DefinitionText], vocabulary: Vocabulary) -> Known:
    """What a file may refer to. Where a ladder cannot be read, nobody can say which there are."""
    around = list(files)
    ladders: dict[str, Ladder] | None = {}
    for file in around:
        if file.kind == "ladder" and ladders is not None:
            try:
                ladder = read_ladder(file.text, file.source)
                ladders[ladder.ladder] = ladder.value
            except DefinitionError:
                ladders = None
    notices = book("letters").get("kinds")
    return Known(
        vocabulary,
        ladders,
        frozenset(labels("evidence_kind")),
        frozenset(notices) if isinstance(notices, dict) else frozenset(),
        _workflows(around),
    )


def _workflows(files: Iterable[DefinitionText]) -> frozenset[str] | None:
    """The names that workflow files give themselves; None where there are none, or one cannot be read."""
    found = set()
    for file in files:
        if file.kind == "workflow":
            try:
                data = load(file.text, file.source).data
            except DefinitionError:
                return None
            found.add(str(data.get("workflow")) if isinstance(data, dict) else "")
    return frozenset(found) or None


def check_loaded(kind: str, loaded: Loaded, text: str, known: Known) -> Checked:
    """Check one definition that was read from `text`. Raises DefinitionError with its errors."""
    reader = _READERS.get(kind)
    if reader is None:
        facts = {"word": kind, "nearest": nearest(kind, _READERS)}
        raise DefinitionError((Problem("unknown_kind", loaded.source, 0, facts),))
    name, version, digest, warnings = reader(loaded, known)
    return Checked(kind, name, version, digest, text, loaded, warnings)


def publish_checked(uow: UnitOfWork, definitions: Iterable[Checked], now: datetime) -> tuple[str, ...]:
    """Publish for every organisation; what changed, as `kind/name`."""
    changed = []
    for one in definitions:
        if publish(uow, FOR_ALL, one.kind, one.name, one.version, one.digest, one.text, now):
            changed.append(f"{one.kind}/{one.name}")
    if any(name.startswith("posts/") for name in changed):
        settle_conflicts(uow)
    wake(uow, changed, now)
    return tuple(changed)


def number_taken(uow: UnitOfWork, scope: str, one: Checked) -> Iterator[Problem]:
    """`version_taken`: another meaning was published under this number, so that people cannot tell the two apart,
    for the same or for all. A calendar is numbered by its year.
    """
    if one.kind in _BY_YEAR:
        return
    known = versions_of(uow, {scope, FOR_ALL}, one.kind, one.name)
    same = {one.digest, own_digest(one.digest, scope)}
    if not known.keys() & same and one.version in known.values():
        facts: Facts = {"version": one.version, "next": max(known.values()) + 1}
        line = one.loaded.line_of(("version",))
        yield Problem("version_taken", one.loaded.source, line, facts, "warning")


def wake(uow: UnitOfWork, changed: Iterable[str], now: datetime) -> None:
    """What rests on definitions that changed (`kind/name`) is looked at anew by the next tick."""
    names = tuple(changed)
    if any(name.startswith(TIMING) for name in names):
        wake_deadlines(uow, now)
    if any(name.startswith(RHYTHM) for name in names):
        wake_series(uow, now)


def _workflow(loaded: Loaded, known: Known) -> tuple[str, int, str, tuple[Problem, ...]]:
    definition = workflow_of(loaded)
    # What cannot be compiled is told first: every other rule rests on words that there are.
    errors = tuple(islice(vocabulary_problems(definition, known.vocabulary, loaded), MOST_PROBLEMS))
    found = () if errors else findings(definition, loaded, known)
    errors += tuple(problem for problem in found if problem.severity == "error")
    if errors:
        raise DefinitionError(errors)
    compile_workflow(definition, known.vocabulary, loaded.source)
    return definition.workflow, definition.version, definition.digest, found


def _duty(loaded: Loaded, known: Known) -> tuple[str, int, str, tuple[Problem, ...]]:
    family = duties_of(loaded)
    if problems := tuple(lost_names("duties", family.duties, loaded, known)):
        raise DefinitionError(problems)
    return family.family, family.version, family.digest, ()


def _ladder(loaded: Loaded, _known: Known) -> tuple[str, int, str, tuple[Problem, ...]]:
    ladder = ladder_of(loaded)
    return ladder.ladder, ladder.version, ladder.digest, ()


def _posts(loaded: Loaded, _known: Known) -> tuple[str, int, str, tuple[Problem, ...]]:
    catalogue = posts_of(loaded)
    return catalogue.posts, catalogue.version, catalogue.digest, ()


def _inspection(loaded: Loaded, known: Known) -> tuple[str, int, str, tuple[Problem, ...]]:
    definition = inspection_of(loaded)
    if problems := tuple(lost_names("milestones", definition.milestones, loaded, known)):
        raise DefinitionError(problems)
    return definition.inspection, definition.version, definition.digest, ()


def _calendar(loaded: Loaded, _known: Known) -> tuple[str, int, str, tuple[Problem, ...]]:
    return _named("calendar", loaded, read_calendar(loaded).version)


def _school(loaded: Loaded, _known: Known) -> tuple[str, int, str, tuple[Problem, ...]]:
    return _named("school", loaded, read_school(loaded).version)


def _named(key: str, loaded: Loaded, version: str) -> tuple[str, int, str, tuple[Problem, ...]]:
    """Calendars have years for versions (`2026.1`): the row keeps the year, the digest tells the rest."""
    data = loaded.data
    name = data.get(key) if isinstance(data, dict) else None
    year = version.split(".", maxsplit=1)[0]
    return str(name), int(year) if year.isascii() and year.isdigit() else 1, digest_of(data), ()


_READERS: Mapping[str, Reader] = {
    "workflow": _workflow,
    "duty": _duty,
    "ladder": _ladder,
    "posts": _posts,
    "inspection": _inspection,
    "calendar": _calendar,
    "school": _school,
}
