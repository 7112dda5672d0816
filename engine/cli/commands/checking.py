"""`check` and `schema`: say everything that is wrong with definition files, here and in an editor."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from engine.bootstrap import Application, DefinitionFile, definition_file
from engine.cli.answer import Answer, answer, problem_facts
from engine.cli.home import at_home
from engine.cli.onward import gap_facts, gap_lines
from engine.core.definition_reader import nearest
from engine.core.json_schema import SCHEMAS, json_schema
from engine.core.satisfiable import Blocked
from engine.errors import NotFound, Unavailable, WrongUsage
from engine.services.gaps import file_gaps, open_case_gaps, published_gaps
from engine.services.publishing import check_definitions, known_around
from engine.settings import Settings
from engine.text.sentences import done, problem_line


def check(said: Namespace) -> Answer:
    """`check [PATH…]`: without a path, what is shipped and what this home adds."""
    application = Application(Settings.from_environment(os.environ))
    ours = _all(application)
    files = list(named_files(said.path)) if said.path else ours
    checked = check_definitions(files, application.vocabulary, beside=ours)
    rows = [
        {"kind": row.kind, "name": row.name, "version": row.version, "digest": row.digest} for row in checked
    ]
    warnings = [problem for row in checked for problem in row.warnings]
    gaps, names, is_read = _gaps(said, application, files if said.path else None)
    told = done("checked", {"count": len(rows), "warnings": len(warnings) + len(gaps)})
    data: dict[str, Any] = {
        "definitions": rows,
        "warnings": [*(problem_facts(row) for row in warnings), *gap_facts(gaps)],
    }
    data["is_home_read"] = is_read
    unread = [] if is_read is not False else [done("checked_files_only", {})]
    return answer(data, [*map(problem_line, warnings), *gap_lines(gaps, names), told, *unread])


def _gaps(
    said: Namespace, application: Application, files: list[DefinitionFile] | None
) -> tuple[list[Blocked], Mapping[str, str], bool | None]:
    """Where today's people leave cases that nobody could finish. Without a home there are no people to ask about.

    `files` are looked at as if they were published; without any, what is published and the cases that are open.
    The last value is False where there is a home whose database cannot be read, None where there is no home.
    """
    path = application.database.path
    if path is not None and not path.exists():
        return [], {}, None
    said.application = application
    try:
        home = at_home(said, whole=True)
    except Unavailable:
        # The files were asked about, not the database: what is wrong with that is said by whatever needs it.
        return [], {}, False
    with home.reading() as uow:
        if files is not None:
            found = file_gaps(uow, home.organisation, files, application.vocabulary, home.now)
        else:
            found = published_gaps(uow, home.organisation, home.now)
            found += open_case_gaps(uow, home.organisation, home.now)
    return found, home.names, True


def schema(said: Namespace) -> Answer:
    """`schema KIND`: the JSON Schema of one kind of definition file, for editors; `--out` writes all into a folder."""
    application = Application(Settings.from_environment(os.environ))
    known = known_around(_all(application), application.vocabulary)
    kinds = [said.kind] if said.kind else sorted(SCHEMAS)
    if any(kind not in SCHEMAS for kind in kinds) or not (said.kind or said.out):
        facts = {"kind": said.kind, "nearest": nearest(said.kind or "", SCHEMAS), "kinds": sorted(SCHEMAS)}
        raise WrongUsage("schema_which", **facts)
    schemas = {kind: json_schema(kind, known) for kind in kinds}
    if said.out:
        written = [_written(Path(said.out), kind, found) for kind, found in schemas.items()]
        return answer({"files": written}, [done("schema_written", {"file": file}) for file in written])
    found = schemas[said.kind]
    lines = json.dumps(found, ensure_ascii=False, indent=2).splitlines()
    return answer({"kind": said.kind, "json_schema": found}, lines)


def _written(folder: Path, kind: str, found: Mapping[str, object]) -> str:
    path = folder / f"{kind}.schema.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise WrongUsage("file_unwritable", path=str(path)) from error
    return path.as_posix()


def _all(application: Application) -> list[DefinitionFile]:
    return list(chain(application.shipped_definitions(), application.site_definitions()))


def named_files(paths: list[str]) -> Iterator[DefinitionFile]:
    """The definition files that people name, one by one or by their folder.

    Raises NotFound `file_not_found`, WrongUsage `file_unreadable` for what is no plain file.
    """
    for word in paths:
        path = Path(word)
        if not path.exists():
            raise NotFound("file_not_found", file=word)
        found = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
        for each in found:
            if not each.is_file():
                raise WrongUsage("file_unreadable", file=each.as_posix())
            yield definition_file(each, each.as_posix())
