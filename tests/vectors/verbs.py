"""What the steps of a vector do: each verb asks the core one question and hands back its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from engine.core.bundles import put_in_bundle, take_out_of_bundle
from engine.core.decide import decide
from engine.core.duty import read_ladder
from engine.core.fields import missing_at_opening, read_fields
from engine.core.handing_over import Leaving, void_request
from engine.core.ladder import Chase, due_rungs
from engine.core.migration import change_definition, decisions_taken
from engine.core.minutes import Minutes, register_minutes
from engine.core.paper import AnswerPaper, answer_paper
from engine.core.plan import Plan
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
from engine.core.refusal import Refusals, Refused
from engine.core.requests import DecideRequest, attend_request, decide_request, withdraw_request
from engine.core.sending import SendingHours
from engine.core.world import Ask, MakeMove
from engine.services.terms import refuse_conflict, refuse_seat, with_term
from engine.store.people import Someone
from tests.vectors.seen import deadline_name
from tests.vectors.stage import ORGANISATION, Json

if TYPE_CHECKING:
    from tests.vectors.runner import Run

Answer = Plan | Refusals | None


def _move(run: Run, step: Json) -> Answer:
    return decide(Ask(run.world, run.who(step), _command(run, step), run.now))


def _command(run: Run, step: Json) -> MakeMove:
    params = dict(step.get("with", {}))
    if "post" in params:
        found = run.stage.posts.posts.get(params["post"])
        params["post"] = found.id if found else params["post"]
    revision = run.case.revision + step["revision"] if "revision" in step else None
    return MakeMove(step["move"], params, step.get("comment", ""), revision, step.get("texts", {}))


def _decide(verdict: Any) -> Callable[[Run, Json], Answer]:
    def take(run: Run, step: Json) -> Answer:
        proof = step.get("recorder_proof", "pin")
        recorder = run.who({"as": step["recorder"], "proof": proof}) if "recorder" in step else None
        word = DecideRequest(step[verdict], verdict, step.get("comment", ""), step.get("paper"), recorder)
        return decide_request(run.world, run.who(step), word, run.now)

    return take


def _minutes(run: Run, step: Json) -> Answer:
    held_on = date.fromisoformat(step.get("held_on", run.today.isoformat()))
    numbers = (step["of"], step["present"], step["in_favour"])
    verdict = step.get("verdict", "approve")
    said = Minutes(step["minutes"], verdict, held_on, *numbers, "scan", step.get("comment", ""))
    return register_minutes(run.world, run.who(step), said, run.now)


def _answer(verb: str) -> Callable[[Run, Json], Answer]:
    def take(run: Run, step: Json) -> Answer:
        said = AnswerPaper(step[verb], verb == "confirm", step.get("comment", ""))
        return answer_paper(run.world, run.who(step), said, run.now)

    return take


def _withdraw(run: Run, step: Json) -> Answer:
    return withdraw_request(run.world, run.who(step), step["withdraw"], run.now)


def _attend(run: Run, step: Json) -> Answer:
    return attend_request(run.world, run.who(step), step["attend"], run.now)


def _bundle(run: Run, step: Json) -> Answer:
    return put_in_bundle(run.world, run.who(step), step["bundle"], "B1", "digest", "one plan", run.now)


def _unbundle(run: Run, step: Json) -> Answer:
    return take_out_of_bundle(run.world, run.who(step), step["unbundle"], run.now)


def _migrate(run: Run, step: Json) -> Answer:
    """The case goes on by another definition; the workflow that answers from then on is that one."""
    target = run.stage.defined(step["migrate"], run.shipped)
    answer = change_definition(
        run.world,
        run.who(step),
        target,
        step.get("states", {}),
        run.now,
        decided=decisions_taken(run.past, run.definitions),
    )
    if isinstance(answer, Plan):
        run.stage.workflow = target
        run.definitions[target.digest] = target.definition
    return answer


def _finish(run: Run, step: Json) -> Answer:
    answer: Answer = None
    for number in step["finish"]:
        if isinstance(answer, Plan):
            run.apply(answer)
        done_on = date.fromisoformat(step["done_on"]) if "done_on" in step else run.today
        answer = finish_measure(run.world, run.who(step), number, done_on, run.now)
    return answer


def _open(run: Run, step: Json) -> Answer:
    """Whether a case of this kind may begin with these fields; none is opened."""
    definition = run.stage.workflow.definition
    reading = read_fields(definition.fields, step["open"], run.today)
    unmet = (*reading.unmet, *missing_at_opening(definition, reading))
    return Refusals("", "open", unmet) if unmet else None


def _attach(run: Run, step: Json) -> Answer:
    said = {"kind": "minutes", "name": "minutes", "copies": 2, "deliverable": 1, **step["attach"]}
    days = {name: date.fromisoformat(said[name]) for name in ("proves_from", "proves_to") if name in said}
    paper = NewEvidence(on=run.today, **{**said, **days})
    return attach_evidence(run.world, run.who(step), [paper], run.now)


def _promise(run: Run, step: Json) -> Answer:
    due = date.fromisoformat(step["due"]) if "due" in step else None
    return add_measure(run.world, run.who(step), NewMeasure(step["promise"], None, due), run.now)


def _change(run: Run, step: Json) -> Answer:
    due = date.fromisoformat(step["due"]) if "due" in step else None
    change = ChangeMeasure(
        step["change"], step.get("text"), due_on=due, is_dropped=step.get("dropped", False)
    )
    return change_measure(run.world, run.who(step), change, run.now)


def _count(run: Run, step: Json) -> Answer:
    name = step.get("name")
    return count_deliverable(
        run.world, run.who(step), step.get("deliverable", 0), name, step["count"], run.now
    )


def _tick(run: Run, step: Json) -> Answer:
    people = [run.stage.people[key] for key in step["tick"]]
    return tick_roster(run.world, run.who(step), people, run.today, run.now)


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


def _hand_over(run: Run, step: Json) -> Answer:
    """A post from one person to another, `on` their first day; before that day nothing else changes."""
    said = step["hand_over"]
    on, posts = date.fromisoformat(said.get("on", run.today.isoformat())), run.stage.posts
    post, leaver = posts.posts[said["post"]], run.stage.people[said["from"]]
    kept = (row for row in posts.holdings if (row.person, row.post) != (leaver, post.id))
    theirs = run.stage.holding(
        posts.posts, said["from"], {**said, "until": (on - timedelta(days=1)).isoformat()}
    )
    next_one = run.stage.holding(posts.posts, said["to"], {**said, "since": on.isoformat()})
    run.stage.posts = replace(posts, version=posts.version + 1, holdings=(*kept, theirs, next_one))
    return None if on > run.today else _take_effect(run, step, "hand_over")


def _take_effect(run: Run, step: Json, verb: str = "take_effect") -> Answer:
    """What follows on the day on which a post was handed over."""
    said, posts = step[verb], run.stage.posts
    leaving = Leaving.seen(posts, posts.posts[said["post"]], run.stage.people[said["from"]], run.today)
    return void_request(run.world, run.who(step), leaving, run.now)


def _appoint(run: Run, step: Json) -> Answer:
    """Somebody gets a post, or stands in for who holds it; a reason in `despite` overrules a conflict."""
    said, posts = step["appoint"], run.stage.posts
    term = run.stage.holding(posts.posts, said["person"], {"since": run.today.isoformat(), **said})
    who = _someone(run, said["person"])
    try:
        if "for" in said:
            refuse_seat(posts, term, _someone(run, said["for"]), who)
        refuse_conflict(posts, term, who, "people_link", said.get("despite"))
    except Refused as refusal:
        return refusal.refusals
    run.stage.posts = replace(with_term(posts, term), version=posts.version + 1)
    return None


def _someone(run: Run, key: str) -> Someone:
    return Someone(run.stage.people[key], ORGANISATION, key, key)


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
            level = f"red {speaks.rung.level.value}" if speaks.rung.red else speaks.rung.level.value
            run.notices += [
                [deadline_name(row), speaks.rung.name, word, level] for word in speaks.rung.audience
            ]


def _look(_run: Run, _step: Json) -> None:
    """Nothing happens; what is expected is looked at."""


VERBS: Mapping[str, Callable[[Run, Json], Answer]] = {
    "move": _move,
    "approve": _decide("approve"),
    "return": _decide("return"),
    "minutes": _minutes,
    "confirm": _answer("confirm"),
    "deny": _answer("deny"),
    "withdraw": _withdraw,
    "attend": _attend,
    "bundle": _bundle,
    "unbundle": _unbundle,
    "migrate": _migrate,
    "open": _open,
    "finish": _finish,
    "attach": _attach,
    "promise": _promise,
    "change": _change,
    "count": _count,
    "tick": _tick,
    "days": _days,
    "on": _on,
    "seats": _seats,
    "hand_over": _hand_over,
    "take_effect": _take_effect,
    "appoint": _appoint,
    "chase": _chase,
    "look": _look,
}
