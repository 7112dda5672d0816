"""The ledger and one case, as values that the command line, the API and the desk show alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from engine.core.case import Case, Deadline
from engine.core.deadlines import first_missed, is_late, late_deadlines, role_post, waits_for
from engine.core.definition import WorkflowDefinition
from engine.core.explain_due import explain_due
from engine.core.forward import OpenMove, all_moves
from engine.core.history import Event
from engine.core.principal import Principal
from engine.core.recurrence import Reason
from engine.core.visibility import history_seen_by, seen_by
from engine.core.vocabulary import Facet
from engine.core.way import Way, shortest_way
from engine.core.world import World
from engine.services.kinds import kinds_of
from engine.services.moves import SET_OWNER, needs_of
from engine.services.repeats import Alike, alike_in
from engine.store.cases import list_cases
from engine.store.histories import history
from engine.store.places import load_place
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds
from engine.text.labels import label

MAIN_DEADLINES = ("rectify", "occurrence", "milestone", "review")
"""By which a case as a whole is judged; what goes on for long is judged by its next review."""
UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the ledger. `late_days` counts from the oldest missed date of what is open.

    `first_missed_on` is the date that a new one was set after: against it the case is late for good (law 7).
    """

    case: Case
    definition: WorkflowDefinition
    owner_post: str | None
    owners: tuple[int, ...]
    waits_for: str | None
    due_on: date | None
    first_missed_on: date | None
    late_days: int
    measures_done: int
    measures: int
    paused_until: date | None = None
    """The end of a pause that runs."""

    @property
    def is_unassigned(self) -> bool:
        """Whether its state does not say that it still has to be given to somebody: the move that does keeps the state.

        A workflow with a state of its own for that (registered) has its own word for it.
        """
        if self.case.owner_post is not None or self.case.is_final:
            return False
        state, moves = self.case.state, self.definition.moves.values()
        here = (move for move in moves if state in move.sources and move.target(state) == state)
        return any(use.name == SET_OWNER for move in here for use in move.effects)

    @property
    def shown_state(self) -> str:
        """The state as its line shows it, by its key: what nobody was given yet is not called assigned."""
        return UNASSIGNED if self.is_unassigned else self.case.state

    @property
    def state_label(self) -> str:
        """The word for it on the line."""
        own = self.definition.states[self.case.state].label
        return label("state", UNASSIGNED) if self.is_unassigned else own


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """One version of a deadline with its arithmetic done."""

    kind: str
    subject: str
    version: int
    due_on: date | None
    armed: bool
    ended: str
    met_on: date | None
    is_late: bool
    basis: str = ""
    waits_for: str = ""
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything about one case. `moves` are seen by the principal who asked, `way` is that of the case.

    Of a past day there is neither.
    """

    row: LedgerRow
    world: World
    deadlines: tuple[DeadlineView, ...]
    history: tuple[Event, ...]
    moves: tuple[OpenMove, ...]
    alike: tuple[Alike, ...] = field(default=(), kw_only=True)
    way: Way | None = None


def ledger(
    uow: UnitOfWork,
    organisation: int,
    today: date,
    *,
    kind: str | None = None,
    state: str | None = None,
    late: bool = False,
) -> list[LedgerRow]:
    """The cases of one kind (None: of all that stand in the ledger) in the order of their numbers.

    Raises NotFound `kind_not_found`, WrongUsage `state_unknown`.
    """
    wanted = rows_wanted(uow, organisation, kind, state, late=late)
    ids = [row.id for row in list_cases(uow, organisation, wanted.kinds, states=wanted.states)]
    rows = (ledger_row(world, today) for world in load_worlds(uow, ids, frozenset({Facet.POSTS}), lock=False))
    return [row for row in rows if wanted.has(row)]


def _alike(uow: UnitOfWork, case: Case) -> tuple[Alike, ...]:
    """What of an earlier round is worded like it, where nobody has said yet whether it is the same."""
    if case.inspection is None or case.is_final or case.earlier:
        return ()
    return tuple(alike_in(uow, case.organisation, case.inspection, {case.key}))


@dataclass(frozen=True, slots=True)
class RowsWanted:
    """Which lines of the ledger were asked for: of these kinds, in the state called `state`, late ones alone."""

    kinds: tuple[str, ...]
    states: tuple[str, ...] = ()
    state: str | None = None
    late: bool = False

    def has(self, row: LedgerRow) -> bool:
        if self.late and row.late_days <= 0:
            return False
        return self.state in (None, row.case.state, row.shown_state, row.state_label)


def rows_wanted(
    uow: UnitOfWork, organisation: int, kind: str | None, state: str | None, *, late: bool
) -> RowsWanted:
    """The kind of case and the state by what people call them; without a kind all that stand in the ledger.

    Raises NotFound `kind_not_found`, WrongUsage `state_unknown`.
    """
    kinds = kinds_of(uow, load_place(uow, organisation).key)
    chosen = (kinds.named(kind).case,) if kind else kinds.listed(late=late)
    # What waits to be assigned stands in a state like any other; only its line calls it so.
    is_unassigned = state in (UNASSIGNED, label("state", UNASSIGNED))
    states = () if state is None or is_unassigned else kinds.states_called(state)
    return RowsWanted(chosen, states, state, late)


def ledger_row(world: World, today: date) -> LedgerRow:
    case, posts = world.case, world.posts
    owner = posts.by_id(case.owner_post) if case.owner_post else None
    missed = late_deadlines(case, today, world.place.go_live)
    waits = role_post(case, case.pending.decider if case.pending else case.waits_for, posts)
    if waits is None:
        # What is over waits for nobody, but for whoever has not looked back in time.
        waits = next((waits_for(case, row, posts) for row in missed if row.waits_for), None)
    waiting = posts.by_id(waits) if waits else None
    late = [row.due_on for row in missed if row.due_on]
    main = _main_deadline(case)
    return LedgerRow(
        case=case,
        definition=world.workflow.definition,
        owner_post=owner.key if owner else None,
        owners=posts.holders(owner.id, today) if owner else (),
        waits_for=waiting.key if waiting else None,
        due_on=main.due_on if main else None,
        first_missed_on=first_missed(case, main.kind) if main else None,
        late_days=(today - min(late)).days if late else 0,
        measures_done=sum(row.state == "done" for row in case.live_measures),
        measures=len(case.live_measures),
        paused_until=_pause_end(case, today),
    )


def _pause_end(case: Case, today: date) -> date | None:
    said = case.fields.get("paused_until")
    until = date.fromisoformat(str(said)) if said else None
    return until if until is not None and today < until else None


def _main_deadline(case: Case) -> Deadline | None:
    """The one by which the case as a whole is judged: what is open goes before what has ended."""
    rows = [row for kind in MAIN_DEADLINES if (row := case.deadline(kind)) is not None]
    return next((row for row in rows if row.is_open), rows[0] if rows else None)


def show_case(uow: UnitOfWork, principal: Principal, key: str, now: datetime) -> CaseView:
    """One case with its past and what could be done next, as far as it is for the principal to see.

    Raises NotFound, also when it is out of scope.
    """
    world = load_world(uow, principal.organisation, key, needs_of, lock=False)
    today = world.place.local_day(now)
    shown = seen_by(world, principal, today)
    told = history(uow, world.case.id)
    return CaseView(
        row=ledger_row(replace(world, case=shown), today),
        world=world,
        deadlines=tuple(deadline_views(world, today, told)),
        history=history_seen_by(told, shown),
        moves=all_moves(world, principal, now),
        alike=_alike(uow, shown),
        way=shortest_way(world, now),
    )


def deadline_views(world: World, today: date, told: Iterable[Event]) -> Sequence[DeadlineView]:
    """The deadlines of a case with their arithmetic done for a day, and each date explained from its event."""
    sets = {_name(event.payload): event.payload for event in told if event.type == "deadline_set"}
    calendar = world.place.calendar
    return [
        DeadlineView(
            row.kind,
            row.subject,
            row.version,
            row.due_on,
            row.armed,
            row.ended,
            row.met_on,
            is_late(row, today, world.place.go_live),
            row.basis,
            row.waits_for,
            explain_due(sets[row.kind, row.subject, row.version], calendar),
        )
        for row in world.case.deadlines
    ]


def _name(facts: Mapping[str, Any]) -> tuple[str, str, int]:
    return facts["kind"], facts.get("subject", ""), facts["version"]
