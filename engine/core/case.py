"""The aggregate of one case: state, measures, deadlines, evidence and requests, all frozen values.

A `Case` is never edited: `core.fold` makes the next one from an event, so what is in memory, what is
stored and what the history says are the same value (law 11). Texts are None once they were erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Field = str | int | float | bool | None


def request_key(case: str, number: int) -> str:
    """The printed key of a request, such as `2023-27-R1`; `case` is the key of its case."""
    return f"{case}-R{number}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One promised action. `owner_post` None means the owner of the case; `state`: open, done, dropped.

    `entered_on` is the day of entry where that lies after the deadline and `done_on` does not: done in time,
    entered late.
    """

    number: int
    text: str | None
    commit: str = ""
    owner_post: int | None = None
    due_on: date | None = None
    state: str = "open"
    done_on: date | None = None
    entered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Deliverable:
    """What must be produced. `count` None is *unknown*: the text promised nothing countable."""

    number: int
    name: str | None
    commit: str = ""
    count: int | None = None
    per_person: bool = False
    measure: int | None = None

    @property
    def is_erased(self) -> bool:
        """Whether it had a name that was erased; without one it was never named."""
        return self.name is None and self.commit != ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One version of one deadline; `due_on` is a local date, both the old and the new one stay visible.

    `kind` is one of plan, rectify, measure, request, milestone, review, look_back, occurrence; `subject`
    tells measures, requests or look-backs apart ("" for the case itself). `ended`: "", met, replaced, dropped,
    or missed (its period is over, or a later date was set after it; it may still be met late). `basis` is why
    this version has its date (`extended`, `redated` …), `waits_for` whom it waits for where that is not whom
    the case waits for: a role, or `post:<key>`.
    """

    kind: str
    subject: str
    version: int
    due_on: date | None
    armed: bool = False
    ended: str = ""
    met_on: date | None = None
    ladder: str = "default"
    basis: str = ""
    waits_for: str = ""

    @property
    def is_open(self) -> bool:
        return self.ended == ""

    @property
    def is_unmet(self) -> bool:
        return self.ended in ("", "missed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file (by digest) or an off-line entry (`offline` facts), and what it proves.

    `level`: public, internal or verifier; `status`: attached, accepted, withdrawn or purged.
    `proves_from`/`proves_to` are the local dates that the paper is about, not when it was uploaded.
    """

    number: int
    kind: str
    name: str | None
    commit: str = ""
    digest: str | None = None
    size: int | None = None
    copies: int = 1
    offline: Mapping[str, Field] | None = None
    proves_from: date | None = None
    proves_to: date | None = None
    level: str = "internal"
    deliverable: int | None = None
    measure: int | None = None
    status: str = "attached"
    attached_by: int | None = None
    attached_on: date | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """One approver's word, given while `decider` was to decide. `paper` is the digest of the scan it stands on.

    `confirmed` is what the person said of a paper decision in their name: open, confirmed or denied; "" where
    nothing has to be confirmed. `recorded_by` is who registered it, if that was somebody by name. `minutes` are
    the facts of a meeting (held_on, of, present, in_favour, withdrawn) whose word it was; `person` registered it.
    """

    person: int | None
    verdict: str
    at: datetime
    acting_for: int | None = None
    comment: str | None = None
    paper: str | None = None
    decider: str = ""
    confirmed: str = ""
    recorded_by: int | None = None
    minutes: Mapping[str, Field] | None = None

    @property
    def seat(self) -> int | None:
        """Whose word it is: that of whoever is represented."""
        return self.person if self.acting_for is None else self.acting_for


@dataclass(frozen=True, slots=True)
class Request:
    """A move waiting for approval, sealed to `manifest` (item → digest) and the definition's digest.

    `status`: pending, approved, returned, withdrawn, stale, void or expired. `needed` approvals of `decider` (a post
    key, or `person:<id>`) make it approved; the approval in the definition says how returns count. `voters` had
    a seat when it was asked or passed on; after `expires_on` nobody decides it; `follows` is the request that it
    takes up again; `bundle` the key of the bundle it lies in, `bundled_by` who put it there. `texts` are what the
    asker wrote beside the comment, by name.
    """

    number: int
    move: str
    params: Mapping[str, Field]
    asked_by: int | None
    asked_for: int | None
    asked_at: datetime
    decider: str
    needed: int
    manifest: Mapping[str, str]
    definition: str
    seal: str
    status: str = "pending"
    comment: str | None = None
    votes: tuple[Vote, ...] = ()
    voters: tuple[int, ...] = ()
    expires_on: date | None = None
    follows: int | None = None
    bundle: str | None = None
    bundled_by: int | None = None
    texts: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def audience(self) -> str:
        """The decider as the audience of a notice."""
        return self.decider if self.decider.startswith("person:") else f"post:{self.decider}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a report says of itself (“done”), until somebody settles it: open, accepted or rejected."""

    status: str
    settled: str = "open"
    basis: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One person of an occurrence that everybody has to fulfil, from joining to leaving."""

    person: int
    joined_on: date
    left_on: date | None = None
    ticked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Anything that lives on a workflow. `revision` is the number of its last event.

    `waits_for` names whose act is missing: `owner`, `office`, `nobody` or `post:<key>`. `acted` lists
    (person, role) of everyone who ever moved or asked, for four-eyes over the whole history; `hands` has
    (kind, id, stake) of what had a hand in that: a credential, or a `person` tied to the actor on that day.
    `earlier` and `later` are the keys of cases of other rounds that found the same.
    """

    id: int
    organisation: int
    key: str
    kind: str
    workflow: str
    definition: str
    state: str
    revision: int
    opened_on: date
    title: str | None = None
    is_final: bool = False
    waits_for: str = "office"
    inspection: int | None = None
    number: int | None = None
    owner_post: int | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)
    texts: Mapping[str, str | None] = field(default_factory=dict)
    claim: Claim | None = None
    measures: tuple[Measure, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    requests: tuple[Request, ...] = ()
    roster: tuple[RosterLine, ...] = ()
    acted: tuple[tuple[int, str], ...] = ()
    hands: tuple[tuple[str, int, str], ...] = ()
    earlier: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    @property
    def pending(self) -> Request | None:
        """The request that waits for a decision; there is at most one (law 6)."""
        return next((request for request in self.requests if request.status == "pending"), None)

    def request(self, number: int) -> Request | None:
        return next((request for request in self.requests if request.number == number), None)

    def measure(self, number: int) -> Measure | None:
        return next((measure for measure in self.measures if measure.number == number), None)

    def deliverable(self, number: int) -> Deliverable | None:
        return next((row for row in self.deliverables if row.number == number), None)

    def deadline(self, kind: str, subject: str = "") -> Deadline | None:
        """The newest version of one deadline."""
        rows = [row for row in self.deadlines if (row.kind, row.subject) == (kind, subject)]
        return max(rows, key=lambda row: row.version, default=None)

    @property
    def open_deadlines(self) -> tuple[Deadline, ...]:
        return tuple(row for row in self.deadlines if row.is_open)

    @property
    def running_deadlines(self) -> tuple[Deadline, ...]:
        """The open ones that count already."""
        return tuple(row for row in self.deadlines if row.is_open and row.armed and row.due_on is not None)

    @property
    def unmet_deadlines(self) -> tuple[Deadline, ...]:
        return tuple(row for row in self.deadlines if row.is_unmet)

    @property
    def live_measures(self) -> tuple[Measure, ...]:
        return tuple(row for row in self.measures if row.state != "dropped")

    @property
    def standing_evidence(self) -> tuple[Evidence, ...]:
        """Evidence that counts: neither withdrawn nor purged."""
        return tuple(row for row in self.evidence if row.status in ("attached", "accepted"))
