"""The home itself: its settings, and the organisations that live in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, insert, select, update

from engine.store.register import change_rows, insert_row
from engine.store.register_rows import KEPT_SETTINGS, ORGANISATION, SETTING
from engine.store.tables import HomeSetting, Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

_SETTINGS = table_of(HomeSetting)
_ORGANISATIONS = table_of(Organisation)


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation about to be added. Before `go_live` (a local date) nothing is late."""

    key: str
    name: str
    zone: str
    go_live: date


def home_setting(uow: UnitOfWork, name: str) -> str | None:
    """A fact of the home as a whole; homes have no organisation, so no scope narrows it."""
    return uow.execute(select(_SETTINGS.c.value).where(_SETTINGS.c.name == name)).scalar_one_or_none()


def keep_home_setting(uow: UnitOfWork, name: str, value: str) -> None:
    if name in KEPT_SETTINGS:
        if change_rows(uow, SETTING, (_SETTINGS.c.name == name,), {"value": value}) == 0:
            insert_row(uow, SETTING, {"name": name, "value": value})
        return
    changed = uow.execute(update(_SETTINGS).where(_SETTINGS.c.name == name).values(value=value))
    if changed.rowcount == 0:
        uow.execute(insert(_SETTINGS).values(name=name, value=value))


def count_organisations(uow: UnitOfWork) -> int:
    statement = select(func.count()).select_from(_ORGANISATIONS).where(uow.scope.covers(_ORGANISATIONS.c.id))
    return int(uow.execute(statement).scalar_one())


def add_organisation_row(uow: UnitOfWork, new: NewOrganisation) -> int:
    """Insert an organisation at the top of the tree; its path is known once it has an id."""
    values = {
        "key": new.key,
        "name": new.name,
        "zone": new.zone,
        "go_live": new.go_live,
        "path": "",
        "office_phone": "",
        "roster_version": 1,
        "calendar_version": 1,
        "calendar": "china",
        "sending": "{}",
        "school_year": "{}",
    }
    number = int(insert_row(uow, ORGANISATION, values))
    change_rows(uow, ORGANISATION, (_ORGANISATIONS.c.id == number,), {"path": f"/{number}/"})
    return number
