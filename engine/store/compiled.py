"""Definitions compiled once per process: workflows and calendars, kept by digest."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from engine.core.calendar_files import read_calendar
from engine.core.definition import WorkflowDefinition
from engine.core.definition_reader import read_workflow
from engine.core.machine import Workflow, compile_workflow
from engine.core.vocabulary import Vocabulary
from engine.core.workdays import WorkCalendar
from engine.core.yaml_text import load
from engine.errors import NotFound
from engine.store.definitions import texts_of
from engine.store.unit_of_work import UnitOfWork


class Compiled:
    """A digest names a meaning that never changes; only the wording beside it can grow stale."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._workflows: dict[str, Workflow] = {}
        self._calendars: dict[str, WorkCalendar] = {}

    def workflow(self, uow: UnitOfWork, digest: str) -> Workflow:
        return self.workflows(uow, {digest})[digest]

    def workflows(self, uow: UnitOfWork, digests: set[str]) -> dict[str, Workflow]:
        """Raises NotFound for a digest that was never published, DefinitionError if the vocabulary shrank."""
        known = self._workflows
        for digest, text in _missing(uow, "workflow", digests - known.keys()).items():
            source = f"workflow:{digest[:12]}"
            definition = _read(text, source)
            # The digest names it, however a later version of the program would count it.
            known[digest] = replace(compile_workflow(definition, self._vocabulary, source), digest=digest)
        return {digest: known[digest] for digest in digests}

    def calendars(self, uow: UnitOfWork, digests: set[str]) -> dict[str, WorkCalendar]:
        known = self._calendars
        for digest, text in _missing(uow, "calendar", digests - known.keys()).items():
            known[digest] = read_calendar(load(text, f"calendar:{digest[:12]}"))
        return {digest: known[digest] for digest in digests}

    def clear(self) -> None:
        """Start anew; a thread that is reading keeps what it has."""
        self._workflows, self._calendars = {}, {}


@lru_cache(maxsize=64)
def _read(text: str, source: str) -> WorkflowDefinition:
    """One text is read once in a process, however many databases hold it: the shipped ones are in all of them."""
    return read_workflow(text, source)


def _missing(uow: UnitOfWork, kind: str, digests: set[str]) -> dict[str, str]:
    if not digests:
        return {}
    found = texts_of(uow, kind, digests)
    lost = sorted(digests - found.keys())
    if lost:
        raise NotFound("definition_not_found", kind=kind, name=lost[0])
    return found
