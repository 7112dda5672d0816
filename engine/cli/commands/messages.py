"""`messages`: why somebody was or will be told, and what became of each message."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home
from engine.services.messages import ShownMessage
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
    rows = [_row(row) for row in found]
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
        "person": sent.delivery.person if sent else None,
        "waits_to_tell": list(row.waits_to_tell),
        "category": sent.delivery.category if sent else None,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "attempts": [
            {
                "number": attempt.number,
                "address": attempt.address,
                "subject": attempt.subject,
                "body": attempt.body,
                "outcome": attempt.outcome,
                "code": attempt.code,
            }
            for attempt in (sent.attempts if sent else ())
        ],
    }
