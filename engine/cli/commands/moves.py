"""`assign` and `do`: give a case to a leader, and make or ask for a move."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.evidence import received
from engine.cli.fields import named, said_fields
from engine.cli.home import Home, at_home, day
from engine.cli.onward import is_theirs, warning_facts, warning_lines
from engine.core.case import Field, request_key
from engine.core.forward import OpenMove
from engine.core.posts import Post
from engine.core.principal import Principal
from engine.core.world import MakeMove
from engine.errors import NotFound
from engine.services.evidence import About, attach
from engine.services.moves import ASSIGN, Assign, Done, make_move, refuse_stale
from engine.services.moves import assign as assign_case
from engine.services.resolving import resolve_post
from engine.services.views import show_case
from engine.store.places import load_place, load_posts
from engine.store.unit_of_work import UnitOfWork
from engine.text.sentences import done

# Parameters that are dates: those with an option of their own, and those that `--set` alone gives.
DATES = ("due", "held_on", "until")
MORE_DATES = ("next_review", "from", "on")


def assign(said: Namespace) -> Answer:
    """`assign CASE --leader POST_OR_PERSON [--due D] …`; once it is under way, with a reason, to another."""
    home = at_home(said)
    principal = home.principal(said)
    files, papers = received(home, said.file), None
    with home.writing() as uow:
        if files:
            refuse_stale(uow, principal, said.case, said.revision)
            papers = attach(uow, principal, said.case, files, About(), home.now, move=ASSIGN)
        in_charge = post_of(uow, home, said.in_charge).key if said.in_charge else None
        owner = post_of(uow, home, said.leader).id
        command = Assign(
            owner,
            day(said.due),
            day(said.since),
            in_charge,
            None if files else said.revision,
            said.comment or "",
            said_fields(said.set),
        )
        made = assign_case(uow, principal, said.case, command, home.now, dry_run=said.dry_run)
        result = moved(made, made.move or ASSIGN, papers)
    return _told(home, result)


def do(said: Namespace) -> Answer:
    """`do CASE MOVE --as PERSON`: files are attached in the same commit as the move."""
    home = at_home(said)
    principal = home.principal(said)
    params, texts = params_of(said), texts_of(said)
    if said.leader:
        params["post"] = _leader(home, said.leader)
    files, papers = received(home, said.file), None
    with home.writing() as uow:
        if files:
            refuse_stale(uow, principal, said.case, said.revision)
            papers = attach(uow, principal, said.case, files, About(), home.now, move=said.move)
        revision = None if files else said.revision
        command = MakeMove(said.move, params, said.comment or "", revision, texts)
        with _naming_moves(uow, principal, said.case, home):
            made = make_move(uow, principal, said.case, command, home.now, dry_run=said.dry_run)
        result = moved(made, made.named or said.move, papers)
    return _told(home, result)


def params_of(said: Namespace) -> dict[str, Field]:
    """The parameters of a move: dates of options of their own, the rest as `--set NAME=VALUE` says."""
    dates = {name: getattr(said, name) for name in DATES}
    words = {name: word for name, word in (*dates.items(), *named(said.set)) if word is not None}
    params: dict[str, Field] = {}
    for name, word in words.items():
        given = day(word) if name in (*DATES, *MORE_DATES) else None
        params[name] = given.isoformat() if given else word
    return params


def texts_of(said: Namespace) -> dict[str, str]:
    """What is written beside the comment: free text is never a parameter, it has to be erasable."""
    own = [("progress", said.progress)] if said.progress else []
    return dict((*own, *named(said.text)))


@contextmanager
def _naming_moves(uow: UnitOfWork, principal: Principal, case: str, home: Home) -> Iterator[None]:
    """An unknown move is answered with those that lead on from here."""
    try:
        yield
    except NotFound as error:
        if error.code != "move_not_found":
            raise
        moves = show_case(uow, principal, case, home.now).moves
        possible = [row.move for row in moves if _is_possible(row, principal)]
        raise NotFound(error.code, **error.facts, possible=possible) from error


def _is_possible(row: OpenMove, principal: Principal) -> bool:
    return row.begins_here if principal.person is None else is_theirs(row)


def post_of(uow: UnitOfWork, home: Home, word: str) -> Post:
    """A post, named by its key, its label or its one holder."""
    today = load_place(uow, home.organisation).local_day(home.now)
    return resolve_post(uow, home.organisation, load_posts(uow, home.organisation), word, today)


def _leader(home: Home, word: str) -> int:
    with home.reading() as uow:
        return post_of(uow, home, word).id


def moved(result: Done, move: str, papers: Done | None = None) -> dict[str, Any]:
    """What a move did, in keys and numbers, with what the papers that came with it did."""
    pending = result.case.pending
    warnings = [*(papers.warnings if papers else ())]
    warnings += [row for row in result.warnings if row not in warnings]
    return {
        "case": result.case.key,
        "move": move,
        "state": result.case.state,
        "revision": result.case.revision,
        "request": request_key(result.case.key, result.request) if result.request else None,
        "decider": pending.decider if result.request and pending else None,
        "owner": _given_to(result),
        "deadlines": _armed(result),
        "events": [event.type for event in result.plan.events],
        "warnings": warning_facts(warnings),
    }


def _given_to(result: Done) -> str | None:
    """The post that the case was given to with the move, None where it stays whose it was."""
    given = [event.payload["post"] for event in result.plan.events if event.type == "owner_set"]
    if not given or result.decided_on is None:
        return None
    world, _ = result.decided_on
    post = world.posts.by_id(given[-1])
    return post.key if post else None


def _armed(result: Done) -> list[dict[str, Any]]:
    """The deadlines of the case itself that began to run with the move."""
    rows = [event.payload for event in result.plan.events if event.type == "deadline_set"]
    armed = {row["kind"]: row["due_on"] for row in rows if row["armed"] and not row["subject"]}
    return [{"kind": kind, "due_on": due_on} for kind, due_on in armed.items() if due_on]


def _told(home: Home, facts: Mapping[str, Any]) -> Answer:
    return answer(facts, move_lines(facts, home.names))


def move_lines(facts: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """What a move did, in words."""
    kind = "requested" if facts["request"] else "moved"
    armed = [done("armed_deadline", row, names) for row in facts["deadlines"]]
    return [done(kind, {**facts, "deadlines": armed}, names), *warning_lines(facts["warnings"], names)]
