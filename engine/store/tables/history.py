"""The past, which only grows: events, and the texts that may be erased beside them (law 11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Column, Field, Index, SQLModel, Text

REMOVALS = text("type IN ('erasure_asked', 'purge_asked')")
"""What asks for a text or a file to go: a handful among all events, so their index costs the others nothing."""


class EventRow(SQLModel, table=True):
    """One event. `payload` and `header` are canonical JSON, verbatim; the other columns repeat them."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_recorded", "organisation_id", "recorded_at"),
        Index(
            "ix_event_removal", "organisation_id", "case_id", sqlite_where=REMOVALS, postgresql_where=REMOVALS
        ),
    )
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    seq: int = Field(primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    type: str
    version: int = 1
    effective_at: datetime
    recorded_at: datetime
    person: int | None = None
    acting_for: int | None = None
    via: str
    credential: str
    credential_id: int | None = None
    definition: str
    payload: str = Field(sa_column=Column(Text, nullable=False))
    header: str = Field(sa_column=Column(Text, nullable=False))
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class EventText(SQLModel, table=True):
    """A text that somebody wrote; NULL once it was erased. The payload keeps its salted digest."""

    __tablename__ = "event_text"
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    seq: int = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=60)
    organisation_id: int = Field(foreign_key="organisation.id")
    salt: str
    text: str | None = Field(default=None, sa_column=Column(Text))
