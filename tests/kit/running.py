"""A home that runs: a postman who keeps what he is given, and ticks at any local hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from engine.core.ports import Answer, Letter, Outcome
from engine.core.principal import Credential, Principal, Via
from engine.core.world import MakeMove
from engine.services.deliver import Sending
from engine.services.messages import ShownMessage, messages
from engine.services.moves import Assign, assign, make_move
from engine.services.tick import Ticked, tick
from tests.kit.databases import Home

ZONE = ZoneInfo("Asia/Shanghai")
SENT = Answer(Outcome.SENT, "accepted", {})


class Killed(BaseException):
    """What a kill looks like from inside: nothing after it runs, and nobody catches it."""


class NeverLocked:
    """A lock that is always free."""

    @contextmanager
    def hold(self) -> Iterator[None]:
        yield


@dataclass
class Postman:
    """A way out that keeps every letter. `answers` are used up in order, then everything is sent."""

    schemes: ClassVar[tuple[str, ...]] = ("test",)
    letters: list[Letter] = field(default_factory=list)
    answers: list[Answer | BaseException] = field(default_factory=list)

    def send(self, letter: Letter) -> Answer:
        self.letters.append(letter)
        answer = self.answers.pop(0) if self.answers else SENT
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @property
    def recipients(self) -> Counter[str]:
        return Counter(letter.recipient for letter in self.letters)


@dataclass
class Running:
    """A home with its postman and a moving clock."""

    home: Home
    postman: Postman = field(default_factory=Postman)
    now: datetime = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    sending: Sending = field(default_factory=lambda: Sending(default_address="test://home"))

    def at(self, day: str, hour: str = "09:00") -> Running:
        """Move the clock to a local day and hour."""
        self.now = local(day, hour)
        return self

    def tick(self) -> Ticked:
        notifiers = {"test": self.postman}
        return tick(self.home.database, notifiers, self.now, sending=self.sending)

    def tick_daily(self, until: str, hour: str = "09:00") -> None:
        """One tick a day, up to and with a local day."""
        last = local(until, hour)
        while self.now <= last:
            self.tick()
            self.now += timedelta(days=1)
        self.now = last

    def assign(self, case: str, post: str, due: str) -> None:
        with self.home.begin() as uow:
            command = Assign(self.home.posts[post], due=date.fromisoformat(due))
            assign(uow, self.person("office"), case, command, self.now)
            uow.commit()

    def move(self, who: str, case: str, name: str, comment: str = "", **params: str) -> None:
        with self.home.begin() as uow:
            make_move(uow, self.person(who), case, MakeMove(name, params, comment), self.now)
            uow.commit()

    def person(self, who: str) -> Principal:
        return Principal(self.home.organisation, self.home.people[who], Via.CLI, Credential.PIN)

    def messages(self, case: str | None = None) -> tuple[ShownMessage, ...]:
        with self.home.begin(writing=False) as uow:
            return messages(uow, self.person("office"), self.now.date(), case=case)

    def told(self, case: str) -> list[tuple[str, str, str]]:
        """(rung, audience, what became of it) of every notice of a case."""
        return [(row.notice.rung, row.notice.audience, row.state) for row in self.messages(case)]


def local(day: str, hour: str = "09:00") -> datetime:
    """A wall time of the school as an instant."""
    at = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), tzinfo=ZONE)
    return at.astimezone(UTC)


def refusing(code: str = "refused_for_now") -> Answer:
    return Answer(Outcome.TRY_AGAIN, code, {})
