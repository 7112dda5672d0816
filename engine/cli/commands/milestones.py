"""`inspection plan` and `inspection show`: the steps of a round itself, with their days, papers and reviews."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.ledger import deadline_facts, row_facts, why_lines
from engine.cli.home import at_home
from engine.services.inspections import inspection_json
from engine.services.milestones import dates_of, milestones_of, plan_milestones, today_of
from engine.services.names import own_names
from engine.services.views import LedgerRow
from engine.text.fields import field_columns
from engine.text.sentences import done


def inspection_plan(said: Namespace) -> Answer:
    """`inspection plan [INSPECTION] [--milestones NAME]`: open the steps that the round does not have yet."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        file, opened = plan_milestones(uow, principal, said.inspection, said.milestones, home.now)
    facts: dict[str, Any] = {
        "inspection": file.key,
        "opened": [case.key for case in opened],
        "count": len(opened),
    }
    return answer(facts, [done("milestones_planned", facts)])


def inspection_show(said: Namespace) -> Answer:
    """`inspection show [INSPECTION] [--why-due]`: its steps, the earliest first, and how their days were counted."""
    home = at_home(said)
    with home.reading() as uow:
        today = today_of(uow, home.organisation, home.now)
        file, rows = milestones_of(uow, home.organisation, said.inspection, today)
        dates = dates_of(uow, rows, today) if said.why_due else {}
    facts = inspection_json(file)
    steps = [_step(row) for row in rows]
    lines = [done("inspection_line", facts)]
    for row, step in zip(rows, steps, strict=True):
        lines.append(_line(row, home.names))
        found = dates.get(row.case.key, ())
        lines += [f"  {line}" for each in found for line in why_lines(row.case, each, home.names)]
        if said.why_due:
            step["deadlines"] = [deadline_facts(each) for each in found]
    return answer({"inspection": facts, "milestones": steps}, lines)


def _step(row: LedgerRow) -> dict[str, Any]:
    return {
        **row_facts(row),
        "milestone": row.case.fields.get("milestone"),
        "papers": sum(paper.copies for paper in row.case.standing_evidence),
    }


def _line(row: LedgerRow, names: Any) -> str:
    own = own_names(names, row.definition)
    columns = [done("field_value", said, own) for said in field_columns(row.definition, row.case, own)]
    facts = {**_step(row), "owners": list(row.owners), "columns": columns}
    return done("milestone_line", facts, own)
