"""`claims`: what a report says of itself, until somebody settles it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home, day
from engine.services.claims import Verdict, accept_claims, list_claims, reject_claims
from engine.services.moves import Done
from engine.text.sentences import done


def claims(said: Namespace) -> Answer:
    """The claims that nobody settled yet."""
    home = at_home(said)
    with home.reading() as uow:
        found = [row.as_json() for row in list_claims(uow, home.principal(said), is_everything=said.all)]
        words = home.words_of(uow, (row["case"] for row in found))
    lines = [done("claim_line", row, words.of(row["case"])) for row in found]
    return answer({"claims": found}, lines or [done("no_claims", {})])


def claims_accept(said: Namespace) -> Answer:
    """`claims accept CASE… --as PERSON --basis …`: all of them, or none."""
    return _settle(said, "accepted", accept_claims)


def claims_reject(said: Namespace) -> Answer:
    """`claims reject CASE… --as PERSON --basis …`: the issue is rectified like any other."""
    return _settle(said, "rejected", reject_claims)


def _settle(said: Namespace, verdict: str, settle: Callable[..., list[Done]]) -> Answer:
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        results = settle(uow, principal, said.case, Verdict(said.basis, day(said.on)), home.now)
        settled: list[dict[str, Any]] = [
            {"case": row.case.key, "verdict": verdict, "state": row.case.state, "revision": row.case.revision}
            for row in results
        ]
        words = home.words_of(uow, (row["case"] for row in settled))
    return answer(
        {"settled": settled}, [done("claim_settled", row, words.of(row["case"])) for row in settled]
    )
