"""`check` and `schema`: say everything that is wrong with definition files, here and in an editor."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from engine.bootstrap import Application, DefinitionFile, definition_file
from engine.cli.answer import Answer, answer, problem_facts
from engine.cli.home import Home, at_home
from engine.cli.onward import gap_facts, gap_lines
from engine.core.definition_reader import nearest
from engine.core.json_schema import SCHEMAS, json_schema
from engine.core.satisfiable import Blocked
from engine.errors import NotFound, Unavailable, WrongUsage
from engine.services.gaps import file_gaps, open_case_gaps, published_gaps
from engine.services.names import names_of
from engine.services.publishing import check_definitions, known_around
from engine.settings import Settings
from engine.store.places import find_organisation
from engine.store.scope import Scope
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
    gaps, is_read = _gaps(said, application, files if said.path else None)
    count = len(warnings) + sum(len(gap_lines(one.rows, one.names)) for one in gaps)
    told = done("checked", {"count": len(rows), "warnings": count})
    data: dict[str, Any] = {
        "definitions": rows,
        "warnings": [*map(problem_facts, warnings), *(row for one in gaps for row in one.facts)],
        "is_home_read": is_read,
    }
    unread = [] if is_read is not False else [done("checked_files_only", {})]
    missing = [line for one in gaps for line in one.lines(is_one_of_several=len(gaps) > 1)]
    return answer(data, [*map(problem_line, warnings), *missing, told, *unread])


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where today's people leave cases of one organisation that nobody could finish, and what it calls its posts."""

    organisation: str
    rows: list[Blocked]
    names: Mapping[str, str]

    @property
    def facts(self) -> list[dict[str, object]]:
        return [{**row, "organisation": self.organisation} for row in gap_facts(self.rows)]

    def lines(self, *, is_one_of_several: bool) -> list[str]:
        lines = gap_lines(self.rows, self.names)
        if not (lines and is_one_of_several):
            return lines
        return [done("gaps_of", {"organisation": self.organisation}), *(f"  {line}" for line in lines)]


def _gaps(
    said: Namespace, application: Application, files: list[DefinitionFile] | None
) -> tuple[list[Gaps], bool | None]:
    """The gaps of every organisation that is asked about. Without a home there are no people to ask about.

    `files` are looked at as if they were published; without any, what is published and the cases that are open.
    The last value is False where there is a home whose database cannot be read, None where there is no home.
    """
    path = application.database.path
    if path is not None and not path.exists():
        return [], None
    said.application = application
    try:
        home = at_home(said, whole=True)
    except Unavailable:
        # The files were asked about, not the database: what is wrong with that is said by whatever needs it.
        return [], False
    return [_gaps_of(home, key, files) for key in home.keys_asked_about(said)], True


def _gaps_of(home: Home, key: str, files: list[DefinitionFile] | None) -> Gaps:
    database, vocabulary = home.application.database, home.application.vocabulary
    with database.begin(Scope.whole(), writing=False) as uow:
        organisation = find_organisation(uow, key).id
    assert organisation is not None
    with database.begin(Scope.one(organisation), writing=False) as uow:
        if files is not None:
            found = file_gaps(uow, organisation, files, vocabulary, home.now)
        else:
            found = published_gaps(uow, organisation, home.now) + open_case_gaps(uow, organisation, home.now)
        return Gaps(key, found, names_of(uow, organisation))


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
    lines = json.dumps(found, ensure_ascii=False, indent=2).split("\n")
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
