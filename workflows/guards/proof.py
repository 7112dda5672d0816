"""Guards on evidence, deliverables and claims: what was promised is there before somebody signs."""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.authority import conflicted, free_roles
from engine.core.case import Case, Deliverable
from engine.core.refusal import Unmet
from engine.core.vocabulary import EVIDENCE, Count, EachRound, EvidenceKind, guard
from engine.core.world import Ask


@guard()
def measures_done(ask: Ask) -> Iterator[Unmet]:
    """Every measure is reported done (domain.md §1: measures are chased one by one)."""
    open_ones = [row for row in ask.case.live_measures if row.state == "open"]
    if open_ones:
        owners = (ask.world.posts.by_id(row.owner_post) if row.owner_post else None for row in open_ones)
        who = dict.fromkeys(post.key if post else "owner" for post in owners)
        numbers = [row.number for row in open_ones]
        yield Unmet("measures_open", {"measures": numbers}, "finish_measures", tuple(who))


@guard()
def deliverables_named(ask: Ask) -> Iterator[Unmet]:
    """Something countable was promised; where the text names nothing, the clerk names one before closing."""
    unknown = [row.number for row in ask.case.deliverables if row.count is None]
    if unknown or not ask.case.deliverables:
        yield Unmet(
            "deliverables_unknown", {"deliverables": unknown}, "count_deliverables", ("owner", "office")
        )


@guard(asks_for=EVIDENCE, floors=("accepted",))
def deliverables_proved(ask: Ask, accepted: bool = False) -> Iterator[Unmet]:
    """Attached (or accepted) evidence covers the promised count of every deliverable (domain.md §4)."""
    for promise in ask.case.deliverables:
        if promise.count is None:
            continue
        found = _copies(ask.case, promise, only_accepted=accepted)
        if found < promise.count:
            facts: dict[str, str | int | bool] = {
                "deliverable": promise.number,
                "count": promise.count,
                "found": found,
                "accepted": accepted,
            }
            if accepted and _copies(ask.case, promise, only_accepted=False) >= promise.count:
                # Enough was brought: what is missing is somebody's word on it, not another paper.
                yield Unmet("deliverable_not_proved", facts, "get_evidence_accepted", _judges(ask))
            else:
                yield Unmet("deliverable_not_proved", facts, "attach_evidence_for", ("owner",))


def _judges(ask: Ask) -> tuple[str, ...]:
    """Who may accept papers: those who make a move with that effect, and of them who is there and no party to it."""
    moves = ask.world.workflow.definition.moves.values()
    accepting = (move for move in moves if any(use.name == "accept_evidence" for use in move.effects))
    roles = tuple(dict.fromkeys(role for move in accepting for role in move.by))
    barred = conflicted(ask.case, ask.world.posts, ask.today)
    return free_roles(ask.case, ask.world.posts, roles, barred, ask.today) or roles


def _copies(case: Case, promise: Deliverable, *, only_accepted: bool) -> int:
    papers = (row for row in case.standing_evidence if row.deliverable == promise.number)
    return sum(row.copies for row in papers if row.status == "accepted" or not only_accepted)


@guard(asks_for=EVIDENCE, floors=("count", "kind"))
def evidence_at_least(ask: Ask, count: Count, kind: EvidenceKind = "") -> Iterator[Unmet]:
    """At least `count` papers stand, of one `kind` where it is given."""
    found = sum(row.copies for row in ask.case.standing_evidence if not kind or row.kind == kind)
    if found < count:
        yield Unmet(
            "too_little_evidence",
            {"count": count, "found": found, "kind": kind},
            "attach_evidence",
            ("owner",),
        )


@guard(asks_for=EVIDENCE, each_round=EachRound.NEW)
def new_evidence(ask: Ask) -> Iterator[Unmet]:
    """At least one paper was not judged yet: what was returned or reopened needs something new."""
    papers = [row for row in ask.case.evidence if row.status in ("attached", "accepted", "returned")]
    if papers and not any(row.status == "attached" for row in papers):
        yield Unmet("no_new_evidence", {}, "attach_evidence", ("owner",))


@guard()
def claim_is_open(ask: Ask, status: str) -> Iterator[Unmet]:
    """A report claims `status`, and nobody settled the claim yet."""
    claim = ask.case.claim
    if claim is None:
        yield Unmet("no_claim", {}, "go_the_usual_way", curable=False)
    elif claim.settled != "open":
        facts: dict[str, str | int | bool] = {"verdict": claim.settled}
        yield Unmet("claim_settled_already", facts, "go_the_usual_way", curable=False)
    elif claim.status != status:
        told: dict[str, str | int | bool] = {"claimed": claim.status, "status": status}
        yield Unmet("claim_says_otherwise", told, "reject_the_claim", curable=False)
