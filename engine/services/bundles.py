"""Bundles: the plans of a round laid together as one, shown, and single items taken out again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.core.bundles import bundle_digest, put_in_bundle, take_out_of_bundle
from engine.core.case import Request
from engine.core.definition_reader import nearest
from engine.core.plan import Plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet, refused
from engine.core.vocabulary import Facet
from engine.core.world import World
from engine.errors import NotFound
from engine.services.moves import Done, all_planned, carry_out_all, needs_of
from engine.services.views import LedgerRow, ledger_row
from engine.store.inspections import InspectionFile, inspections_of
from engine.store.requests import (
    Bundle,
    RequestLine,
    add_bundle,
    bundles_of,
    members_of,
    pending_of_move,
)
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_worlds

_Decision = Callable[[World, int], Plan | Refusals]


@dataclass(frozen=True, slots=True)
class BundleView:
    """A bundle with its members; `digest` is over those that still wait, None where nothing does."""

    bundle: Bundle
    members: tuple[RequestLine, ...]

    @property
    def pending(self) -> tuple[RequestLine, ...]:
        return tuple(row for row in self.members if row.status == "pending")

    @property
    def digest(self) -> str | None:
        waiting = [(row.key, row.seal) for row in self.pending]
        return bundle_digest(waiting) if waiting else None


@dataclass(frozen=True, slots=True)
class NewBundle:
    """What is laid together: the pending requests of one move in one round, all of them or those of `cases`."""

    inspection: str
    move: str
    cases: Sequence[str] = ()
    title: str = ""


def make_bundles(
    uow: UnitOfWork, principal: Principal, new: NewBundle, now: datetime, *, dry_run: bool = False
) -> list[BundleView]:
    """Lay requests together, those of each decider in a bundle of their own: one decision has one decider.

    Raises Refused, NotFound for a round, a case or a move where nothing waits.
    """
    inspection = _inspection(uow, principal.organisation, new.inspection)
    lines = _chosen(uow, principal.organisation, inspection, new)
    first = len(_of_round(uow, principal.organisation, inspection)) + 1
    views: list[BundleView] = []
    for at, decider in enumerate(dict.fromkeys(row.decider for row in lines), start=first):
        rows = [row for row in lines if row.decider == decider]
        title = " ".join(new.title.split())
        bundle = Bundle(f"{inspection.key}-B{at}", title, new.move, decider, principal.person, now)
        views.append(_laid(uow, principal, bundle, rows, now, dry_run=dry_run))
    return views


def _laid(
    uow: UnitOfWork,
    principal: Principal,
    bundle: Bundle,
    rows: Sequence[RequestLine],
    now: datetime,
    *,
    dry_run: bool,
) -> BundleView:
    digest = bundle_digest((row.key, row.seal) for row in rows)
    if not dry_run:
        add_bundle(uow, principal.organisation, bundle)

    def laid(world: World, number: int) -> Plan | Refusals:
        return put_in_bundle(world, principal, number, bundle.key, digest, bundle.title, now)

    _each(uow, rows, laid, now, dry_run=dry_run)
    return BundleView(bundle, tuple(rows))


def take_out(
    uow: UnitOfWork,
    principal: Principal,
    bundle: str,
    cases: Sequence[str],
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Done]:
    """Take single items out of a bundle; they wait for decisions of their own. Raises as above."""
    view = show_bundle(uow, principal.organisation, bundle)
    rows = []
    for word in dict.fromkeys(cases):
        found = [row for row in view.pending if word in (row.case_key, row.key)]
        if not found:
            raise NotFound("request_not_found", request=word)
        rows += found

    def out(world: World, number: int) -> Plan | Refusals:
        return take_out_of_bundle(world, principal, number, now)

    return _each(uow, rows, out, now, dry_run=dry_run)


def _each(
    uow: UnitOfWork, rows: Sequence[RequestLine], decision: _Decision, now: datetime, *, dry_run: bool
) -> list[Done]:
    """One load for all, every refusal at once, then all are written."""
    worlds = load_worlds(uow, [row.case for row in rows], needs_of, lock=not dry_run)
    answers = [(world, decision(world, row.number)) for world, row in zip(worlds, rows, strict=True)]
    return carry_out_all(uow, all_planned(answers), now, dry_run=dry_run)


def list_bundles(uow: UnitOfWork, organisation: int) -> list[BundleView]:
    """Every bundle with its members, in the order in which they were made."""
    bundles = bundles_of(uow, organisation)
    members = members_of(uow, organisation, [row.key for row in bundles])
    return [
        BundleView(bundle, tuple(row for row in members if row.bundle == bundle.key)) for bundle in bundles
    ]


def show_bundle(uow: UnitOfWork, organisation: int, key: str) -> BundleView:
    """Raises NotFound `bundle_not_found` with the nearest key."""
    views = {view.bundle.key: view for view in list_bundles(uow, organisation)}
    if key not in views:
        raise NotFound("bundle_not_found", bundle=key, nearest=nearest(key, views))
    return views[key]


def bundle_rows(uow: UnitOfWork, view: BundleView, now: datetime) -> list[tuple[LedgerRow, Request]]:
    """Each member of a bundle with its case as it stands, in the order of the bundle."""
    cases = [row.case for row in view.members]
    worlds = {row.case.id: row for row in load_worlds(uow, cases, frozenset({Facet.POSTS}), lock=False)}
    found = []
    for member in view.members:
        world = worlds[member.case]
        request = world.case.request(member.number)
        if request is not None:
            found.append((ledger_row(world, world.place.local_day(now)), request))
    return found


def _chosen(
    uow: UnitOfWork, organisation: int, inspection: InspectionFile, new: NewBundle
) -> list[RequestLine]:
    waiting = pending_of_move(uow, organisation, inspection.id, new.move)
    rows = [row for row in waiting if row.bundle is None or new.cases]
    if new.cases:
        missing = [word for word in new.cases if word not in {row.case_key for row in waiting}]
        rows = [row for row in rows if row.case_key in new.cases]
        if missing:
            facts: dict[str, str | list[str]] = {"cases": missing, "move": new.move}
            raise refused(missing[0], "bundle", Unmet("no_such_request", facts, "ask_first", ("owner",)))
    if not rows:
        facts = {"cases": [], "move": new.move}
        raise refused(inspection.key, "bundle", Unmet("no_such_request", facts, "ask_first", ("owner",)))
    return rows


def _inspection(uow: UnitOfWork, organisation: int, key: str) -> InspectionFile:
    rounds = {row.key: row for row in inspections_of(uow, organisation)}
    if key not in rounds:
        raise NotFound("inspection_not_found", inspection=key, nearest=nearest(key, rounds))
    return rounds[key]


def _of_round(uow: UnitOfWork, organisation: int, inspection: InspectionFile) -> list[Bundle]:
    return [row for row in bundles_of(uow, organisation) if row.key.startswith(f"{inspection.key}-B")]
