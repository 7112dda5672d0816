"""How the half-year ended: who was told what and when, what is late, closed, open, which duties were kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core.deadlines import late_deadlines
from engine.services.decisions import list_requests
from engine.services.demo.half_year import Played
from engine.services.demo.stage import Stage, said
from engine.services.duties import grid
from engine.services.messages import ShownMessage, messages
from engine.services.views import LedgerRow, ledger
from engine.store.offices import load_office, published_duties
from engine.store.unit_of_work import UnitOfWork
from engine.text.dates import day_words, period_words
from engine.text.labels import label

SHOWN_LETTERS = 6


@dataclass(frozen=True, slots=True)
class ToldOnce:
    """One message that left: on which local day, of what category, and of which cases."""

    on: date
    at: datetime
    category: str
    subject: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hearer:
    """One person and what they were told; `weeks` counts messages by calendar week (`2026-W45`)."""

    key: str
    name: str
    title: str
    told: tuple[ToldOnce, ...]
    weeks: Mapping[str, int]
    mean_a_week: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of the half-year. `duties` is duty → period → state, `labels` what duties are called."""

    stage: Stage
    hearers: tuple[Hearer, ...]
    rows: tuple[LedgerRow, ...]
    waiting: tuple[str, ...]
    duties: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, str]
    ticks: int

    @property
    def late(self) -> list[LedgerRow]:
        return [row for row in self.rows if row.late_days > 0 and not row.case.is_final]

    @property
    def closed(self) -> list[LedgerRow]:
        return [row for row in self.rows if row.case.is_final]

    @property
    def open(self) -> list[LedgerRow]:
        return [row for row in self.rows if not row.case.is_final]

    @property
    def missed(self) -> list[tuple[str, str]]:
        """(duty, period) of what nobody recorded in time."""
        found = ((name, period, state) for name, row in self.duties.items() for period, state in row.items())
        return [(name, period) for name, period, state in found if state == "missed"]

    def as_json(self) -> dict[str, Any]:
        return {
            "organisation": self.stage.place.key,
            "from": self.stage.start.isoformat(),
            "to": self.stage.today.isoformat(),
            "ticks": self.ticks,
            "told": [_hearer_json(row) for row in self.hearers],
            "late": [_row_json(row) for row in self.late],
            "closed": [_row_json(row) for row in self.closed],
            "open": [_row_json(row) for row in self.open],
            "requests": list(self.waiting),
            "duties": {name: dict(row) for name, row in self.duties.items()},
            "missed": [{"duty": name, "period": period} for name, period in self.missed],
        }

    def lines(self) -> Iterator[str]:
        """The summary for people."""
        yield from ("", said("summary", start=day_words(self.stage.start), end=day_words(self.stage.today)))
        yield from ("", said("told"))
        for row in self.hearers:
            yield from self._hearer_lines(row)
        yield from ("", said("late", count=len(self.late)), *map(self._late_line, self.late))
        yield from ("", said("closed", count=len(self.closed)), *map(self._line, self.closed))
        yield from ("", said("open", count=len(self.open)), *map(self._line, self.open))
        yield from ("", said("duties"), *self._duty_lines())

    def _hearer_lines(self, row: Hearer) -> Iterator[str]:
        kinds = Counter(message.category for message in row.told)
        counts = [said("of_kind", count=kinds[kind], kind=label("category", kind)) for kind in sorted(kinds)]
        facts = {"count": len(row.told), "most": max(row.weeks.values()), "mean": row.mean_a_week}
        yield f"  {said('hearer', name=row.name, title=row.title, kinds=counts, **facts)}"
        hidden = len(row.told) - SHOWN_LETTERS
        if hidden > 0:
            yield f"    {said('earlier', count=hidden, key=row.key)}"
        for message in row.told[-SHOWN_LETTERS:]:
            day, about = day_words(message.on, self.stage.today), said("about", cases=message.cases)
            yield f"    {day}  {message.subject}  {about}"

    def _line(self, row: LedgerRow) -> str:
        owner = self.stage.names.get(f"post:{row.owner_post}") if row.owner_post else None
        met = main.met_on if (main := row.case.deadline("rectify")) else None
        facts = {"case": row.case.key, "title": row.case.title, "owner": owner, "state": row.case.state}
        closed_on = met if row.case.is_final else None
        due_on = None if row.case.is_final else row.due_on
        return f"  {said('row', **facts, closed_on=closed_on, due_on=due_on)}"

    def _late_line(self, row: LedgerRow) -> str:
        """Which deadlines have passed, and by how much."""
        place, today = self.stage.place, self.stage.today
        parts = []
        for deadline in late_deadlines(row.case, today, place.go_live):
            assert deadline.due_on is not None
            facts = {"due_on": deadline.due_on, "days": (today - deadline.due_on).days}
            parts.append(said("late_part", kind=deadline.kind, subject=deadline.subject, **facts))
        return f"  {said('late_row', case=row.case.key, title=row.case.title, parts=parts)}"

    def _duty_lines(self) -> Iterator[str]:
        for name, row in self.duties.items():
            today = self.stage.today
            states = [
                said("period", period=period_words(key, today), state=state) for key, state in row.items()
            ]
            yield f"  {said('duty_row', label=self.labels.get(name, name), states=states)}"


def outcome_of(played: Played, now: datetime) -> Outcome:
    """Read how it ended, by the same views that everybody uses."""
    stage = played.stage
    with stage.look() as uow:
        principal = stage.principal(None, now)
        today = load_office(uow, stage.organisation).place.local_day(now)
        shown = messages(uow, principal, today)
        known = published_duties(uow, load_office(uow, stage.organisation).place.key)
        return Outcome(
            stage,
            tuple(_hearers(stage, shown)),
            tuple(ledger(uow, stage.organisation, stage.today)),
            _waiting(uow, stage),
            grid(uow, principal),
            {name: found.duty.label for name, found in known.items()},
            played.ticks,
        )


def _waiting(uow: UnitOfWork, stage: Stage) -> tuple[str, ...]:
    return tuple(row.key for row in list_requests(uow, stage.organisation))


def _hearers(stage: Stage, shown: tuple[ShownMessage, ...]) -> Iterator[Hearer]:
    for member in stage.example.school.people:
        told = sorted(_told(shown, stage.people[member.key]), key=lambda row: row.at)
        if told:
            weeks = Counter(f"{row.on:%G-W%V}" for row in told)
            mean = round(len(told) / stage.example.story.lasts_weeks, 1)
            yield Hearer(member.key, member.name, member.title, tuple(told), weeks, mean)


def _told(shown: tuple[ShownMessage, ...], person: int) -> Iterator[ToldOnce]:
    """The deliveries that reached a person, each with the cases that were folded into it."""
    cases: dict[int, list[str]] = {}
    sent = {}
    for row in shown:
        if row.sent is not None and row.sent.delivery.person == person and row.sent.delivery.sent_at:
            sent[row.sent.delivery.id] = row.sent
            cases.setdefault(row.sent.delivery.id, []).extend(filter(None, [row.notice.case]))
    for number, found in sent.items():
        delivery = found.delivery
        assert delivery.sent_at is not None
        about = tuple(dict.fromkeys(cases[number]))
        subject = found.attempts[-1].subject
        yield ToldOnce(delivery.day, delivery.sent_at, delivery.category, subject, about)


def _hearer_json(row: Hearer) -> dict[str, Any]:
    told = [
        {
            "on": message.on.isoformat(),
            "sent_at": message.at.isoformat(),
            "category": message.category,
            "subject": message.subject,
            "cases": list(message.cases),
        }
        for message in row.told
    ]
    counts = {"messages": len(row.told), "mean_a_week": row.mean_a_week, "weeks": dict(row.weeks)}
    return {"person": row.key, **counts, "told": told}


def _row_json(row: LedgerRow) -> dict[str, Any]:
    return {
        "case": row.case.key,
        "title": row.case.title,
        "state": row.case.state,
        "owner": row.owner_post,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "late_days": row.late_days,
    }
