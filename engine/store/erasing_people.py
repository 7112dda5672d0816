"""Letting go what is kept of a person: words of the register, the rows themselves, sent messages, kept answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from engine.core.erasing import Askers
from engine.core.history import OPERATOR
from engine.core.register import ADDED, CHANGED, FOUND, ErasureAsked
from engine.store.answers import rewrite_answers
from engine.store.credentials import revoke_credentials
from engine.store.erasing import OpenRemoval, overwrite_what_goes
from engine.store.register import change_rows
from engine.store.register_rows import ACCESS, HOLDING, PERSON, Kept
from engine.store.tables import (
    AccessRow,
    Attempt,
    Delivery,
    HoldingRow,
    Person,
    RegisterEvent,
    RegisterText,
    table_of,
)
from engine.store.tables.register import ERASURES
from engine.store.unit_of_work import UnitOfWork
from engine.store.unresolved import erase_unresolved

_PEOPLE = table_of(Person)
_HOLDINGS = table_of(HoldingRow)
_ACCESS = table_of(AccessRow)
_EVENTS = table_of(RegisterEvent)
_TEXTS = table_of(RegisterText)
_DELIVERIES = table_of(Delivery)
_ATTEMPTS = table_of(Attempt)
SHORTEST_NAME = 2
"""Characters from which on a name is looked for inside of texts: a single one stands in every other word."""
Place = tuple[int, str]
"""Number of an event of the register and the name of a word in it."""


@dataclass(frozen=True, slots=True)
class PersonAsk:
    """Somebody asked for what is kept of a person to go; `seq` is the number of that event in the register."""

    person: int
    seq: int
    asked_by: Askers
    asked_at: datetime

    @property
    def removal(self) -> OpenRemoval:
        return OpenRemoval(None, None, self.asked_by, self.asked_at, {"person": self.person})


@dataclass(frozen=True, slots=True)
class Going:
    """Who goes, and what stands in their place from now on. `same_name`: somebody else has it, who stays."""

    organisation: int
    person: int
    key: str
    name: str
    neutral: str
    gone: str
    same_name: bool = False
    longer: tuple[str, ...] = ()
    """Names of others that begin or end as this one does: they are left whole."""
    posts: frozenset[str] = frozenset()

    @property
    def swap(self) -> Callable[[str], str]:
        """A text without the name and, where that is no post's as well, without the key."""
        name = re.escape(self.name)
        whole = name if len(self.name) >= SHORTEST_NAME else rf"\A{name}\Z"
        words = [] if self.same_name else [*map(re.escape, self.longer), whole]
        if self.key not in self.posts:
            words.append(rf"(?<![A-Za-z0-9_]){re.escape(self.key)}(?![A-Za-z0-9_])")
        stands = {self.name: self.gone, self.key: self.neutral}
        pattern = re.compile("|".join(words) or r"(?!)")
        return lambda said: pattern.sub(lambda found: stands.get(found[0], found[0]), said)


def open_person_asks(uow: UnitOfWork, organisation: int) -> dict[int, PersonAsk]:
    """Person → what was asked for and nobody has carried out, the oldest first."""
    mine = (uow.scope.covers(_EVENTS.c.organisation_id), _EVENTS.c.organisation_id == organisation)
    found: dict[int, PersonAsk] = {}
    for row in uow.execute(select(_EVENTS).where(*mine, ERASURES).order_by(_EVENTS.c.seq)):
        person = int(json.loads(row.payload)["person"])
        if row.type == ErasureAsked.name:
            asked_by = (row.person, row.acting_for)
            found.setdefault(person, PersonAsk(person, row.seq, asked_by, row.recorded_at))
        else:
            found.pop(person, None)
    return found


def erase_person_rows(uow: UnitOfWork, going: Going) -> tuple[Place, ...]:
    """Let everything go that is kept of a person; the words of the register that went, for their tombstone.

    Their row stays, because history points at it, and so does who held which post from when to when.
    """
    uow.chain()  # what was noted here before may hold the name, too
    overwrite_what_goes(uow)
    places = tuple(_places(uow, going))
    _blank_register(uow, going.organisation, places)
    revoke_credentials(uow, going.organisation, going.person)
    _change_live(uow, going)
    _blank_own_letters(uow, going)
    _rewrite_letters(uow, going)
    erase_unresolved(uow, going.organisation, lambda name: going.swap(name) != name)
    rewrite_answers(uow, going.organisation, (going.name, going.key), lambda kept: _swapped(kept, going.swap))
    return places


def _places(uow: UnitOfWork, going: Going) -> Iterator[Place]:
    """Every word of the register about the person that is still there. The login of whoever typed is another's."""
    rows = {(kept.name, key) for kept, key in _rows_of(uow, going)}
    kinds = [f"{kept.name}_{how}" for kept in (PERSON, HOLDING, ACCESS) for how in (ADDED, CHANGED, FOUND)]
    mine = (uow.scope.covers(_EVENTS.c.organisation_id), _EVENTS.c.organisation_id == going.organisation)
    wanted = (
        select(_EVENTS.c.seq, _EVENTS.c.payload, _TEXTS.c.name)
        .join_from(
            _EVENTS,
            _TEXTS,
            (_TEXTS.c.organisation_id == _EVENTS.c.organisation_id) & (_TEXTS.c.seq == _EVENTS.c.seq),
        )
        .where(*mine, _EVENTS.c.type.in_(kinds), _TEXTS.c.name != OPERATOR, _TEXTS.c.salt != "")
        .order_by(_EVENTS.c.seq, _TEXTS.c.name)
    )
    for row in uow.execute(wanted):
        facts = json.loads(row.payload)
        if (facts["table"], facts["row"]) in rows:
            yield row.seq, row.name


def _rows_of(uow: UnitOfWork, going: Going) -> Iterator[tuple[Kept, int]]:
    yield PERSON, going.person
    for kept, table in ((HOLDING, _HOLDINGS), (ACCESS, _ACCESS)):
        found = uow.execute(select(table.c.id).where(*_theirs(uow, going, table))).scalars()
        yield from ((kept, key) for key in found)


def _theirs(uow: UnitOfWork, going: Going, table: Any) -> tuple[Any, ...]:
    mine = (uow.scope.covers(table.c.organisation_id), table.c.organisation_id == going.organisation)
    return (*mine, table.c.person_id == going.person)


def _blank_register(uow: UnitOfWork, organisation: int, places: Iterable[Place]) -> None:
    by_name: dict[str, list[int]] = {}
    for seq, name in places:
        by_name.setdefault(name, []).append(seq)
    for name, seqs in by_name.items():
        which = (_TEXTS.c.organisation_id == organisation, _TEXTS.c.name == name, _TEXTS.c.seq.in_(seqs))
        uow.execute(update(_TEXTS).where(*which).values(text=None, salt=""))


def _change_live(uow: UnitOfWork, going: Going) -> None:
    own = (uow.scope.covers(_PEOPLE.c.organisation_id), _PEOPLE.c.id == going.person)
    blank = {"key": going.neutral, "name": going.gone, "title": "", "address": ""}
    change_rows(uow, PERSON, own, blank)
    change_rows(uow, HOLDING, [*_theirs(uow, going, _HOLDINGS), _HOLDINGS.c.despite != ""], {"despite": ""})
    change_rows(uow, ACCESS, [*_theirs(uow, going, _ACCESS), _ACCESS.c.label != ""], {"label": going.gone})


def _blank_own_letters(uow: UnitOfWork, going: Going) -> None:
    mine = (uow.scope.covers(_ATTEMPTS.c.organisation_id), _ATTEMPTS.c.organisation_id == going.organisation)
    theirs = select(_DELIVERIES.c.id).where(*_theirs(uow, going, _DELIVERIES))
    blank = {"subject": going.gone, "body": going.gone, "address": ""}
    uow.execute(update(_ATTEMPTS).where(*mine, _ATTEMPTS.c.delivery_id.in_(theirs)).values(blank))


def _rewrite_letters(uow: UnitOfWork, going: Going) -> None:
    """What others were told keeps its words, without the name."""
    mine = (uow.scope.covers(_ATTEMPTS.c.organisation_id), _ATTEMPTS.c.organisation_id == going.organisation)
    has_it = [
        column.contains(word, autoescape=True)
        for column in (_ATTEMPTS.c.subject, _ATTEMPTS.c.body)
        for word in (going.name, going.key)
    ]
    swap = going.swap
    columns = (_ATTEMPTS.c.id, _ATTEMPTS.c.subject, _ATTEMPTS.c.body)
    for row in uow.execute(select(*columns).where(*mine, or_(*has_it))).all():
        left = {"subject": swap(row.subject), "body": swap(row.body)}
        if left != {"subject": row.subject, "body": row.body}:
            uow.execute(update(_ATTEMPTS).where(*mine, _ATTEMPTS.c.id == row.id).values(left))


def _swapped(kept: Any, swap: Callable[[str], str]) -> Any:
    if isinstance(kept, dict):
        return {name: _swapped(item, swap) for name, item in kept.items()}
    if isinstance(kept, list):
        return [_swapped(item, swap) for item in kept]
    return swap(kept) if isinstance(kept, str) else kept
