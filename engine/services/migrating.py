"""Running cases go on on another version of their workflow: planned, then made, in batches with a savepoint each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.core.definition_reader import nearest, read_workflow
from engine.core.folds.told import Told
from engine.core.machine import Workflow
from engine.core.migration import VERB, change_definition, decisions_taken, mapped_state
from engine.core.plan import Plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet
from engine.core.world import World
from engine.errors import EngineError, Unavailable, WrongUsage
from engine.services.clerks import clerks_desk
from engine.store.apply import apply
from engine.store.definitions import current
from engine.store.histories import histories
from engine.store.places import load_place
from engine.store.unit_of_work import UnitOfWork
from engine.store.versions import cases_on_other_versions, digest_of_version, texts_of_name
from engine.store.worlds import load_worlds

MOST_AT_ONCE = 50
CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Migration:
    """What is wanted: the workflow, the version (a number or `current`), and where states go that it lacks.

    `cases` are keys; none means all that run.
    """

    workflow: str
    to: str = CURRENT
    states: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one case: its state on the new version, or why it stays (`refusals`)."""

    case: str
    was: str
    state: str
    refusals: Refusals | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version to reach and the cases that are not on it yet."""

    target: Workflow
    cases: tuple[int, ...]

    @property
    def batches(self) -> Iterator[Sequence[int]]:
        return (self.cases[at : at + MOST_AT_ONCE] for at in range(0, len(self.cases), MOST_AT_ONCE))


def find_cases(uow: UnitOfWork, organisation: int, migration: Migration) -> Wanted:
    """Raises NotFound for an unknown workflow, version or case, WrongUsage for a mapping that cannot be meant."""
    key = load_place(uow, organisation).key
    digest = _digest(uow, key, migration)
    target = uow.database.workflow(uow, digest)
    if migration.states:
        _refuse_wrong_map(uow, key, target, migration)
    found = cases_on_other_versions(uow, organisation, migration.workflow, digest, migration.cases)
    return Wanted(target, tuple(found))


def migrate_batch(
    uow: UnitOfWork,
    principal: Principal,
    cases: Sequence[int],
    wanted: Wanted,
    migration: Migration,
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Moved]:
    """Move at most `MOST_AT_ONCE` cases that are loaded together; each is written in a savepoint of its own.

    Raises Refused `wrong_role` unless the principal keeps the files.
    """
    desk = clerks_desk(uow, principal, VERB, now)
    done = []
    worlds = load_worlds(uow, cases, lock=not dry_run)
    decided = _decided(
        uow, [row for row in worlds if mapped_state(row, wanted.target, migration.states) is not None]
    )
    for world in worlds:
        answer = change_definition(
            world,
            principal,
            wanted.target,
            migration.states,
            now,
            acting_for=desk.acting_for,
            decided=decided.get(world.case.id, frozenset()),
        )
        if isinstance(answer, Plan) and not dry_run:
            answer = _written(uow, world, answer, now)
        done.append(_moved(world, answer))
    return done


def _refuse_wrong_map(uow: UnitOfWork, organisation: str, target: Workflow, migration: Migration) -> None:
    """A state leads from one that only other versions have to one that the target has."""
    known = target.definition.states
    # Read without the vocabulary: words that no version uses any more do not matter here.
    texts = texts_of_name(uow, organisation, "workflow", migration.workflow)
    ever = dict.fromkeys(state for text in texts for state in read_workflow(text, migration.workflow).states)
    gone = [state for state in ever if state not in known]
    for old, new in migration.states.items():
        if new not in known:
            raise WrongUsage("state_unknown", state=new, nearest=nearest(new, known), states=list(known))
        if old in known:
            raise WrongUsage("state_is_there", state=old, workflow=migration.workflow)
        if old not in gone:
            raise WrongUsage("old_state_unknown", state=old, nearest=nearest(old, gone), states=gone)


def _decided(uow: UnitOfWork, worlds: Sequence[World]) -> dict[int, frozenset[str]]:
    """By case: what was decided on it so far, read from the histories of all of them at once."""
    if not worlds:
        return {}
    past = histories(uow, [world.case.id for world in worlds])
    digests = {event.definition for events in past.values() for event in events}
    known = {digest: uow.database.workflow(uow, digest).definition for digest in digests}
    return {case: decisions_taken(map(Told.stored, events), known) for case, events in past.items()}


def _written(uow: UnitOfWork, world: World, plan: Plan, now: datetime) -> Plan | Refusals:
    """One case that cannot be written keeps none of the others."""
    try:
        with uow.savepoint():
            apply(uow, world, plan, now)
    except Unavailable:
        raise
    except EngineError as error:
        return Refusals(world.case.key, VERB, (Unmet("migration_failed", {"code": error.code}, "wait"),))
    return plan


def _moved(world: World, answer: Plan | Refusals) -> Moved:
    case = world.case
    if isinstance(answer, Refusals):
        return Moved(case.key, case.state, case.state, answer)
    return Moved(case.key, case.state, answer.after.state)


def _digest(uow: UnitOfWork, organisation: str, migration: Migration) -> str:
    if migration.to == CURRENT:
        return current(uow, organisation, "workflow", migration.workflow).digest
    if not (migration.to.isascii() and migration.to.isdigit()):
        raise WrongUsage("version_wrong", given=migration.to)
    return digest_of_version(uow, organisation, "workflow", migration.workflow, int(migration.to))
