"""Cases and their parts: the fold of the history, kept in rows so that it can be asked (law 11)."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Column, Field, Index, SQLModel, Text, UniqueConstraint


class CaseFile(SQLModel, table=True):
    """One case. `revision` and `head` are the number and hash of its last event; JSON texts are canonical."""

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key"),
        Index("ix_case_inspection", "organisation_id", "inspection_id", "number"),
        Index("ix_case_state", "organisation_id", "kind", "is_final", "state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    key: str = Field(max_length=120)
    kind: str
    workflow: str
    definition: str
    state: str
    is_final: bool = False
    revision: int = 0
    head: str = Field(max_length=64)
    opened_on: date
    waits_for: str
    title: str | None = Field(default=None, sa_column=Column(Text))
    inspection_id: int | None = Field(default=None, foreign_key="inspection.id")
    number: int | None = None
    owner_post_id: int | None = Field(default=None, foreign_key="post.id")
    fields: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    texts: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    acted: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    hands: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    earlier: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    later: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    claim_status: str | None = None
    claim_settled: str | None = None
    claim_basis: str | None = Field(default=None, sa_column=Column(Text))
    claim_on: date | None = None


class MeasureRow(SQLModel, table=True):
    """One promised action of a case."""

    __tablename__ = "measure"
    __table_args__ = (Index("ix_measure_case", "organisation_id", "case_id"),)
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    text: str | None = Field(default=None, sa_column=Column(Text))
    text_commit: str = ""
    owner_post_id: int | None = Field(default=None, foreign_key="post.id")
    due_on: date | None = None
    state: str = "open"
    done_on: date | None = None
    entered_on: date | None = None


class DeliverableRow(SQLModel, table=True):
    """What must be produced; `count` NULL is unknown."""

    __tablename__ = "deliverable"
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str | None = Field(default=None, sa_column=Column(Text))
    name_commit: str = ""
    count: int | None = None
    per_person: bool = False
    measure: int | None = None


class DeadlineRow(SQLModel, table=True):
    """One version of a deadline. `next_moment_at` is when the sweep looks at it again (NULL: nothing to say).

    `waits_post_id` is whose act was missing when the row was last written, for lists; who is told is worked out
    from the case when a message is written.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "subject", "version"),
        Index("ix_deadline_next", "next_moment_at", "id"),
        Index("ix_deadline_open", "organisation_id", "ended", "due_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    case_id: int = Field(foreign_key="case_file.id")
    kind: str
    subject: str = ""
    version: int = 1
    due_on: date | None = None
    armed: bool = False
    ended: str = ""
    met_on: date | None = None
    ladder: str = "default"
    basis: str = ""
    waits_for: str = ""
    waits_post_id: int | None = Field(default=None, foreign_key="post.id")
    next_moment_at: datetime | None = None


class EvidenceRow(SQLModel, table=True):
    """A file (by digest) or an off-line entry, and what it proves."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_digest", "organisation_id", "digest"),)
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    kind: str
    name: str | None = Field(default=None, sa_column=Column(Text))
    name_commit: str = ""
    digest: str | None = None
    size: int | None = None
    copies: int = 1
    offline: str | None = Field(default=None, sa_column=Column(Text))
    proves_from: date | None = None
    proves_to: date | None = None
    level: str = "internal"
    deliverable: int | None = None
    measure: int | None = None
    status: str = "attached"
    attached_by: int | None = None
    attached_on: date | None = None


class RequestRow(SQLModel, table=True):
    """A move waiting for approval; its printed key is `<case key>-R<number>`.

    `looked_at` and `looked_roster` are when, and on which roster, the tick last asked whether it can go on.
    """

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_status", "organisation_id", "status"),
        Index("ix_request_look", "status", "looked_at"),
        Index("ix_request_bundle", "organisation_id", "bundle"),
    )
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    move: str
    params: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    asked_by: int | None = None
    asked_for: int | None = None
    asked_at: datetime
    decider: str
    needed: int = 1
    manifest: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    definition: str
    seal: str
    status: str = "pending"
    comment: str | None = Field(default=None, sa_column=Column(Text))
    texts: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    voters: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    expires_on: date | None = None
    follows: int | None = None
    bundle: str | None = None
    bundled_by: int | None = None
    looked_at: datetime | None = None
    looked_roster: int | None = None


class BundleRow(SQLModel, table=True):
    """Requests that lie together for one decision; which ones says the `bundle` of each."""

    __tablename__ = "bundle"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    key: str = Field(max_length=120)
    title: str = Field(default="", sa_column=Column(Text, nullable=False))
    move: str
    decider: str
    made_by: int | None = None
    made_at: datetime


class VoteRow(SQLModel, table=True):
    """One approver's word on a request."""

    __tablename__ = "vote"
    __table_args__ = (Index("ix_vote_confirmed", "organisation_id", "confirmed"),)
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    request: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    person: int | None = None
    acting_for: int | None = None
    verdict: str
    at: datetime
    comment: str | None = Field(default=None, sa_column=Column(Text))
    paper: str | None = None
    decider: str = ""
    confirmed: str = ""
    recorded_by: int | None = None
    minutes: str | None = Field(default=None, sa_column=Column(Text))


class RosterRow(SQLModel, table=True):
    """One person of an occurrence that everybody has to fulfil; `number` is the line of the roll."""

    __tablename__ = "roster"
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    number: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    person: int
    joined_on: date
    left_on: date | None = None
    ticked_on: date | None = None
