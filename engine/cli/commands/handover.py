"""`people handover`: a post from one person to another, and the list of what goes with it."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home, day
from engine.cli.onward import gaps_left
from engine.services.handover import Handover, hand_over
from engine.services.planned_handovers import withdraw_handover
from engine.store.places import load_posts
from engine.text.sentences import done

LISTS = (
    ("cases", "handed_case"),
    ("measures", "handed_measure"),
    ("duties", "handed_duty"),
    ("requests", "handed_request"),
    ("voided", "handed_voided"),
)


def people_handover(said: Namespace) -> Answer:
    """`people handover POST --from PERSON --to PERSON [--on DATE]`: a dry run is the same without the commit."""
    home = at_home(said)
    principal = home.principal(said)
    command = Handover(said.post, said.leaver, said.successor, day(said.on), said.despite)
    if said.withdraw:
        with home.writing() as uow:
            on = withdraw_handover(uow, principal, command, home.now).starts_on
        facts = {"post": said.post, "from": said.leaver, "to": said.successor, "on": on.isoformat()}
        told = {**facts, "leaver": said.leaver}
        return answer({**facts, "withdrawn": True}, [done("handover_withdrawn", told, home.names)])
    with home.writing() as uow:
        before = load_posts(uow, home.organisation)
        handed = hand_over(uow, principal, command, home.now)
        facts = handed.as_json()
        words = home.words_of(uow, (row["case"] for kind, _ in LISTS for row in facts[kind] if "case" in row))
    counts = {"post": facts["post"], "leaver": facts["from"], "successor": facts["to"], "on": facts["on"]}
    lines = [done("handed_over", {**counts, "credentials": handed.credentials_ended}, home.names)]
    for kind, line in LISTS:
        lines.append(done("handed_head", {"kind": kind, "count": len(facts[kind])}, home.names))
        lines += [
            done(line, {**row, "planned": handed.is_planned}, words.of(row.get("case")))
            for row in facts[kind]
        ]
    lines += [done("handed_later", counts, home.names)] if handed.is_planned else []
    return Answer(facts, tuple(lines), warns=partial(gaps_left, home, before, handed.on))
