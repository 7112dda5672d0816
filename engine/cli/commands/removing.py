"""`erase` and `evidence purge`: a text, a person's name or a file has to go; two people, a reason, and a tombstone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home
from engine.core.erasing import Erasure, Purge
from engine.errors import WrongUsage
from engine.services.erasing import Removed, WaitingRemoval, finish_purge, is_unnamed, purge
from engine.services.erasing import erase as erase_now
from engine.services.erasing_people import RemovedPerson, erase_person
from engine.text.filling import NOBODY, Names
from engine.text.sentences import done


def erase(said: Namespace) -> Answer:
    """`erase CASE --seq N --text NAME --as P --reason …`: the first person asks, the second one does it. With
    `--person KEY` in the place of a case what is kept of somebody who left.
    """
    home = at_home(said)
    of_case = (said.case, said.seq, said.name)
    if said.person is not None and of_case == (None, None, None):
        return _erase_person(home, said)
    if said.person is not None or None in of_case:
        raise WrongUsage("erase_what")
    principal, what = home.principal(said), Erasure(said.seq, said.name)
    with home.writing() as uow:
        removed = erase_now(uow, principal, said.case, what, said.reason, home.now)
    facts = {
        "case": removed.case.key,
        "is_done": removed.is_done,
        "revision": removed.case.revision,
        "told": list(removed.told),
        "seqs": list(removed.seqs),
        **what.facts,
    }
    return answer(facts, _lines("text_erased" if removed.is_done else "erasure_asked", removed, facts))


def _erase_person(home: Home, said: Namespace) -> Answer:
    principal = home.principal(said)
    with home.writing() as uow:
        removed = erase_person(uow, principal, said.person, said.reason, home.now)
    facts = {
        "person": removed.key,
        "is_done": removed.is_done,
        "told": list(removed.told),
        "texts": removed.texts,
        "same_name": removed.same_name,
    }
    form = "person_erased" if removed.is_done else "person_erasure_asked"
    return answer(facts, _lines(form, removed, facts, home.names))


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
        "told": list(removed.told),
        "are_bytes_gone": is_last,
        **what.facts,
    }
    return answer(facts, _lines("evidence_purged" if removed.is_done else "purge_asked", removed, facts))


def _lines(
    form: str, removed: Removed | RemovedPerson, facts: dict[str, Any], names: Names = NOBODY
) -> list[str]:
    """What happened and, where nobody could be told of it, that somebody has to be appointed first."""
    is_stuck = not removed.is_done and not removed.told
    return [done(form, facts, names), *([done("nobody_removes", facts)] if is_stuck else [])]


def removal_facts(row: WaitingRemoval, keys: Mapping[int, str]) -> dict[str, Any]:
    """What waits for a second person, in the shape of the contract."""
    asked = row.asked
    return {
        "case": asked.key,
        **{name: asked.facts.get(name) for name in ("seq", "name", "evidence")},
        "person": keys.get(asked.facts.get("person", 0)),
        "asked_by": keys.get(asked.asked_by[0] or 0),
        "asked_on": asked.asked_at.isoformat(),
        "told": list(row.told),
    }
