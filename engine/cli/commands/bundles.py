"""`bundle make`, `remove`, `show` and `list`: requests laid together for one decision."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.commands.decisions import Keys, decider_key, item_words, person_keys, written
from engine.cli.home import at_home
from engine.core.case import Request, request_key
from engine.core.sealing import sealed_parts
from engine.services.bundles import (
    BundleView,
    NewBundle,
    bundle_rows,
    list_bundles,
    make_bundles,
    show_bundle,
    take_out,
)
from engine.services.views import LedgerRow
from engine.text.sentences import done


def bundle_make(said: Namespace) -> Answer:
    """`bundle make 2023 plan [CASE…] --as OFFICE`: one bundle for each decider."""
    home = at_home(said)
    principal = home.principal(said)
    new = NewBundle(said.inspection, said.move, said.case, said.title)
    with home.writing() as uow:
        keys = person_keys(uow, home)
        views = make_bundles(uow, principal, new, home.now, dry_run=said.dry_run)
        rows = [_bundle_facts(view, keys) for view in views]
        words = home.words_of(uow, (_first_case(row) for row in rows))
    return answer({"bundles": rows}, [done("bundle_made", row, words.of(_first_case(row))) for row in rows])


def bundle_remove(said: Namespace) -> Answer:
    """`bundle remove 2023-B1 CASE… --as OFFICE`: single items wait for decisions of their own."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        out = take_out(uow, principal, said.bundle, said.case, home.now, dry_run=said.dry_run)
    facts = {"bundle": said.bundle, "cases": [row.case.key for row in out]}
    return answer(facts, [done("bundle_item_removed", facts, home.names)])


def bundle_show(said: Namespace) -> Answer:
    """One bundle with what each item asks for, and the digest that `approve --digest` holds it to."""
    home = at_home(said)
    with home.reading() as uow:
        view = show_bundle(uow, home.organisation, said.bundle)
        keys = person_keys(uow, home)
        facts = _bundle_facts(view, keys)
        facts["items"] = [_item_facts(*row, keys) for row in bundle_rows(uow, view, home.now)]
        words = home.words_of(uow, [_first_case(facts)])
    return answer(facts, _shown(facts, words.of(_first_case(facts))))


def bundle_list(said: Namespace) -> Answer:
    """Every bundle, also those that are decided."""
    home = at_home(said)
    with home.reading() as uow:
        keys = person_keys(uow, home)
        rows = [_bundle_facts(view, keys) for view in list_bundles(uow, home.organisation)]
        words = home.words_of(uow, (_first_case(row) for row in rows))
    lines = [done("bundle_line", row, words.of(_first_case(row))) for row in rows]
    return answer({"bundles": rows}, lines or [done("no_bundles", {})])


def _bundle_facts(view: BundleView, keys: Keys) -> dict[str, Any]:
    bundle = view.bundle
    return {
        "bundle": bundle.key,
        "title": bundle.title or None,
        "move": bundle.move,
        "decider": decider_key(bundle.decider, keys),
        "made_by": keys.get(bundle.made_by) if bundle.made_by is not None else None,
        "made_at": bundle.made_at.isoformat(),
        "digest": view.digest,
        "count": len(view.members),
        "pending": len(view.pending),
        "items": [
            {"request": row.key, "case": row.case_key, "status": row.status, "seal": row.seal}
            for row in view.members
        ],
    }


def _item_facts(row: LedgerRow, request: Request, keys: Keys) -> dict[str, Any]:
    """One item as whoever decides needs it: of measures and deliverables what was sealed, in the words that were."""
    case, sealed = row.case, partial(sealed_parts, request, row.case)
    return {
        "request": request_key(case.key, request.number),
        "case": case.key,
        "status": request.status,
        "seal": request.seal,
        "title": case.title,
        "owner": row.owner_post,
        "owners": [keys.get(person, str(person)) for person in row.owners],
        "comment": request.comment,
        "params": dict(request.params),
        "texts": dict(request.texts),
        "measures": [_measure_facts(row, number) for number, kept in sealed("measure").items() if kept],
        "deliverables": [
            {"number": each.number, "name": each.name, "count": each.count, "erased": each.is_erased}
            for each in case.deliverables
            if sealed("deliverable").get(each.number)
        ],
        "changed_since": [
            f"{part}:{number}"
            for part in ("measure", "deliverable")
            for number, kept in sealed(part).items()
            if not kept
        ],
    }


def _measure_facts(row: LedgerRow, number: int) -> dict[str, Any]:
    measure = row.case.measure(number)
    assert measure is not None
    due_on = measure.due_on.isoformat() if measure.due_on else None
    return {"number": number, "text": measure.text, "owner": measure.owner_post, "due_on": due_on}


def _first_case(facts: dict[str, Any]) -> str:
    """One of its cases: all ask for the same move, in the same words."""
    return next((str(item["case"]) for item in facts["items"]), "")


def _shown(facts: dict[str, Any], names: Mapping[str, str]) -> Iterable[str]:
    yield done("bundle_line", facts, names)
    for item in facts["items"]:
        yield from (f"  {line}" for line in _item_lines(item, names))
    if facts["digest"]:
        yield done("bundle_digest", facts)


def _item_lines(item: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    yield done("bundle_item", item, names)
    yield from written(item, names)
    if item["comment"]:
        yield done("bundle_comment", item)
    yield from ("  " + done("bundle_measure", row, names) for row in item["measures"])
    for row in item["deliverables"]:
        unnamed = row["name"] is None and not row["erased"]
        yield "  " + done("bundle_deliverable", {**row, "unnamed": unnamed}, names)
    if item["changed_since"]:
        yield done("bundle_changed", {"items": item_words(item["changed_since"])})
