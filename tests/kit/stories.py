"""A school whose year is told in short sentences: people, a moving clock, and the verbs that everybody uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from engine.bootstrap import Application, DefinitionFile
from engine.core.case import Case
from engine.core.fold import replay
from engine.core.ports import Answer, Letter, Outcome
from engine.core.principal import Credential, Principal, Via
from engine.core.record import ChangeMeasure
from engine.core.world import MakeMove
from engine.documents.reading import read_report
from engine.services.claims import Verdict, accept_claims, reject_claims
from engine.services.decisions import Word, decide_together
from engine.services.evidence import About, Offline, attach
from engine.services.importing import Imported, apply_import
from engine.services.inspections import IssueEdit, edit_issue
from engine.services.intake import receive
from engine.services.measures import CountedPromise, count_deliverable, edit_measure, finish_measures
from engine.services.messages import ShownMessage, messages
from engine.services.moves import Assign, assign, make_move
from engine.services.people import NewPerson, add_person
from engine.services.setup import HomePlan, init_home
from engine.services.tick import Ticked, tick
from engine.services.verifying import Wish, verify
from engine.settings import Settings
from engine.store.blobs import FolderBlobs
from engine.store.database import Database
from engine.store.histories import history
from engine.store.people import people_of
from engine.store.places import find_organisation, load_place, load_posts
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world
from tests.kit.chains import first_break
from tests.kit.reports import TEXT
from tests.kit.worlds import vocabulary

ZONE = ZoneInfo("Asia/Shanghai")
PARTY_COMMITTEE = (
    "secretary",
    "deputy_secretary",
    "discipline_commissioner",
    "organisation_commissioner",
    "publicity_commissioner",
)
CAST = (
    *PARTY_COMMITTEE,
    "supervision_group",
    "office",
    "principal",
    "vice_principal_teaching",
    "vice_principal_logistics",
    "moral_education_director",
    "teaching_director",
    "logistics_director",
    "union_chair",
    "youth_league_secretary",
)
"""One person each, called by the key of their post; the first five sit in the 党总支委员会."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter with the instant at which it left; `category` is digest, red or prompt."""

    at: datetime
    letter: Letter

    @property
    def category(self) -> str:
        return self.letter.message_id.split(".")[1]

    @property
    def to(self) -> str:
        return self.letter.recipient

    @property
    def wall(self) -> datetime:
        return self.at.astimezone(ZONE)


@dataclass(slots=True)
class PostOffice:
    """A way out that accepts every letter and notes when."""

    schemes: ClassVar[tuple[str, ...]] = ("test",)
    now: datetime
    posted: list[Posted] = field(default_factory=list)

    def send(self, letter: Letter) -> Answer:
        self.posted.append(Posted(self.now, letter))
        return Answer(Outcome.SENT, "accepted", {})


@dataclass
class Story:
    """One school, told forward: every sentence happens at `now`, in one commit of its own."""

    database: Database
    organisation: int
    people: dict[str, int]
    posts: dict[str, int]
    blobs: FolderBlobs
    now: datetime
    post_office: PostOffice
    workday: Callable[[date], bool]

    @classmethod
    def begin(cls, database: Database, folder: Path, day: str, *, cast: Sequence[str] = CAST) -> Story:
        """A home that went live on `day`, with everybody of `cast` in office since then."""
        now = local(day, "08:00")
        plan = HomePlan(key="school", name="示例小学", go_live=date.fromisoformat(day))
        init_home(database, now, shipped(), vocabulary(), plan)
        with database.begin(Scope.whole()) as uow:
            organisation = find_organisation(uow, "school").id
            assert organisation is not None
            clerk = Principal(organisation, None, Via.CLI, Credential.NONE, "clerk")
            for key in cast:
                body = ("party_committee",) if key in PARTY_COMMITTEE else ()
                new = NewPerson(key, key, address="test://letters", posts=(key, *body))
                add_person(uow, clerk, new, now, schemes=PostOffice.schemes)
            uow.commit()
        with database.begin(Scope.one(organisation), writing=False) as uow:
            people = {person.key: person.id for person in people_of(uow, organisation)}
            posts = {post.key: post.id for post in load_posts(uow, organisation).posts.values()}
            workday = load_place(uow, organisation).calendar.is_workday
        blobs = FolderBlobs(folder / "blobs")
        return cls(database, organisation, people, posts, blobs, now, PostOffice(now), workday)

    # the clock

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    def at(self, day: str, hour: str = "10:00") -> Story:
        """Move the clock to a local day and hour."""
        self.now = local(day, hour)
        return self

    def tick(self) -> Ticked:
        self.post_office.now = self.now
        return tick(self.database, {"test": self.post_office}, self.now)

    def each_day(self, until: str, *hours: str) -> Iterator[date]:
        """Every local day from the clock's up to `until`: ticked at `hours`, then yours until the next."""
        day = self.today
        while day <= date.fromisoformat(until):
            for hour in hours or ("09:00",):
                if local(day.isoformat(), hour) >= self.now:
                    self.at(day.isoformat(), hour).tick()
            yield day
            day += timedelta(days=1)
            self.at(day.isoformat(), "00:01")

    def run(self, until: str, *hours: str) -> Story:
        """The same with nobody doing anything."""
        for _ in self.each_day(until, *hours):
            pass
        return self

    # who acts

    def person(self, who: str | None, credential: Credential = Credential.PIN) -> Principal:
        """Somebody by key; None is the operator in no one's name."""
        if who is None:
            return Principal(self.organisation, None, Via.CLI, Credential.NONE, "clerk")
        return Principal(self.organisation, self.people[who], Via.CLI, credential)

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with self.database.begin(Scope.one(self.organisation)) as uow:
            yield uow
            uow.commit()

    @contextmanager
    def look(self) -> Iterator[UnitOfWork]:
        with self.database.begin(Scope.one(self.organisation), writing=False) as uow:
            yield uow

    # what people do

    def imports(self, text: bytes | str, name: str = "report.txt") -> Imported:
        data = text.encode("utf-8") if isinstance(text, str) else text
        with self.work() as uow:
            return apply_import(uow, self.person("office"), read_report(data, name), self.now)

    def accepts_claims(self, who: str, *cases: str, basis: str = "督导组现场看过") -> None:
        with self.work() as uow:
            accept_claims(uow, self.person(who), cases, Verdict(basis), self.now)

    def rejects_claims(self, who: str, *cases: str, basis: str = "只看到一半") -> None:
        with self.work() as uow:
            reject_claims(uow, self.person(who), cases, Verdict(basis), self.now)

    def assigns(self, case: str, post: str, due: str | None = None, since: str | None = None) -> None:
        command = Assign(self.posts[post], _day(due), _day(since))
        with self.work() as uow:
            assign(uow, self.person("office"), case, command, self.now)

    def names_leader(self, case: str, post: str) -> None:
        """Who is in charge above the owner (分管领导)."""
        with self.work() as uow:
            edit = IssueEdit({}, {"leader_in_charge": post})
            edit_issue(uow, self.person("office"), case, edit, self.now)

    def schedules(self, who: str, case: str, measure: int, due: str, post: str | None = None) -> None:
        change = ChangeMeasure(measure, None, self.posts[post] if post else None, _day(due))
        with self.work() as uow:
            edit_measure(uow, self.person(who), case, change, self.now)

    def does(
        self,
        who: str,
        case: str,
        move: str,
        comment: str = "",
        texts: Mapping[str, str] | None = None,
        **params: str,
    ) -> None:
        """Make a move, or ask for it where it needs an approval; `texts` are written beside the comment."""
        with self.work() as uow:
            command = MakeMove(move, params, comment, texts=texts or {})
            make_move(uow, self.person(who), case, command, self.now)

    def decides(
        self, who: str, case: str, verdict: Literal["approve", "return"] = "approve", comment: str = ""
    ) -> None:
        """One word on the request that waits."""
        request = f"{case}-R{len(self.case(case).requests)}"
        with self.work() as uow:
            decide_together(uow, self.person(who), Word([request], verdict, comment), self.now)

    def finishes(self, who: str, case: str, *measures: int) -> None:
        """Report measures as done; without numbers all that are open."""
        numbers = measures or [row.number for row in self.case(case).live_measures if row.state == "open"]
        with self.work() as uow:
            finish_measures(uow, self.person(who), case, numbers, self.now)

    def counts(self, who: str, case: str, count: int, name: str, number: int = 0) -> None:
        with self.work() as uow:
            count_deliverable(uow, self.person(who), case, CountedPromise(count, name, number), self.now)

    def files(self, who: str, case: str, text: str, about: About | None = None) -> None:
        """Attach a file; its bytes are stored first."""
        stored = receive(self.blobs, self.organisation, BytesIO(text.encode()), "paper.txt", largest=1 << 20)
        with self.work() as uow:
            attach(uow, self.person(who), case, [stored], about or About(), self.now)

    def keeps_offline(
        self, who: str, case: str, name: str, copies: int = 1, about: About | None = None
    ) -> None:
        """Attach an entry for papers that stay in their box."""
        paper = Offline(name, copies, "1号盒", "office")
        with self.work() as uow:
            attach(uow, self.person(who), case, [paper], about or About(), self.now)

    def asks_to_close(self, case: str, owner: str) -> Story:
        """The issues of a small report come in; one goes all the way to the secretary's last word on it."""
        self.imports(TEXT)
        self.assigns(case, owner)
        self.does(owner, case, "plan")
        self.decides("secretary", case)
        self.does(owner, case, "start")
        self.finishes(owner, case)
        self.keeps_offline(owner, case, "学习计划", about=About(deliverable=1))
        self.does(owner, case, "submit_evidence")
        self.does("discipline_commissioner", case, "verify")
        self.does(owner, case, "close")
        return self

    # what there is

    def case(self, key: str) -> Case:
        with self.look() as uow:
            return load_world(uow, self.organisation, key, lock=False).case

    def told(self, key: str | None = None) -> tuple[ShownMessage, ...]:
        with self.look() as uow:
            return messages(uow, self.person("office"), self.today, case=key)

    def broken(self, key: str) -> list[str]:
        """What does not agree between a case's rows and its history; nothing, if it is sound."""
        with self.look() as uow:
            case = load_world(uow, self.organisation, key, lock=False).case
            events = history(uow, case.id)
        told = []
        if replay(case.id, self.organisation, events) != case:
            told.append("rows differ from history")
        if first_break(events) is not None:
            told.append("the chain is broken")
        return told

    def proves(self) -> bool:
        """Whether the home is whole: chains, rows, files (`zhenggai verify`)."""
        with self.look() as uow:
            return not verify(uow, self.organisation, "school", self.blobs, Wish()).broken

    @property
    def letters(self) -> list[Posted]:
        return self.post_office.posted

    def letters_by_week(self) -> Counter[tuple[str, str]]:
        """(person, ISO week) → messages."""
        weeks = ((row.to, f"{row.wall:%G-W%V}") for row in self.letters)
        return Counter(weeks)


@cache
def shipped() -> tuple[DefinitionFile, ...]:
    settings = Settings.from_environment({"ZHENGGAI_HOME": "nowhere"})
    return tuple(Application(settings).shipped_definitions())


def local(day: str, hour: str) -> datetime:
    """A wall time of the school as an instant."""
    at = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), tzinfo=ZONE)
    return at.astimezone(UTC)


def _day(word: str | None) -> date | None:
    return date.fromisoformat(word) if word else None
