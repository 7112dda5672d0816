"""Whether the numbers of a definition outside its guards ask for at least what another says: decisions and limits."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from engine.core.definition import Approval, DeadlineRule, Decider, Span
from engine.core.stricter_guards import Less, Pair, at_most, least

_QUORUM = {"half": 0, "two_thirds": 1}
_CLOSED = {"previous": -1, "none": 0, "next": 1}


def looser_approval(new: Approval, old: Approval) -> Iterator[Less]:
    """Fewer votes, a smaller quorum, more returns, and more time to decide. Who decides is not compared."""
    pairs = [
        at_most("within_workdays", old.within_workdays, new.within_workdays),
        _expiry(old.expires_after_workdays, new.expires_after_workdays),
        _returns(old.returns, new.returns),
        *(pair for decider in old.by for pair in _decider(decider, new)),
    ]
    yield from (less for pair in pairs if (less := least([pair])))


def _expiry(old: int, new: int) -> Pair:
    pair = at_most("expires_after_workdays", old or inf, new or inf)
    return Pair(pair.place, old, new, pair.no_less, pair.no_more)


def _returns(old: int | str, new: int | str) -> Pair:
    """How many returns end a request: the first of all is the strictest."""
    if isinstance(old, int) and isinstance(new, int):
        return at_most("returns", old, new)
    return Pair("returns", old, new, new in (old, 1), old in (new, 1))


def _decider(old: Decider, approval: Approval) -> Iterator[Pair]:
    new = next((row for row in approval.by if (row.post, row.person) == (old.post, old.person)), None)
    if new is None:
        return
    place = f"by.{old.post or old.person}"
    yield Pair(f"{place}.votes", old.votes, new.votes, _votes(new, old), _votes(old, new))
    if old.minutes and new.minutes:
        was, now = (_QUORUM[row.quorum] for row in (old.minutes, new.minutes))
        words = (old.minutes.quorum, new.minutes.quorum)
        yield Pair(f"{place}.minutes.quorum", *words, now >= was, was >= now)


def _votes(more: Decider, less: Decider) -> bool:
    """Whether at least as many have to agree: 0 is a majority of whoever sits there, which no file knows."""
    if "all" in (more.votes, less.votes):
        return more.votes == "all"
    return more.votes == less.votes or (0 not in (more.votes, less.votes) and _count(more) >= _count(less))


def _count(decider: Decider) -> int:
    assert isinstance(decider.votes, int)
    return decider.votes


def later_deadline(new: DeadlineRule | None, old: DeadlineRule) -> Less | None:
    """A longer limit, or none any more, in any of the cases that either file tells apart."""
    cases = dict.fromkeys((None, *((row.field, row.is_) for rule in (old, new) if rule for row in rule.when)))
    found = (_later(_span(new, one), _span(old, one)) for one in cases)
    return next((less for less in found if less), None)


def _span(rule: DeadlineRule | None, one: tuple[str, str] | None) -> Span:
    if rule is None:
        return Span()
    return next((row for row in rule.when if (row.field, row.is_) == one), rule)


def _later(new: Span, old: Span) -> Less | None:
    if not old.is_counted:
        return None
    if not new.is_counted:
        return Less("", _told(old), None)
    parts = [at_most(name, getattr(old, name), getattr(new, name)) for name in ("months", "days", "workdays")]
    less = least([*parts, at_most("closed_day", _CLOSED[old.closed_day], _CLOSED[new.closed_day])])
    return less and Less("", _told(old), _told(new), is_sure=less.is_sure)


def _told(span: Span) -> dict[str, object]:
    """What a file says of it."""
    said = {name: getattr(span, name) for name in ("months", "days", "workdays", "closed_day")}
    return {name: value for name, value in said.items() if value not in (0, "none")}
