"""Organisations, their people and posts, and the inspections they had."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint


class Organisation(SQLModel, table=True):
    """A school or office. `path` is `/1/3/`: its ancestors and itself, for subtree scopes.

    `roster_version` and `calendar_version` grow with every change of people or calendar, so that a
    decision can prove what it rested on. `sending` and `school_year` are JSON texts.
    """

    __tablename__ = "organisation"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=60)
    name: str
    parent_id: int | None = Field(default=None, foreign_key="organisation.id")
    path: str = Field(default="", index=True)
    zone: str = "Asia/Shanghai"
    go_live: date | None = None
    office_phone: str = ""
    roster_version: int = 1
    calendar_version: int = 1
    calendar: str = "china"
    sending: str = "{}"
    school_year: str = "{}"


class Person(SQLModel, table=True):
    """A human being. `address` is the channel URL of their messages ("" = the home's default)."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    key: str = Field(max_length=60)
    name: str
    title: str = ""
    address: str = ""
    on_roll_from: date | None = None
    on_roll_until: date | None = None


class PostRow(SQLModel, table=True):
    """A role in an organisation; a body (committee) has several holders.

    `conflicts` are the keys of posts that nobody may hold beside it, separated by spaces.
    """

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    key: str = Field(max_length=60)
    label: str
    is_body: bool = False
    conflicts: str = ""


class HoldingRow(SQLModel, table=True):
    """Who holds a post or stands in for a holder, from–to; rows are ended, never rewritten.

    `despite` is the reason why it was given in spite of a conflicting post.
    """

    __tablename__ = "holding"
    __table_args__ = (Index("ix_holding_post", "organisation_id", "post_id", "since"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    post_id: int = Field(foreign_key="post.id")
    person_id: int = Field(foreign_key="person.id")
    since: date
    until: date | None = None
    substitute_for: int | None = Field(default=None, foreign_key="person.id")
    despite: str = ""


class PlannedHandover(SQLModel, table=True):
    """A post that changes hands from a day that was yet to come; the tick looks at it at `next_at` (NULL: it ended).

    `outcome`: "" while it waits, `done`, or `dropped` because people changed it in the meantime.
    """

    __tablename__ = "planned_handover"
    __table_args__ = (
        UniqueConstraint("organisation_id", "post_id", "leaver_id", "successor_id", "starts_on"),
        Index("ix_planned_handover_next", "next_at", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    post_id: int = Field(foreign_key="post.id")
    leaver_id: int = Field(foreign_key="person.id")
    successor_id: int = Field(foreign_key="person.id")
    starts_on: date
    next_at: datetime | None = None
    asked_by: int | None = Field(default=None, foreign_key="person.id")
    asked_at: datetime
    ended_at: datetime | None = None
    outcome: str = ""


class CredentialRow(SQLModel, table=True):
    """A hashed proof of identity (`kind` pin), with its failed tries.

    `set_by`: person (its holder), operator (somebody else for them), or empty where nobody wrote it down.
    """

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("organisation_id", "person_id", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    person_id: int = Field(foreign_key="person.id")
    kind: str
    digest: str
    set_at: datetime
    set_by: str = ""
    failed: int = 0
    locked_until: datetime | None = None


class AccessRow(SQLModel, table=True):
    """A session or a token: `digest` is the SHA-256 of a random secret that was shown once.

    `person_id` NULL is another program. `scopes` are words (read, act, decide) separated by spaces.
    """

    __tablename__ = "access"
    __table_args__ = (Index("ix_access_person", "organisation_id", "person_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    kind: str
    label: str
    digest: str
    scopes: str
    made_at: datetime
    made_by: int | None = Field(default=None, foreign_key="person.id")
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: date | None = None


class UnresolvedName(SQLModel, table=True):
    """A name that a file gives and no person matches; kept and listed until somebody links it."""

    __tablename__ = "unresolved_name"
    __table_args__ = (UniqueConstraint("organisation_id", "name", "case_id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    name: str
    case_id: int = Field(foreign_key="case_file.id")


class Inspection(SQLModel, table=True):
    """One round; the feedback date is its identity, `key` (such as 2023) leads the keys of its issues.

    `workflow` is the one on which its issues run.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key"),
        UniqueConstraint("organisation_id", "feedback_on"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    key: str = Field(max_length=60)
    feedback_on: date
    unit: str = ""
    group_name: str = ""
    inspected_from: date | None = None
    inspected_to: date | None = None
    published_on: date | None = None
    stated_total: int | None = None
    workflow: str = "rectification"
