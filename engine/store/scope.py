"""Whose rows a unit of work may touch: one organisation, a subtree, or (for ticks only) all (law 13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from engine.store.tables import Organisation, table_of

Reach = Literal["one", "subtree", "whole"]
_ORGANISATIONS = table_of(Organisation)


@dataclass(frozen=True, slots=True)
class Scope:
    """A reach over organisations. Out of it means not found, in a read as in a write."""

    reach: Reach
    organisation: int | None = None

    @classmethod
    def one(cls, organisation_id: int) -> Scope:
        return cls("one", organisation_id)

    @classmethod
    def subtree(cls, organisation_id: int) -> Scope:
        """The organisation and everything below it."""
        return cls("subtree", organisation_id)

    @classmethod
    def whole(cls) -> Scope:
        """Every organisation of the home: for `init` and ticks, never for a person's command."""
        return cls("whole")

    def covers(self, column: ColumnElement[int] | InstrumentedAttribute[int] | Any) -> ColumnElement[bool]:
        """The condition that every statement on a root table carries; `column` is its organisation's id."""
        return _covering(self.reach, column, self.organisation, self.params.get("scope_path"))

    @property
    def params(self) -> dict[str, Any]:
        """The values of a pre-built statement that was made with `covering(scope.reach, …)`."""
        if self.reach == "one":
            return {"scope_id": self.organisation}
        return {"scope_path": f"%/{self.organisation}/%"} if self.reach == "subtree" else {}


def covering(reach: Reach, column: Any) -> ColumnElement[bool]:
    """The scope condition with its values left open, for statements that are built once per reach."""
    return _covering(reach, column, bindparam("scope_id"), bindparam("scope_path"))


def _covering(reach: Reach, column: Any, organisation: Any, path: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool]
    if reach == "one":
        condition = column == organisation
    elif reach == "subtree":
        condition = column.in_(select(_ORGANISATIONS.c.id).where(_ORGANISATIONS.c.path.like(path)))
    else:
        # Always true; written as a condition on the column so that the statement says what it reaches.
        condition = column.is_not(None)
    return condition
