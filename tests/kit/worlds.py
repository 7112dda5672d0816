"""A case in memory with a cast of people: what decisions say without any database."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.core.case import Case
from engine.core.decide import decide
from engine.core.definition_reader import read_workflow
from engine.core.fold import Told, blank, fold, replay
from engine.core.history import GENESIS, Event, Link, NewEvent, Stamp, seal_event, texts_of
from engine.core.machine import Workflow, compile_workflow
from engine.core.plan import Plan
from engine.core.posts import Holding, Post, Posts
from engine.core.principal import Credential, Principal, Via, system
from engine.core.record import NewEvidence, NewMeasure, attach_evidence, finish_measure, measure_added
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, decide_request
from engine.core.vocabulary import Vocabulary, collect
from engine.core.workdays import WorkCalendar
from engine.core.world import Ask, InspectionFacts, MakeMove, Place, World

ROOT = Path(__file__).parents[2]
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CAST = {
    "secretary": 1,
    "discipline_commissioner": 2,
    "deputy_secretary": 3,
    "office": 4,
    "vice_principal_teaching": 5,
    "supervision_group": 6,
    "stranger": 9,
}
COMMITTEE = (1, 2, 3, 5, 7)


def vocabulary() -> Vocabulary:
    return collect(_modules("workflows"))


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(found.name)


def shipped(name: str) -> Workflow:
    text = (ROOT / "workflows" / "definitions" / f"{name}.yaml").read_text(encoding="utf-8")
    return compile_workflow(read_workflow(text, name), vocabulary())


def cast_posts(**extra: int) -> Posts:
    """Everybody of the cast in the post of their name, from 2020 on; `extra` adds or replaces holders."""
    people = {**{key: who for key, who in CAST.items() if key != "stranger"}, **extra}
    posts = {key: Post(at, key, key) for at, key in enumerate(people, start=11)}
    posts["party_committee"] = Post(99, "party_committee", "party_committee", is_body=True)
    since = date(2020, 1, 1)
    holdings = [Holding(posts[key].id, who, since) for key, who in people.items()]
    holdings += [Holding(99, who, since) for who in COMMITTEE]
    return Posts(1, 1, posts, tuple(holdings))


@dataclass
class Bench:
    """One case that moves: every answer is applied at once, its chain kept."""

    workflow: Workflow
    posts: Posts
    case: Case
    now: datetime = MONDAY
    events: list[Event] = field(default_factory=list)
    answer: Plan | Refusals | None = None

    @classmethod
    def issue(
        cls, posts: Posts | None = None, measures: int = 2, due: date | None = date(2026, 5, 29)
    ) -> Bench:
        workflow = shipped("rectification")
        facts = {
            "key": "2026-1",
            "kind": "issue",
            "workflow": "rectification",
            "state": "assigned",
            "opened_on": "2026-03-02",
            "inspection": 1,
            "number": 1,
        }
        opened = NewEvent("case_opened", facts, {"title": "a title", "problem": "a problem"})
        more = [measure_added(at, NewMeasure(f"measure {at}", None, due)) for at in range(1, measures + 1)]
        promised = NewEvent("deliverable_promised", {"deliverable": 1, "count": 2}, {"name": "minutes"})
        deadlines = [
            NewEvent(
                "deadline_set", {"kind": kind, "subject": "", "version": 1, "due_on": None, "armed": False}
            )
            for kind in ("plan", "rectify")
        ]
        told = Told(
            0, opened.type, opened.payload, opened.texts, Stamp.of(system(1)), MONDAY, workflow.digest
        )
        bench = cls(workflow, posts or cast_posts(), blank(1, 1, told))
        bench.apply([opened, *more, promised, *deadlines], Stamp.of(system(1)))
        return bench

    @property
    def world(self) -> World:
        place = Place(
            1, "school", "Asia/Shanghai", date(2026, 1, 1), WorkCalendar("none", {}), self.posts.version, 1
        )
        return World(
            self.case, self.workflow, place, self.posts, InspectionFacts(1, "2026", date(2026, 2, 27))
        )

    def apply(self, events: list[NewEvent] | tuple[NewEvent, ...], stamp: Stamp) -> None:
        for new in events:
            head = self.events[-1].hash if self.events else GENESIS
            link = Link(1, len(self.events), head, self.workflow.digest)
            salts = {name: f"salt-{len(self.events)}" for name in texts_of(new, stamp)}
            event = seal_event(link, new, stamp, effective_at=self.now, recorded_at=self.now, salts=salts)
            self.events.append(event)
            self.case = fold(self.case, Told.stored(event))

    def do(self, who: str | int, move: str, comment: str = "", **params: Any) -> Plan | Refusals:
        command = MakeMove(move, {name.rstrip("_"): value for name, value in params.items()}, comment)
        return self._take(decide(Ask(self.world, self.person(who), command, self.now)))

    def decide(self, who: str | int, verdict: Any = "approve", comment: str = "") -> Plan | Refusals:
        pending = self.case.pending
        number = pending.number if pending else len(self.case.requests)
        word = DecideRequest(number, verdict, comment)
        return self._take(decide_request(self.world, self.person(who), word, self.now))

    def finish(self, who: str | int, number: int) -> Plan | Refusals:
        today = self.world.place.local_day(self.now)
        return self._take(finish_measure(self.world, self.person(who), number, today, self.now))

    def attach(self, who: str | int, name: str = "minutes", copies: int = 2, **more: Any) -> Plan | Refusals:
        today = self.world.place.local_day(self.now)
        paper = NewEvidence("minutes", name, today, copies=copies, deliverable=1, **more)
        return self._take(attach_evidence(self.world, self.person(who), [paper], self.now))

    def _take(self, answer: Plan | Refusals) -> Plan | Refusals:
        self.answer = answer
        if isinstance(answer, Plan):
            self.apply(answer.events, answer.stamp)
        return answer

    def person(self, who: str | int, credential: Credential = Credential.PIN) -> Principal:
        person = CAST[who] if isinstance(who, str) else who
        return Principal(1, person, Via.CLI, credential)

    def later(self, days: int) -> None:
        self.now += timedelta(days=days)

    @property
    def replayed(self) -> Case:
        return replay(1, 1, self.events)


def codes(answer: Plan | Refusals | None) -> tuple[str, ...]:
    """The codes of a refusal; a plan has none."""
    return answer.codes if isinstance(answer, Refusals) else ()


def assigned(owner: str = "vice_principal_teaching", **more: Any) -> Bench:
    """An issue that the office gave to `owner`."""
    bench = Bench.issue(**more)
    bench.do("office", "assign", post=bench.posts.posts[owner].id)
    return bench


def in_progress(owner: str = "vice_principal_teaching") -> Bench:
    """An issue whose plan was approved and that was started."""
    bench = assigned(owner)
    bench.do(owner, "plan")
    bench.decide(decider_of(bench))
    bench.do(owner, "start")
    return bench


def decider_of(bench: Bench) -> str:
    pending = bench.case.pending
    assert pending is not None
    return pending.decider
