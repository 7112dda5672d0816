"""Short words for tests of the verbs: one verb in a unit of work of its own, and who types it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.core.vocabulary import Facet
from engine.core.world import World
from engine.store.scope import Scope
from engine.store.worlds import load_world
from tests.kit.databases import MONDAY, Home

Answer = TypeVar("Answer")


def do(
    home: Home,
    verb: Callable[..., Answer],
    who: Principal,
    *words: object,
    now: datetime = MONDAY,
    **more: object,
) -> Answer:
    """`verb(uow, who, *words, now, **more)` in a unit of work of the actor's organisation, committed."""
    with home.database.begin(Scope.one(who.organisation)) as uow:
        answer = verb(uow, who, *words, now, **more)
        uow.commit()
    return answer


def see(home: Home, verb: Callable[..., Answer], who: Principal, *words: object, **more: object) -> Answer:
    """A verb that reads and takes no time."""
    with home.database.begin(Scope.one(who.organisation), writing=False) as uow:
        return verb(uow, who, *words, **more)


def operator(home: Home) -> Principal:
    """Somebody at the machine, in no one's name."""
    return Principal(home.organisation, None, Via.CLI, Credential.NONE, "clerk")


def neighbour(home: Home) -> Principal:
    """The secretary of the other school."""
    return Principal(home.neighbour, home.people["neighbour_secretary"], Via.SESSION, Credential.SESSION)


def world_of(home: Home, key: str) -> World:
    """A case as it is stored."""
    with home.begin(writing=False) as uow:
        return load_world(uow, home.organisation, key, frozenset(Facet), lock=False)


def codes(error: BaseException) -> list[str]:
    """The codes of a refusal."""
    assert isinstance(error, Refused), error
    return list(error.refusals.codes)
