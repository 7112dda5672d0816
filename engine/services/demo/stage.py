"""Where the story is played: the home, people as principals, the moving clock, the letters that left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from engine.core.ports import Answer, BlobStore, Letter, Outcome
from engine.core.principal import Principal
from engine.core.refusal import Refused
from engine.core.workdays import ONE_DAY
from engine.core.world import Place
from engine.services.credentials import Acting, principal_for
from engine.services.demo.example import Example
from engine.store.database import Database
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.text.books import words
from engine.text.dates import day_words
from engine.text.filling import fill
from engine.text.sentences import refusal_lines

OPERATOR = "demo"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter with the instant at which it left."""

    at: datetime
    letter: Letter

    @property
    def category(self) -> str:
        """Digest, red or prompt, as the message id has it."""
        return self.letter.message_id.split(".")[1]


@dataclass(slots=True)
class Letterbox:
    """A console that keeps letters instead of printing them. `now` is set before each tick."""

    schemes: ClassVar[tuple[str, ...]] = ("console",)
    now: datetime
    posted: list[Posted] = field(default_factory=list)

    def send(self, letter: Letter) -> Answer:
        self.posted.append(Posted(self.now, letter))
        return Answer(Outcome.SENT, "accepted", {"scheme": self.schemes[0]})


@dataclass(frozen=True, slots=True)
class Stage:
    """What every scene needs. `start` and `today` are local days, `people` ids by key, `round` a key."""

    database: Database
    blobs: BlobStore
    example: Example
    organisation: int
    place: Place
    people: Mapping[str, int]
    names: Mapping[str, str]
    round: str
    start: date
    today: date
    tell: Tell

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        """One unit of work, committed at its end unless something was raised."""
        with self.database.begin(Scope.one(self.organisation)) as uow:
            yield uow
            uow.commit()

    @contextmanager
    def look(self) -> Iterator[UnitOfWork]:
        with self.database.begin(Scope.one(self.organisation), writing=False) as uow:
            yield uow

    def principal(self, person: str | None, now: datetime) -> Principal:
        """Somebody at the command line with a bare name, as a demo home allows it; None: the operator."""
        acting = Acting(self.organisation, person, operator=OPERATOR, is_demo=True)
        return principal_for(self.database, acting, now)

    def case(self, number: int) -> str:
        return f"{self.round}-{number}"

    def day(self, offset: int) -> date:
        """The working day of a step: days from the start, or back from today when negative."""
        wanted = (self.start if offset >= 0 else self.today) + timedelta(days=offset)
        return self.place.calendar.next_workday(wanted, including=True)

    def days(self) -> Iterator[date]:
        day = self.start
        while day <= self.today:
            yield day
            day += ONE_DAY

    def at(self, day: date, minute: int) -> datetime:
        """The instant of a local day, in minutes after midnight."""
        return moment(day, minute, self.place.zone)

    def name_of(self, person: str) -> str:
        return self.names.get(f"person:{person}", person)

    def tell_on(self, day: date, line: str) -> None:
        self.tell(said("on_day", day=day_words(day, self.today), what=line))

    def tell_refusal(self, refusal: Refused) -> None:
        self.tell_indented(refusal_lines(refusal.refusals, self.names))

    def tell_indented(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.tell(f"    {line}".rstrip())


def moment(day: date, minute: int, zone: str) -> datetime:
    """The instant of a local day, in minutes after midnight."""
    return datetime.combine(day, time(*divmod(minute, 60)), tzinfo=ZoneInfo(zone))


def said(line: str, /, **facts: object) -> str:
    """A line of the demonstration."""
    return fill(words("demo", line) or line, facts)
