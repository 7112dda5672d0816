"""Setting up a home: tables, definitions, the first organisation with its usual posts; again is harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.history import Stamp
from engine.core.principal import system
from engine.core.register import HOME
from engine.core.vocabulary import Vocabulary
from engine.errors import Problem, WrongUsage
from engine.services.overriding import Unfit, lay_again
from engine.services.post_catalogue import add_posts
from engine.services.publishing import (
    Checked,
    DefinitionText,
    check_definitions,
    number_taken,
    publish_checked,
)
from engine.store.database import Database
from engine.store.definitions import FOR_ALL
from engine.store.homes import (
    NewOrganisation,
    add_organisation_row,
    count_organisations,
    home_setting,
    keep_home_setting,
)
from engine.store.places import find_organisation
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork

IS_DEMO = "is_demo"
_YES, _NO = "true", "false"
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class HomePlan:
    """What a home shall be. The organisation is made only where there is none; `go_live` None means today."""

    is_demo: bool = False
    key: str = "main"
    name: str = ""
    zone: str = "Asia/Shanghai"
    go_live: date | None = None


@dataclass(frozen=True, slots=True)
class HomeState:
    """A home that is ready: what was published now, and whether the organisation is new.

    `unfit` are overlays of organisations that no longer fit what was published.
    """

    organisation: str
    is_new: bool
    is_demo: bool
    published: tuple[str, ...]
    unfit: tuple[Unfit, ...] = ()
    warnings: tuple[Problem, ...] = ()
    """What somebody should look at in what was published now."""
    migrates: bool = False
    """Whether the tables were, or in a trial would be, made or brought to our version."""

    def as_json(self) -> dict[str, Any]:
        return {
            "organisation": self.organisation,
            "is_new": self.is_new,
            "is_demo": self.is_demo,
            "published": list(self.published),
            "unfit": [row.as_json() for row in self.unfit],
            "migrates": self.migrates,
        }


def init_home(
    database: Database,
    now: datetime,
    definitions: Iterable[DefinitionText],
    vocabulary: Vocabulary,
    plan: HomePlan,
) -> HomeState:
    """Create or migrate the database and publish `definitions`, in one commit after everything was checked.

    Raises DefinitionError with all problems, WrongUsage `home_is_real`, `zone_unknown`,
    `organisation_key_wrong`; Unavailable as `Database.migrate` does.
    """
    checked = _checked(definitions, vocabulary, plan)
    is_new = database.is_new()
    migrates = is_new or database.is_behind()
    if migrates and not is_new:
        _demo_of_older(database, plan)
    database.migrate(now)
    with database.begin(Scope.whole()) as uow:
        state = _settled(uow, checked, vocabulary, plan, now)
        uow.commit()
    return replace(state, migrates=migrates)


def try_home(
    database: Database,
    now: datetime,
    definitions: Iterable[DefinitionText],
    vocabulary: Vocabulary,
    plan: HomePlan,
) -> HomeState:
    """What `init_home` would do, with nothing done: no file, no table, no row. Raises as it does.

    What an older database holds is only known once it is migrated, so of one nothing is said to be published.
    """
    checked = _checked(definitions, vocabulary, plan)
    if database.is_new():
        names = tuple(f"{row.kind}/{row.name}" for row in checked)
        return HomeState(plan.key, True, plan.is_demo, names, migrates=True)
    if database.is_behind():
        return HomeState("", False, _demo_of_older(database, plan), (), migrates=True)
    with database.begin(Scope.whole()) as uow:
        return _settled(uow, checked, vocabulary, plan, now)


def _checked(
    definitions: Iterable[DefinitionText], vocabulary: Vocabulary, plan: HomePlan
) -> tuple[Checked, ...]:
    checked = check_definitions(definitions, vocabulary)
    _zone(plan.zone)
    if not _KEY.fullmatch(plan.key):
        raise WrongUsage("organisation_key_wrong", key=plan.key)
    return checked


def _settled(
    uow: UnitOfWork, checked: tuple[Checked, ...], vocabulary: Vocabulary, plan: HomePlan, now: datetime
) -> HomeState:
    uow.sign(Stamp.of(system(HOME)), now)
    is_demo = _settle_demo(uow, plan)
    taken = [problem for row in checked for problem in number_taken(uow, FOR_ALL, row)]
    published = publish_checked(uow, checked, now)
    unfit = lay_again(uow, published, vocabulary, now)
    is_new = count_organisations(uow) == 0
    if is_new:
        _add_first_organisation(uow, plan, plan.go_live or now.astimezone(_zone(plan.zone)).date())
    key = plan.key if is_new else _first_key(uow)
    warnings = (row.warnings for row in checked if f"{row.kind}/{row.name}" in published)
    return HomeState(key, is_new, is_demo, published, unfit, (*chain.from_iterable(warnings), *taken))


def is_demo_home(uow: UnitOfWork) -> bool:
    """Whether this home takes a bare name as proof of identity (law 4)."""
    return home_setting(uow, IS_DEMO) == _YES


def _settle_demo(uow: UnitOfWork, plan: HomePlan) -> bool:
    """A home is a demo from its first day or never: a real one must not come to need no proof."""
    is_demo = _demo_by(uow, plan)
    if home_setting(uow, IS_DEMO) is None:
        keep_home_setting(uow, IS_DEMO, _YES if is_demo else _NO)
    return is_demo


def _demo_of_older(database: Database, plan: HomePlan) -> bool:
    """The same of a database that is not migrated yet: what will be refused leaves it as it is."""
    with database.begin_older(Scope.whole()) as uow:
        return _demo_by(uow, plan)


def _demo_by(uow: UnitOfWork, plan: HomePlan) -> bool:
    known = home_setting(uow, IS_DEMO)
    if known is None and count_organisations(uow) == 0:
        return plan.is_demo
    if plan.is_demo and known != _YES:
        raise WrongUsage("home_is_real")
    return known == _YES


def _add_first_organisation(uow: UnitOfWork, plan: HomePlan, go_live: date) -> None:
    organisation = add_organisation_row(
        uow, NewOrganisation(plan.key, plan.name or plan.key, plan.zone, go_live)
    )
    add_posts(uow, organisation, plan.key)


def _first_key(uow: UnitOfWork) -> str:
    """The key of the only organisation; with several, of none in particular."""
    return find_organisation(uow).key if count_organisations(uow) == 1 else ""


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        # ZoneInfo answers an unknown name, a path and a folder with three kinds of error.
        raise WrongUsage("zone_unknown", zone=name) from error
