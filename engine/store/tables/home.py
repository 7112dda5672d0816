"""What belongs to the home: published definitions, blobs, idempotency rows and settings."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field, Index, SQLModel, Text, UniqueConstraint


class DefinitionRow(SQLModel, table=True):
    """One published version of a definition file, immutable. `scope`: an organisation's key or `*`.

    Where an organisation only said what differs, `overlay` is what it said and `base` the digest it was laid over.
    """

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("scope", "kind", "name", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    scope: str = "*"
    kind: str
    name: str
    version: int
    digest: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    published_at: datetime
    is_current: bool = True
    overlay: str | None = Field(default=None, sa_column=Column(Text))
    base: str | None = None


class PublicationRow(SQLModel, table=True):
    """One time that a version became the current one; `digest` "" where one of an organisation was taken back."""

    __tablename__ = "publication"
    __table_args__ = (Index("ix_publication_name", "scope", "kind", "name", "made_at"),)
    id: int | None = Field(default=None, primary_key=True)
    scope: str
    kind: str
    name: str
    digest: str
    made_at: datetime


class IdempotencyRow(SQLModel, table=True):
    """The answer that one principal's key already got; a second content under the key is refused (law 2)."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_made", "made_at"),)
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    principal: str = Field(primary_key=True, max_length=80)
    key: str = Field(primary_key=True, max_length=200)
    digest: str
    answer: str = Field(sa_column=Column(Text, nullable=False))
    made_at: datetime


class BlobRow(SQLModel, table=True):
    """Bytes that were stored, and how many; the bytes themselves are behind the blob port."""

    __tablename__ = "blob"
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    digest: str = Field(primary_key=True, max_length=64)
    size: int
    stored_at: datetime


class HomeSetting(SQLModel, table=True):
    """Facts of the home as a whole: whether it is a demo, the last tick."""

    __tablename__ = "home_setting"
    name: str = Field(primary_key=True, max_length=60)
    value: str
