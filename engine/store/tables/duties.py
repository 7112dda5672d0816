"""Recurring duties of an organisation and the periods of them that became cases."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint


class DutySeries(SQLModel, table=True):
    """One duty that is switched on. `next_period` opens at `next_at`; NULL when it is off."""

    __tablename__ = "duty_series"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key"),
        Index("ix_duty_series_next", "next_at", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    key: str = Field(max_length=60)
    duty: str
    definition: str
    active_from: date
    active_until: date | None = None
    next_period: str | None = None
    next_at: datetime | None = None


class Occurrence(SQLModel, table=True):
    """One period of a series, for one member of a fan-out ("" = the whole organisation)."""

    __tablename__ = "occurrence"
    __table_args__ = (UniqueConstraint("organisation_id", "series_id", "period", "member"),)
    case_id: int = Field(foreign_key="case_file.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    series_id: int = Field(foreign_key="duty_series.id")
    period: str
    member: str = ""
    starts_on: date
    due_on: date
    lapses_on: date | None = None
