"""May this move be made, and what follows: pure, complete, the same for a dry run and the real thing (law 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from engine.core.asking import ask_for, asking_requirements
from engine.core.authority import (
    Capacity,
    capacity,
    conflicted,
    first_who_may,
    four_eyes,
    has_conflict,
    has_used_hand,
    needs_own_proof,
    scope_requirements,
    wrong_role,
)
from engine.core.case import Case, request_key
from engine.core.deadlines import FORMER_OWNER, OFFICE, POST
from engine.core.definition import DeadlineRule, GuardUse, Move
from engine.core.definition_reader import nearest
from engine.core.fields import field_requirements, given_with
from engine.core.history import NewEvent
from engine.core.parameters import parameter_requirements
from engine.core.plan import Plan, Prompt
from engine.core.planning import make_plan
from engine.core.refusal import Refusals, Unmet, one_of
from engine.core.stakes import STAKEHOLDERS
from engine.core.world import Ask, MakeMove
from engine.errors import Conflict, Facts, NotFound


def decide(ask: Ask) -> Plan | Refusals:
    """The plan of a move (or of the request for it), or every reason why it is not possible now.

    Raises NotFound for a move that the workflow does not know, Conflict for a stale revision.
    """
    case, name = ask.case, ask.command.move
    move = ask.world.workflow.move(name)
    if move is None:
        known = ask.world.workflow.definition.moves
        raise NotFound("move_not_found", move=name, case=case.key, nearest=nearest(name, known))
    if ask.command.revision not in (None, case.revision):
        raise Conflict("case_changed", case=case.key, expected=ask.command.revision, revision=case.revision)
    barred = conflicted(case, ask.world.posts, ask.today) if move.decision else frozenset()
    acting = capacity(ask.world, ask.principal, tuple(move.by), ask.today, barred)
    unmet = tuple(requirements(ask, move, acting))
    target = ask.world.workflow.fire(case.state, name, is_refused=bool(unmet))
    if target is None or acting is None:
        return Refusals(case.key, name, unmet)
    if move.approval is not None:
        return ask_for(ask, move.approval, acting)
    events, prompts = move_events(ask, move, role=acting.role)
    return make_plan(
        ask.world, ask.principal, ask.now, events, prompts, acting_for=acting.acting_for, post=acting.post
    )


def requirements(ask: Ask, move: Move, acting: Capacity | None) -> Iterator[Unmet]:
    """Everything that stands against the move, exhaustively, in the order people ask: when, who, what."""
    yield from state_requirements(ask, move)
    yield from scope_requirements(ask.principal, "decide" if move.decision else "act")
    if acting is None:
        barred = conflicted(ask.case, ask.world.posts, ask.today) if move.decision else frozenset[int]()
        yield wrong_role(ask.world, ask.principal, tuple(move.by), ask.today, barred)
    if move.decision:
        yield from _decision_requirements(ask, move, acting)
    if ask.case.pending is not None:
        pending = ask.case.pending
        facts: Facts = {"request": request_key(ask.case.key, pending.number), "move": pending.move}
        yield Unmet("request_pending", facts, "await_or_withdraw", (pending.decider,))
    yield from parameter_requirements(ask, move)
    yield from guard_requirements(ask, move)
    if move.approval is not None:
        yield from asking_requirements(ask, move.approval, acting)


def state_requirements(ask: Ask, move: Move) -> Iterator[Unmet]:
    """Whether the case is where the move begins (`wrong_state`)."""
    if ask.case.state not in move.sources:
        way = _route(ask, move)
        facts: Facts = {"state": ask.case.state, "sources": list(move.sources), "way": list(way)}
        if way:
            yield Unmet("wrong_state", facts, "first_reach_state")
        else:
            onward = _onward(ask)
            cure = "go_on_from_here" if onward else "nothing_leads_there"
            yield Unmet("wrong_state", {**facts, "onward": onward}, cure, curable=False)


def _onward(ask: Ask) -> list[str]:
    """The moves that lead on from where the case is."""
    state = ask.case.state
    moves = ask.world.workflow.definition.moves.items()
    return [name for name, move in moves if state in move.sources and move.target(state) != state]


def _route(ask: Ask, move: Move) -> tuple[str, ...]:
    """The moves that lead to where `move` begins, without those that this case can never make."""
    workflow, closed = ask.world.workflow, set[str]()
    while way := workflow.route(ask.case.state, tuple(move.sources), closed):
        tried = {name: replace(ask, command=MakeMove(name)) for name in way}
        ruled_out = {
            name
            for name, other in tried.items()
            if not all(row.curable for row in guard_requirements(other, workflow.definition.moves[name]))
        }
        if not ruled_out:
            break
        closed |= ruled_out
    return way


def guard_requirements(ask: Ask, move: Move) -> Iterator[Unmet]:
    """What the fields and the guards of the move still miss, in the order of the workflow file."""
    yield from field_requirements(ask, move)
    for use in move.guards:
        yield from _unmet(ask, use)


def _unmet(ask: Ask, use: GuardUse) -> Iterable[Unmet]:
    if use.name == "all_of":
        return [row for part in use.parts for row in _unmet(ask, part)]
    if use.name == "any_of":
        answers = [list(_unmet(ask, part)) for part in use.parts]
        return [] if any(not rows for rows in answers) else [one_of(answers)]
    if use.name == "not":
        holds = not any(row for part in use.parts for row in _unmet(ask, part))
        rules = [leaf.name for leaf in use.leaves()]
        facts: Facts = {"rule": use.parts[0].name, "rules": rules}
        return [Unmet("must_not_hold", facts, "let_it_not_hold")] if holds else []
    return list(ask.world.workflow.guards[use.name](ask, **use.params))


def _decision_requirements(ask: Ask, move: Move, acting: Capacity | None) -> Iterator[Unmet]:
    if not ask.principal.has_own_proof:
        yield needs_own_proof()
    barred = conflicted(ask.case, ask.world.posts, ask.today)
    used = has_used_hand(ask.principal, ask.case, ask.command.move)
    if used or has_conflict(ask.principal, acting, barred):
        yield four_eyes(ask, acting, tuple(move.by), barred)


def move_events(
    ask: Ask, move: Move, *, role: str | None, request: int | None = None
) -> tuple[list[NewEvent], list[Prompt]]:
    """What a move that happens now writes: itself, the deadlines it meets, its effects; and whom to tell.

    `role` is None when the mover was already recorded as the asker of `request`.
    """
    case, world, name = ask.case, ask.world, ask.command.move
    target = move.target(case.state)
    facts: dict[str, object] = {
        "move": name,
        "from": case.state,
        "to": target,
        "final": target in world.workflow.definition.final,
        "waits_for": _next_waits_for(ask, move),
    }
    if role is not None:
        facts["by"] = move.acts_as or role
    if request is not None:
        facts["request"] = request
    texts = {name: text for name, text in ask.command.written.items() if name not in move.sets}
    events = [NewEvent("moved", facts, texts if request is None else {}), *_met_deadlines(ask)]
    events.extend(given_with(ask, move).events())
    for use in move.effects:
        events.extend(world.workflow.effects[use.name](ask, **use.params))
    told = (tell for tell in move.tells if tell.applies(ask.command.params))
    prompts = [Prompt(tell.notice, _told(ask, tell.who), {"move": name}) for tell in told]
    return events, prompts


def _told(ask: Ask, who: str) -> str:
    """Whom a prompt is for. The owner from before the move is named by the post: afterwards nobody would know it."""
    if who != FORMER_OWNER:
        return who
    post = ask.world.posts.by_id(ask.case.owner_post) if ask.case.owner_post is not None else None
    return POST + post.key if post else OFFICE


def _next_waits_for(ask: Ask, move: Move) -> str:
    """Whose act is missing in the new state: the first of its posts that somebody free of conflict holds."""
    case, posts = ask.case, ask.world.posts
    barred = conflicted(case, posts, ask.today)
    named = ask.command.params.get("post")
    if isinstance(named, int):
        # Whoever gets the case with this move owns it by then.
        barred |= frozenset(posts.holders(named, ask.today))
    if move.acts_as in STAKEHOLDERS and ask.principal.person is not None:
        barred |= {ask.principal.person}
    roles = ask.world.workflow.definition.states[move.target(case.state)].waits_for
    return first_who_may(case, posts, roles, barred, ask.today)


def _met_deadlines(ask: Ask) -> Iterator[NewEvent]:
    """A duty is met on the day it was held, even where that was entered later (domain.md §3)."""
    on = str(ask.command.params.get("held_on") or ask.today.isoformat())
    for kind, rule in ask.world.workflow.definition.deadlines.items():
        if ask.command.move not in rule.met_by:
            continue
        for subject in _met_subjects(ask.case, kind, rule):
            yield NewEvent("deadline_met", {"kind": kind, "subject": subject, "on": on})


def _met_subjects(case: Case, kind: str, rule: DeadlineRule) -> list[str]:
    """Which deadlines of one kind a move meets: each once, however many versions of it were missed."""
    rows = [row for row in case.unmet_deadlines if row.kind == kind]
    if rule.meets == "first":
        # A missed version of what was dropped since is not what somebody looks at now.
        dated = [row for row in rows if row.is_open and row.due_on is not None]
        rows = sorted(dated, key=lambda row: row.due_on or date.max)[:1]
    return list(dict.fromkeys(row.subject for row in rows))
