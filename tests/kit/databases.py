"""A fresh, migrated database for one test, on SQLite or on PostgreSQL, and a school with a cast of people in it."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import make_url, update
from sqlmodel import SQLModel

from engine.core.case import Case
from engine.core.definition_reader import read_workflow
from engine.core.duty import read_duties, read_ladder
from engine.core.history import NewEvent, Stamp, digest_of
from engine.core.principal import Credential, Principal, Via, system
from engine.core.record import NewMeasure, measure_added
from engine.core.register import HOME
from engine.core.yaml_text import load
from engine.store.apply import open_case
from engine.store.database import Database
from engine.store.definitions import FOR_ALL, current, publish
from engine.store.places import load_place
from engine.store.register import change_rows, insert_row
from engine.store.register_rows import HOLDING, INSPECTION, ORGANISATION, PERSON, POST, Kept
from engine.store.scope import Scope
from engine.store.tables import HoldingRow, Inspection, Organisation, Person, PostRow, table_of
from engine.store.unit_of_work import UnitOfWork
from tests.kit.copies import SERVER, Copies, create, drop, url_of
from tests.kit.worlds import ROOT, vocabulary

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SINCE = date(2020, 1, 1)
HOLDERS = (
    "secretary",
    "discipline_commissioner",
    "deputy_secretary",
    "office",
    "vice_principal_teaching",
    "vice_principal_logistics",
    "supervision_group",
)
COMMITTEE = ("secretary", "discipline_commissioner", "deputy_secretary", "vice_principal_teaching", "member")
OWNER = "vice_principal_teaching"


def backends() -> list[str]:
    """SQLite always; PostgreSQL where a server is named."""
    return ["sqlite", "postgresql"] if os.environ.get(SERVER) else ["sqlite"]


class Databases:
    """Makes databases for one test process: migrated and settled once, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = ExitStack()
        self._templates: dict[str, str] = {}
        self._homes: dict[str, Home] = {}
        self._copies: dict[str, Copies] = {}

    @contextmanager
    def fresh(self, backend: str, *, patience: float = 10.0) -> Iterator[Database]:
        """A migrated database that nobody else sees. `patience`: seconds to wait for locks."""
        with self.fresh_url(backend) as url:
            database = Database.open(url, vocabulary(), patience=patience)
            try:
                yield database
            finally:
                database.close()

    @contextmanager
    def fresh_home(self, backend: str, *, patience: float = 10.0) -> Iterator[Home]:
        """The home of `make_home` in a database that nobody else sees."""
        template = self._home(backend)
        with self.copy_of(template.database.url) as url:
            database = Database.open(url, vocabulary(), patience=patience)
            try:
                yield replace(template, database=database)
            finally:
                database.close()

    @contextmanager
    def fresh_url(self, backend: str, *, is_migrated: bool = True) -> Iterator[str]:
        if is_migrated:
            with self.copy_of(self._template(backend)) as url:
                yield url
        elif backend == "sqlite":
            yield f"sqlite:///{(self._folder / uuid.uuid4().hex).as_posix()}.db"
        else:
            with _on_the_server("template1") as url:
                yield url

    @contextmanager
    def copy_of(self, url: str) -> Iterator[str]:
        """What `copied` gives; on a server one that was lent before, as long as its template is."""
        if make_url(url).get_backend_name() == "sqlite":
            with copied(url, self._folder) as made:
                yield made
            return
        if url not in self._copies:
            self._copies[url] = Copies(make_url(url).database or "")
        with self._copies[url].lend() as made:
            try:
                yield made
            finally:
                self._forget(made)

    def _forget(self, url: str) -> None:
        """The copies of a database that becomes another now."""
        if url in self._copies:
            self._copies.pop(url).close()

    def _template(self, backend: str) -> str:
        if backend not in self._templates:
            url = self._kept.enter_context(self.fresh_url(backend, is_migrated=False))
            database = Database.open(url)
            database.migrate(MONDAY)
            database.close()
            self._templates[backend] = url
        return self._templates[backend]

    def _home(self, backend: str) -> Home:
        if backend not in self._homes:
            url = self._kept.enter_context(self.fresh_url(backend))
            database = Database.open(url, vocabulary())
            self._homes[backend] = make_home(database)
            database.close()
        return self._homes[backend]

    def close(self) -> None:
        """What was kept ends before the copies that were lent of it."""
        while self._copies:
            self._copies.popitem()[1].close()
        self._kept.close()
        while self._copies:
            self._copies.popitem()[1].close()


@contextmanager
def copied(url: str, folder: Path) -> Iterator[str]:
    """A copy of a database that nobody is connected to, dropped afterwards."""
    found = make_url(url)
    if found.get_backend_name() != "sqlite":
        with _on_the_server(found.database or "") as made:
            yield made
        return
    path = folder / f"{uuid.uuid4().hex}.db"
    with closing(sqlite3.connect(found.database or "")) as old, closing(sqlite3.connect(path)) as new:
        old.backup(new)
    try:
        yield f"sqlite:///{path.as_posix()}"
    finally:
        path.unlink()


@contextmanager
def _on_the_server(template: str) -> Iterator[str]:
    name = create(template)
    try:
        yield url_of(name)
    finally:
        drop(name)


@dataclass(frozen=True)
class Home:
    """A district with two schools. `people` and `posts` are those of the first school, ids by key.

    `stranger` is a person of the school without a post; `neighbour_secretary` is one of the other school.
    """

    database: Database
    district: int
    organisation: int
    neighbour: int
    people: dict[str, int]
    posts: dict[str, int]
    inspection: int

    @property
    def scope(self) -> Scope:
        return Scope.one(self.organisation)

    def begin(self, *, writing: bool = True) -> UnitOfWork:
        """A unit of work in the school's own scope."""
        return self.database.begin(self.scope, writing=writing)

    def principal(self, who: str, credential: Credential = Credential.PIN) -> Principal:
        return Principal(self.organisation, self.people[who], Via.CLI, credential)

    def open_issue(
        self,
        number: int = 1,
        *,
        measures: int = 2,
        due: date | None = date(2026, 5, 29),
        more: Sequence[NewEvent] = (),
        now: datetime = MONDAY,
    ) -> Case:
        """Open and commit the issue `2026-<number>`: measures, one deliverable, two unarmed deadlines."""
        with self.begin() as uow:
            case = open_issue(uow, self, number, measures=measures, due=due, more=more, now=now)
            uow.commit()
        return case


def open_issue(
    uow: UnitOfWork,
    home: Home,
    number: int = 1,
    *,
    measures: int = 2,
    due: date | None = date(2026, 5, 29),
    more: Sequence[NewEvent] = (),
    now: datetime = MONDAY,
) -> Case:
    """The same inside a unit of work of the caller's."""
    facts = {
        "key": f"2026-{number}",
        "kind": "issue",
        "workflow": "rectification",
        "state": "assigned",
        "opened_on": "2026-03-02",
        "inspection": home.inspection,
        "number": number,
        "fields": {"aspect_number": 1, "source_line": 23},
    }
    opened = NewEvent("case_opened", facts, {"title": f"title {number}", "problem": "a problem"})
    promised = [measure_added(at, NewMeasure(f"measure {at}", None, due)) for at in range(1, measures + 1)]
    produced = NewEvent("deliverable_promised", {"deliverable": 1, "count": 2}, {"name": "minutes"})
    deadlines = [
        NewEvent("deadline_set", {"kind": kind, "subject": "", "version": 1, "due_on": None, "armed": False})
        for kind in ("plan", "rectify")
    ]
    place = load_place(uow, home.organisation)
    workflow = home.database.workflow(uow, current(uow, place.key, "workflow", "rectification").digest)
    events = [*promised, produced, *deadlines, *more]
    return open_case(uow, place, workflow, opened, events, Stamp.of(system(home.organisation)), now)


def make_home(database: Database, now: datetime = MONDAY) -> Home:
    """Publish the shipped definitions and settle a district, a school with its cast, and a neighbour school."""
    with database.begin(Scope.whole()) as uow:
        signed(uow, now)
        for kind, name, version, digest, text in _shipped():
            publish(uow, FOR_ALL, kind, name, version, digest, text, now)
        district = _organisation(uow, "district", None)
        school = _organisation(uow, "school", district)
        neighbour = _organisation(uow, "neighbour", district)
        people, posts = _cast(uow, school)
        _neighbours(uow, neighbour, people)
        row = Inspection(organisation_id=school, key="2026", feedback_on=date(2026, 2, 27))
        inspection = _add(uow, INSPECTION, row)
        uow.commit()
    return Home(database, district, school, neighbour, people, posts, inspection)


@cache
def _shipped() -> tuple[tuple[str, str, int, str, str], ...]:
    folder = ROOT / "workflows"
    found: list[tuple[str, str, int, str, str]] = []
    for path in sorted((folder / "definitions").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        definition = read_workflow(text, path.name)
        found.append(("workflow", definition.workflow, definition.version, definition.digest, text))
    calendar = (folder / "calendars" / "china.yaml").read_text(encoding="utf-8")
    found.append(("calendar", "china", 2026, digest_of(load(calendar, "china").data), calendar))
    for path in sorted((folder / "duties").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        found.append(("duty", path.stem, 1, read_duties(text, path.stem).digest, text))
    for path in sorted((folder / "ladders").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        found.append(("ladder", path.stem, 1, read_ladder(text, path.stem).digest, text))
    return tuple(found)


def _organisation(uow: UnitOfWork, key: str, parent: int | None) -> int:
    row = Organisation(
        key=key, name=key, parent_id=parent, go_live=date(2026, 1, 1), office_phone="0000-0000"
    )
    number = _add(uow, ORGANISATION, row)
    path = f"/{parent}/{number}/" if parent else f"/{number}/"
    change_rows(uow, ORGANISATION, [ORGANISATION.table.c.id == number], {"path": path})
    return number


def _cast(uow: UnitOfWork, school: int) -> tuple[dict[str, int], dict[str, int]]:
    people = {key: _person(uow, school, key) for key in (*HOLDERS, "member", "stranger")}
    posts = {key: _post(uow, school, key) for key in HOLDERS}
    posts["party_committee"] = _post(uow, school, "party_committee", is_body=True)
    for key in HOLDERS:
        hold(uow, school, posts[key], people[key])
    for key in COMMITTEE:
        hold(uow, school, posts["party_committee"], people[key])
    return people, posts


def _neighbours(uow: UnitOfWork, neighbour: int, people: dict[str, int]) -> None:
    people["neighbour_secretary"] = _person(uow, neighbour, "neighbour_secretary")
    hold(uow, neighbour, _post(uow, neighbour, "secretary"), people["neighbour_secretary"])


def hold(
    uow: UnitOfWork, organisation: int, post: int, person: int, *, substitute_for: int | None = None
) -> None:
    """Put somebody into a post from 2020 on (the roster's version is left to the caller)."""
    _add(
        uow,
        HOLDING,
        HoldingRow(
            organisation_id=organisation,
            post_id=post,
            person_id=person,
            since=SINCE,
            substitute_for=substitute_for,
        ),
    )


def _person(uow: UnitOfWork, organisation: int, key: str) -> int:
    return _add(uow, PERSON, Person(organisation_id=organisation, key=key, name=key))


def _post(uow: UnitOfWork, organisation: int, key: str, *, is_body: bool = False) -> int:
    return _add(uow, POST, PostRow(organisation_id=organisation, key=key, label=key, is_body=is_body))


def bump_calendar(uow: UnitOfWork, organisation: int) -> None:
    """What the publication of another calendar does to whoever goes by it."""
    table = table_of(Organisation)
    version = {"calendar_version": table.c.calendar_version + 1}
    uow.execute(update(table).where(table.c.id == organisation).values(version))


def signed(uow: UnitOfWork, now: datetime = MONDAY) -> UnitOfWork:
    """For tests that write rows without a verb: the program itself changes what follows."""
    uow.sign(Stamp.of(system(HOME)), now)
    return uow


def _add(uow: UnitOfWork, kept: Kept, row: SQLModel) -> int:
    if not uow.is_signed:
        signed(uow)
    return int(insert_row(uow, kept, row.model_dump(exclude={"id"})))
