"""What ticks need of an organisation beside its place: name, sending hours, duties, ladders, school year."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from engine.core.calendar_files import read_school
from engine.core.duty import DutyDefinition, read_duties, read_ladder
from engine.core.ladder import Ladder
from engine.core.school_year import SchoolCalendar
from engine.core.sending import SendingHours
from engine.core.sending_text import read_hours
from engine.core.world import Place
from engine.core.yaml_text import load
from engine.errors import NotFound
from engine.store.definitions import Published, by_digest, current_by_place, current_of_kind
from engine.store.places import load_place
from engine.store.tables import Organisation, table_of
from engine.store.unit_of_work import UnitOfWork

_ORGANISATIONS = table_of(Organisation)
SCHOOL, DUTY, LADDER = "school", "duty", "ladder"


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation with its sending hours. `school` names its school calendar ("": any published one)."""

    place: Place
    name: str
    phone: str
    hours: SendingHours
    school: str = ""


def load_office(uow: UnitOfWork, organisation: int) -> Office:
    """Raises NotFound outside the scope, BadInput for sending hours that contradict themselves."""
    place = load_place(uow, organisation)
    return office_at(place, office_facts(uow, [organisation])[organisation])


def office_facts(uow: UnitOfWork, organisations: Iterable[int]) -> Mapping[int, Any]:
    """What `office_at` reads, by organisation, in one query."""
    table = _ORGANISATIONS.c
    columns = (table.id, table.name, table.office_phone, table.sending, table.school_year)
    mine = (uow.scope.covers(table.id), table.id.in_(sorted(set(organisations))))
    return {row.id: row for row in uow.execute(select(*columns).where(*mine))}


def office_at(place: Place, row: Any) -> Office:
    """Raises BadInput for sending hours that contradict themselves."""
    school = json.loads(row.school_year or "{}").get("school", "")
    return Office(place, row.name, row.office_phone, read_hours(place.zone, row.sending), school)


@dataclass(frozen=True, slots=True)
class PublishedDuty:
    """A duty as it rules now, with the digest of the file it stands in."""

    name: str
    duty: DutyDefinition
    digest: str


def published_duties(uow: UnitOfWork, organisation_key: str) -> Mapping[str, PublishedDuty]:
    """Every published duty by name; the organisation's own file goes before the shipped one of that name."""
    found: dict[str, PublishedDuty] = {}
    rows = current_of_kind(uow, organisation_key, DUTY).values()
    for row in sorted(rows, key=lambda row: row.scope == organisation_key):
        for name, duty in _duties(row.text, row.name):
            found[name] = PublishedDuty(name, duty, row.digest)
    return found


def pinned_duty(uow: UnitOfWork, digest: str, name: str) -> PublishedDuty | None:
    """A duty as it was when its series was switched on."""
    try:
        row = by_digest(uow, DUTY, digest)
    except NotFound:
        return None
    found = dict(_duties(row.text, row.name)).get(name)
    return PublishedDuty(name, found, digest) if found else None


@lru_cache(maxsize=256)
def _duties(text: str, source: str) -> tuple[tuple[str, DutyDefinition], ...]:
    return tuple(read_duties(text, source).members())


Ladders = Mapping[str, Mapping[str, Published]]


def published_ladders(uow: UnitOfWork, organisation_keys: Iterable[str]) -> Ladders:
    """The ladders that rule now, by organisation and name, in one query; read when they are asked for."""
    return current_by_place(uow, organisation_keys, LADDER)


def ladder_called(published: Ladders, organisation_key: str, name: str) -> Ladder:
    """Raises NotFound `definition_not_found`."""
    row = published[organisation_key].get(name)
    if row is None:
        raise NotFound("definition_not_found", kind=LADDER, name=name)
    return _ladder(row.text, row.name)


@lru_cache(maxsize=256)
def _ladder(text: str, source: str) -> Ladder:
    return read_ladder(text, source).value


def published_school(uow: UnitOfWork, office: Office) -> SchoolCalendar:
    """The school calendar of an organisation; where none was published, the usual terms, as provisional."""
    found: Any = current_of_kind(uow, office.place.key, SCHOOL)
    row = found.get(office.school) or next(iter(found.values()), None)
    return _school(row.text, row.name) if row else SchoolCalendar("unset")


@lru_cache(maxsize=64)
def _school(text: str, source: str) -> SchoolCalendar:
    return read_school(load(text, source))
