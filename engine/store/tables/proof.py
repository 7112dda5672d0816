"""Seals over the heads of all cases, and where each case stood: what proves that nothing vanished (law 11)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel


class SealRow(SQLModel, table=True):
    """One seal of an organisation. `events` is the sum of the numbers of all heads; digests are SHA-256 in hex."""

    __tablename__ = "seal"
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    number: int = Field(primary_key=True)
    made_at: datetime
    cases: int
    events: int
    root: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)


class SealLeaf(SQLModel, table=True):
    """Where a case stood at the first seal that found it there; a case that did not change has no new row."""

    __tablename__ = "seal_leaf"
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    case_id: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    seal: int
    key: str = Field(max_length=120)
    head: str = Field(max_length=64)
