"""`bulk`: one move on many cases, named or chosen; all or none of them, or each as it can."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from engine.cli.answer import Answer
from engine.cli.commands.moves import move_lines, moved, params_of, post_of, texts_of
from engine.cli.home import Home, at_home
from engine.core.refusal import Refusals
from engine.core.world import MakeMove
from engine.errors import WrongUsage
from engine.services.bulk import BulkItem, make_moves
from engine.services.inspections import find_inspection
from engine.services.moves import Done
from engine.services.names import own_names
from engine.services.views import ledger
from engine.store.places import load_place
from engine.store.unit_of_work import UnitOfWork
from engine.text.sentences import done, refusal_lines, sentence

REFUSED = 3
CHOOSING = ("kind", "state", "inspection", "owner", "late")


def bulk(said: Namespace) -> Answer:
    """`bulk MOVE CASE… | --state S …`: all of them, or with `--each` those that can; a dry run tells of every one."""
    is_chosen = any(getattr(said, name) for name in CHOOSING)
    if bool(said.case) == is_chosen:
        raise WrongUsage("bulk_whom")
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        params = params_of(said)
        if said.leader:
            params["post"] = post_of(uow, home, said.leader).id
        keys = said.case or list(_chosen(uow, home, said))
        command = MakeMove(said.move, params, said.comment or "", texts=texts_of(said))
        items = make_moves(uow, principal, keys, command, home.now, per_item=said.each, dry_run=said.dry_run)
    return _told(home, said, items)


def _chosen(uow: UnitOfWork, home: Home, said: Namespace) -> Iterator[str]:
    """The cases that every word fits, in the order of the ledger; those that have ended only by their state."""
    today = load_place(uow, home.organisation).local_day(home.now)
    owner = post_of(uow, home, said.owner).id if said.owner else None
    of_round = find_inspection(uow, home.organisation, said.inspection).id if said.inspection else None
    for row in ledger(uow, home.organisation, today, kind=said.kind, state=said.state, late=said.late):
        case = row.case
        if case.is_final and not said.state:
            continue
        if owner in (None, case.owner_post) and of_round in (None, case.inspection):
            yield case.key


def _told(home: Home, said: Namespace, items: list[BulkItem]) -> Answer:
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for item in items:
        names = own_names(home.names, item.world.workflow.definition)
        row = _facts(item, said.move, names)
        rows.append(row)
        lines += row["sentences"] if "sentences" in row else move_lines(row, names)
    refused = sum(not item.is_done for item in items)
    is_blocked = bool(refused) and not said.each
    counts = {"done": len(items) - refused, "refused": refused, "nothing": not items}
    told = {**counts, "blocked": is_blocked, "counted": bool(items) and not is_blocked}
    is_kept = bool(counts["done"])
    data = {"move": said.move, "done": counts["done"], "refused": refused, "items": rows}
    return Answer(data, (*lines, done("bulk_done", told)), REFUSED if refused else 0, keeps=is_kept)


def _facts(item: BulkItem, move: str, names: Mapping[str, str]) -> dict[str, Any]:
    result = item.result
    if isinstance(result, Done):
        row = moved(result, result.move or move)
        return {"outcome": "requested" if row["request"] else "done", **row}
    if isinstance(result, Refusals):
        return {"outcome": "refused", **result.as_json(), "sentences": refusal_lines(result, names)}
    facts = {"code": result.code, "facts": dict(result.facts)}
    told = [sentence(result.code, result.facts, names)]
    return {"outcome": "refused", "case": item.case, "move": move, "error": facts, "sentences": told}
