"""The register: every change of the rows of people, posts, rounds and definitions, chained as cases are (law 11)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field, SQLModel, Text


class RegisterHead(SQLModel, table=True):
    """Where the chain of an organisation stands; `organisation_id` 0 is the home itself, which belongs to none."""

    __tablename__ = "register_head"
    organisation_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = 0
    hash: str = Field(max_length=64)


class RegisterEvent(SQLModel, table=True):
    """One change of one row. `payload` and `header` are canonical JSON, verbatim; the other columns repeat them."""

    __tablename__ = "register_event"
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
    """A word that the payload keeps as a salted digest; `text` NULL where it is a secret, which its row alone holds."""

    __tablename__ = "register_text"
    organisation_id: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=60)
    salt: str
    text: str | None = Field(default=None, sa_column=Column(Text))
