"""What a vector may expect: each word of `expect`, and what there is to compare it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.core.deadlines import late_deadlines, waits_for_person
from engine.core.explain_due import explain_due
from engine.core.forward import all_moves
from engine.core.plan import Plan
from engine.core.refusal import OF_A_PERSON, Refusals, Unmet
from engine.core.satisfiable import blocked_steps
from engine.core.sealing import added_since
from engine.core.visibility import seen_by
from engine.core.way import Step, shortest_way
from tests.vectors.stage import Json

if TYPE_CHECKING:
    from tests.vectors.runner import Run


def deadline_name(row: Any) -> str:
    """A deadline by its name: kind, and subject where there is one."""
    return f"{row.kind}:{row.subject}" if row.subject else str(row.kind)


def _refused(run: Run, _step: Json) -> list[str]:
    return [run.error] if run.error else sorted(row.code for row in _unmet(run))


def _unmet(run: Run) -> tuple[Unmet, ...]:
    return run.answer.unmet if isinstance(run.answer, Refusals) else ()


def _one_of(run: Run, _step: Json) -> list[list[list[str]]]:
    """Of each choice in the refusal, the codes of each alternative."""
    return [[[row.code for row in rows] for rows in row.one_of] for row in _unmet(run) if row.one_of]


def _who_could(run: Run, _step: Json) -> dict[str, list[str]]:
    return {row.code: list(row.who) for row in _unmet(run)}


def _from_when(run: Run, _step: Json) -> dict[str, str | None]:
    return {row.code: row.earliest.isoformat() if row.earliest else None for row in _unmet(run)}


def _cures(run: Run, _step: Json) -> dict[str, str]:
    return {row.code: row.cure for row in _unmet(run)}


def _told(run: Run, _step: Json) -> list[list[str]]:
    plan = run.answer
    rows = plan.prompts if isinstance(plan, Plan) else ()
    return sorted([row.kind, run.stage.named(row.who)] for row in rows)


def _due(run: Run, _step: Json) -> dict[str, str]:
    rows = run.case.open_deadlines
    return {deadline_name(row): row.due_on.isoformat() for row in rows if row.armed and row.due_on}


def _dates(run: Run, _step: Json) -> dict[str, str | None]:
    """Every version of every deadline, the replaced ones as well."""
    rows = run.case.deadlines
    return {
        f"{deadline_name(row)}/{row.version}": row.due_on.isoformat() if row.due_on else None for row in rows
    }


def _entered_late(run: Run, _step: Json) -> dict[str, str]:
    """The measures that were done in time and entered after their day, and when they were entered."""
    return {str(row.number): row.entered_on.isoformat() for row in run.case.measures if row.entered_on}


def _chased(run: Run, _step: Json) -> dict[str, str]:
    """Whom each open deadline waits for, where that is not whom the case waits for."""
    found = {}
    for row in run.case.open_deadlines:
        person = waits_for_person(run.case, row)
        found[deadline_name(row)] = row.waits_for or (
            run.stage.named(f"person:{person}") if person else run.case.waits_for
        )
    return found


def _decider(run: Run, _step: Json) -> str | None:
    return run.stage.named(run.case.pending.decider) if run.case.pending else None


def _way(run: Run, _step: Json) -> list[list[Any]]:
    """[act, move, who, earliest day] of each step; who blocks is said in place of who acts."""
    return [
        [step.act, step.move, _actor(run, step), step.earliest.isoformat() if step.earliest else None]
        for step in shortest_way(run.world, run.now).steps
    ]


def _actor(run: Run, step: Step) -> str:
    return step.blocked.code if step.blocked else run.stage.named(step.actor.post or step.actor.role)


def _missing(run: Run, _step: Json) -> dict[str, list[str]]:
    """What each step of the shortest way still misses."""
    steps = shortest_way(run.world, run.now).steps
    return {f"{step.act} {step.move}": [row.code for row in step.missing] for step in steps if step.missing}


def _blocked(run: Run, _step: Json) -> list[list[str]]:
    return sorted([row.act, row.move, row.unmet.code] for row in blocked_steps(run.world, run.now))


def _moves(run: Run, step: Json) -> list[str]:
    """The moves that are open to whoever looks, in the order of the file."""
    rows = all_moves(run.world, run.who(step), run.now)
    return [row.move for row in rows if row.refusals is None]


def _may(run: Run, step: Json) -> list[str]:
    """The moves that begin here and that nothing forbids whoever looks in person, whatever else is missing."""
    rows = all_moves(run.world, run.who(step), run.now)
    free = (row for row in rows if row.begins_here and not OF_A_PERSON & set(_codes(row.refusals)))
    return [row.move for row in free]


def _codes(refusals: Refusals | None) -> tuple[str, ...]:
    return refusals.codes if refusals else ()


def _why_due(run: Run, _step: Json) -> dict[str, list[str]]:
    calendar = run.stage.place.calendar
    return {name: [row.code for row in explain_due(facts, calendar)] for name, facts in run.dates.items()}


def _added(run: Run, _step: Json) -> list[str]:
    return list(added_since(run.case.pending, run.case)) if run.case.pending else []


def _sees(run: Run, step: Json) -> list[int]:
    """The papers of which whoever looks sees the name and the content."""
    return [
        row.number for row in seen_by(run.world, run.who(step), run.today).evidence if row.name is not None
    ]


SEEN: Mapping[str, Callable[[Run, Json], Any]] = {
    "refused": _refused,
    "one_of": _one_of,
    "who_could": _who_could,
    "from_when": _from_when,
    "cures": _cures,
    "warned": lambda run, _: run.warned,
    "state": lambda run, _: run.case.state,
    "final": lambda run, _: run.case.is_final,
    "waits_for": lambda run, _: run.case.waits_for,
    "due": _due,
    "dates": _dates,
    "entered_late": _entered_late,
    "why_due": _why_due,
    "chased": _chased,
    "late": lambda run, _: sorted(
        deadline_name(row) for row in late_deadlines(run.case, run.today, run.stage.place.go_live)
    ),
    "ended": lambda run, _: {f"{deadline_name(row)}/{row.version}": row.ended for row in run.case.deadlines},
    "decider": _decider,
    "needed": lambda run, _: run.case.pending.needed if run.case.pending else None,
    "expires": lambda run, _: [
        row.expires_on.isoformat() if row.expires_on else None for row in run.case.requests
    ],
    "follows": lambda run, _: [row.follows for row in run.case.requests],
    "requests": lambda run, _: [row.status for row in run.case.requests],
    "confirmed": lambda run, _: [vote.confirmed for row in run.case.requests for vote in row.votes],
    "bundles": lambda run, _: [row.bundle for row in run.case.requests],
    "added_since": _added,
    "sees": _sees,
    "told": _told,
    "accepted": lambda run, _: [row.number for row in run.case.evidence if row.status == "accepted"],
    "notices": lambda run, _: sorted(run.notices),
    "fields": lambda run, _: dict(run.case.fields),
    "texts": lambda run, _: dict(run.case.texts),
    "way": _way,
    "missing": _missing,
    "blocked": _blocked,
    "moves": _moves,
    "may": _may,
}
