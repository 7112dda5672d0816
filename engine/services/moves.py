"""Make a move, or ask for it: load the world, decide, apply; nothing is sent from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from engine.core.case import Case, Field, request_key
from engine.core.decide import decide
from engine.core.definition import WorkflowDefinition
from engine.core.fields import field_called
from engine.core.machine import Workflow
from engine.core.plan import Plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Refused, Unmet
from engine.core.satisfiable import warnings_of
from engine.core.vocabulary import Facet
from engine.core.world import Ask, MakeMove, World
from engine.errors import Conflict
from engine.services.fields import plain_fields
from engine.store.apply import Decided, apply_all
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from engine.text.labels import label

ASSIGN = "assign"
"""What the verb is called; which move of a file it makes is found by what the move does."""
DEADLINE = "kind"
"""The parameter that says which deadline a move is about."""
SET_OWNER = "set_owner"
"""The effect by which a move gives a case to the post that is named with it."""


def needs_of(workflow: Workflow, moves: tuple[str, ...] = ()) -> frozenset[Facet]:
    """What a decision about `moves` (none named: any) must see, as their guards declared it (law 1)."""
    return workflow.needs_of(*moves)


@dataclass(frozen=True, slots=True, repr=False)
class Done:
    """What a verb did, or would do in a dry run. `request` is the number of the request that it made.

    `decided_on` is what the decision saw, and when.
    """

    case: Case
    plan: Plan
    is_dry_run: bool = False
    decided_on: tuple[World, datetime] | None = None

    def __repr__(self) -> str:
        """Short: what it holds is a whole case, its plan and all that the decision saw."""
        asked = f", request {request_key(self.case.key, self.request)}" if self.request else ""
        trial = ", dry run" if self.is_dry_run else ""
        return f"<Done {self.case.key}: {self.named or 'noted'}, now {self.case.state}{asked}{trial}>"

    @property
    def warnings(self) -> tuple[Unmet, ...]:
        """What nobody could do any more after this, with who could be appointed; worked out when it is asked for."""
        if self.decided_on is None:
            return ()
        world, now = self.decided_on
        return warnings_of(world, self.plan, now)

    @property
    def move(self) -> str | None:
        """The move that happened, None where none did."""
        made = [event.payload["move"] for event in self.plan.events if event.type == "moved"]
        return str(made[0]) if made else None

    @property
    def named(self) -> str | None:
        """The move that happened or that was asked for."""
        found = [event.payload["move"] for event in self.plan.events if event.type in ("moved", "requested")]
        return str(found[0]) if found else None

    @property
    def request(self) -> int | None:
        asked = [event.payload["request"] for event in self.plan.events if event.type == "requested"]
        return int(asked[0]) if asked else None


def make_move(
    uow: UnitOfWork,
    principal: Principal,
    key: str,
    command: MakeMove,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Done:
    """Make the move or the request for it; the move is named by its key or its label.

    Raises Refused with everything that is missing, NotFound, Conflict.
    """

    def needs(workflow: Workflow) -> frozenset[Facet]:
        return needs_of(workflow, (workflow.called(command.move),))

    world = load_world(uow, principal.organisation, key, needs, lock=not dry_run)
    command = replace(command, move=world.workflow.called(command.move))
    ask = Ask(world, principal, in_plain_words(uow, world, command), now)
    return carry_out(uow, world, decide(ask), now, dry_run=dry_run)


def in_plain_words(uow: UnitOfWork, world: World, command: MakeMove) -> MakeMove:
    """The command with the fields that it brings as the rules read them, and a deadline that it names by its key."""
    rules = world.workflow.definition.fields
    given = {name: value for name, value in command.params.items() if field_called(rules, name)}
    others = {name: value for name, value in command.params.items() if name not in given}
    if DEADLINE in world.workflow.reads.get(command.move, ()) and others.get(DEADLINE):
        others[DEADLINE] = _deadline_called(world.workflow.definition, str(others[DEADLINE]))
    if not given:
        return replace(command, params=others)
    said = plain_fields(uow, world.case.organisation, rules, given, world.case.standing_evidence)
    return replace(command, params={**others, **said})


def _deadline_called(definition: WorkflowDefinition, word: str) -> str:
    """The key of the deadline that people call `word`; `word` itself where none is meant."""
    called = {rule.label or label("deadline", kind): kind for kind, rule in definition.deadlines.items()}
    return called.get(word, word)


def refuse_stale(uow: UnitOfWork, principal: Principal, key: str, revision: int | None) -> None:
    """Raises Conflict when the caller's revision is not the case's; for verbs that write before they move."""
    if revision is None:
        return
    case = load_world(uow, principal.organisation, key).case
    if case.revision != revision:
        raise Conflict("case_changed", case=key, expected=revision, revision=case.revision)


def carry_out(
    uow: UnitOfWork, world: World, answer: Plan | Refusals, now: datetime, *, dry_run: bool = False
) -> Done:
    """Apply a plan, or raise the refusal. A dry run is the same decision without the last step."""
    if isinstance(answer, Refusals):
        raise Refused(answer)
    return carry_out_all(uow, [(world, answer)], now, dry_run=dry_run)[0]


def all_planned(answers: Sequence[tuple[World, Plan | Refusals | None]]) -> list[tuple[World, Plan]]:
    """All or none: the plans of those that are not left alone (None). Raises Refused with everything that stands
    against any of them.
    """
    against = [answer for _, answer in answers if isinstance(answer, Refusals)]
    if against:
        raise Refused(*against, asked=len(answers))
    return [(world, answer) for world, answer in answers if isinstance(answer, Plan)]


def carry_out_all(
    uow: UnitOfWork, plans: Sequence[tuple[World, Plan]], now: datetime, *, dry_run: bool = False
) -> list[Done]:
    """Apply plans of different cases together, with as many statements as one of them takes."""
    if dry_run:
        return [Done(plan.after, plan, is_dry_run=True, decided_on=(world, now)) for world, plan in plans]
    after = apply_all(uow, [Decided(world, plan) for world, plan in plans], now)
    return [
        Done(case, plan, decided_on=(world, now)) for case, (world, plan) in zip(after, plans, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Assign:
    """Give a case to a post. `due` is when it must be closed, `since` the day its deadlines count from,
    `in_charge` the key of the post whose holder watches over it and is told with the owner. A `comment` says why, where
    somebody else had it already; `fields` are those that the workflow asks for with it.
    """

    post: int
    due: date | None = None
    since: date | None = None
    in_charge: str | None = None
    revision: int | None = None
    comment: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)


def assign(
    uow: UnitOfWork, principal: Principal, key: str, command: Assign, now: datetime, *, dry_run: bool = False
) -> Done:
    """Assign a case; this arms its deadlines from a date that the assigner confirms.

    A case that is past being assigned is reassigned (`reassign`): its dates stay, and a reason is asked for.
    """
    params: dict[str, Field] = {**command.fields, "post": command.post}
    if command.due is not None:
        params["due"] = command.due.isoformat()
    if command.since is not None:
        params["from"] = command.since.isoformat()
    if command.in_charge is not None:
        params["in_charge"] = command.in_charge
    world = load_world(uow, principal.organisation, key, needs_of_giving, lock=not dry_run)
    move = MakeMove(assigning(world), params, command.comment, command.revision)
    move = in_plain_words(uow, world, move)
    return carry_out(uow, world, decide(Ask(world, principal, move, now)), now, dry_run=dry_run)


def assigning(world: World) -> str:
    """The first move of its file that gives a case in this state to somebody; where none does, the last that ever
    would, whose refusal says what is in the way.
    """
    found = giving_moves(world.workflow)
    here = (name for name in found if world.case.state in world.workflow.definition.moves[name].sources)
    return next(here, found[-1] if found else ASSIGN)


def giving_moves(workflow: Workflow) -> tuple[str, ...]:
    """The moves that give a case to a post, in the order of the file."""
    moves = workflow.definition.moves.items()
    return tuple(name for name, move in moves if any(use.name == SET_OWNER for use in move.effects))


def needs_of_giving(workflow: Workflow) -> frozenset[Facet]:
    """What a decision about giving a case to somebody must see, whichever move it will be."""
    return needs_of(workflow, giving_moves(workflow))
