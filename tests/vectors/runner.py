"""Runs conformance vectors on the pure core: each step must lead to what it says (the language: README.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from engine.core.case import Case
from engine.core.deadlines import late_deadlines
from engine.core.decide import decide
from engine.core.duty import read_ladder
from engine.core.ladder import Chase, Step, due_rungs
from engine.core.plan import Plan
from engine.core.principal import Credential, Principal, Via, system
from engine.core.record import (
    ChangeMeasure,
    NewEvidence,
    NewMeasure,
    add_measure,
    attach_evidence,
    change_measure,
    count_deliverable,
    finish_measure,
    tick_roster,
)
from engine.core.refusal import Refusals
from engine.core.requests import DecideRequest, decide_request, withdraw_request
from engine.core.sending import SendingHours
from engine.core.world import Ask, MakeMove, World
from engine.errors import EngineError
from tests.vectors.stage import ORGANISATION, Json, Shipped, Stage, happened, school, shipped_text, way


class Run:
    """One vector under way."""

    def __init__(self, vector: Json, shipped: Shipped = shipped_text) -> None:
        self.vector, self.shipped = vector, shipped
        self.stage = Stage(vector, shipped)
        self.now = self.stage.morning(vector.get("clock", self.stage.said["clock"]))
        self.case = self.stage.opened({**school()["case"], **vector.get("case", {})}, self.now)
        self.answer: Plan | Refusals | None = None
        self.error: str | None = None
        self.notices: list[list[str]] = []
        self.spoken: dict[tuple[str, str, int], Step] = {}
        self.armed = dict.fromkeys(_armed(self.case), self.today)

    def play(self) -> None:
        """Take every step. Raises AssertionError at the first one that leads elsewhere."""
        for step in way(self.vector.get("after")):
            self.take(step)
        for step in self.vector["steps"]:
            self.take(step)

    def take(self, step: Json) -> None:
        self.answer, self.notices, self.error = None, [], None
        verb = next(name for name in VERBS if name in step)
        try:
            VERBS[verb](self, step)
        except EngineError as error:
            self.error = error.code
        if isinstance(self.answer, Plan):
            self._apply(self.answer)
        expected = {"refused": [], **step.get("expect", {})}
        found = {name: self._seen(name, wanted) for name, wanted in expected.items()}
        assert expected == found, f"{verb} {step[verb]} by {step.get('as')}: {expected} != {found}"

    def _apply(self, plan: Plan) -> None:
        known = _armed(self.case)
        self.case = happened(self.case, plan.events, plan.stamp, self.now)
        self.armed.update(dict.fromkeys(_armed(self.case) - known, self.today))

    def _seen(self, name: str, wanted: Any) -> Any:
        """What there is to compare; of a mapping only the keys that are asked for."""
        found = SEEN[name](self)
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
        if step["as"] == "system":
            return system(ORGANISATION)
        person = self.stage.people.get(step["as"])
        return Principal(
            ORGANISATION, person, Via.CLI, Credential(step.get("proof", "pin" if person else "none"))
        )


def _move(run: Run, step: Json) -> None:
    params = dict(step.get("with", {}))
    if "post" in params:
        params["post"] = run.stage.posts.posts[params["post"]].id
    command = MakeMove(step["move"], params, step.get("comment", ""))
    run.answer = decide(Ask(run.world, run.who(step), command, run.now))


def _decide(verdict: Any) -> Callable[[Run, Json], None]:
    def take(run: Run, step: Json) -> None:
        word = DecideRequest(step[verdict], verdict, step.get("comment", ""), step.get("paper"))
        run.answer = decide_request(run.world, run.who(step), word, run.now)

    return take


def _withdraw(run: Run, step: Json) -> None:
    run.answer = withdraw_request(run.world, run.who(step), step["withdraw"], run.now)


def _finish(run: Run, step: Json) -> None:
    for number in step["finish"]:
        run.answer = finish_measure(run.world, run.who(step), number, run.today, run.now)
        if isinstance(run.answer, Plan):
            run._apply(run.answer)
    run.answer = None if isinstance(run.answer, Plan) else run.answer


def _attach(run: Run, step: Json) -> None:
    said = {"kind": "minutes", "name": "minutes", "copies": 2, "deliverable": 1, **step["attach"]}
    run.answer = attach_evidence(run.world, run.who(step), [NewEvidence(on=run.today, **said)], run.now)


def _promise(run: Run, step: Json) -> None:
    run.answer = add_measure(run.world, run.who(step), NewMeasure(step["promise"]), run.now)


def _change(run: Run, step: Json) -> None:
    change = ChangeMeasure(step["change"], step.get("text"), is_dropped=step.get("dropped", False))
    run.answer = change_measure(run.world, run.who(step), change, run.now)


def _count(run: Run, step: Json) -> None:
    name = step.get("name")
    run.answer = count_deliverable(
        run.world, run.who(step), step.get("deliverable", 0), name, step["count"], run.now
    )


def _tick(run: Run, step: Json) -> None:
    people = [run.stage.people[key] for key in step["tick"]]
    run.answer = tick_roster(run.world, run.who(step), people, run.today, run.now)


def _days(run: Run, step: Json) -> None:
    run.now += timedelta(days=step["days"])


def _on(run: Run, step: Json) -> None:
    run.now = run.stage.morning(step["on"])


def _seats(run: Run, step: Json) -> None:
    """Somebody takes a seat, or leaves the seats of a post with the day before today as the last."""
    posts, rows = run.stage.posts, list(run.stage.posts.holdings)
    for person, post in step["seats"].get("leave", {}).items():
        last, number = run.today - timedelta(days=1), run.stage.people[person]
        rows = [
            replace(row, until=last) if (row.person, row.post) == (number, posts.posts[post].id) else row
            for row in rows
        ]
    taken = step["seats"].get("take", {})
    rows += [run.stage.holding(posts.posts, person, row) for person, row in taken.items()]
    run.stage.posts = replace(posts, version=posts.version + 1, holdings=tuple(rows))


def _chase(run: Run, _step: Json) -> None:
    """What the ladders say today, each open deadline by the highest rung that has come."""
    hours = SendingHours(zone=run.stage.said["zone"])
    for row in run.case.open_deadlines:
        if not row.armed or row.due_on is None:
            continue
        name = (row.kind, row.subject, row.version)
        ladder = read_ladder(run.shipped("ladders", row.ladder), row.ladder).value
        armed = min(run.armed.get(name, row.due_on), row.due_on)
        chase = Chase(ladder, row.due_on, run.stage.place.calendar, hours, armed)
        speaks = due_rungs(chase, run.today, run.spoken.get(name)).speaks
        if speaks is not None:
            run.spoken[name] = speaks.step
            level = "red" if speaks.rung.red else speaks.rung.level.value
            run.notices += [[_limit(row), speaks.rung.name, word, level] for word in speaks.rung.audience]


VERBS: Mapping[str, Callable[[Run, Json], None]] = {
    "move": _move,
    "approve": _decide("approve"),
    "return": _decide("return"),
    "withdraw": _withdraw,
    "finish": _finish,
    "attach": _attach,
    "promise": _promise,
    "change": _change,
    "count": _count,
    "tick": _tick,
    "days": _days,
    "on": _on,
    "seats": _seats,
    "chase": _chase,
}


def _armed(case: Case) -> set[tuple[str, str, int]]:
    return {(row.kind, row.subject, row.version) for row in case.deadlines if row.armed}


def _limit(row: Any) -> str:
    return f"{row.kind}:{row.subject}" if row.subject else str(row.kind)


SEEN: Mapping[str, Callable[[Run], Any]] = {
    "refused": lambda run: (
        [run.error] if run.error else sorted(run.answer.codes) if isinstance(run.answer, Refusals) else []
    ),
    "state": lambda run: run.case.state,
    "final": lambda run: run.case.is_final,
    "waits_for": lambda run: run.case.waits_for,
    "due": lambda run: {
        _limit(row): row.due_on.isoformat() for row in run.case.open_deadlines if row.armed and row.due_on
    },
    "late": lambda run: sorted(
        _limit(row) for row in late_deadlines(run.case, run.today, run.stage.place.go_live)
    ),
    "ended": lambda run: {f"{_limit(row)}/{row.version}": row.ended for row in run.case.deadlines},
    "decider": lambda run: run.case.pending.decider if run.case.pending else None,
    "requests": lambda run: [row.status for row in run.case.requests],
    "told": lambda run: (
        sorted([row.kind, row.who] for row in run.answer.prompts) if isinstance(run.answer, Plan) else []
    ),
    "accepted": lambda run: [row.number for row in run.case.evidence if row.status == "accepted"],
    "notices": lambda run: sorted(run.notices),
    "fields": lambda run: dict(run.case.fields),
}
