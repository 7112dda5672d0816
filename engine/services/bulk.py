"""One move on many cases: decided one by one from one load, written together; all of them, or each as it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from engine.core.decide import decide
from engine.core.machine import Workflow
from engine.core.plan import Plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Refused
from engine.core.vocabulary import Facet
from engine.core.world import Ask, MakeMove, World
from engine.errors import Conflict, EngineError, NotFound
from engine.services.moves import ASSIGN, Done, assigning, in_plain_words, needs_of, needs_of_giving
from engine.store.apply import Decided, apply_all
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds_by_key

MOST_AT_ONCE = 50
"""Cases that are written under one savepoint where each goes as it can."""


@dataclass(frozen=True, slots=True)
class BulkItem:
    """What came of one case: done (or would be), refused, or not to be written now."""

    world: World
    result: Done | Refusals | EngineError

    @property
    def case(self) -> str:
        return self.world.case.key

    @property
    def is_done(self) -> bool:
        return isinstance(self.result, Done)


@dataclass(frozen=True, slots=True)
class _Answer:
    world: World
    found: Plan | Refusals | EngineError


def make_moves(
    uow: UnitOfWork,
    principal: Principal,
    keys: Sequence[str],
    command: MakeMove,
    now: datetime,
    *,
    per_item: bool = False,
    dry_run: bool = False,
) -> list[BulkItem]:
    """Make one move, or ask for it, on each case of `keys`, in their order, a key given twice once.

    All or nothing, unless `per_item`: then what can be done is, and the rest is told. A dry run tells both of every
    case. `assign` reassigns where a case is under way. Raises NotFound with all keys that name no case, Refused
    with everything that stands against any of them, Conflict.
    """
    worlds = _load(uow, principal.organisation, keys, command, dry_run=dry_run)
    answers = [_Answer(world, _decided(uow, world, principal, command, now)) for world in worlds]
    if dry_run:
        return [_tried(answer, now) for answer in answers]
    if not per_item:
        _refuse(answers)
        return list(_write(uow, answers, now))
    chunks = (answers[at : at + MOST_AT_ONCE] for at in range(0, len(answers), MOST_AT_ONCE))
    return [item for chunk in chunks for item in _each(uow, chunk, now)]


def _load(
    uow: UnitOfWork, organisation: int, keys: Sequence[str], command: MakeMove, *, dry_run: bool
) -> list[World]:
    """One statement, however many there are."""

    def needs(workflow: Workflow) -> frozenset[Facet]:
        if command.move == ASSIGN:
            return needs_of_giving(workflow)
        return needs_of(workflow, (workflow.called(command.move),))

    return list(load_worlds_by_key(uow, organisation, keys, needs, lock=not dry_run).values())


def _decided(
    uow: UnitOfWork, world: World, principal: Principal, command: MakeMove, now: datetime
) -> Plan | Refusals | EngineError:
    move = assigning(world) if command.move == ASSIGN else world.workflow.called(command.move)
    said = in_plain_words(uow, world, replace(command, move=move))
    try:
        return decide(Ask(world, principal, said, now))
    except (NotFound, Conflict) as error:
        return error


def _refuse(answers: Sequence[_Answer]) -> None:
    """Raises what stands against any of them: everything that is missing for every case, at once."""
    against = []
    for answer in answers:
        if isinstance(answer.found, EngineError):
            raise answer.found
        if isinstance(answer.found, Refusals):
            against.append(answer.found)
    if against:
        raise Refused(*against, asked=len(answers))


def _tried(answer: _Answer, now: datetime) -> BulkItem:
    if not isinstance(answer.found, Plan):
        return BulkItem(answer.world, answer.found)
    done = Done(answer.found.after, answer.found, is_dry_run=True, decided_on=(answer.world, now))
    return BulkItem(answer.world, done)


def _write(uow: UnitOfWork, answers: Sequence[_Answer], now: datetime) -> Iterator[BulkItem]:
    """As many statements as for one case; what was refused is handed on in its place."""
    planned = [Decided(answer.world, answer.found) for answer in answers if isinstance(answer.found, Plan)]
    cases = iter(apply_all(uow, planned, now) if planned else ())
    for answer in answers:
        if isinstance(answer.found, Plan):
            yield BulkItem(answer.world, Done(next(cases), answer.found, decided_on=(answer.world, now)))
        else:
            yield BulkItem(answer.world, answer.found)


def _each(uow: UnitOfWork, answers: Sequence[_Answer], now: datetime) -> list[BulkItem]:
    """Together where nothing is in the way, one by one where somebody was quicker with one of them."""
    try:
        with uow.savepoint():
            return list(_write(uow, answers, now))
    except Conflict:
        return [_alone(uow, answer, now) for answer in answers]


def _alone(uow: UnitOfWork, answer: _Answer, now: datetime) -> BulkItem:
    try:
        with uow.savepoint():
            return next(_write(uow, [answer], now))
    except Conflict as error:
        return BulkItem(answer.world, error)
