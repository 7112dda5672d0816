"""`publish` and `override`: definitions for all organisations, for one, and what one says differently."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.bootstrap import DefinitionFile, definition_file
from engine.cli.answer import Answer, answer, problem_facts
from engine.cli.commands.checking import named_files
from engine.cli.home import Home, at_home
from engine.cli.onward import gap_facts, gap_lines
from engine.core.changes import Change
from engine.core.history import Stamp
from engine.core.overlay import NAME_KEYS
from engine.errors import NotFound, WrongUsage
from engine.services.gaps import gaps_of_change, published_gaps
from engine.services.overriding import (
    Outcome,
    Overlay,
    Unfit,
    drop_override,
    lay_again,
    override_of,
    publish_for,
)
from engine.services.overriding import override as lay_over
from engine.services.publishing import check_definitions
from engine.store.definitions import FOR_ALL, published
from engine.store.scope import Scope
from engine.text.sentences import done, problem_line


def publish(said: Namespace) -> Answer:
    """`publish [PATH…] [--org O]`: all files, or none and what is wrong; what differs, and who stays behind."""
    home = at_home(said, whole=True)
    _reaches_no_further_than_its_token(home, said)
    application = home.application
    beside = [*application.shipped_definitions(), *application.site_definitions()]
    files = list(named_files(said.path)) if said.path else list(application.site_definitions())
    if not files:
        raise WrongUsage("nothing_to_publish", folder=str(application.settings.site_workflows))
    checked = check_definitions(files, application.vocabulary, beside=beside)
    scope = home.organisation_key if said.org else FOR_ALL
    reach = Scope.one(home.organisation) if said.org else Scope.whole()
    with home.writing(reach) as uow:
        uow.sign(Stamp.of(home.principal(said)), home.now)
        before = published_gaps(uow, home.organisation, home.now)
        outcomes = publish_for(uow, scope, checked, application.vocabulary, home.now)
        changed = [f"{row.checked.kind}/{row.checked.name}" for row in outcomes]
        unfit = () if said.org else lay_again(uow, changed, application.vocabulary, home.now)
        workflows = {row.checked.name for row in outcomes if row.checked.kind == "workflow"}
        gaps = gaps_of_change(before, published_gaps(uow, home.organisation, home.now), workflows)
    told = _told(outcomes, unfit, dry_run=said.dry_run)
    return answer({**told.data, "warnings": gap_facts(gaps)}, [*told.lines, *gap_lines(gaps, home.names)])


def _reaches_no_further_than_its_token(home: Home, said: Namespace) -> None:
    """A token is of one organisation: with it nothing is published for the others. Raises WrongUsage."""
    if not said.org and home.is_held_to_one(said):
        raise WrongUsage("token_is_of_one", organisation=home.organisation_key)


def override(said: Namespace) -> Answer:
    """`override KIND NAME FILE`: only what differs; `--show` tells what does, `--drop` takes it back."""
    if said.kind not in NAME_KEYS:
        raise NotFound("definition_not_found", kind=said.kind, name=said.name)
    if [bool(said.file), said.show, said.drop].count(True) != 1:
        raise WrongUsage("override_what")
    home = at_home(said)
    if said.show:
        return _shown(home, said)
    if said.drop:
        with home.writing() as uow:
            uow.sign(Stamp.of(home.principal(said)), home.now)
            drop_override(uow, home.organisation_key, said.kind, said.name, home.now)
        facts = {"kind": said.kind, "name": said.name, "organisation": home.organisation_key}
        return answer({**facts, "dropped": True}, [done("override_dropped", facts)])
    file = _plain_file(Path(said.file))
    overlay = Overlay(said.kind, said.name, file.text, file.source)
    with home.writing() as uow:
        uow.sign(Stamp.of(home.principal(said)), home.now)
        outcome = lay_over(uow, home.organisation_key, overlay, home.application.vocabulary, home.now)
    return _told([outcome], (), dry_run=said.dry_run)


def _plain_file(path: Path) -> DefinitionFile:
    """Raises NotFound `file_not_found`, WrongUsage `file_unreadable` for what is no plain file."""
    if not path.exists():
        raise NotFound("file_not_found", file=str(path))
    if not path.is_file():
        raise WrongUsage("file_unreadable", file=str(path))
    return definition_file(path, path.as_posix())


def _shown(home: Home, said: Namespace) -> Answer:
    with home.reading() as uow:
        found = override_of(uow, home.organisation_key, said.kind, said.name)
        base = published(uow, FOR_ALL, said.kind, said.name)
    is_older = found.base is not None and base is not None and found.base != base.digest
    text = found.overlay if found.overlay is not None else found.text
    lines = [*text.splitlines(), *([done("override_older", {})] if is_older else [])]
    facts = {"kind": said.kind, "name": said.name, "version": found.version, "definition": found.digest}
    return answer({**facts, "base": found.base, "overlay": found.overlay, "is_older": is_older}, lines)


def unfit_lines(unfit: Iterable[Unfit]) -> Iterator[str]:
    """Which overlays no longer fit, which whole files ask for less now, and why."""
    for row in unfit:
        yield done(
            "own_file_unfit" if row.is_whole else "overlay_unfit",
            {"organisation": row.scope, "kind": row.kind, "name": row.name},
        )
        yield from (problem_line(problem) for problem in row.problems)


def _told(outcomes: Iterable[Outcome], unfit: tuple[Unfit, ...], *, dry_run: bool) -> Answer:
    lines: list[str] = []
    rows: list[dict[str, Any]] = []
    for outcome in outcomes:
        row = _row(outcome)
        rows.append(row)
        lines += [problem_line(problem) for problem in outcome.checked.warnings]
        own = {"organisation": None if outcome.scope == FOR_ALL else outcome.scope}
        same = not (outcome.changes or outcome.is_new)
        lines.append(
            done(
                "published", {**row, **own, "same": same, "older": outcome.older or None, "dry_run": dry_run}
            )
        )
        lines += [done(f"change_{change.kind}", _change(change)) for change in outcome.changes]
    lines += unfit_lines(unfit)
    return answer({"published": rows, "unfit": [row.as_json() for row in unfit]}, lines)


def _row(outcome: Outcome) -> dict[str, Any]:
    one = outcome.checked
    return {
        "kind": one.kind,
        "name": one.name,
        "version": one.version,
        "definition": one.digest,
        "organisation": outcome.scope,
        "is_new": outcome.is_new,
        "changes": [_change(change) for change in outcome.changes],
        "older": outcome.older,
        "warnings": [problem_facts(problem) for problem in one.warnings],
    }


def _change(change: Change) -> dict[str, Any]:
    facts = {"kind": change.kind, "path": change.path, "old": change.old, "new": change.new}
    return {**facts, "is_wording": change.is_wording}
