"""The home of `new_home` on each kind of database: made once for a test process, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.kit.cli import CommandLine, new_home, settled
from tests.kit.databases import Databases


class Homes:
    """Hands out copies; the one on a server is made when the first test asks for it."""

    def __init__(self, databases: Databases, folder: Path) -> None:
        self._databases, self._folder = databases, folder
        self._kept = ExitStack()
        self._served: CommandLine | None = None

    @contextmanager
    def fresh(self, backend: str, folder: Path) -> Iterator[CommandLine]:
        """A home in `folder` that nobody else sees."""
        if backend == "sqlite":
            yield new_home(folder)
            return
        template = self._template(backend)
        shutil.copytree(template.home, folder)
        with self._databases.copy_of(template.url) as url:
            yield CommandLine(folder, url)

    def _template(self, backend: str) -> CommandLine:
        if self._served is None:
            url = self._kept.enter_context(self._databases.fresh_url(backend))
            self._served = settled(CommandLine(self._folder / "home", url), self._folder / "report.txt")
        return self._served

    def close(self) -> None:
        self._kept.close()
