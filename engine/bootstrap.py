"""The one composition root: collects guards, effects, definitions and ways out, and wires a home together."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO

from engine.core.ports import BlobStore, Notifier, Poster
from engine.core.vocabulary import Vocabulary, collect
from engine.core.yaml_text import LONGEST_TEXT
from engine.errors import DefinitionError, Problem
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.store.database import Database

LONGEST_FILE = 4 * LONGEST_TEXT
"""In bytes; no character of UTF-8 has more than four."""
FOLDERS = ("definitions", "duties", "ladders", "calendars", "posts", "inspections")
# What a definition file says on its first level → its kind. Working days and school years lie in one folder.
KINDS = {
    "workflow": "workflow",
    "family": "duty",
    "ladder": "ladder",
    "posts": "posts",
    "inspection": "inspection",
    "calendar": "calendar",
    "school": "school",
}


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """One definition as it lies in a folder: its kind, its name (the file's), where from, and the text."""

    kind: str
    name: str
    source: str
    text: str


class Application:
    """A home and everything that a command may need of it, made when it is first asked for.

    In a rehearsal no file of the home is written.
    """

    def __init__(self, settings: Settings, *, is_rehearsal: bool = False) -> None:
        self.settings = settings
        self.is_rehearsal = is_rehearsal

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return collect(_modules(self.settings.workflow_package))

    @cached_property
    def database(self) -> Database:
        from engine.store.database import Database

        return Database.open(self.settings.database_url, self.vocabulary)

    def close(self) -> None:
        """Let go of the database, if it was ever opened."""
        if "database" in vars(self):
            self.database.close()

    @cached_property
    def blobs(self) -> BlobStore:
        from engine.store.blobs import FolderBlobs, UnkeptBlobs

        return (UnkeptBlobs if self.is_rehearsal else FolderBlobs)(self.settings.blobs)

    def notifiers(self, letters_to: TextIO | None = None) -> dict[str, Notifier]:
        """The ways out by URL scheme; those that print do it on `letters_to` (None: standard output).

        Raises ValueError when two claim one scheme.
        """
        found: dict[str, Notifier] = {}
        for module in _modules(self.settings.notifier_package):
            for way_out in _ways_out(module, letters_to):
                for scheme in way_out.schemes:
                    if scheme in found:
                        raise ValueError(f"two ways out serve {scheme}://")
                    found[scheme] = way_out
        return found

    @cached_property
    def poster(self) -> Poster:
        """The way out for other programs. Raises LookupError when no notifier module has one."""
        for module in _modules(self.settings.notifier_package):
            for value in vars(module).values():
                if (
                    isinstance(value, type)
                    and value.__module__ == module.__name__
                    and hasattr(value, "posts_to")
                ):
                    made: Poster = value()
                    return made
        raise LookupError("no poster")

    @cached_property
    def signing_key(self) -> bytes:
        """The key of this home, made when it is first asked for: what leaves for other programs is signed with it."""
        from engine.store.keys import key_in, new_key

        if self.is_rehearsal and not self.settings.signing_key.exists():
            return new_key()
        return key_in(self.settings.signing_key)

    def shipped_definitions(self) -> Iterator[DefinitionFile]:
        """What comes with the program."""
        package = self.settings.workflow_package
        for folder in FOLDERS:
            yield from _definitions(files(package).joinpath(folder), f"{package}/{folder}")

    def site_definitions(self) -> Iterator[DefinitionFile]:
        """What this home adds, under `ZHENGGAI_HOME/workflows`."""
        for folder in FOLDERS:
            place = self.settings.site_workflows / folder
            yield from _definitions(place, place.as_posix())


def definition_file(path: Traversable | Path, source: str) -> DefinitionFile:
    """One file by itself: what it says on its first level tells its kind.

    Raises DefinitionError when it is not UTF-8 or longer than any definition; a file that says none of the
    words is read as a workflow.
    """
    with path.open("rb") as file:
        said = file.read(LONGEST_FILE + 1)
    if len(said) > LONGEST_FILE:
        raise DefinitionError((Problem("yaml_too_long", source, 0, {"limit": LONGEST_TEXT}),))
    try:
        text = said.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError((Problem("yaml_not_utf8", source),)) from error
    words = {row.split(":")[0] for row in text.splitlines() if row[:1].isalpha()}
    kind = next((kind for word, kind in KINDS.items() if word in words), "workflow")
    return DefinitionFile(kind, path.name.rsplit(".", 1)[0], source, text)


def _definitions(folder: Traversable | Path, source: str) -> Iterator[DefinitionFile]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith((".yaml", ".yml")) and entry.is_file():
            yield definition_file(entry, f"{source}/{entry.name}")


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def _ways_out(module: ModuleType, letters_to: TextIO | None) -> Iterator[Any]:
    """The notifiers that `module` itself defines: a `schemes` tuple and a `send` mark their class."""
    for value in vars(module).values():
        if not (isinstance(value, type) and value.__module__ == module.__name__):
            continue
        if isinstance(getattr(value, "schemes", None), tuple) and callable(getattr(value, "send", None)):
            prints = "stream" in signature(value).parameters
            yield value(stream=letters_to) if prints else value()
