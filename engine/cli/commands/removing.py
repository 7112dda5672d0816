"""`erase` and `evidence purge`: a text or a file has to go; two people, a reason, and a tombstone stays."""

from __future__ import annotations

from argparse import Namespace

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home
from engine.core.erasing import Erasure, Purge
from engine.services.erasing import erase as erase_now
from engine.services.erasing import finish_purge, is_unnamed, purge
from engine.text.sentences import done


def erase(said: Namespace) -> Answer:
    """`erase CASE --seq N --text NAME --as P --reason …`: the first person asks, the second one does it."""
    home = at_home(said)
    principal, what = home.principal(said), Erasure(said.seq, said.name)
    with home.writing() as uow:
        removed = erase_now(uow, principal, said.case, what, said.reason, home.now)
    facts = {
        "case": removed.case.key,
        "is_done": removed.is_done,
        "revision": removed.case.revision,
        **what.facts,
    }
    return answer(facts, [done("text_erased" if removed.is_done else "erasure_asked", facts)])


def evidence_purge(said: Namespace) -> Answer:
    """`evidence purge CASE NUMBER --as P --reason …`: the bytes go, hash and tombstone stay; again is harmless."""
    home = at_home(said)
    principal, what = home.principal(said), Purge(said.number)
    with home.writing() as uow:
        removed = purge(uow, principal, said.case, what, said.reason, home.now)
        is_last = removed.is_done and is_unnamed(uow, home.organisation, removed.case, what.evidence)
    if is_last:
        database, blobs = home.application.database, home.application.blobs
        home.afterwards(lambda: finish_purge(database, blobs, home.organisation, removed.case, what.evidence))
    facts = {
        "case": removed.case.key,
        "is_done": removed.is_done,
        "revision": removed.case.revision,
        "are_bytes_gone": is_last,
        **what.facts,
    }
    return answer(facts, [done("evidence_purged" if removed.is_done else "purge_asked", facts)])
