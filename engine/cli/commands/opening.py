"""`open KIND`: a case of a kind that a workflow file declares, outside any round."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.evidence import received
from engine.cli.commands.findings import promise
from engine.cli.fields import said_fields
from engine.cli.home import at_home
from engine.core.record import NewMeasure
from engine.services.kinds import open_directly
from engine.services.opening import NewIssue
from engine.text.sentences import done


def open(said: Namespace) -> Answer:
    """`open KIND --title … [--set NAME=VALUE]… [--file …]`."""
    home = at_home(said)
    issue = NewIssue(
        title=said.title,
        problem=said.problem or "",
        given=dict(said_fields(said.set)),
        measures=tuple(NewMeasure(text) for text in said.measure),
        deliverables=tuple(promise(word) for word in said.deliverable),
    )
    principal = home.principal(said)
    files = received(home, said.file)
    with home.writing() as uow:
        case = open_directly(uow, principal, said.kind, issue, home.now, files=files)
    facts: dict[str, Any] = {
        "case": case.key,
        "kind": case.kind,
        "title": case.title,
        "state": case.state,
        "revision": case.revision,
    }
    return answer(facts, [done("case_opened", facts, home.names)])
