"""Runs conformance vectors on the pure core: each step must lead to what it says (the language: README.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.core.case import Case
from engine.core.folds.told import Told
from engine.core.history import NewEvent, Stamp
from engine.core.ladder import Step
from engine.core.plan import Plan
from engine.core.principal import Credential, Principal, Via, system
from engine.core.refusal import Refusals
from engine.core.satisfiable import warnings_of
from engine.core.world import World
from engine.errors import EngineError
from tests.vectors.seen import SEEN
from tests.vectors.stage import ORGANISATION, Json, Shipped, Stage, happened, school, shipped_text, way
from tests.vectors.verbs import VERBS

SYSTEM = Stamp.of(system(ORGANISATION))


class Run:
    """One vector under way."""

    def __init__(self, vector: Json, shipped: Shipped = shipped_text) -> None:
        self.vector, self.shipped = vector, shipped
        self.stage: Stage = Stage(vector, shipped)
        self.now: datetime = self.stage.morning(vector.get("clock", self.stage.said["clock"]))
        self.case: Case = self.stage.opened({**school()["case"], **vector.get("case", {})}, self.now)
        opening = NewEvent("case_opened", {"state": self.case.state})
        self.past = [Told.planned(opening, self.case, SYSTEM, self.now)]
        self.definitions = {self.case.definition: self.stage.workflow.definition}
        self.answer: Plan | Refusals | None = None
        self.error: str | None = None
        self.warned: list[str] = []
        self.notices: list[list[str]] = []
        self.spoken: dict[tuple[str, str, int], Step] = {}
        self.armed = dict.fromkeys(_armed(self.case), self.today)
        self.dates: dict[str, Mapping[str, Any]] = {}

    def play(self) -> None:
        """Take every step. Raises AssertionError at the first one that leads elsewhere."""
        for step in way(self.vector.get("after")):
            self.take(step)
        for step in self.vector["steps"]:
            self.take(step)

    def take(self, step: Json) -> None:
        self.answer, self.notices, self.error, self.warned = None, [], None, []
        verb = next((name for name in VERBS if name in step), "")
        try:
            answer = VERBS[verb](self, step)
        except EngineError as error:
            self.error = error.code
        else:
            self.answer = answer
        if isinstance(self.answer, Plan):
            if "warned" in step.get("expect", {}):
                self.warned = sorted(row.code for row in warnings_of(self.world, self.answer, self.now))
            self.apply(self.answer)
        expected = {"refused": [], **step.get("expect", {})}
        found = {name: self._seen(name, wanted, step) for name, wanted in expected.items()}
        assert expected == found, f"{verb} {step.get(verb)} by {step.get('as')}: {expected} != {found}"

    def apply(self, plan: Plan) -> None:
        known = _armed(self.case)
        self.past += [Told.planned(event, self.case, plan.stamp, self.now) for event in plan.events]
        self.case = happened(self.case, plan.events, plan.stamp, self.now)
        self.armed.update(dict.fromkeys(_armed(self.case) - known, self.today))
        for event in plan.events:
            if event.type == "deadline_set":
                subject = event.payload["subject"]
                kind = event.payload["kind"]
                self.dates[f"{kind}:{subject}" if subject else kind] = event.payload

    def _seen(self, name: str, wanted: Any, step: Json) -> Any:
        """What there is to compare; of a mapping only the keys that are asked for."""
        found = SEEN[name](self, step)
        return {key: found.get(key) for key in wanted} if isinstance(wanted, dict) else found

    @property
    def today(self) -> date:
        return self.now.astimezone(self.stage.zone).date()

    @property
    def world(self) -> World:
        return World(
            self.case, self.stage.workflow, self.stage.place, self.stage.posts, self.stage.inspection
        )

    def who(self, step: Json) -> Principal:
        """Who acts: with what proof, with which token or session (`hand`), what that is good for (`scopes`), whose it is."""
        if step.get("as", "system") == "system":
            return system(ORGANISATION)
        person = self.stage.people.get(step["as"])
        scopes = step.get("scopes")
        return Principal(
            ORGANISATION,
            person,
            Via.CLI,
            Credential(step.get("proof", "pin" if person else "none")),
            credential_id=step.get("hand"),
            scopes=None if scopes is None else frozenset(scopes),
            is_lent=step.get("lent", False),
        )


def _armed(case: Case) -> set[tuple[str, str, int]]:
    return {(row.kind, row.subject, row.version) for row in case.deadlines if row.armed}
