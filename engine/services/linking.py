"""A name that a file gave and nobody went by: somebody says who it is."""

from __future__ import annotations

from datetime import datetime

from engine.core.definition_reader import nearest
from engine.core.history import NewEvent
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.vocabulary import Facet
from engine.errors import NotFound
from engine.services.clerks import clerks_desk
from engine.services.importing import LEADER
from engine.services.resolving import own_posts, resolve
from engine.store.apply import apply
from engine.store.unit_of_work import UnitOfWork
from engine.store.unresolved import drop_unresolved, unresolved_of
from engine.store.worlds import load_worlds


def link_name(
    uow: UnitOfWork, principal: Principal, name: str, person: str, now: datetime
) -> tuple[str, ...]:
    """Say that `name` is `person`; the keys of the cases that gave it.

    Where the person holds one post, it is proposed to whoever assigns those cases. Raises NotFound
    `name_not_unresolved` with the nearest such name.
    """
    desk = clerks_desk(uow, principal, "people_link", now)
    who = resolve(uow, principal.organisation, person)
    waiting = unresolved_of(uow, principal.organisation)
    cases = [row.case for row in waiting if row.name == name]
    if not cases:
        raise NotFound("name_not_unresolved", name=name, nearest=nearest(name, {row.name for row in waiting}))
    worlds = load_worlds(uow, cases, frozenset({Facet.POSTS}))
    held = own_posts(desk.posts, who.id, desk.today)
    for world in worlds:
        if len(held) == 1 and not world.case.is_final and world.case.fields.get(LEADER) is None:
            event = NewEvent("fields_set", {"fields": {LEADER: held[0].key}})
            plan = make_plan(world, principal, now, [event], acting_for=desk.acting_for)
            apply(uow, world, plan, now)
    drop_unresolved(uow, principal.organisation, name)
    return tuple(world.case.key for world in worlds)
