"""Late is arithmetic (law 7): a deadline's due date and completion, nothing else; and whose act is missing."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from engine.core.case import Case, Deadline, Field
from engine.core.definition import DeadlineRule, Span
from engine.core.posts import Posts

OWNER, OFFICE, NOBODY, POST = "owner", "office", "nobody", "post:"
PERSON, ON_PAPER = "person:", ":paper:"
FORMER_OWNER = "former_owner"
"""In `tells` of a workflow: whoever owned the case before the move."""


def is_late(deadline: Deadline, today: date, go_live: date | None) -> bool:
    """Whether it is, or was, completed after its due date. Unarmed ones and days before go-live never are."""
    if not deadline.armed or deadline.due_on is None or deadline.ended in ("replaced", "dropped"):
        return False
    completed = deadline.met_on or today
    return completed > deadline.due_on and (go_live is None or completed >= go_live)


def late_deadlines(case: Case, today: date, go_live: date | None) -> tuple[Deadline, ...]:
    """The open late ones: a case is late when there is any."""
    return tuple(row for row in case.open_deadlines if is_late(row, today, go_live))


def first_missed(case: Case, kind: str) -> date | None:
    """The first date of the case that was missed and then set anew, also once that was met; reopening begins afresh."""
    rows = sorted((row for row in case.deadlines if (row.kind, row.subject) == (kind, "")), key=_version)
    begun = max((row.version for row in rows if row.basis == "reopened"), default=0)
    renewed = {row.version for row in rows if row.basis == "redated"}
    missed = (row for row in rows if row.version >= begun)
    days = (row.due_on for row in missed if row.ended == "missed" or row.version + 1 in renewed)
    return min((day for day in days if day), default=None)


def _version(row: Deadline) -> int:
    return row.version


def waits_for(case: Case, deadline: Deadline, posts: Posts) -> int | None:
    """The id of the post whose act is missing, so that one is chased; None when nobody's is.

    With a request pending it is the decider (law 7), except that a measure waits for its own owner, and a
    deadline that names somebody (a look-back: who verifies) for them.
    """
    if deadline.waits_for:
        return role_post(case, deadline.waits_for, posts)
    if deadline.kind == "measure":
        measure = case.measure(int(deadline.subject))
        return (measure.owner_post if measure else None) or case.owner_post or _post(OFFICE, posts)
    if is_confirmation(deadline):
        return None
    if case.pending is not None:
        return _post(case.pending.decider, posts)
    return role_post(case, case.waits_for, posts)


def waits_for_person(case: Case, deadline: Deadline | None) -> int | None:
    """The one person whose act is missing where it is no post's: to confirm a paper, or to decide by name."""
    if deadline is not None and is_confirmation(deadline):
        number, _, vote = deadline.subject.partition(ON_PAPER)
        request = case.request(int(number))
        votes = request.votes if request else ()
        return votes[int(vote) - 1].person if 0 < int(vote) <= len(votes) else None
    if deadline is not None and deadline.kind == "measure":
        return None
    pending = case.pending
    is_named = pending is not None and pending.decider.startswith(PERSON)
    return int(pending.decider.removeprefix(PERSON)) if pending and is_named else None


def paused_until(case: Case) -> date | None:
    """The day on which the newest pause ends or ended, None where there was none."""
    until = case.fields.get("paused_until")
    return date.fromisoformat(str(until)) if until else None


def is_confirmation(deadline: Deadline) -> bool:
    """Whether somebody has to confirm what was registered on paper in their name; that outlives the case."""
    return deadline.kind == "request" and ON_PAPER in deadline.subject


def role_post(case: Case, role: str, posts: Posts) -> int | None:
    """The post behind a role word of a case: owner, office, nobody, `post:<key>`, accepted_by, or a post key."""
    if role == NOBODY:
        return None
    if role == OWNER:
        return case.owner_post or _post(OFFICE, posts)
    if role == "accepted_by":
        return _post(str(case.fields.get("accepted_by") or OFFICE), posts)
    return _post(role.removeprefix(POST), posts)


def _post(key: str, posts: Posts) -> int | None:
    post = posts.posts.get(key)
    return post.id if post else None


def add_months(day: date, months: int) -> date:
    """The same day `months` later, clamped to the month's end (31 January + 1 → 28 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def span_for(rule: DeadlineRule, fields: Mapping[str, Field]) -> Span:
    """How long a deadline is for a case with these fields: the first of `when` that they meet, else the usual."""
    return next((other for other in rule.when if fields.get(other.field) == other.is_), rule)
