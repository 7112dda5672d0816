"""Why somebody should be told (notice), what leaves (delivery), and each try to send it (attempt)."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Column, Field, Index, SQLModel, Text, UniqueConstraint, text


class Notice(SQLModel, table=True):
    """One reason to tell one audience (law 8): a rung has a `deadline_id`, a prompt an `event_seq`, else 0.

    One about no case (`case_id` NULL) is for one person; its `event_seq` is the row that it tells of, as `rung` says.

    `status`: pending, folded, superseded, suppressed or paused; `reason` says why in a stable code.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id",
            "case_id",
            "deadline_id",
            "event_seq",
            "rung",
            "n",
            "audience",
            name="uq_notice_reason",
        ),
        # NULL equals nothing, so the key above does not hold for what is about no case.
        Index(
            "uq_notice_personal",
            "organisation_id",
            "rung",
            "event_seq",
            "n",
            "audience",
            unique=True,
            sqlite_where=text("case_id IS NULL"),
            postgresql_where=text("case_id IS NULL"),
        ),
        Index("ix_notice_pending", "status", "planned_on", "organisation_id"),
        Index("ix_notice_delivery", "delivery_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    case_id: int | None = Field(default=None, foreign_key="case_file.id")
    deadline_id: int = 0
    event_seq: int = 0
    rung: str
    n: int = 1
    audience: str
    level: str = "hint"
    red: bool = False
    planned_on: date
    created_at: datetime
    status: str = "pending"
    reason: str = ""
    facts: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    delivery_id: int | None = Field(default=None, foreign_key="delivery.id")


class Delivery(SQLModel, table=True):
    """One message to one person: at most one digest and one red one a day.

    `category`: digest, red, prompt, system.

    `status`: planned, claimed, sent, failed (tried again at `next_try_at`), undeliverable, held, empty.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("person_id", "organisation_id", "local_day", "category", "n"),
        Index("ix_delivery_next", "status", "next_try_at", "id"),
        Index("ix_delivery_list", "organisation_id", "category", "status"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    person_id: int = Field(foreign_key="person.id")
    local_day: date
    category: str
    n: int = 1
    status: str = "planned"
    next_try_at: datetime
    lease_until: datetime | None = None
    fence: int = 0
    tries: int = 0
    message_id: str
    sent_at: datetime | None = None
    reason: str = ""


class Attempt(SQLModel, table=True):
    """One try: the body is frozen here before the network is touched. `address` is redacted."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    delivery_id: int = Field(foreign_key="delivery.id")
    number: int
    fence: int
    address: str
    subject: str = Field(sa_column=Column(Text, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str | None = None
    code: str | None = None
    facts: str = "{}"
