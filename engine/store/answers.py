"""Answers kept under keys: let go after a time, and without a text that was erased (laws 2, 11)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, tuple_, update

from engine.core.case import Case
from engine.store.tables import IdempotencyRow, table_of
from engine.store.unit_of_work import UnitOfWork
from engine.text.filling import LONGEST_FACT
from engine.text.quoting import ELLIPSIS, cut, one_line

_ROWS = table_of(IdempotencyRow)
_KEY = (_ROWS.c.organisation_id, _ROWS.c.principal, _ROWS.c.key)


def forget_answers(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Delete up to `limit` answers that were given before an instant, the oldest first; how many those were."""
    mine = uow.scope.covers(_ROWS.c.organisation_id)
    due = select(*_KEY).where(mine, _ROWS.c.made_at < before).order_by(_ROWS.c.made_at).limit(limit)
    return uow.execute(delete(_ROWS).where(mine, tuple_(*_KEY).in_(due))).rowcount


def erase_answers(uow: UnitOfWork, case: Case, said: str, forms: Sequence[str], gone: str) -> None:
    """Let `said`, a text of `case`, go from every kept answer of the organisation. The rows stay: the key was used.

    `forms` are how it may be quoted, the longest first; a text too short to look for goes with its whole line.
    """
    shown = cut(one_line(said), LONGEST_FACT).removesuffix(ELLIPSIS)
    pieces = sorted({*forms, *([shown] if forms else [])}, key=len, reverse=True)
    rewrite_answers(
        uow, case.organisation, (*pieces, case.key), lambda kept: _without(kept, said, pieces, gone)
    )


def rewrite_answers(
    uow: UnitOfWork, organisation: int, pieces: Iterable[str], rewritten: Callable[[Any], Any]
) -> None:
    """Put what `rewritten` makes of it in the place of every kept answer that holds one of `pieces`."""
    mine = (_ROWS.c.organisation_id == organisation, uow.scope.covers(_ROWS.c.organisation_id))
    holding = [_ROWS.c.answer.contains(_in_json(piece), autoescape=True) for piece in pieces]
    changed = []
    for row in uow.execute(select(*_KEY, _ROWS.c.answer).where(*mine, or_(*holding))).all():
        kept = json.loads(row.answer)
        left = rewritten(kept)
        if left != kept:
            answer = json.dumps(left, ensure_ascii=False)
            changed.append({"its_principal": row.principal, "its_key": row.key, "its_answer": answer})
    if changed:
        which = (_ROWS.c.principal == bindparam("its_principal"), _ROWS.c.key == bindparam("its_key"))
        uow.execute(update(_ROWS).where(*mine, *which).values(answer=bindparam("its_answer")), changed)


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _without(kept: Any, said: str, pieces: Sequence[str], gone: str) -> Any:
    if isinstance(kept, dict):
        lines = (
            {"lines": [_line(line, said, pieces, gone) for line in kept["lines"]]} if "lines" in kept else {}
        )
        return {name: _without(item, said, pieces, gone) for name, item in kept.items()} | lines
    if isinstance(kept, list):
        return [_without(item, said, pieces, gone) for item in kept]
    return _leaf(kept, said, pieces, gone) if isinstance(kept, str) else kept


def _leaf(kept: str, said: str, pieces: Sequence[str], gone: str) -> str:
    if one_line(kept) == one_line(said):
        return gone
    for piece in pieces:
        kept = kept.replace(piece, gone)
    return kept


def _line(line: Any, said: str, pieces: Sequence[str], gone: str) -> Any:
    if not isinstance(line, str):
        return _without(line, said, pieces, gone)
    is_short = not pieces and one_line(said)
    return gone if is_short and one_line(said) in line else _leaf(line, said, pieces, gone)
