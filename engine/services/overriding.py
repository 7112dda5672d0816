"""Definitions of one organisation: overlays over what holds for all, applied again whenever that changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from engine.core.changes import Change, changes
from engine.core.definition_reader import read_workflow, workflow_of
from engine.core.meanings import own_digest
from engine.core.overlay import merged, near_misses, text_of
from engine.core.sound.sheet import Known
from engine.core.stricter import laxer
from engine.core.vocabulary import Vocabulary
from engine.core.yaml_text import Loaded, load
from engine.errors import DefinitionError, NotFound, Problem
from engine.services.publishing import Checked, check_loaded, known_around, number_taken, wake
from engine.store.definitions import (
    FOR_ALL,
    Published,
    current_of_kind,
    own_versions,
    publish,
    published,
    retire,
)
from engine.store.unit_of_work import UnitOfWork
from engine.store.versions import count_running


@dataclass(frozen=True, slots=True)
class StoredText:
    """A published definition in the shape of a file."""

    kind: str
    name: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """What one organisation says differently about one definition."""

    kind: str
    name: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What publishing one definition did, or would do: its differences to what held before, and who it leaves behind.

    `older` is how many running cases stay on other versions.
    """

    checked: Checked
    scope: str
    is_new: bool
    changes: tuple[Change, ...]
    older: int = 0


@dataclass(frozen=True, slots=True)
class Unfit:
    """An overlay that no longer fits what it lies on, or a whole file (`is_whole`) that now asks for less than what
    holds for all; its organisation keeps the version that it had.
    """

    scope: str
    kind: str
    name: str
    problems: tuple[Problem, ...]
    is_whole: bool = False

    def as_json(self) -> dict[str, object]:
        codes = [problem.code for problem in self.problems]
        what = {"organisation": self.scope, "kind": self.kind, "name": self.name}
        return {**what, "is_whole": self.is_whole, "problems": codes}


def known_here(uow: UnitOfWork, organisation: str, vocabulary: Vocabulary) -> Known:
    """What a definition of this organisation may refer to: the ladders and workflows that are published for it."""
    around = [
        StoredText(kind, row.name, row.name, row.text)
        for kind in ("ladder", "workflow")
        for row in current_of_kind(uow, organisation, kind).values()
    ]
    return known_around(around, vocabulary)


def publish_for(
    uow: UnitOfWork, scope: str, definitions: Iterable[Checked], vocabulary: Vocabulary, now: datetime
) -> list[Outcome]:
    """Publish whole files for one organisation, or for all (`*`).

    A file of one organisation is held to what holds for all as an overlay is. Raises DefinitionError with everything
    that asks for less.
    """
    wanted = tuple(definitions)
    if scope != FOR_ALL:
        pairs = [(published(uow, FOR_ALL, one.kind, one.name), one) for one in wanted]
        if problems := tuple(
            problem for below, one in pairs for problem in _laxer(below, one.kind, one.loaded, vocabulary)
        ):
            raise DefinitionError(problems)
    return [_published(uow, scope, one, now) for one in wanted]


def override(
    uow: UnitOfWork, organisation: str, overlay: Overlay, vocabulary: Vocabulary, now: datetime
) -> Outcome:
    """Lay `overlay` over what holds for all and publish that for the organisation.

    Raises NotFound for a definition that there is not, DefinitionError with everything that does not fit.
    """
    base = _base(uow, overlay.kind, overlay.name)
    checked = _laid(base, overlay, known_here(uow, organisation, vocabulary))
    return _published(uow, organisation, checked, now, overlay=overlay.text, base=base.digest)


def override_of(uow: UnitOfWork, organisation: str, kind: str, name: str) -> Published:
    """The organisation's own version. Raises NotFound where it has none."""
    found = published(uow, organisation, kind, name)
    if found is None:
        raise NotFound("override_not_found", kind=kind, name=name)
    return found


def drop_override(uow: UnitOfWork, organisation: str, kind: str, name: str, now: datetime) -> None:
    """What holds for all holds again; cases keep the version they are on. Raises NotFound where there was none."""
    override_of(uow, organisation, kind, name)
    retire(uow, organisation, kind, name, now)
    wake(uow, [f"{kind}/{name}"], now)


def lay_again(
    uow: UnitOfWork, names: Iterable[str], vocabulary: Vocabulary, now: datetime
) -> tuple[Unfit, ...]:
    """Lay every organisation's overlays over what was just published for all (`names` as `kind/name`).

    A whole file of an organisation is judged by it once more, and stays as it is.
    """
    found = []
    for kind, name in (row.split("/", 1) for row in names):
        base = _base(uow, kind, name)
        for row in own_versions(uow, kind, name):
            try:
                if row.overlay is None:
                    _judge_again(base, row, kind, vocabulary)
                else:
                    _lay_one_again(uow, base, row, kind, vocabulary, now)
            except DefinitionError as error:
                found.append(Unfit(row.scope, kind, name, error.problems, is_whole=row.overlay is None))
    return tuple(found)


def _lay_one_again(
    uow: UnitOfWork, base: Published, own: Published, kind: str, vocabulary: Vocabulary, now: datetime
) -> None:
    overlay = Overlay(kind, own.name, own.overlay or "", _source(own, kind))
    checked = _laid(base, overlay, known_here(uow, own.scope, vocabulary))
    _published(uow, own.scope, checked, now, overlay=overlay.text, base=base.digest)


def _judge_again(base: Published, own: Published, kind: str, vocabulary: Vocabulary) -> None:
    """Raises DefinitionError with everything in which the organisation's whole file asks for less."""
    if problems := tuple(_laxer(base, kind, load(own.text, _source(own, kind)), vocabulary)):
        raise DefinitionError(problems)


def _source(own: Published, kind: str) -> str:
    return f"{own.scope}:{kind}/{own.name}"


def _laid(base: Published, overlay: Overlay, known: Known) -> Checked:
    below = load(base.text, f"{overlay.kind}:{base.name}")
    above = load(overlay.text, overlay.source)
    found = merged(overlay.kind, below, above)
    text = text_of(found)
    # What is stored will be read from this text, so it has to say the same.
    load(text, overlay.source)
    try:
        checked = check_loaded(overlay.kind, found, text, known)
    except DefinitionError as error:
        raise DefinitionError((*near_misses(below, above, error.problems), *error.problems)) from error
    if problems := tuple(_laxer(base, overlay.kind, checked.loaded, known.vocabulary)):
        raise DefinitionError(problems)
    return checked


def _laxer(base: Published | None, kind: str, own: Loaded, vocabulary: Vocabulary) -> Iterator[Problem]:
    """What an organisation's own definition asks no more than the one that holds for all."""
    if base is not None and kind == "workflow":
        yield from laxer(read_workflow(base.text, base.name), workflow_of(own), own, vocabulary)


def _base(uow: UnitOfWork, kind: str, name: str) -> Published:
    base = published(uow, FOR_ALL, kind, name)
    if base is None:
        raise NotFound("definition_not_found", kind=kind, name=name)
    return base


def _published(
    uow: UnitOfWork,
    scope: str,
    one: Checked,
    now: datetime,
    *,
    overlay: str | None = None,
    base: str | None = None,
) -> Outcome:
    before = published(uow, scope, one.kind, one.name) or published(uow, FOR_ALL, one.kind, one.name)
    old = load(before.text, one.name).data if before is not None else {}
    if overlay is None:
        # An overlay has the number of what it lies on.
        one = replace(one, warnings=(*one.warnings, *number_taken(uow, scope, one)))
    if scope != FOR_ALL:
        one = replace(one, digest=own_digest(one.digest, scope))
    publish(
        uow, scope, one.kind, one.name, one.version, one.digest, one.text, now, overlay=overlay, base=base
    )
    wake(uow, [f"{one.kind}/{one.name}"], now)
    differences = tuple(changes(old, load(one.text, one.name).data)) if before is not None else ()
    older = count_running(uow, one.name, one.digest) if one.kind == "workflow" else 0
    return Outcome(one, scope, before is None, differences, older)
