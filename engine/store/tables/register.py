"""The register: every change of the rows of people, posts, rounds and definitions, chained as cases are (law 11)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field, Index, SQLModel, Text, text

ERASURES = text("type IN ('erasure_asked', 'text_erased')")
"""What asks for words of a person to go, and the tombstones: a handful, found without reading the others."""


class RegisterHead(SQLModel, table=True):
    """Where the chain of an organisation stands; `organisation_id` 0 is the home itself, which belongs to none."""

    __tablename__ = "register_head"
    organisation_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = 0
    hash: str = Field(max_length=64)


class RegisterEvent(SQLModel, table=True):
    """One change of one row, or one erasure. `payload` and `header` are canonical JSON, verbatim; the other columns
    repeat them.
    """

    __tablename__ = "register_event"
    __table_args__ = (
        Index(
            "ix_register_erasure",
            "organisation_id",
            "seq",
            sqlite_where=ERASURES,
            postgresql_where=ERASURES,
        ),
    )
    organisation_id: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    type: str
    recorded_at: datetime
    person: int | None = None
    acting_for: int | None = None
    via: str
    credential: str
    credential_id: int | None = None
    payload: str = Field(sa_column=Column(Text, nullable=False))
    header: str = Field(sa_column=Column(Text, nullable=False))
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class RegisterText(SQLModel, table=True):
    """A word that the payload keeps as a salted digest; `text` NULL where it is a secret, which its row
    alone holds, or was erased; then the salt is gone as well.
    """

    __tablename__ = "register_text"
    organisation_id: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=60)
    salt: str
    text: str | None = Field(default=None, sa_column=Column(Text))
