"""Which tables of a statement nothing ties to an organisation: the judge of law 13."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Delete, Insert, Select, Table, TextClause, Update
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ClauseElement, ColumnClause, Grouping
from sqlalchemy.sql.selectable import Alias, FromClause, Join

from engine.store.tables import metadata

ROOTS = frozenset(
    table.name
    for table in metadata.sorted_tables
    if "organisation_id" in table.columns or table.name == "organisation"
)
_MENTION = re.compile(r"\b(?:from|join|update|into)\s+\"?(\w+)", re.IGNORECASE)


_JUDGED: dict[Any, frozenset[str]] = {}


def judged(statement: Any) -> frozenset[str]:
    """`unscoped`, remembered: statements that differ only in their values have one judgement."""
    made = statement._generate_cache_key() if isinstance(statement, ClauseElement) else None
    if made is None:
        return frozenset(unscoped(statement))
    if made.key not in _JUDGED:
        _JUDGED[made.key] = frozenset(unscoped(statement))
    return _JUDGED[made.key]


def unscoped(statement: Any) -> set[str]:
    """The root tables that a statement reaches without a scope.

    A table is scoped when the statement restricts, among the conditions that all must hold, its
    organisation or its key (which somebody found under a scope), or ties a key to a scoped table. A migration that
    rebuilds a table of SQLite copies all of it.
    """
    if isinstance(statement, TextClause):
        named = set(_MENTION.findall(statement.text)) & ROOTS
        return named if "organisation_id" not in statement.text else set()
    if not isinstance(statement, ClauseElement) or _is_rebuilding(statement):
        return set()
    return {table.name for part in _parts(statement) for table in _loose(part)}


def _is_rebuilding(statement: ClauseElement) -> bool:
    return isinstance(statement, Insert) and str(statement.table).startswith("_alembic_tmp_")


def _parts(statement: ClauseElement) -> Iterator[Any]:
    """Every SELECT, UPDATE and DELETE inside a statement: each answers for its own tables."""
    for part in visitors.iterate(statement):
        if isinstance(part, Select | Update | Delete):
            yield part


def _loose(part: Any) -> Iterator[Table]:
    roots = _roots(part)
    conditions = list(_conditions(part))
    tied = {
        name for name in roots if any(_restricts(condition, name, roots[name]) for condition in conditions)
    }
    ties = [pair for condition in conditions for pair in _pairs(condition)]
    while more := {
        mine
        for mine, other in ties
        if mine in roots and mine not in tied and (other in tied or other not in roots)
    }:
        tied |= more
    yield from (table for name, table in roots.items() if name not in tied)


def _roots(part: Any) -> dict[str, Table]:
    """The root tables a part reaches, by the name they have in it (ORM columns carry copies of the tables).

    What a subquery says it takes from the statement around it, that statement answers for.
    """
    outer = set(getattr(part, "_correlate", None) or ())
    named = {
        str(each.name): _table(each) for each in _sources(part) if hasattr(each, "name") and each not in outer
    }
    return {name: table for name, table in named.items() if table is not None and table.name in ROOTS}


def _sources(part: Any) -> Iterator[FromClause]:
    if isinstance(part, Select):
        for each in part.get_final_froms():
            yield from _joined(each)
        return
    yield part.table


def _joined(each: FromClause) -> Iterator[FromClause]:
    if isinstance(each, Join):
        yield from _joined(each.left)
        yield from _joined(each.right)
    else:
        yield each


def _table(each: FromClause) -> Table | None:
    """The real table behind a source, None for a subquery (which answers for itself)."""
    if isinstance(each, Table):
        return each
    return _table(each.element) if isinstance(each, Alias) else None


def _conditions(part: Any) -> Iterator[Any]:
    """The conditions that must all hold: WHERE and ON, taken apart at AND only."""
    yield from _taken_apart(part._where_criteria)
    if isinstance(part, Select):
        for each in part.get_final_froms():
            yield from _join_conditions(each)


def _join_conditions(each: FromClause) -> Iterator[Any]:
    if isinstance(each, Join):
        yield from _taken_apart([each.onclause])
        yield from _join_conditions(each.left)
        yield from _join_conditions(each.right)


def _taken_apart(conditions: Iterable[Any]) -> Iterator[Any]:
    for condition in conditions:
        if isinstance(condition, Grouping):
            yield from _taken_apart([condition.element])
        elif isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
            yield from _taken_apart(condition.clauses)
        else:
            yield condition


def _restricts(condition: Any, name: str, table: Table) -> bool:
    if not isinstance(condition, BinaryExpression):
        return False
    column = _column(condition.left)
    if column is None or str(column.table.name) != name or not _is_key(column):
        return False
    if _column(condition.right) is not None:
        return False
    says_whole = condition.operator is operators.is_not
    is_organisation = column.name == "organisation_id" or table.name == "organisation"
    if column.name == "path":  # the subtree of a scope, found by the path of its root
        return condition.operator is operators.like_op
    return condition.operator in (operators.eq, operators.in_op) or (says_whole and is_organisation)


def _pairs(condition: Any) -> Iterator[tuple[str, str]]:
    """Both readings of `key of one source = column of another`."""
    if not isinstance(condition, BinaryExpression) or condition.operator is not operators.eq:
        return
    left, right = _column(condition.left), _column(condition.right)
    if left is not None and right is not None:
        yield str(left.table.name), str(right.table.name)
        yield str(right.table.name), str(left.table.name)


def _column(side: Any) -> ColumnClause[Any] | None:
    while isinstance(side, Grouping):
        side = side.element
    return side if isinstance(side, ColumnClause) and hasattr(side.table, "name") else None


def _is_key(column: ColumnClause[Any]) -> bool:
    return column.name in ("id", "organisation_id", "case_id", "path")
