"""The steps of the story: each kind is one small function over the verb that the command line calls, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Literal

from engine.core.principal import Principal
from engine.core.record import ChangeMeasure
from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.services.claims import Verdict, accept_claims, reject_claims
from engine.services.decisions import Word, decide_together, list_requests
from engine.services.demo.example import Step
from engine.services.demo.stage import Stage
from engine.services.evidence import About, Offline, attach
from engine.services.intake import Received, receive
from engine.services.measures import CountedPromise, count_deliverable, edit_measure, finish_measures
from engine.services.moves import Assign, assign, make_move
from engine.store.places import load_posts
from engine.store.unit_of_work import UnitOfWork

LARGEST_PAPER = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Scene:
    """One step at its moment, by one person, in one unit of work."""

    stage: Stage
    step: Step
    uow: UnitOfWork
    principal: Principal
    now: datetime

    @property
    def keys(self) -> list[str]:
        return [self.stage.case(number) for number in self.step.issues]

    @property
    def about(self) -> About:
        """What the papers of this step are evidence of, as of the day on which they are handed in."""
        today = self.stage.place.local_day(self.now)
        return About(self.step.kind, self.step.deliverable, None, today, today, self.step.level)

    def post(self, key: str) -> int:
        return load_posts(self.uow, self.stage.organisation).posts[key].id


def play(stage: Stage, step: Step, now: datetime) -> None:
    """Do one step, and tell of it where the story says so. Raises what the verbs raise."""
    if step.say:
        stage.tell_on(stage.place.local_day(now), step.say)
    for person in step.by:
        try:
            _play_by(stage, step, person, now)
        except Refused as refusal:
            if not step.is_refused:
                raise
            stage.tell_refusal(refusal)
            continue
        # A refusal that the story promises and the rules do not give would be a false story.
        assert not step.is_refused, (step.do, step.issues)


def _play_by(stage: Stage, step: Step, person: str, now: datetime) -> None:
    principal = stage.principal(person, now)
    with stage.work() as uow:
        ACTIONS[step.do](Scene(stage, step, uow, principal, now))


def _accept_claims(scene: Scene) -> None:
    accept_claims(scene.uow, scene.principal, scene.keys, Verdict(scene.step.text), scene.now)


def _reject_claims(scene: Scene) -> None:
    reject_claims(scene.uow, scene.principal, scene.keys, Verdict(scene.step.text), scene.now)


def _assign(scene: Scene) -> None:
    due = scene.stage.start + timedelta(days=scene.step.due[0])
    for key in scene.keys:
        command = Assign(scene.post(scene.step.post), due)
        assign(scene.uow, scene.principal, key, command, scene.now)


def _schedule(scene: Scene) -> None:
    """Give the measures their dates, and some of them a post of their own."""
    for key in scene.keys:
        for number, offset in enumerate(scene.step.due, start=1):
            post = scene.step.posts.get(str(number))
            due = scene.stage.start + timedelta(days=offset)
            change = ChangeMeasure(number, None, scene.post(post) if post else None, due)
            edit_measure(scene.uow, scene.principal, key, change, scene.now)


def _count(scene: Scene) -> None:
    promise = CountedPromise(scene.step.copies, scene.step.text, scene.step.deliverable or 0)
    for key in scene.keys:
        count_deliverable(scene.uow, scene.principal, key, promise, scene.now)


def _move(scene: Scene) -> None:
    """A move, or the request for it where the workflow wants an approval."""
    for key in scene.keys:
        command = MakeMove(scene.step.move, scene.step.params, scene.step.text)
        make_move(scene.uow, scene.principal, key, command, scene.now)


def _approve(scene: Scene) -> None:
    _decide(scene, "approve")


def _return(scene: Scene) -> None:
    _decide(scene, "return")


def _decide(scene: Scene, verdict: Literal["approve", "return"]) -> None:
    waiting = {row.case.key: row.key for row in list_requests(scene.uow, scene.stage.organisation)}
    requests = [waiting[key] for key in scene.keys]
    decide_together(scene.uow, scene.principal, Word(requests, verdict, scene.step.text), scene.now)


def _finish(scene: Scene) -> None:
    for key in scene.keys:
        finish_measures(scene.uow, scene.principal, key, scene.step.measures, scene.now)


def _file(scene: Scene) -> None:
    for key in scene.keys:
        text = scene.stage.example.text(f"papers/{scene.step.paper}")
        attach(
            scene.uow,
            scene.principal,
            key,
            [received(scene.stage, text, scene.step.paper)],
            scene.about,
            scene.now,
        )


def _offline(scene: Scene) -> None:
    step, today = scene.step, scene.stage.place.local_day(scene.now)
    paper = Offline(step.text, step.copies, step.box, step.keeper, step.inspector, today)
    for key in scene.keys:
        attach(scene.uow, scene.principal, key, [paper], scene.about, scene.now)


def received(stage: Stage, text: str, name: str) -> Received:
    """A paper of the example, stored as an uploaded file is."""
    source = BytesIO(text.encode("utf-8"))
    return receive(stage.blobs, stage.organisation, source, name, largest=LARGEST_PAPER)


ACTIONS: Mapping[str, Callable[[Scene], None]] = {
    "accept_claims": _accept_claims,
    "reject_claims": _reject_claims,
    "assign": _assign,
    "schedule": _schedule,
    "count": _count,
    "ask": _move,
    "approve": _approve,
    "return": _return,
    "move": _move,
    "finish": _finish,
    "file": _file,
    "offline": _offline,
}
