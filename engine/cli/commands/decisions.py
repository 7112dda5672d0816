"""`requests`, `approve` and `return`: what waits for a decision, and the word on it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Literal

from engine.cli.answer import Answer, answer
from engine.cli.commands.evidence import received
from engine.cli.home import Home, at_home
from engine.core.principal import Credential, Principal, Via
from engine.core.requests import DecideRequest
from engine.services.decisions import Waiting, decide_requests, list_requests
from engine.services.decisions import withdraw as take_back
from engine.text.sentences import done


def requests(said: Namespace) -> Answer:
    """Everything that waits, the oldest first."""
    home = at_home(said)
    with home.reading() as uow:
        waiting = list_requests(uow, home.organisation)
    rows = [_row(row) for row in waiting]
    lines = [done("request_line", row, home.names) for row in rows] or [done("no_requests", {})]
    return answer({"requests": rows}, lines)


def _row(row: Waiting) -> dict[str, Any]:
    limit = row.case.deadline("request", str(row.request.number))
    return {
        "request": row.key,
        "case": row.case.key,
        "title": row.case.title,
        "move": row.request.move,
        "asked_by": row.request.asked_by,
        "asked_at": row.request.asked_at.isoformat(),
        "decider": row.request.decider,
        "needed": row.request.needed,
        "votes": len(row.request.votes),
        "due_on": limit.due_on.isoformat() if limit and limit.due_on else None,
        "comment": row.request.comment,
        "seal": row.request.seal,
    }


def approve(said: Namespace) -> Answer:
    """`approve REQUEST… --as PERSON`: all of them, or none."""
    return _decide(said, "approve")


def return_(said: Namespace) -> Answer:
    """`return REQUEST… --as PERSON --comment …`: back to the owner with what is to be added."""
    return _decide(said, "return")


def withdraw(said: Namespace) -> Answer:
    """`withdraw REQUEST --as PERSON`: take back what was asked."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing(keep=not said.dry_run) as uow:
        result = take_back(uow, principal, said.request, home.now, dry_run=said.dry_run)
    facts = {"request": said.request, "case": result.case.key, "dry_run": result.is_dry_run}
    return answer(facts, [done("withdrawn", facts, home.names)])


def _decide(said: Namespace, verdict: Literal["approve", "return"]) -> Answer:
    home = at_home(said)
    principal = home.principal(said)
    paper = None
    if said.paper:
        paper = received(home, [said.paper])[0].digest
        principal = _on_paper(principal)
    with home.writing(keep=not said.dry_run) as uow:
        content = {"verb": verdict, "requests": said.request, "comment": said.comment, "paper": paper}
        before = home.once(uow, principal, said, content)
        if before.answer is not None:
            return _told(home, list(before.answer["decided"]))
        word = DecideRequest(0, verdict, said.comment or "", paper)
        results = decide_requests(uow, principal, said.request, word, home.now, dry_run=said.dry_run)
        decided = [
            {
                "request": key,
                "case": result.case.key,
                "verdict": verdict,
                "state": result.case.state,
                "revision": result.case.revision,
                "is_decided": result.case.pending is None,
                "dry_run": result.is_dry_run,
            }
            for key, result in zip(said.request, results, strict=True)
        ]
        before.remember({"decided": decided})
    return _told(home, decided)


def _on_paper(principal: Principal) -> Principal:
    """The signed scan is the proof; who typed it in stays recorded as the operator."""
    return Principal(
        principal.organisation, principal.person, Via.PAPER, Credential.PAPER, principal.operator
    )


def _told(home: Home, decided: list[dict[str, Any]]) -> Answer:
    lines = [done("decided" if row["is_decided"] else "voted", row, home.names) for row in decided]
    if decided and decided[0]["dry_run"]:
        lines.append(done("dry_run", decided[0], home.names))
    return answer({"decided": decided}, lines)
