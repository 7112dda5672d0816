"""`messages`: why somebody was or will be told, and what became of each message."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home
from engine.services.messages import ShownDelivery, ShownMessage, seal_letters
from engine.services.messages import messages as find_messages
from engine.services.resolving import resolve
from engine.store.places import load_place
from engine.text.labels import label
from engine.text.sentences import done


def messages(said: Namespace) -> Answer:
    """`messages [--case C] [--person P]`: notices, their deliveries, and the reason of each."""
    home = at_home(said)
    with home.reading() as uow:
        person = resolve(uow, home.organisation, said.person).id if said.person else None
        today = load_place(uow, home.organisation).local_day(home.now)
        found = find_messages(uow, home.principal(said), today, case=said.case, person=person)
        letters = [] if said.case else seal_letters(uow, home.organisation, person)
    rows = [_row(row) for row in found] + [_seal_row(row) for row in letters]
    lines = [done("message_line", _once_said(row), home.names) for row in rows]
    return answer({"messages": rows}, lines or [done("no_messages", {})])


def _once_said(row: dict[str, Any]) -> dict[str, Any]:
    """A reason that only repeats the state in other keys is left out of the line."""
    state, reason = label("message_state", row["state"]), label("reason", row["reason"] or "")
    told = [row["person"]] if row["person"] is not None else row["waits_to_tell"]
    return {**row, "person": told, "reason": None if state == reason else row["reason"]}


def _row(row: ShownMessage) -> dict[str, Any]:
    notice, sent = row.notice, row.sent
    return {
        "case": notice.case,
        "kind": notice.kind,
        "subject": notice.subject,
        "version": notice.version,
        "due_on": notice.due_on.isoformat() if notice.due_on else None,
        "rung": notice.rung,
        "n": notice.n,
        "audience": notice.audience,
        "level": notice.level,
        "red": notice.red,
        "planned_on": notice.planned_on.isoformat(),
        "state": row.state,
        "reason": row.why or None,
        "person": row.person,
        "waits_to_tell": list(row.waits_to_tell),
        "category": sent.delivery.category if sent else None,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "attempts": _attempts(sent),
    }


def _seal_row(sent: ShownDelivery) -> dict[str, Any]:
    """The seal of a month in the same shape: it is about no case, and has no notice behind it."""
    delivery = sent.delivery
    nothing = ("case", "kind", "subject", "version", "due_on", "audience")
    return {
        **dict.fromkeys(nothing),
        "rung": "seal",
        "n": delivery.n,
        "level": "hint",
        "red": False,
        "planned_on": delivery.day.isoformat(),
        "state": delivery.status,
        "reason": delivery.reason or None,
        "person": delivery.person,
        "waits_to_tell": [],
        "category": delivery.category,
        "sent_at": delivery.sent_at.isoformat() if delivery.sent_at else None,
        "attempts": _attempts(sent),
    }


def _attempts(sent: ShownDelivery | None) -> list[dict[str, Any]]:
    return [
        {
            "number": attempt.number,
            "address": attempt.address,
            "subject": attempt.subject,
            "body": attempt.body,
            "outcome": attempt.outcome,
            "code": attempt.code,
        }
        for attempt in (sent.attempts if sent else ())
    ]
