"""Approve or return what waits for a decision: one request, several, or a bundle, in one load and one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from engine.core.authority import barred_from
from engine.core.bundles import bundle_digest
from engine.core.case import Case, Request, Vote, request_key
from engine.core.deciders import Chosen, approval_of, decider_today, open_seats, standing_votes
from engine.core.hearing import Verdict, find_request
from engine.core.minutes import Minutes, register_minutes
from engine.core.paper import AnswerPaper, answer_paper, disputed
from engine.core.plan import Plan
from engine.core.principal import Principal
from engine.core.refusal import Refusals, Unmet, refused
from engine.core.requests import DecideRequest, decide_request, withdraw_request
from engine.core.sealing import Changes, added_since, changes
from engine.core.world import World
from engine.errors import Conflict, NotFound, WrongUsage
from engine.services.called import is_request, request_parts
from engine.services.intake import Received
from engine.services.moves import Done, all_planned, carry_out, carry_out_all, needs_of
from engine.store.access import confirm_access
from engine.store.blobs import note_blob
from engine.store.cases import cases_waiting_for_decision
from engine.store.requests import RequestLine, bundles_of, members_of, unconfirmed_papers
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds, load_worlds_by_key

NOT_THEIRS = frozenset({"four_eyes", "wrong_role"})
"""Refusals that say that somebody else decides."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request with the case as it is now: who decides it today, and what they should know before.

    `words` are the votes that count so far, `open` the persons who may still speak; `asked_for` is what earlier
    returns demanded, `changes` what differs from the request that it follows, `added` came later and is not judged.
    """

    case: Case
    request: Request
    chosen: Chosen
    words: tuple[Vote, ...] = ()
    open: tuple[int, ...] = ()
    asked_for: tuple[str, ...] = ()
    changes: Changes | None = None
    added: tuple[str, ...] = ()
    expires_after: int = 0
    """The working days after which the definition lets it lapse undecided (0: never)."""

    @property
    def key(self) -> str:
        return request_key(self.case.key, self.request.number)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a word did to one request. `done` is None for what was no longer there to be decided, with its status."""

    key: str
    verdict: Verdict
    done: Done | None = None
    bundle: str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """One decision over what `keys` name: requests and bundles. The items of `exceptions` (requests or their cases)
    are returned with the comment; the one request or bundle is decided only as long as it has the `digest` that was
    seen: the seal of a request.
    """

    keys: Sequence[str]
    verdict: Verdict
    comment: str = ""
    exceptions: Sequence[str] = ()
    digest: str | None = None
    scan: Received | None = None
    recorder: Principal | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """The numbers of a collective decision: held on a local day, how many were due, present and in favour."""

    held_on: date
    of: int
    present: int
    in_favour: int


@dataclass(frozen=True, slots=True)
class _Item:
    """One request that a word is about; `bundle` is the key and digest of the bundle it was found in."""

    case: str
    number: int
    bundle: tuple[str, str] | None = None
    seen: str | None = None
    """The seal that was seen; None: nobody said which."""

    @property
    def key(self) -> str:
        return request_key(self.case, self.number)


_Decision = Callable[[World, _Item, Verdict, str], Plan | Refusals | None]


def list_requests(uow: UnitOfWork, organisation: int, now: datetime | None = None) -> list[Waiting]:
    """Everything that waits for a decision, the oldest first; who decides it is told as of `now`."""
    worlds = load_worlds(uow, cases_waiting_for_decision(uow, organisation), frozenset(), lock=False)
    waiting = [waiting_request(world, world.case.pending, now) for world in worlds if world.case.pending]
    return sorted(waiting, key=lambda row: row.request.asked_at)


def list_unconfirmed(uow: UnitOfWork, organisation: int, now: datetime) -> list[Waiting]:
    """Every request with a decision on paper that its person has not confirmed yet, or denies."""
    worlds = load_worlds(uow, unconfirmed_papers(uow, organisation), frozenset(), lock=False)
    return [
        waiting_request(world, request, now)
        for world in worlds
        for request in world.case.requests
        if any(vote.confirmed == "open" for vote in request.votes) or request in disputed(world.case)
    ]


def waiting_request(world: World, request: Request, now: datetime | None = None) -> Waiting:
    """One request with everything that its approvers and its owner should see."""
    case, approval = world.case, approval_of(world, request)
    today = world.place.local_day(now or request.asked_at)
    barred = barred_from(request, case, world.posts, today)
    chosen = decider_today(world, request, barred, today)
    seats = open_seats(request, chosen, approval) if request.status == "pending" else ()
    earlier = case.request(request.follows) if request.follows else None
    return Waiting(
        case=case,
        request=request,
        chosen=chosen,
        words=standing_votes(request, chosen, approval),
        open=seats,
        asked_for=tuple(reasons(earlier)) if earlier else (),
        changes=changes(earlier.manifest, request.manifest) if earlier else None,
        added=added_since(request, case) if request.status == "pending" else (),
        expires_after=approval.expires_after_workdays,
    )


def reasons(request: Request) -> Iterable[str]:
    """What the returns of a request asked for."""
    return (vote.comment for vote in request.votes if vote.verdict == "return" and vote.comment)


def decide_together(
    uow: UnitOfWork, principal: Principal, word: Word, now: datetime, *, dry_run: bool = False
) -> list[Decided]:
    """One approver's word over requests and bundles; everything is decided or nothing.

    Raises Refused with what stands against every single item, NotFound, Conflict `bundle_changed` or
    `request_changed`, WrongUsage `digest_of_one`.
    """
    paper = _noted(uow, principal, word.scan, now)

    def decision(world: World, item: _Item, verdict: Verdict, comment: str) -> Plan | Refusals:
        said = DecideRequest(item.number, verdict, comment, paper, word.recorder, item.bundle)
        return decide_request(world, principal, said, now)

    return _together(uow, principal, word, decision, now, dry_run=dry_run)


def decide_by_minutes(
    uow: UnitOfWork,
    principal: Principal,
    word: Word,
    meeting: Meeting,
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Decided]:
    """Register what a meeting decided over requests and bundles; `word.scan` are its minutes. Raises as above."""
    paper = _noted(uow, principal, word.scan, now)
    assert paper is not None
    numbers = (meeting.of, meeting.present, meeting.in_favour)

    def decision(world: World, item: _Item, verdict: Verdict, comment: str) -> Plan | Refusals:
        said = Minutes(item.number, verdict, meeting.held_on, *numbers, paper, comment)
        return register_minutes(world, principal, said, now)

    return _together(uow, principal, word, decision, now, dry_run=dry_run)


def _noted(uow: UnitOfWork, principal: Principal, scan: Received | None, now: datetime) -> str | None:
    if scan is None:
        return None
    note_blob(uow, principal.organisation, scan.digest, scan.size, now)
    return scan.digest


def withdraw(
    uow: UnitOfWork, principal: Principal, key: str, now: datetime, *, dry_run: bool = False
) -> Done:
    """Take a request back: its asker, or whoever owns the case now."""
    case, number = request_parts(uow, principal.organisation, key)
    world = load_world(uow, principal.organisation, case, needs_of, lock=not dry_run)
    return carry_out(uow, world, withdraw_request(world, principal, number, now), now, dry_run=dry_run)


def confirm(
    uow: UnitOfWork,
    principal: Principal,
    key: str,
    answer: AnswerPaper,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Done:
    """Confirm or deny what was registered on paper in one's name. `answer.request` is ignored."""
    case, number = request_parts(uow, principal.organisation, key)
    world = load_world(uow, principal.organisation, case, needs_of, lock=not dry_run)
    said = answer_paper(world, principal, replace(answer, request=number), now)
    return carry_out(uow, world, said, now, dry_run=dry_run)


def _together(
    uow: UnitOfWork, principal: Principal, word: Word, decision: _Decision, now: datetime, *, dry_run: bool
) -> list[Decided]:
    items, fallen = _items(uow, principal.organisation, word)
    excepted = _excepted(items, word.exceptions)

    def lenient(world: World, item: _Item, verdict: Verdict, comment: str) -> Plan | Refusals | None:
        _refuse_changed(world, item)
        answer = decision(world, item, verdict, comment)
        is_not_theirs = isinstance(answer, Refusals) and set(answer.codes) <= NOT_THEIRS
        # What is taken out and is not theirs to judge stays with whoever does.
        return None if item.key in excepted and is_not_theirs else answer

    told: list[tuple[_Item, Verdict, str]] = []
    for item in items:
        is_taken_out = item.key in excepted
        verdict: Verdict = "return" if is_taken_out else word.verdict
        # The reason is for those that come back; it says nothing of what was approved beside them.
        comment = word.comment if is_taken_out or not excepted else ""
        told.append((item, verdict, comment))
    hands = (principal, word.recorder)
    results = _carry_out(uow, hands, told, lenient, now, dry_run=dry_run)
    done = [
        Decided(
            item.key,
            verdict,
            result,
            item.bundle[0] if item.bundle else None,
            "" if result else "pending",
        )
        for (item, verdict, _), result in zip(told, results, strict=True)
    ]
    return [*done, *(Decided(row.key, word.verdict, None, row.bundle, row.status) for row in fallen)]


def _carry_out(
    uow: UnitOfWork,
    hands: tuple[Principal, Principal | None],
    told: Sequence[tuple[_Item, Verdict, str]],
    decision: _Decision,
    now: datetime,
    *,
    dry_run: bool,
) -> list[Done | None]:
    """Decide all before anything is written: what stands against any is told of every one; None is left alone.

    The access of who signs is confirmed with the plans; that of who registers the paper here, once all is locked.
    """
    organisation, recorder = hands[0].organisation, hands[1]
    worlds = load_worlds_by_key(
        uow, organisation, [item.case for item, _, _ in told], needs_of, lock=not dry_run
    )
    answers = [
        (worlds[item.case], decision(worlds[item.case], item, verdict, comment))
        for item, verdict, comment in told
    ]
    plans = all_planned(answers)
    if recorder is not None:
        confirm_access(uow, recorder.credential, recorder.credential_id, now, case=told[0][0].case)
    done = iter(carry_out_all(uow, plans, now, dry_run=dry_run))
    return [next(done) if answer is not None else None for _, answer in answers]


def _items(uow: UnitOfWork, organisation: int, word: Word) -> tuple[list[_Item], list[RequestLine]]:
    """The requests that the keys name, those of bundles among them, and what fell out of the bundles meanwhile."""
    if word.digest is not None and len(set(word.keys)) > 1:
        raise WrongUsage("digest_of_one")
    # A bundle is not called as a request is, so that a single request costs no look for bundles.
    named = [key for key in dict.fromkeys(word.keys) if not is_request(key)]
    known = {row.key for row in bundles_of(uow, organisation, named)} if named else set()
    bundles = [key for key in named if key in known]
    members = members_of(uow, organisation, bundles) if bundles else []
    items = [item for bundle in bundles for item in _pending_members(bundle, members, word)]
    items += [
        _Item(*request_parts(uow, organisation, key), seen=word.digest)
        for key in word.keys
        if key not in bundles
    ]
    unique = {item.key: item for item in reversed(items)}
    return list(reversed(unique.values())), [row for row in members if row.status != "pending"]


def _pending_members(bundle: str, members: Sequence[RequestLine], word: Word) -> list[_Item]:
    rows = [row for row in members if row.bundle == bundle and row.status == "pending"]
    if not rows:
        raise refused(bundle, word.verdict, Unmet("bundle_is_decided", {"bundle": bundle}))
    digest = bundle_digest((row.key, row.seal) for row in rows)
    if word.digest not in (None, digest):
        raise Conflict("bundle_changed", bundle=bundle, expected=word.digest, digest=digest)
    return [_Item(row.case_key, row.number, (bundle, digest)) for row in rows]


def _refuse_changed(world: World, item: _Item) -> None:
    """Raises Conflict `request_changed` for a request that is not the one that was seen."""
    seal = find_request(world, item.number).seal
    if item.seen not in (None, seal):
        raise Conflict("request_changed", request=item.key, expected=item.seen, digest=seal)


def _excepted(items: Sequence[_Item], exceptions: Sequence[str]) -> frozenset[str]:
    """The request keys of what is taken out. Raises NotFound for what is not among the items."""
    by_word = {**{item.case: item.key for item in items}, **{item.key: item.key for item in items}}
    for word in exceptions:
        if word not in by_word:
            raise NotFound("request_not_found", request=word)
    return frozenset(by_word[word] for word in exceptions)
