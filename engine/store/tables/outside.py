"""Other programs that are told of events, and what is still to be told."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field, Index, SQLModel, Text, UniqueConstraint


class Subscription(SQLModel, table=True):
    """One address that gets events of one organisation. `types` is a JSON list (empty: all of them).

    Its secret is derived from the key of the home and `salt`; no row holds it.
    """

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    key: str = Field(max_length=40)
    url: str = Field(sa_column=Column(Text, nullable=False))
    types: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    salt: str
    made_at: datetime
    ended_at: datetime | None = None


class Outgoing(SQLModel, table=True):
    """One event for one subscriber, written in the commit of the event itself.

    `status`: planned, claimed, sent, failed (tried again at `next_try_at`), undeliverable, dropped.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        UniqueConstraint("organisation_id", "subscription_id", "case_id", "seq"),
        Index("ix_outgoing_next", "status", "next_try_at", "id"),
        Index("ix_outgoing_case", "subscription_id", "case_id", "seq"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    subscription_id: int = Field(foreign_key="subscription.id")
    case_id: int = Field(foreign_key="case_file.id")
    seq: int
    status: str = "planned"
    next_try_at: datetime
    lease_until: datetime | None = None
    fence: int = 0
    tries: int = 0
    sent_at: datetime | None = None
    reason: str = ""
