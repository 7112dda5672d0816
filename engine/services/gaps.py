"""Where today's people leave a case that nobody could finish: in what is published, and in the cases that are open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from engine.core.definition_reader import read_workflow
from engine.core.machine import Workflow, compile_workflow
from engine.core.posts import Posts
from engine.core.satisfiable import Blocked, blocked_by_roster, blocked_steps, newly_blocked
from engine.core.vocabulary import Vocabulary
from engine.core.world import World
from engine.services.moves import needs_of
from engine.services.publishing import DefinitionText
from engine.store.cases import list_cases
from engine.store.definitions import current_of_kind
from engine.store.places import load_place, load_posts
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds

BATCH = 200


def published_gaps(uow: UnitOfWork, organisation: int, now: datetime) -> list[Blocked]:
    """What nobody could do for new cases of the published workflows, by the post that would own them."""
    place = load_place(uow, organisation)
    digests = {row.digest for row in current_of_kind(uow, place.key, "workflow").values()}
    return workflow_gaps(uow, organisation, uow.database.workflows(uow, digests).values(), now)


def gaps_of_change(
    before: Iterable[Blocked], after: Iterable[Blocked], workflows: Collection[str]
) -> list[Blocked]:
    """Of what nobody can do: all of the `workflows` that were published, of others what was not so before."""
    known = list(before)
    return [row for row in after if row.workflow in workflows or row not in known]


def file_gaps(
    uow: UnitOfWork, organisation: int, files: Iterable[DefinitionText], vocabulary: Vocabulary, now: datetime
) -> list[Blocked]:
    """The same for workflow files that are not published yet; they were checked before."""
    texts = (file for file in files if file.kind == "workflow")
    workflows = [compile_workflow(read_workflow(file.text, file.source), vocabulary) for file in texts]
    return workflow_gaps(uow, organisation, workflows, now)


def workflow_gaps(
    uow: UnitOfWork, organisation: int, workflows: Iterable[Workflow], now: datetime
) -> list[Blocked]:
    place, posts = load_place(uow, organisation), load_posts(uow, organisation)
    ordered = sorted(workflows, key=lambda workflow: workflow.definition.workflow)
    return [row for workflow in ordered for row in blocked_by_roster(workflow, place, posts, now)]


def open_case_gaps(uow: UnitOfWork, organisation: int, now: datetime) -> list[Blocked]:
    """What nobody can do any more for the cases that are open, each with its owner and its history."""
    return _over_open_cases(uow, organisation, lambda world: blocked_steps(world, now))


def gaps_after_change(
    uow: UnitOfWork, organisation: int, before: Posts, now: datetime, *, in_days: int = 0
) -> list[Blocked]:
    """What a change of people makes impossible for open cases, seen `in_days` from now, when it takes effect.

    `before` is the roster as it was.
    """
    then = now + timedelta(days=max(in_days, 0))
    return _over_open_cases(uow, organisation, lambda world: newly_blocked(world, before, then))


def _over_open_cases(
    uow: UnitOfWork, organisation: int, ask: Callable[[World], Iterable[Blocked]]
) -> list[Blocked]:
    ids = [row.id for row in list_cases(uow, organisation, is_final=False)]
    batches = (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))
    worlds = (world for batch in batches for world in load_worlds(uow, batch, needs_of, lock=False))
    return [row for world in worlds for row in ask(world)]
