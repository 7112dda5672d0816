"""The short ways of the hot path say exactly what the long ones say."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from engine.core.altering import altered
from engine.core.canonical import canonical
from engine.core.case import Case, Deadline, Deliverable, Evidence, Measure, RosterLine
from engine.core.history import instant
from engine.core.posts import MOST_KEPT, Holding, Posts
from engine.core.sealing import manifest
from engine.store.part_rows import read_texts
from engine.store.prepared import converter, utc_text
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


@dataclass(frozen=True)
class _Open:
    """Without slots."""

    one: int
    two: int = 2


@dataclass(frozen=True, slots=True)
class _Checked:
    one: int

    def __post_init__(self) -> None:
        if self.one < 0:
            raise ValueError("negative")


def test_a_value_that_is_more_than_its_slots_is_made_by_itself() -> None:
    assert altered(_Open(1), two=3) == _Open(1, 3)
    assert altered(_Checked(1), one=2) == _Checked(2)
    with pytest.raises(ValueError, match="negative"):
        altered(_Checked(1), one=-1)


@given(st.lists(values, min_size=1, max_size=6))
def test_texts_read_as_one_are_those_read_one_by_one(found: list[object]) -> None:
    said = [json.dumps(value) for value in found]
    assert repr(read_texts(*said)) == repr([json.loads(text) for text in said])


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),
    st.sampled_from(
        [UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=-5))]
    ),
    st.sampled_from([0, 1]),
)
def test_the_text_of_an_instant_is_that_of_its_utc_time(naive: datetime, zone: ZoneInfo, fold: int) -> None:
    moment = naive.replace(tzinfo=zone, fold=fold)
    for _ in range(2):
        assert instant(moment) == moment.astimezone(UTC).isoformat(timespec="microseconds")
        assert utc_text(moment) == moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def test_the_two_hours_of_one_name_are_two_instants() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    second = first.replace(fold=1)
    assert first == second
    assert ["00:30", "01:30"] == [instant(moment)[11:16] for moment in (first, second)]
    assert ["00:30", "01:30"] == [utc_text(moment)[11:16] for moment in (first, second)]


def test_what_is_sealed_has_the_digest_of_its_canonical_text() -> None:
    case = Case(1, 2, "k", "issue", "w", "d", "open", 0, date(2026, 3, 2))
    everything = ("measures", "deliverables", "evidence")
    for per_person in (True, 1, False, 0):
        promises = (Deliverable(1, "minutes", "c", 1, per_person),)  # type: ignore[arg-type]
        full = replace(
            case,
            measures=(Measure(1, "text", "c", 4, date(2026, 4, 1)),),
            deliverables=promises,
            evidence=(Evidence(1, "minutes", "name", proves_from=date(2026, 3, 1)),),
        )
        expected = {
            "measures": [1],
            "measure:1": ["c", 4, "2026-04-01"],
            "deliverables": [1],
            "deliverable:1": ["c", 1, per_person],
            "evidence:1": ["", "minutes", None, 1, None, "2026-03-01", None],
        }
        found = {item: sha256(rfc8785.dumps(content)).hexdigest() for item, content in expected.items()}
        assert found == manifest(full, everything)


days = st.dates(date(2026, 1, 1), date(2026, 1, 6))
holdings = st.builds(
    Holding, st.integers(1, 2), st.integers(1, 3), days, st.none() | days, st.none() | st.integers(1, 3)
)


@given(st.lists(holdings, max_size=5), st.lists(holdings, max_size=5), days)
def test_a_roster_that_was_asked_before_answers_as_a_new_one(
    rows: list[Holding], others: list[Holding], day: date
) -> None:
    asked = Posts(1, 1, {}, tuple(rows))
    again = [asked.holders(post, day) for post in (1, 2, 1, 2)]
    fresh = [Posts(1, 1, {}, tuple(rows)).holders(post, day) for post in (1, 2)]
    assert again == fresh * 2
    changed = replace(asked, holdings=tuple(others))
    assert changed.holders(1, day) == Posts(1, 1, {}, tuple(others)).holders(1, day)


def test_a_roster_remembers_no_more_than_it_should() -> None:
    first = date(2026, 1, 1)
    posts = Posts(1, 1, {}, (Holding(1, 7, first),))
    for past in range(2 * MOST_KEPT):
        assert (7,) == posts.holders(1, first + timedelta(days=past))
    assert len(posts._kept) <= MOST_KEPT


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
