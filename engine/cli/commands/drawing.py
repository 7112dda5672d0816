"""`draw`: a workflow as Mermaid text."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from itertools import chain

from engine.bootstrap import Application
from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home
from engine.core.definition import WorkflowDefinition
from engine.core.definition_reader import nearest, read_workflow
from engine.errors import NotFound, Unavailable
from engine.settings import Settings
from engine.store.definitions import current
from engine.store.worlds import load_world
from engine.text.drawing import drawing


def draw(said: Namespace) -> Answer:
    """`draw WORKFLOW [--case C]`: as it rules here; with a case, the version that the case lives on.

    Without a home: as it is shipped or lies in the home's folder.
    """
    names: Mapping[str, str] = {}
    now = None
    try:
        home = at_home(said)
    except Unavailable:
        if said.case:
            raise
        definition = _from_files(said.workflow)
    else:
        definition, now = _from_home(home, said.workflow, said.case)
        names = home.names
    text = drawing(definition, now, names)
    data = {"workflow": definition.workflow, "version": definition.version, "state": now, "mermaid": text}
    return answer(data, text.splitlines())


def _from_home(home: Home, name: str, case: str | None) -> tuple[WorkflowDefinition, str | None]:
    with home.reading() as uow:
        if case:
            world = load_world(uow, home.organisation, case, lock=False)
            if world.case.workflow != name:
                raise NotFound("case_not_on_workflow", case=case, workflow=name, other=world.case.workflow)
            return world.workflow.definition, world.case.state
        published = current(uow, home.organisation_key, "workflow", name)
        return home.application.database.workflow(uow, published.digest).definition, None


def _from_files(name: str) -> WorkflowDefinition:
    application = Application(Settings.from_environment(os.environ))
    files = chain(application.shipped_definitions(), application.site_definitions())
    found = {}
    for file in files:
        if file.kind == "workflow":
            definition = read_workflow(file.text, file.source)
            found[definition.workflow] = definition
    if name not in found:
        raise NotFound("workflow_not_found", workflow=name, nearest=nearest(name, found))
    return found[name]
