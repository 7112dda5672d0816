"""`import FILE.csv`: a plain table becomes cases of one kind, or is told everything that is wrong with it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from engine.cli.answer import Answer
from engine.cli.home import Home
from engine.documents.csv_table import read_table
from engine.services.names import own_names
from engine.services.table_import import TableLine, TablePlan, Target, Wrong, import_table
from engine.text.sentences import done, unmet_sentence

BAD_FILE = 5
MOST_LINES = 200
"""How many wrong cells are told in lines; `--json` has them all."""
Names = Mapping[str, str]


def import_rows(home: Home, said: Namespace, data: bytes, filename: str) -> Answer:
    """All rows or none; with `--dry-run` what is shown is what would be."""
    table, principal = read_table(data, filename), home.principal(said)
    with home.writing() as uow:
        target = Target(said.workflow, said.inspection)
        plan, opened = import_table(uow, principal, table, target, home.now)
    names = own_names(home.names, plan.definition)
    facts = {
        "workflow": plan.definition.workflow,
        "counts": plan.counts,
        "rows": [_row(line) for line in plan.lines],
        "wrong": [_wrong(row, names) for row in plan.wrong],
        "opened": list(opened),
    }
    lines = tuple(_lines(plan, facts, names, is_dry=said.dry_run))
    return Answer(facts, lines, BAD_FILE if plan.wrong else 0, keeps=not plan.wrong)


def _lines(plan: TablePlan, facts: Mapping[str, Any], names: Names, *, is_dry: bool) -> Iterator[str]:
    if is_dry:
        yield from (done("table_row", row, names) for row in facts["rows"])
    counts = {**facts["counts"], "kind": plan.definition.case, "rows": len(plan.lines)}
    if plan.wrong:
        yield done("table_wrong", counts, names)
        yield from (done("table_cell", row, names) for row in facts["wrong"][:MOST_LINES])
        if len(plan.wrong) > MOST_LINES:
            yield done("table_more", {"count": len(plan.wrong) - MOST_LINES}, names)
        return
    yield from (done("table_kept", row, names) for row in facts["rows"] if row["outcome"] == "kept")
    yield done("table_read", {**counts, "first": facts["opened"][:1], "last": facts["opened"][-1:]}, names)


def _row(line: TableLine) -> dict[str, Any]:
    issue = line.issue
    return {
        "row": line.row.number,
        "number": issue.number,
        "title": issue.title,
        "values": {**issue.fields, **issue.more_texts},
        "measures": [measure.text for measure in issue.measures],
        "unresolved": list(line.unresolved),
        "outcome": line.outcome,
        "case": line.case,
    }


def _wrong(row: Wrong, names: Names) -> dict[str, Any]:
    return {
        "row": row.row,
        "column": row.column,
        "code": row.unmet.code,
        "facts": dict(row.unmet.facts),
        "what": unmet_sentence(row.unmet, names),
    }
