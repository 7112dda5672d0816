"""What moves a case forward, as facts for scripts and as lines for people: its moves, its way, and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from engine.cli.answer import Answer, Warnings, answer
from engine.cli.home import Home
from engine.core.deadlines import PERSON
from engine.core.forward import OpenMove
from engine.core.posts import Posts
from engine.core.refusal import Unmet, unmet_json
from engine.core.satisfiable import Blocked
from engine.core.way import Step, Way
from engine.services.gaps import gaps_after_change
from engine.store.places import load_place
from engine.text.sentences import done, refusal_lines, step_lines, warning_line

PersonKeys = Mapping[int, str]
MOST_CASES = 5
"""How many cases a line names before it only counts them."""
_OF_A_GAP = ("vacant", "conflicted", "appoint")
# Requirements that nobody in particular was asked about.
OF_THE_ASKER = frozenset({"wrong_role", "needs_proof", "person_missing"})


def move_facts(row: OpenMove, keys: PersonKeys) -> dict[str, Any]:
    """One move; people are printed keys, by the role in which they could act."""
    return {
        "move": row.move,
        "is_open": row.refusals is None,
        "needs_approval": row.needs_approval,
        "is_decision": row.is_decision,
        "by": list(row.by),
        "to": row.to,
        "begins_here": row.begins_here,
        "people": {role: _keys(people, keys) for role, people in row.people.items()},
        "unmet": [unmet_json(each) for each in row.refusals.unmet] if row.refusals else [],
    }


def way_facts(way: Way, keys: PersonKeys) -> dict[str, Any]:
    """The shortest way: `is_open` when every step has somebody who can take it today."""
    return {
        "is_open": not way.is_dead_end and not way.blocked,
        "is_dead_end": way.is_dead_end,
        "steps": [_step_facts(step, keys) for step in way.steps],
    }


def _step_facts(step: Step, keys: PersonKeys) -> dict[str, Any]:
    return {
        "act": step.act,
        "move": step.move,
        "to": step.to,
        "role": step.actor.role,
        "post": step.actor.post,
        "people": _keys(step.actor.people, keys),
        "needed": step.actor.needed,
        "request": step.request,
        "missing": [unmet_json(row) for row in step.missing],
        "earliest": step.earliest.isoformat() if step.earliest else None,
        "blocked": unmet_json(step.blocked) if step.blocked else None,
    }


def _keys(people: Iterable[int], keys: PersonKeys) -> list[str]:
    return [keys.get(person, str(person)) for person in people]


def move_lines(row: OpenMove, names: Mapping[str, str], *, is_asked: bool) -> list[str]:
    """One move and what it misses. `is_asked`: somebody asks for themselves, so what stands against them is said."""
    facts = {
        "move": row.move,
        "by": [] if is_asked else list(row.by),
        "decision": row.is_decision and not is_asked,
        "approval": row.needs_approval,
    }
    head = done("move_line", facts, names)
    if row.refusals is None:
        return [head]
    # Who nobody asked for is not told that it is not theirs: the line itself says whose it is.
    unmet = [each for each in row.refusals.unmet if is_asked or each.code not in OF_THE_ASKER]
    missing = replace(row.refusals, unmet=tuple(unmet))
    return [head, *(f"  {line}" for line in refusal_lines(missing, names)[1:])]


def is_theirs(row: OpenMove) -> bool:
    """Whether the move leads from the present state and is not somebody else's."""
    return row.begins_here and not (row.refusals and "wrong_role" in row.refusals.codes)


def way_lines(way: Way, names: Mapping[str, str]) -> Iterator[str]:
    """Numbered steps with who acts and from when; below each what it still misses."""
    if way.is_dead_end:
        yield done("way_dead_end", {})
    for number, step in enumerate(way.steps, start=1):
        actor = step.actor
        facts = {
            "number": number,
            "move": step.move,
            "act": step.act,
            "who": None if actor.role.startswith(PERSON) else actor.post or actor.role,
            "people": list(actor.people),
            "needed": actor.needed if actor.needed > 1 else None,
            "earliest": step.earliest.isoformat() if step.earliest else None,
        }
        yield done("way_blocked" if step.blocked else "way_line", facts, names)
        yield from (f"   {line}" for line in step_lines(step.missing, step.blocked, names))


def warning_facts(warnings: Iterable[Unmet]) -> list[dict[str, object]]:
    return [unmet_json(row) for row in warnings]


def warning_lines(warnings: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """Warnings as they were printed in JSON (or remembered under a key), one line each."""
    return [warning_line(row, names) for row in warnings]


def answer_with(home: Home, kind: str, facts: Mapping[str, Any], warnings: Iterable[Unmet]) -> Answer:
    """What was recorded, in one sentence, and what nobody could do any more because of it."""
    told = warning_facts(warnings)
    return answer(
        {**facts, "warnings": told}, [done(kind, facts, home.names), *warning_lines(told, home.names)]
    )


def gaps_left(home: Home, before: Posts, first_day: date | None) -> Warnings:
    """The open cases that nobody can finish from `first_day` on (None: at once), and somebody could `before`."""
    with home.reading() as uow:
        today = load_place(uow, home.organisation).local_day(home.now)
        in_days = (first_day - today).days if first_day else 0
        gaps = gaps_after_change(uow, home.organisation, before, home.now, in_days=in_days)
        return gap_facts(gaps), gap_lines(gaps, home.names)


def gap_facts(gaps: Iterable[Blocked]) -> list[dict[str, object]]:
    return [row.as_json() for row in gaps]


def gap_lines(gaps: Iterable[Blocked], names: Mapping[str, str]) -> list[str]:
    """One line for what is missing in the same way: moves, owners and cases that share it stand together."""
    grouped: dict[object, list[Blocked]] = {}
    for row in gaps:
        facts = row.unmet.facts
        alike = (row.workflow, row.act, row.case is None, *(str(facts[name]) for name in _OF_A_GAP))
        grouped.setdefault(alike, []).append(row)
    return [_gap_line(rows, names) for rows in grouped.values()]


def _gap_line(rows: list[Blocked], names: Mapping[str, str]) -> str:
    cases = list(dict.fromkeys(row.case for row in rows if row.case))
    facts = {
        **rows[0].unmet.facts,
        "workflow": rows[0].workflow,
        "act": rows[0].act,
        "moves": list(dict.fromkeys(row.move for row in rows)),
        "count": len(cases),
        "cases": cases[:MOST_CASES],
        "more": len(cases) > MOST_CASES,
        "owners": list(dict.fromkeys(row.owner_post for row in rows if row.owner_post)),
    }
    return done("gap_of_cases" if cases else "gap_of_owners", facts, names)
