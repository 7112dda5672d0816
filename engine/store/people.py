"""People, posts and who holds which: the rows behind the roster of an organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from engine.core.erasing_people import neutral_key
from engine.core.posts import Holding, Post
from engine.store.register import change_rows, insert_row
from engine.store.register_rows import HOLDING, PERSON, POST
from engine.store.tables import HoldingRow, Person, PostRow, table_of
from engine.store.unit_of_work import UnitOfWork

_PEOPLE = table_of(Person)
_POSTS = table_of(PostRow)
_HOLDINGS = table_of(HoldingRow)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as the verbs see them. `address` is the channel URL of their messages, "" for none.

    `joined_on` and `left_on` are their first and last local day on the roll; None for who never was (from outside),
    and the last for who is on it.
    """

    id: int
    organisation: int
    key: str
    name: str
    title: str = ""
    address: str = ""
    left_on: date | None = None
    joined_on: date | None = None

    @property
    def is_erased(self) -> bool:
        """Whether what was kept of them is gone: such a key is given to nobody else."""
        return self.key == neutral_key(self.id)

    def has_left(self, today: date) -> bool:
        """Whether their last day is over; who was erased is gone, on the roll or not."""
        return self.is_erased or (self.left_on is not None and self.left_on < today)


@dataclass(frozen=True, slots=True)
class NewSomeone:
    """A person about to be added. From `on_roll_from` (local) they count in duties of everybody."""

    key: str
    name: str
    title: str = ""
    address: str = ""
    on_roll_from: date | None = None


def people_of(uow: UnitOfWork, organisation: int) -> list[Someone]:
    """Everybody of one organisation, in the order in which they were added."""
    return _people(uow, _PEOPLE.c.organisation_id == organisation)


def people_called(uow: UnitOfWork, organisation: int, word: str) -> list[Someone]:
    """Those whose key or name is exactly `word`; a key comes first."""
    found = _people(
        uow,
        and_(_PEOPLE.c.organisation_id == organisation, or_(_PEOPLE.c.key == word, _PEOPLE.c.name == word)),
    )
    return sorted(found, key=lambda person: person.key != word)


def person_by_id(uow: UnitOfWork, person: int) -> Someone | None:
    return next(iter(_people(uow, _PEOPLE.c.id == person)), None)


def departed_of(uow: UnitOfWork, organisation: int, today: date) -> frozenset[int]:
    """Those of an organisation who have left or were erased."""
    return frozenset(person.id for person in people_of(uow, organisation) if person.has_left(today))


def roll_until(uow: UnitOfWork, person: int) -> date | None:
    """The last day on the roll, that of somebody from outside lies before the first; None: until further notice."""
    mine = (uow.scope.covers(_PEOPLE.c.organisation_id), _PEOPLE.c.id == person)
    last: date | None = uow.execute(select(_PEOPLE.c.on_roll_until).where(*mine)).scalar_one()
    return last


def add_person_row(uow: UnitOfWork, organisation: int, new: NewSomeone) -> Someone:
    row = {
        "organisation_id": organisation,
        "key": new.key,
        "name": new.name,
        "title": new.title,
        "address": new.address,
        "on_roll_from": new.on_roll_from,
    }
    number = insert_row(uow, PERSON, row)
    return Someone(number, organisation, new.key, new.name, new.title, new.address)


def change_person_row(uow: UnitOfWork, person: int, changes: Mapping[str, Any]) -> None:
    """Write the given columns of one person."""
    mine = (uow.scope.covers(_PEOPLE.c.organisation_id), _PEOPLE.c.id == person)
    change_rows(uow, PERSON, mine, changes)


def add_post_row(
    uow: UnitOfWork,
    organisation: int,
    key: str,
    label: str,
    *,
    is_body: bool,
    conflicts: frozenset[str] = frozenset(),
) -> Post:
    row = {
        "organisation_id": organisation,
        "key": key,
        "label": label,
        "is_body": is_body,
        "conflicts": " ".join(sorted(conflicts)),
    }
    return Post(insert_row(uow, POST, row), key, label, is_body, conflicts)


def change_post_conflicts(uow: UnitOfWork, post: int, conflicts: frozenset[str]) -> None:
    """Say what a post must not be held with."""
    mine = (uow.scope.covers(_POSTS.c.organisation_id), _POSTS.c.id == post)
    change_rows(uow, POST, mine, {"conflicts": " ".join(sorted(conflicts))})


def reasons_despite(uow: UnitOfWork, organisation: int) -> dict[tuple[int, int, date], str]:
    """(post, person, since) → why it was given in spite of a conflict, where it was."""
    mine = (uow.scope.covers(_HOLDINGS.c.organisation_id), _HOLDINGS.c.organisation_id == organisation)
    found: Any = uow.execute(select(_HOLDINGS).where(*mine, _HOLDINGS.c.despite != ""))
    return {(row.post_id, row.person_id, row.since): row.despite for row in found}


def add_holding_row(uow: UnitOfWork, organisation: int, holding: Holding, despite: str = "") -> None:
    row = {
        "organisation_id": organisation,
        "post_id": holding.post,
        "person_id": holding.person,
        "since": holding.since,
        "until": holding.until,
        "substitute_for": holding.substitute_for,
        "despite": despite,
    }
    insert_row(uow, HOLDING, row)


def end_holding_rows(uow: UnitOfWork, organisation: int, post: int, person: int, until: date) -> int:
    """End what runs beyond `until` (its last day); how many rows that were. Rows are ended, never rewritten.

    A holding that would only begin later ends before it began, and so never covers a day.
    """
    return _end_rows(uow, organisation, post, _HOLDINGS.c.person_id == person, until)


def end_stand_ins(uow: UnitOfWork, organisation: int, post: int, person: int, until: date) -> int:
    """End whoever stands in for `person` in a post beyond `until`; how many that were."""
    return _end_rows(uow, organisation, post, _HOLDINGS.c.substitute_for == person, until)


def _end_rows(uow: UnitOfWork, organisation: int, post: int, whose: ColumnElement[bool], until: date) -> int:
    running = (
        uow.scope.covers(_HOLDINGS.c.organisation_id),
        _HOLDINGS.c.organisation_id == organisation,
        _HOLDINGS.c.post_id == post,
        whose,
        or_(_HOLDINGS.c.until.is_(None), _HOLDINGS.c.until > until),
    )
    return change_rows(uow, HOLDING, running, {"until": until})


def _people(uow: UnitOfWork, condition: ColumnElement[bool]) -> list[Someone]:
    statement = (
        select(_PEOPLE).where(uow.scope.covers(_PEOPLE.c.organisation_id), condition).order_by(_PEOPLE.c.id)
    )
    rows: Sequence[Any] = uow.execute(statement).all()
    return [
        Someone(
            row.id,
            row.organisation_id,
            row.key,
            row.name,
            row.title,
            row.address,
            _left_on(row),
            _joined_on(row),
        )
        for row in rows
    ]


def _left_on(row: Any) -> date | None:
    until: date | None = row.on_roll_until
    return until if _was_on_roll(row) else None


def _joined_on(row: Any) -> date | None:
    first: date | None = row.on_roll_from
    return first if _was_on_roll(row) else None


def _was_on_roll(row: Any) -> bool:
    """The roll of somebody from outside ends before it begins: they neither joined nor left."""
    first, last = row.on_roll_from, row.on_roll_until
    return first is None or last is None or bool(first <= last)
