"""What a vector begins with, as values of the core: people and posts, calendar, workflow and the opened case."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine.core.case import Case
from engine.core.definition_reader import read_workflow
from engine.core.fold import Told, blank, fold
from engine.core.history import GENESIS, Link, NewEvent, Stamp, seal_event, texts_of
from engine.core.machine import Workflow, compile_workflow
from engine.core.post_catalogue import PostCatalogue, read_posts
from engine.core.posts import Holding, Post, Posts
from engine.core.principal import system
from engine.core.record import NewMeasure, measure_added
from engine.core.workdays import CalendarYear, WorkCalendar, YearStatus
from engine.core.world import InspectionFacts, Place
from tests.kit.worlds import ROOT, vocabulary

FOLDER = Path(__file__).parent
ORGANISATION = CASE = 1
Json = Mapping[str, Any]
Shipped = Callable[[str, str], str]
"""(folder, name) → the text of a shipped definition; the mutator hands out changed ones."""

_vocabulary = cache(vocabulary)


@cache
def school() -> Json:
    """The invented school that vectors begin with unless they say otherwise, and the usual ways to a state."""
    found: Json = json.loads((FOLDER / "school.json").read_text("utf-8"))
    return found


def vectors() -> Iterator[Json]:
    """Every vector of every file, with `id`: the file and the title."""
    for file in sorted(FOLDER.glob("*.json")):
        for vector in json.loads(file.read_text("utf-8")).get("vectors", ()):
            yield {**vector, "id": f"{file.stem}: {vector['title']}"}


def way(name: str | None) -> list[Json]:
    """The steps of a usual way, with those of the ways before it."""
    if name is None:
        return []
    said = school()["ways"][name]
    return [*way(said.get("after")), *said["steps"]]


def shipped_text(folder: str, name: str) -> str:
    return (ROOT / "workflows" / folder / f"{name}.yaml").read_text("utf-8")


@lru_cache(maxsize=256)
def compiled(text: str) -> Workflow:
    return compile_workflow(read_workflow(text, "vector"), _vocabulary(), "vector")


@lru_cache(maxsize=256)
def catalogue(text: str) -> PostCatalogue:
    return read_posts(text, "vector")


@lru_cache(maxsize=256)
def _with_changes(text: str, said: str) -> str:
    """The text of a workflow with some moves changed: what is named is replaced, the rest stays."""
    changed, more = yaml.safe_load(text), json.loads(said)
    for key, value in more.items():
        if key in ("moves", "states", "deadlines"):
            for name, part in value.items():
                changed[key][name] = {**changed[key].get(name, {}), **part}
        elif key != "like":
            changed[key] = value
    return json.dumps(changed, ensure_ascii=False)


def happened(case: Case, events: Iterable[NewEvent], stamp: Stamp, now: datetime) -> Case:
    """The case after events that were sealed as the store seals them: a request compares their digests."""
    for new in events:
        link = Link(case.id, case.revision, GENESIS, case.definition)
        salts = dict.fromkeys(texts_of(new, stamp), "salt")
        event = seal_event(link, new, stamp, effective_at=now, recorded_at=now, salts=salts)
        case = fold(case, Told.stored(event))
    return case


class Stage:
    """The school of one vector; `posts` changes when a step changes who holds what."""

    def __init__(self, vector: Json, shipped: Shipped) -> None:
        self.said = {**school()["school"], **vector.get("school", {})}
        self.zone = ZoneInfo(self.said["zone"])
        held: Json = {**self.said["people"], **vector.get("people", {})}
        self.people = {key: number for number, key in enumerate(held, start=1)}
        self.posts = self._roster(held, catalogue(shipped("posts", "party_school")))
        self.workflow = self.defined(vector.get("workflow", "rectification"), shipped)

    def defined(self, said: Any, shipped: Shipped) -> Workflow:
        """A workflow by name, as a whole, or one by name (`like`) with some parts changed."""
        if isinstance(said, str):
            return compiled(shipped("definitions", said))
        if "like" not in said:
            return compiled(json.dumps(said))
        return compiled(_with_changes(shipped("definitions", said["like"]), json.dumps(said)))

    def named(self, word: str) -> str:
        """A person by their key where the core says `person:<id>`."""
        if not word.startswith("person:"):
            return word
        keys = {number: key for key, number in self.people.items()}
        return "person:" + keys[int(word.removeprefix("person:"))]

    def morning(self, day: str) -> datetime:
        """Nine o'clock at the school."""
        return datetime.combine(date.fromisoformat(day), time(9), self.zone)

    @property
    def place(self) -> Place:
        go_live = self.said.get("go_live")
        since = date.fromisoformat(go_live) if go_live else None
        return Place(ORGANISATION, "school", self.said["zone"], since, self._calendar(), 1, 1)

    @property
    def inspection(self) -> InspectionFacts | None:
        if self.said["feedback_on"] is None:
            return None
        return InspectionFacts(1, "2026", date.fromisoformat(self.said["feedback_on"]))

    def opened(self, case: Json, now: datetime) -> Case:
        """The case before its first step: unassigned, its deadlines announced but not armed."""
        definition = self.workflow.definition
        facts = {
            "key": "2026-1",
            "kind": definition.case,
            "workflow": definition.workflow,
            "state": case.get("state", definition.initial),
            "opened_on": now.astimezone(self.zone).date().isoformat(),
            "owner": self.posts.posts[case["owner"]].id if case.get("owner") else None,
            "inspection": 1,
            "number": 1,
            "fields": case.get("fields", {}),
        }
        opened = NewEvent("case_opened", facts, {"title": "a title", **case.get("texts", {})})
        stamp = Stamp.of(system(ORGANISATION))
        told = Told(0, opened.type, facts, opened.texts, stamp, now, self.workflow.digest)
        return happened(blank(CASE, ORGANISATION, told), (opened, *self._promised(case)), stamp, now)

    def _promised(self, case: Json) -> Iterator[NewEvent]:
        for number, said in enumerate(case.get("measures", ()), start=1):
            owner = self.posts.posts[said["owner"]].id if said.get("owner") else None
            due = date.fromisoformat(said["due"]) if said.get("due") else None
            yield measure_added(number, NewMeasure(said.get("text", f"measure {number}"), owner, due))
        for number, count in enumerate(case.get("deliverables", ()), start=1):
            yield NewEvent(
                "deliverable_promised", {"deliverable": number, "count": count}, {"name": "minutes"}
            )
        if case.get("roster"):
            people = [self.people[key] for key in case["roster"]]
            yield NewEvent("roster_joined", {"people": people, "on": self.said["clock"]})
        if case.get("claimed"):
            yield NewEvent("claimed", {"status": case["claimed"]})
        for kind, due in case.get("deadlines", {}).items():
            deadline = {"kind": kind, "subject": "", "version": 1, "due_on": due, "armed": due is not None}
            yield NewEvent("deadline_set", {**deadline, "ladder": self._ladder(kind)})

    def _ladder(self, kind: str) -> str:
        rule = next((rule for name, rule in self.workflow.definition.deadlines.items() if name == kind), None)
        return rule.ladder if rule else "default"

    def _calendar(self) -> WorkCalendar:
        off, makeup = (frozenset(map(date.fromisoformat, self.said[name])) for name in ("off", "makeup"))
        years = {day.year for day in off | makeup}
        return WorkCalendar(
            "vector", {year: CalendarYear(year, YearStatus.CONFIRMED, "", off, makeup) for year in years}
        )

    def _roster(self, held: Json, said: PostCatalogue) -> Posts:
        keys = dict.fromkeys(
            [*self.said["vacant"], *(_seat(row)["post"] for rows in held.values() for row in rows)]
        )
        bodies = {*self.said["bodies"], *(key for key, row in said.roles.items() if row.body)}
        conflicts = said.conflicts_of()
        posts = {
            key: Post(at, key, key, key in bodies, conflicts.get(key, frozenset()))
            for at, key in enumerate(keys, start=11)
        }
        rows = tuple(self.holding(posts, key, row) for key, rows in held.items() for row in rows)
        return Posts(ORGANISATION, 1, posts, rows, self.people)

    def holding(self, posts: Mapping[str, Post], person: str, row: Any) -> Holding:
        """One seat as a vector says it: a post, or `{post, since, until, for}`."""
        seat = _seat(row)
        until, stands_in = seat.get("until"), seat.get("for")
        return Holding(
            post=posts[seat["post"]].id,
            person=self.people[person],
            since=date.fromisoformat(seat.get("since", "2020-01-01")),
            until=date.fromisoformat(until) if until else None,
            substitute_for=self.people[stands_in] if stands_in else None,
        )


def _seat(row: Any) -> Json:
    return {"post": row} if isinstance(row, str) else row
