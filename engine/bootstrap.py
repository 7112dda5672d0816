"""The one composition root: collects guards, effects, definitions and ways out, and wires a home together."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from engine.core.ports import BlobStore, Notifier
from engine.core.vocabulary import Vocabulary, collect
from engine.errors import DefinitionError, Problem
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.store.database import Database

# Folder of a definition package → the kind of definition that lies in it.
KINDS = {"definitions": "workflow", "duties": "duty", "ladders": "ladder", "calendars": "calendar"}


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """One definition as it lies in a folder: its kind, its name (the file's), where from, and the text."""

    kind: str
    name: str
    source: str
    text: str


class Application:
    """A home and everything that a command may need of it, made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return collect(_modules(self.settings.workflow_package))

    @cached_property
    def database(self) -> Database:
        from engine.store.database import Database

        return Database.open(self.settings.database_url, self.vocabulary)

    @cached_property
    def blobs(self) -> BlobStore:
        from engine.store.blobs import FolderBlobs

        return FolderBlobs(self.settings.blobs)

    @cached_property
    def notifiers(self) -> dict[str, Notifier]:
        """The ways out by URL scheme. Raises ValueError when two claim one scheme."""
        found: dict[str, Notifier] = {}
        for module in _modules(self.settings.notifier_package):
            for way_out in _ways_out(module):
                for scheme in way_out.schemes:
                    if scheme in found:
                        raise ValueError(f"two ways out serve {scheme}://")
                    found[scheme] = way_out
        return found

    def shipped_definitions(self) -> Iterator[DefinitionFile]:
        """What comes with the program."""
        package = self.settings.workflow_package
        for folder, kind in KINDS.items():
            yield from _definitions(files(package).joinpath(folder), kind, f"{package}/{folder}")

    def site_definitions(self) -> Iterator[DefinitionFile]:
        """What this home adds, under `ZHENGGAI_HOME/workflows`."""
        for folder, kind in KINDS.items():
            place = self.settings.site_workflows / folder
            if place.is_dir():
                yield from _definitions(place, kind, place.as_posix())


def _definitions(folder: Traversable | Path, kind: str, source: str) -> Iterator[DefinitionFile]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith((".yaml", ".yml")):
            name, place = entry.name.rsplit(".", 1)[0], f"{source}/{entry.name}"
            text = _text(entry.read_bytes(), place)
            yield DefinitionFile(_kind(kind, text), name, place, text)


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError((Problem("yaml_not_utf8", source),)) from error


def _kind(kind: str, text: str) -> str:
    """Working days and school years lie in one folder; the first word of the file tells them apart."""
    return "school" if kind == "calendar" and any(row.startswith("school:") for row in text.splitlines()) else kind


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def _ways_out(module: ModuleType) -> Iterator[Any]:
    """The notifier classes that `module` itself defines: a `schemes` tuple and a `send` mark them."""
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            if isinstance(getattr(value, "schemes", None), tuple) and callable(getattr(value, "send", None)):
                yield value()
