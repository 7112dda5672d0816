"""The short ways of the hot path say exactly what the long ones say."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from engine.core.altering import altered
from engine.core.canonical import canonical
from engine.core.case import Case, Deadline, RosterLine
from engine.store.prepared import converter
from engine.store.tables import EventRow, Occurrence, table_of

texts = st.text(st.characters(exclude_categories=[])) | st.sampled_from(
    ["", "\ue000", "\U0001f600", "字", '\x7f\x1f"']
)
leaves = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | texts
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@given(values)
def test_canonical_text_is_that_of_the_reference_encoder(value: object) -> None:
    try:
        expected = rfc8785.dumps(value).decode("utf-8")  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(ValueError):
            canonical(value)
        return
    assert canonical(value) == expected


@pytest.mark.parametrize("value", [{1: "a"}, {"a": object()}, {"a": {2, 3}}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)


def test_keys_beyond_the_first_plane_are_sorted_by_their_utf_16_units() -> None:
    assert canonical({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'


def test_an_altered_value_is_the_replaced_one() -> None:
    case = Case(1, 2, "k", "issue", "w", "d", "open", 0, date(2026, 3, 2))
    line = RosterLine(1, date(2026, 3, 2))
    deadline = Deadline("plan", "", 1, None)
    for value, change in (
        (case, {"state": "x", "revision": 3}),
        (line, {"left_on": None}),
        (deadline, {"armed": True}),
    ):
        assert altered(value, **change) == replace(value, **change)  # type: ignore[type-var]
        assert all(
            getattr(altered(value), field.name) == getattr(value, field.name) for field in fields(value)
        )
    with pytest.raises(KeyError):
        altered(case, no_such_field=1)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-14, 14))
def test_instants_and_days_are_stored_as_sqlalchemy_stores_them(naive: datetime, hours: int) -> None:
    dialect = sqlite.dialect()
    moment = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    for kind, value in (
        (table_of(EventRow).c.recorded_at.type, moment),
        (table_of(Occurrence).c.due_on.type, naive.date()),
    ):
        ours, theirs = converter(kind, dialect), kind.dialect_impl(dialect).bind_processor(dialect)
        assert ours is not None and ours(value) == theirs(value)


def test_naive_time_is_refused() -> None:
    convert = converter(table_of(EventRow).c.recorded_at.type, sqlite.dialect())
    assert convert is not None
    with pytest.raises(ValueError, match="naive"):
        convert(datetime(2026, 3, 2))
    assert convert(datetime(2026, 3, 2, tzinfo=UTC)) == "2026-03-02 00:00:00.000000"
