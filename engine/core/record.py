"""Plans for what is recorded beside the moves: measures, deliverables, evidence, texts, ticks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.core.authority import (
    capacity,
    conflicted,
    has_used_hand,
    needs_proof,
    scope_requirements,
    wrong_role,
)
from engine.core.case import Case, Deadline, Evidence, Field
from engine.core.counting import cured_by, running
from engine.core.deciders import Chosen, choose_decider
from engine.core.definition import Move
from engine.core.folds.older import EVIDENCE_ATTACHED
from engine.core.history import NewEvent
from engine.core.plan import Plan
from engine.core.planning import make_plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet
from engine.core.world import World
from engine.errors import Facts

CLERKS = ("office", "secretary")
KEEPERS = ("owner", "office")


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """A measure to be added; `owner_post` None leaves it with the owner of the case."""

    text: str
    owner_post: int | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class ChangeMeasure:
    """What changes on a measure; None leaves a thing as it is. `is_dropped` takes the measure out."""

    number: int
    text: str | None = None
    owner_post: int | None = None
    due_on: date | None = None
    is_dropped: bool = False


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """A stored blob (`digest`, `size` in bytes) or an off-line entry (`offline` facts, `copies`).

    `texts` are the words of an off-line entry by name (`keeper` …): they name people, and can be erased.
    """

    kind: str
    name: str
    on: date
    digest: str | None = None
    size: int | None = None
    copies: int = 1
    offline: Mapping[str, Field] | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    proves_from: date | None = None
    proves_to: date | None = None
    level: str = "internal"
    deliverable: int | None = None
    measure: int | None = None


def add_measure(world: World, principal: Principal, new: NewMeasure, now: datetime) -> Plan | Refusals:
    """Promise one more action; possible while the plan is not approved."""
    unmet = [*_planning_requirements(world), *_empty("text", new.text)]
    event = measure_added(len(world.case.measures) + 1, new)
    return _plan(world, principal, now, "measure_add", ("owner", *CLERKS), [event], unmet)


def measure_added(number: int, new: NewMeasure) -> NewEvent:
    """The event of a promised measure, also used where a case is opened with its measures."""
    facts = {"measure": number, "owner": new.owner_post, "due_on": _iso(new.due_on)}
    return NewEvent("measure_added", facts, {"text": new.text})


def change_measure(
    world: World, principal: Principal, change: ChangeMeasure, now: datetime
) -> Plan | Refusals:
    """Change or drop a measure while the plan is not approved. A deadline of it that runs goes on until the changed
    plan is approved; where none will be, whoever would approve it drops the measure, and its deadline ends (law 7).
    """
    facts: dict[str, object] = {"measure": change.number}
    if change.owner_post is not None:
        facts["owner"] = change.owner_post
    if change.due_on is not None:
        facts["due_on"] = change.due_on.isoformat()
    if change.is_dropped:
        facts["state"] = "dropped"
    events = [NewEvent("measure_changed", facts, {"text": change.text} if change.text is not None else {})]
    unmet = [*_planning_requirements(world), *_known_measure(world.case, change.number)]
    if change.text is not None:
        unmet.extend(_empty("text", change.text))
    is_reopened = not is_planning(world) and bool(world.case.fields.get("reopened"))
    limit = running(world.case, "measure", str(change.number)) if is_reopened else None
    roles: tuple[str, ...] = ("owner", *CLERKS)
    if limit is not None and (change.is_dropped or change.due_on not in (None, limit.due_on)):
        judge, today = _approver_of_plans(world, now), world.place.local_day(now)
        unmet.extend(_running_requirements(world, limit, change, principal, judge, today))
        roles = (*roles, judge.post) if judge else roles
        events += [ended_measure(limit, today)] if change.is_dropped else []
    return _plan(world, principal, now, "measure_edit", roles, events, unmet)


def ended_measure(limit: Deadline, today: date) -> NewEvent:
    """The end of a deadline whose measure is gone: dropped, or missed for good where its day is over."""
    facts = {"kind": limit.kind, "subject": limit.subject, "on": today.isoformat()}
    return NewEvent("deadline_missed" if _is_over(limit, today) else "deadline_dropped", facts)


def _is_over(limit: Deadline, today: date) -> bool:
    return limit.due_on is not None and limit.due_on < today


def _moved_only_by_moves(world: World, limit: Deadline, facts: Facts, today: date) -> Unmet:
    cure, effect, who = (
        ("redate_measure", "redate_deadline", "secretary")
        if _is_over(limit, today)
        else ("extend_measure", "extend_deadline", "owner")
    )
    return cured_by(world, effect, Unmet("measure_is_running", facts, cure, (who,)))


def _approver_of_plans(world: World, now: datetime) -> Chosen | None:
    """Who would approve the plan of this case today."""
    case, today = world.case, world.place.local_day(now)
    for name, move in _settling(world).items():
        barred = conflicted(case, world.posts, today, name)
        chosen = choose_decider(world.posts, move.approval, barred, today) if move.approval else None
        if chosen is not None:
            return chosen
    return None


def _running_requirements(
    world: World,
    limit: Deadline,
    change: ChangeMeasure,
    principal: Principal,
    judge: Chosen | None,
    today: date,
) -> Iterator[Unmet]:
    """A date that runs is moved by the moves for it; a measure whose date runs is dropped by whoever judges plans."""
    facts: Facts = {"measure": change.number, "day": _iso(limit.due_on)}
    if change.due_on not in (None, limit.due_on):
        yield _moved_only_by_moves(world, limit, facts, today)
    if not change.is_dropped:
        return
    used = any(has_used_hand(principal, world.case, name) for name in _settling(world))
    if judge is None or used or principal.person not in judge.eligible:
        yield Unmet("measure_drop_is_decided", facts, "let_others_decide", (judge.post,) if judge else ())
    elif not principal.has_proof:
        yield Unmet(needs_proof().code, {}, "give_pin")


def finish_measure(
    world: World, principal: Principal, number: int, on: date, now: datetime
) -> Plan | Refusals:
    """Report a measure as done on a day: neither in the future nor before it was asked for."""
    case, today = world.case, world.place.local_day(now)
    measure = case.measure(number)
    unmet = list(_known_measure(case, number))
    if is_planning(world):
        unmet.append(Unmet("plan_not_approved", {"state": case.state}, "get_plan_approved", ("owner",)))
    if measure is not None and measure.state != "open":
        unmet.append(Unmet("measure_not_open", {"measure": number, "state": measure.state}))
    unmet.extend(_possible_day(world, on, today))
    facts: dict[str, object] = {"measure": number, "state": "done", "done_on": on.isoformat()}
    deadline = case.deadline("measure", str(number))
    if deadline is not None and deadline.due_on is not None and on <= deadline.due_on < today:
        facts["entered_on"] = today.isoformat()
    events = [NewEvent("measure_changed", facts)]
    if deadline is not None and deadline.is_open:
        events.append(
            NewEvent("deadline_met", {"kind": "measure", "subject": str(number), "on": on.isoformat()})
        )
    role = f"post:{_post_key(world, measure.owner_post)}" if measure and measure.owner_post else "owner"
    return _plan(world, principal, now, "measure_done", (role, *KEEPERS), events, unmet)


def _possible_day(world: World, on: date, today: date) -> Iterator[Unmet]:
    """Work begins with the feedback of its round; without a round on the day on which the case was opened."""
    begins = world.inspection.feedback_on if world.inspection else world.case.opened_on
    if on > today:
        yield Unmet("date_in_future", {"day": on.isoformat()}, "wait_or_correct", earliest=on)
    elif on < begins:
        yield Unmet(
            "done_before_begin", {"day": on.isoformat(), "begins": begins.isoformat()}, "correct_the_dates"
        )


def count_deliverable(
    world: World, principal: Principal, number: int, name: str | None, count: int, now: datetime
) -> Plan | Refusals:
    """Name what an uncounted promise is and how many; `number` 0 promises a new one."""
    case = world.case
    unmet = [] if count >= 1 else [Unmet("count_too_small", {"count": count}, "give_a_count")]
    texts = {"name": name} if name else {}
    if number == 0:
        event = NewEvent(
            "deliverable_promised", {"deliverable": len(case.deliverables) + 1, "count": count}, texts
        )
        unmet.extend(_empty("name", name or ""))
    else:
        event = NewEvent("deliverable_counted", {"deliverable": number, "count": count}, texts)
        promise = case.deliverable(number)
        if promise is None:
            unmet.append(Unmet("deliverable_unknown", {"deliverable": number}, "name_one_that_is"))
        elif promise.count is not None:
            unmet.extend(_planning_requirements(world))
    return _plan(world, principal, now, "deliverable_count", ("owner", *CLERKS), [event], unmet)


def attach_evidence(
    world: World, principal: Principal, papers: Iterable[NewEvidence], now: datetime
) -> Plan | Refusals:
    """Attach several papers at once; they count until somebody withdraws them."""
    case, attached = world.case, list(papers)
    unmet = [row for paper in attached for row in _paper_requirements(case, paper)]
    events = list(papers_attached(attached, first=len(case.evidence) + 1))
    owners = tuple(f"post:{_post_key(world, row.owner_post)}" for row in case.live_measures if row.owner_post)
    return _plan(world, principal, now, "evidence_add", (*KEEPERS, *owners), events, unmet)


def papers_attached(
    papers: Iterable[NewEvidence], *, first: int, by: str | None = None
) -> Iterator[NewEvent]:
    """The events of papers numbered from `first`; `by` finder: they show what was found, not what was done."""
    for number, paper in enumerate(papers, start=first):
        facts = _paper_facts(number, paper)
        words = {"name": paper.name, **{name: text for name, text in paper.texts.items() if text}}
        yield NewEvent(
            "evidence_attached", {**facts, "by": by} if by else facts, words, version=EVIDENCE_ATTACHED
        )


def _paper_requirements(case: Case, paper: NewEvidence) -> Iterable[Unmet]:
    yield from _empty("name", paper.name)
    if paper.copies < 1:
        yield Unmet("count_too_small", {"count": paper.copies}, "give_a_count")
    if paper.deliverable is not None and case.deliverable(paper.deliverable) is None:
        yield Unmet("deliverable_unknown", {"deliverable": paper.deliverable}, "name_one_that_is")
    if paper.measure is not None:
        yield from _known_measure(case, paper.measure)
    if paper.proves_from and paper.proves_from > paper.on:
        day = paper.proves_from
        yield Unmet("date_in_future", {"day": day.isoformat()}, "wait_or_correct", earliest=day)
    if paper.proves_from and paper.proves_to and paper.proves_to < paper.proves_from:
        yield Unmet(
            "period_reversed",
            {"from": paper.proves_from.isoformat(), "to": paper.proves_to.isoformat()},
            "correct_the_dates",
        )
    same = [row for row in case.standing_evidence if row.digest is not None and _is_same(row, paper)]
    if same:
        yield already_attached(paper, same[0].number)


def _is_same(row: Evidence, paper: NewEvidence) -> bool:
    there = (row.digest, row.deliverable, row.measure)
    return there == (paper.digest, paper.deliverable, paper.measure)


def already_attached(paper: NewEvidence, number: int | None = None) -> Unmet:
    """The same bytes would count as two papers; `number` is that of the one that stands."""
    return Unmet("evidence_already_attached", {"name": paper.name, "paper": number}, "leave_the_file_out")


def _paper_facts(number: int, paper: NewEvidence) -> dict[str, object]:
    facts: dict[str, object] = {
        "evidence": number,
        "kind": paper.kind,
        "digest": paper.digest,
        "size": paper.size,
        "copies": paper.copies,
        "proves_from": _iso(paper.proves_from),
        "proves_to": _iso(paper.proves_to),
        "level": paper.level,
        "deliverable": paper.deliverable,
        "measure": paper.measure,
        "on": paper.on.isoformat(),
    }
    if paper.offline is not None:
        facts["offline"] = dict(paper.offline)
    return facts


def tick_roster(
    world: World, principal: Principal, people: Iterable[int], on: date, now: datetime
) -> Plan | Refusals:
    """Note who has fulfilled an occurrence that everybody has to."""
    numbers = sorted(set(people))
    listed = {line.person for line in world.case.roster if line.left_on is None}
    strangers = [person for person in numbers if person not in listed]
    unmet = [Unmet("not_on_roster", {"people": strangers}, "name_who_is_on")] if strangers else []
    if on > world.place.local_day(now):
        unmet.append(Unmet("date_in_future", {"day": on.isoformat()}, "wait_or_correct", earliest=on))
    event = NewEvent("roster_ticked", {"people": numbers, "on": on.isoformat()})
    return _plan(world, principal, now, "roster_tick", KEEPERS, [event], unmet)


def _plan(
    world: World,
    principal: Principal,
    now: datetime,
    verb: str,
    roles: tuple[str, ...],
    events: list[NewEvent],
    unmet: list[Unmet],
) -> Plan | Refusals:
    today = world.place.local_day(now)
    acting = capacity(world, principal, roles, today)
    wrong: list[Unmet] = [*scope_requirements(principal, "act")]
    if acting is None:
        wrong.append(wrong_role(world, principal, roles, today))
    if _is_shut(world):
        wrong.append(Unmet("case_closed", {"state": world.case.state}, "reopen_first", ("secretary",)))
    if acting is None or wrong or unmet:
        return Refusals(world.case.key, verb, (*wrong, *unmet))
    return make_plan(world, principal, now, events, acting_for=acting.acting_for, post=acting.post)


def _is_shut(world: World) -> bool:
    """A final state that its owner or the office cannot leave: nothing more is recorded there."""
    case = world.case
    ways_on = (move for move in world.workflow.definition.moves.values() if case.state in move.sources)
    return case.is_final and not any(set(move.by) & set(KEEPERS) for move in ways_on)


def is_planning(world: World) -> bool:
    """Whether the plan is still open: at the beginning, and where a move that settles it leads on from."""
    state = world.case.state
    is_begun = state == world.workflow.definition.initial
    return is_begun or any(state in move.sources for move in _settling(world).values())


def _settling(world: World) -> dict[str, Move]:
    """The moves by which a plan stands."""
    moves = world.workflow.definition.moves.items()
    return {name: move for name, move in moves if any(use.name == "arm_measures" for use in move.effects)}


def _planning_requirements(world: World) -> Iterable[Unmet]:
    # Whoever reopens a case finds its old measures done: new ones are what it was reopened for.
    if not is_planning(world) and not world.case.fields.get("reopened"):
        yield Unmet("plan_approved_already", {"state": world.case.state}, "return_the_plan", ("secretary",))


def _known_measure(case: Case, number: int) -> Iterable[Unmet]:
    measure = case.measure(number)
    if measure is None or measure.state == "dropped":
        yield Unmet("measure_unknown", {"measure": number}, "name_one_that_is")


def _empty(name: str, text: str) -> Iterable[Unmet]:
    if not text.strip():
        yield Unmet("text_empty", {"name": name}, "write_it")


def _post_key(world: World, post_id: int | None) -> str:
    post = world.posts.by_id(post_id) if post_id is not None else None
    return post.key if post else "office"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
