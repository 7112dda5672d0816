"""Which rows and columns the register answers for, and how each column stands in its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.core.history import instant, sha256
from engine.core.register import HOME, Row
from engine.store.tables import (
    AccessRow,
    CredentialRow,
    DefinitionRow,
    DutySeries,
    HoldingRow,
    HomeSetting,
    Inspection,
    Organisation,
    Person,
    PlannedHandover,
    PostRow,
    PublicationRow,
    Subscription,
    table_of,
)

OWNER = "organisation_id"
SECRETS = frozenset({"address", "digest", "url"})
"""Words that no side row repeats: the channel of a person or of a program may hold a key, and a PIN is short."""
KEPT_SETTINGS = ("is_demo",)
"""The facts of the home that nobody may change unseen; the others are notes of the ticks."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One table of the register: `plain` columns stand as they are, `long` ones by their digest, `words` salted.

    `owner` is the column that names the organisation, "" for rows of the home.
    """

    table: Any
    plain: tuple[str, ...]
    words: tuple[str, ...] = ()
    long: tuple[str, ...] = ()
    owner: str = OWNER
    key: str = "id"

    @property
    def name(self) -> str:
        return str(self.table.name)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.plain, *self.long, *self.words)

    def owner_of(self, key: Any, values: Mapping[str, Any]) -> int:
        if not self.owner:
            return HOME
        return int(key if self.owner == self.key else values[self.owner])

    def cells(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of a row that the register answers for, as JSON says them; words as they are."""
        return {name: self._cell(name, row[name]) for name in self.columns if name in row}

    def _cell(self, name: str, value: Any) -> Any:
        if isinstance(value, datetime):
            return instant(value)
        if isinstance(value, date):
            return value.isoformat()
        return sha256(value) if name in self.long and value is not None else value

    def key_of(self, found: Any) -> Row:
        row: Row = found._mapping[self.key]
        return row


ORGANISATION = Kept(
    table_of(Organisation),
    ("key", "parent_id", "path", "zone", "go_live", "calendar", "sending", "school_year"),
    ("name", "office_phone"),
    owner="id",
)
PERSON = Kept(table_of(Person), ("on_roll_from", "on_roll_until"), ("key", "name", "title", "address"))
POST = Kept(table_of(PostRow), ("key", "is_body", "conflicts"), ("label",))
HOLDING = Kept(
    table_of(HoldingRow), ("post_id", "person_id", "since", "until", "substitute_for"), ("despite",)
)
CREDENTIAL = Kept(table_of(CredentialRow), ("person_id", "kind", "set_at", "set_by"), ("digest",))
ACCESS = Kept(
    table_of(AccessRow),
    ("person_id", "kind", "digest", "scopes", "made_at", "made_by", "expires_at", "revoked_at"),
    ("label",),
)
INSPECTION = Kept(
    table_of(Inspection),
    (
        "key",
        "feedback_on",
        "inspected_from",
        "inspected_to",
        "published_on",
        "stated_total",
        "workflow",
    ),
    ("unit", "group_name"),
)
SERIES = Kept(
    table_of(DutySeries), ("key", "duty", "definition", "active_from", "active_until", "next_period")
)
PLANNED = Kept(
    table_of(PlannedHandover),
    (
        "post_id",
        "leaver_id",
        "successor_id",
        "starts_on",
        "next_at",
        "asked_by",
        "asked_at",
        "ended_at",
        "outcome",
    ),
)
SUBSCRIPTION = Kept(table_of(Subscription), ("key", "types", "made_at", "ended_at"), ("url",), long=("salt",))
DEFINITION = Kept(
    table_of(DefinitionRow),
    ("scope", "kind", "name", "version", "digest", "published_at", "is_current", "base"),
    long=("text", "overlay"),
    owner="",
)
PUBLICATION = Kept(table_of(PublicationRow), ("scope", "kind", "name", "digest", "made_at"), owner="")
SETTING = Kept(table_of(HomeSetting), ("value",), owner="", key="name")

OF_ORGANISATIONS = (
    ORGANISATION,
    PERSON,
    POST,
    HOLDING,
    CREDENTIAL,
    ACCESS,
    INSPECTION,
    SERIES,
    PLANNED,
    SUBSCRIPTION,
)
OF_THE_HOME = (DEFINITION, PUBLICATION, SETTING)


def kept_in(organisation: int) -> tuple[Kept, ...]:
    """The tables of one register."""
    return OF_THE_HOME if organisation == HOME else OF_ORGANISATIONS
