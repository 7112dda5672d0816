"""What one delivery says: its notices as items, in the order and with the facts that the words need."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.core.case import Case, Deadline
from engine.core.deadlines import OFFICE, ON_PAPER, OWNER, is_confirmation, waits_for, waits_for_person
from engine.core.world import World
from engine.services.audience import LEFT, audience_of, out_of_date
from engine.store.offices import Office
from engine.store.outbox import NoticeFacts
from engine.store.people import Someone
from engine.store.sweeping import DeadlineName
from engine.text.fields import field_columns
from engine.text.messages import Item, Message, MessageFacts, render, render_seal
from engine.text.sentences import done

# Deadlines that last through several states: their word stands for all that the owner does in them.
WHOLE_WORK = ("", "rectify")
# Deadlines whose subject is a number that people know: the measure, the months after closing.
NUMBERED = ("measure", "look_back")
# Prompts that tell how a request was decided, and the word that decided it.
VERDICTS = {"decided": "approve", "returned": "return"}


@dataclass(frozen=True, slots=True)
class Told:
    """A notice that still holds, with what its line needs. `times` is how often its deadline was told of."""

    notice: NoticeFacts
    world: World
    name: DeadlineName | None
    times: int = 1
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Personal:
    """A notice about no case, with what it says."""

    notice: NoticeFacts
    item: Item


@dataclass(frozen=True, slots=True)
class Rechecked:
    """A notice looked at once more before sending: it holds (""), is over, or is for `somebody_else` now."""

    told: Told | Personal
    verdict: str = ""

    @property
    def holds(self) -> bool:
        return self.verdict == ""


SOMEBODY_ELSE = "somebody_else"


def check_again(rows: Sequence[Told], person: int, today: date, departed: Collection[int]) -> list[Rechecked]:
    """Each notice of a delivery to `person` with its verdict; of one deadline only the newest step holds."""
    checked = [Rechecked(row, _verdict(row, person, today, departed)) for row in rows]
    newest: dict[int, int] = {}
    for at, row in enumerate(checked):
        if row.holds and not row.told.notice.is_prompt:
            newest[row.told.notice.deadline] = at
    return [
        Rechecked(row.told, "higher_rung_came")
        if row.holds and not row.told.notice.is_prompt and newest[row.told.notice.deadline] != at
        else row
        for at, row in enumerate(checked)
    ]


def _verdict(row: Told, person: int, today: date, departed: Collection[int]) -> str:
    reason = out_of_date(row.world, row.name, row.notice)
    if reason is not None:
        return reason
    audience = audience_of(row.world, row.name, row.notice, today, departed)
    if person in audience.persons:
        return ""
    return LEFT if audience.reason == LEFT else SOMEBODY_ELSE


def write_letter(
    category: str, office: Office, person: Someone, rows: Sequence[Told | Personal], today: date
) -> Message:
    """The words of a delivery."""
    facts = MessageFacts(
        recipient_name=person.name,
        title=person.title,
        organisation=office.name,
        today=today,
        office_phone=office.phone,
        items=tuple(row.item if isinstance(row, Personal) else _item(row, person.id, today) for row in rows),
    )
    return render(category, facts)


def write_seal(office: Office, person: Someone, line: str, today: date) -> Message:
    """The words of the monthly seal."""
    return render_seal(MessageFacts(person.name, person.title, office.name, today, office.phone), line)


def _item(row: Told, recipient: int, today: date) -> Item:
    case, notice = row.world.case, row.notice
    deadline = case.deadline(row.name[1], row.name[2]) if row.name else _spoken_of(case, notice.facts)
    fields = case.fields
    is_grouped = bool(fields.get("group"))
    move = _move(case, notice, deadline)
    named = row.world.workflow.move(move)
    act = own_work(row.world, deadline) if notice.is_prompt else missing_act(row.world, deadline)
    acting = row.world.workflow.move(act)
    told = field_columns(row.world.workflow.definition, case, only_told=True)
    return Item(
        kind=_kind(case, notice),
        key=case.key,
        title=str(fields["label"]) if is_grouped and fields.get("label") else case.title,
        what=act,
        what_label=acting.label if acting else "",
        what_act=own_act(row.world, deadline, act),
        kind_label=row.world.workflow.definition.case_label,
        told=tuple(done("field_value", said) for said in told),
        what_number=int(deadline.subject) if deadline and deadline.kind in NUMBERED else None,
        due_on=_told_due(row.world, deadline, today),
        is_redated=deadline is not None and deadline.basis == "redated",
        level=notice.level,
        n=row.times,
        comment=_comment(case, row),
        hand_to="" if acting and acting.decision else _hand_to(row.world, recipient, today),
        whose=_whose(row, deadline, recipient, today),
        move=move,
        move_label=named.label if named else "",
        group=str(fields.get("group") or ""),
        period=str(fields.get("period") or ""),
        is_unpublished=bool(fields.get("unpublished")),
        on=_day(notice.facts.get("expires_on")),
    )


def _day(fact: object) -> date | None:
    return date.fromisoformat(fact) if isinstance(fact, str) else None


def _told_due(world: World, deadline: Deadline | None, today: date) -> date | None:
    """The date that is told: before the organisation goes live nothing is late, so no missed date is said."""
    if deadline is None or deadline.due_on is None:
        return None
    go_live = world.place.go_live
    is_early = go_live is not None and today < go_live
    return None if is_early and deadline.due_on < today else deadline.due_on


def _kind(case: Case, notice: NoticeFacts) -> str:
    if notice.is_prompt:
        return notice.rung
    return "occurrence_open" if case.kind == "occurrence" else "rung"


def missing_act(world: World, deadline: Deadline | None) -> str:
    """The key of the act that is missing now: the decider's while a request waits, else that of `own_work`."""
    is_apart = deadline is not None and (
        deadline.kind == "measure" or bool(deadline.waits_for) or is_confirmation(deadline)
    )
    return own_work(world, deadline) if is_apart or world.case.pending is None else "decide"


def own_work(world: World, deadline: Deadline | None) -> str:
    """The act of a deadline, or the move that takes the case onward, whatever else of the case is asked for.

    What the owner does before the last move is named by the deadline, as a whole.
    """
    case, kind = world.case, deadline.kind if deadline else ""
    if kind == "measure" or (deadline is not None and deadline.waits_for):
        return kind
    if deadline is not None and is_confirmation(deadline):
        return "confirmation"
    if kind not in WHOLE_WORK:
        return kind
    definition = world.workflow.definition
    roles = definition.states[case.state].waits_for
    name = world.workflow.onward(case.state, roles)
    is_named = name is not None and (OWNER not in roles or definition.moves[name].to in definition.final)
    return name if name is not None and is_named else kind or "other"


def own_act(world: World, deadline: Deadline | None, act: str) -> str:
    """What the workflow file itself calls the act that is missing: of the move, or of the deadline."""
    definition = world.workflow.definition
    deadlines = (
        rule for kind, rule in definition.deadlines.items() if deadline and kind == deadline.kind == act
    )
    of_deadline = next((rule.act or "" for rule in deadlines), "")
    move = definition.moves.get(act)
    return of_deadline or (move.act if move else None) or ""


def _move(case: Case, notice: NoticeFacts, deadline: Deadline | None) -> str:
    """The move that is spoken of: the prompt's own, else what its deadline's request asks for, or what waits."""
    if notice.is_prompt:
        return str(notice.facts.get("move", ""))
    asked = case.pending
    if deadline is not None and deadline.kind == "request":
        asked = case.request(int(deadline.subject.partition(ON_PAPER)[0]))
    return asked.move if asked else ""


def _comment(case: Case, row: Told) -> str:
    """Why it was decided so, where a decision is told; else the words of the command that the prompt tells of."""
    request = row.notice.facts.get("request")
    verdict = VERDICTS.get(row.notice.rung)
    asked = case.request(request) if verdict and isinstance(request, int) else None
    if asked is None:
        return row.comment
    said = (vote.comment for vote in reversed(asked.votes) if vote.verdict == verdict and vote.comment)
    return next(said, "")


def _spoken_of(case: Case, facts: Mapping[str, object]) -> Deadline | None:
    """The deadline that a prompt leads to: of its request, else the open one that ends first."""
    if "request" in facts:
        own = case.deadline("request", str(facts.get("subject") or facts["request"]))
        if own is not None and own.is_open:
            return own
    others = (row for row in case.open_deadlines if row.kind not in ("measure", "request"))
    dated = [row for row in others if row.armed and row.due_on]
    return min(dated, key=lambda row: row.due_on or date.max, default=None)


def _whose(row: Told, deadline: Deadline | None, recipient: int, today: date) -> str:
    """The post whose act is missing, where the recipient is told of it and does not hold it."""
    if row.notice.is_prompt or deadline is None:
        return ""
    posts = row.world.posts
    person = waits_for_person(row.world.case, deadline)
    if person is not None:
        held = posts.posts_of(person, today)
        return "" if person == recipient or not held else held[0].label
    post = waits_for(row.world.case, deadline, posts)
    found = posts.by_id(post) if post is not None else None
    if found is None or recipient in posts.holders(found.id, today):
        return ""
    return found.label


def _hand_to(world: World, recipient: int, today: date) -> str:
    """Papers go to the office; nobody hands them to themselves."""
    office = world.posts.posts.get(OFFICE)
    if office is None or recipient in world.posts.holders(office.id, today):
        return ""
    return office.label
