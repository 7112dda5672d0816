"""Which columns of the register a statement writes past the register: the judge of law 11 for rows that change."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Delete, Insert, Update

from engine.store.register import NOTED
from engine.store.register_rows import OF_ORGANISATIONS, OF_THE_HOME, SETTING

KEPT = {kept.name: kept for kept in (*OF_ORGANISATIONS, *OF_THE_HOME) if kept is not SETTING}


def unnoted(statement: Any) -> set[str]:
    """The columns that the register answers for, where a statement sets them and does not say that it notes them."""
    if not isinstance(statement, Insert | Update | Delete):
        return set()
    kept = KEPT.get(str(getattr(statement.table, "name", "")))
    if kept is None or statement.get_execution_options().get(NOTED):
        return set()
    if not isinstance(statement, Update):
        return set(kept.columns)
    written = {getattr(column, "name", str(column)) for column in statement._values or {}}
    return {f"{kept.name}.{name}" for name in written & set(kept.columns)}
