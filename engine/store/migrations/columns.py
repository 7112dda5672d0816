"""Short words for the columns of a migration: needed, optional, or pointing at another table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa


def needed(kind: Any, *names: str, **options: Any) -> Iterator[sa.Column[Any]]:
    return (sa.Column(name, kind, nullable=False, **options) for name in names)


def optional(kind: Any, *names: str) -> Iterator[sa.Column[Any]]:
    return (sa.Column(name, kind, nullable=True) for name in names)


def of(name: str, table: str, *, is_key: bool = False, is_needed: bool = True) -> sa.Column[int]:
    """A column that points at the id of another table's row."""
    target = sa.ForeignKey(f"{table}.id")
    return sa.Column(name, sa.Integer(), target, primary_key=is_key, nullable=not is_needed)
