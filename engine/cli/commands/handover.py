"""`people handover`: a post from one person to another, and the list of what goes with it."""

from __future__ import annotations

from argparse import Namespace

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home, day
from engine.services.handover import Handover, hand_over
from engine.text.sentences import done


def people_handover(said: Namespace) -> Answer:
    """`people handover POST --from PERSON --to PERSON [--on DATE]`: a dry run is the same without the commit."""
    home = at_home(said)
    principal = home.principal(said)
    command = Handover(said.post, said.leaver, said.successor, day(said.on), said.despite)
    with home.writing() as uow:
        handed = hand_over(uow, principal, command, home.now)
    facts = handed.as_json()
    counts = {"post": facts["post"], "leaver": facts["from"], "successor": facts["to"], "on": facts["on"]}
    lines = [done("handed_over", {**counts, "credentials": handed.credentials_ended}, home.names)]
    for kind, line in (
        ("cases", "handed_case"),
        ("measures", "handed_measure"),
        ("duties", "handed_duty"),
        ("requests", "handed_request"),
        ("voided", "handed_voided"),
    ):
        lines.append(done("handed_head", {"kind": kind, "count": len(facts[kind])}, home.names))
        lines += [done(line, row, home.names) for row in facts[kind]]
    return answer(facts, lines)
