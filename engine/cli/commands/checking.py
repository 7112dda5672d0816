"""`check`: read definition files as `init` would, and say everything that is wrong with them."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from engine.bootstrap import Application, DefinitionFile, definition_file
from engine.cli.answer import Answer, answer
from engine.errors import NotFound
from engine.services.publishing import check_definitions
from engine.settings import Settings
from engine.text.sentences import done


def check(said: Namespace) -> Answer:
    """`check [PATH…]`: without a path, what is shipped and what this home adds."""
    application = Application(Settings.from_environment(os.environ))
    files = list(_named(said.path)) if said.path else _all(application)
    checked = check_definitions(files, application.vocabulary)
    rows = [
        {"kind": row.kind, "name": row.name, "version": row.version, "digest": row.digest} for row in checked
    ]
    return answer({"definitions": rows}, [done("checked", {"count": len(rows)})])


def _all(application: Application) -> list[DefinitionFile]:
    return list(chain(application.shipped_definitions(), application.site_definitions()))


def _named(paths: list[str]) -> Iterator[DefinitionFile]:
    for word in paths:
        path = Path(word)
        if not path.exists():
            raise NotFound("file_not_found", file=word)
        found = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
        yield from (definition_file(each, each.as_posix()) for each in found)
