"""`migrate-cases`: running cases go on on another version of their workflow."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import Any

from engine.cli.answer import Answer
from engine.cli.fields import pair
from engine.cli.home import Home, at_home
from engine.core.definition import WorkflowDefinition
from engine.errors import WrongUsage
from engine.services.migrating import Migration, Moved, Wanted, find_cases, migrate_batch
from engine.services.names import own_names
from engine.text.sentences import done, refusal_lines

REFUSED = 3


def migrate_cases(said: Namespace) -> Answer:
    """`migrate-cases WORKFLOW [--to VERSION] [--map OLD=NEW] [CASE…]`: those that can, and why the others cannot."""
    home = at_home(said)
    principal = home.principal(said)
    migration = Migration(said.workflow, said.to, dict(map(_pair, said.map)), tuple(said.case))
    moved: list[Moved] = []
    with home.writing() as uow:
        wanted = find_cases(uow, home.organisation, migration)
        for cases in wanted.batches:
            moved += migrate_batch(uow, principal, cases, wanted, migration, home.now, dry_run=said.dry_run)
    facts = _facts(wanted, moved)
    return _told(home, facts, wanted.target.definition)


def _pair(word: str) -> tuple[str, str]:
    old, new = pair(word)
    if not (old and new):
        raise WrongUsage("mapping_wrong", given=word)
    return old, new


def _facts(wanted: Wanted, moved: Iterable[Moved]) -> dict[str, Any]:
    rows = list(moved)
    definition = wanted.target.definition
    target = {
        "workflow": definition.workflow,
        "version": definition.version,
        "definition": wanted.target.digest,
    }
    stay = [row.refusals.as_json() for row in rows if row.refusals is not None]
    lines = [refusal_lines(row.refusals) for row in rows if row.refusals is not None]
    return {
        **target,
        "moved": [
            {"case": row.case, "was": row.was, "state": row.state} for row in rows if row.refusals is None
        ],
        "stay": [{**facts, "sentences": told} for facts, told in zip(stay, lines, strict=True)],
    }


def _told(home: Home, facts: Mapping[str, Any], definition: WorkflowDefinition) -> Answer:
    names = own_names(home.names, definition)
    counts = {"moved": len(facts["moved"]), "stay": len(facts["stay"]), "version": facts["version"]}
    lines = [done("case_migrated", {**row, "version": facts["version"]}, names) for row in facts["moved"]]
    lines += [line for row in facts["stay"] for line in row["sentences"]]
    lines.append(done("cases_migrated", {**counts, "nothing": not (facts["moved"] or facts["stay"])}))
    is_nothing = bool(facts["stay"]) and not facts["moved"]
    return Answer(facts, tuple(lines), REFUSED if is_nothing else 0, keeps=not is_nothing)
