"""What people type into a declared field: the value that is kept, or what is wrong with it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.core.case import Evidence
from engine.core.definition import FieldRule
from engine.core.fields import read_fields
from engine.text.amounts import grouped, plain_amount

TODAY = date(2026, 3, 2)
RULES = {
    "amount": FieldRule(label="问题金额", type="money", most=1_000_000),
    "people_count": FieldRule(label="人数", type="number", unit="人", least=1),
    "found_on": FieldRule(label="排查日期", type="date", not_after_today=True),
    "ends_on": FieldRule(label="期限", type="date"),
    "level": FieldRule(label="隐患等级", type="choice", choices={"ordinary": "一般", "grave": "重大"}),
    "place": FieldRule(label="部位", type="text"),
    "handler": FieldRule(label="经办人", type="people"),
    "handlers": FieldRule(label="参与人", type="people", many=True),
    "photos": FieldRule(label="照片", type="photo", many=True),
    "cover": FieldRule(label="封面", type="photo"),
}
PAPERS = [Evidence(1, "photo", "a.jpg", digest="aa"), Evidence(2, "photo", "b.jpg", digest="bb")]


@pytest.mark.parametrize(
    ("name", "said", "kept"),
    [
        ("amount", "3000", 3000),
        ("amount", "3,000", 3000),
        ("amount", 3000, 3000),
        ("amount", "0", 0),
        ("amount", "12.5", 12.5),
        ("amount", "３０００", 3000),
        ("people_count", "12", 12),
        ("found_on", "2026-3-1", "2026-03-01"),
        ("found_on", "2026年3月1日", "2026-03-01"),
        ("found_on", "2026-03-02", "2026-03-02"),
        ("ends_on", "2026-03-03", "2026-03-03"),
        ("level", "重大", "grave"),
        ("level", "grave", "grave"),
        ("handler", "person:7", 7),
        ("handlers", "person:7、person:9", "7,9"),
        ("photos", "1, 2", "1,2"),
        ("问题金额", "5", 5),
        ("level", "", None),
    ],
)
def test_a_value_is_kept_in_one_form(name: str, said: Any, kept: Any) -> None:
    reading = read_fields(RULES, {name: said}, TODAY, PAPERS)
    assert (list(reading.fields.values()), reading.unmet) == ([kept], ())


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("amount", "三千", "field_not_money"),
        ("amount", "3,00", "field_not_money"),
        ("amount", "1.234", "field_not_money"),
        ("amount", "-1", "field_out_of_range"),
        ("amount", "1000001", "field_out_of_range"),
        ("people_count", "许多", "field_not_a_number"),
        ("people_count", "0", "field_out_of_range"),
        ("found_on", "2026-02-30", "field_not_a_date"),
        ("found_on", "2026-03-03", "field_in_future"),
        ("found_on", "三月", "field_not_a_date"),
        ("level", "很大", "field_not_a_choice"),
        ("place", "长" * 2001, "field_too_long"),
        ("handler", "某人", "field_person_unknown"),
        ("handler", "7", "field_person_unknown"),
        ("handler", "person:7,person:9", "field_takes_one"),
        ("photos", "3", "field_paper_unknown"),
        ("ammount", "5", "field_unknown"),
    ],
)
def test_what_cannot_be_is_said(name: str, said: Any, code: str) -> None:
    assert [row.code for row in read_fields(RULES, {name: said}, TODAY, PAPERS).unmet] == [code]


def test_everything_that_is_wrong_is_said_at_once_and_what_was_meant() -> None:
    unmet = read_fields(RULES, {"levle": "重大", "level": "重", "amount": "x"}, TODAY).unmet
    assert [(row.code, row.facts.get("nearest")) for row in unmet] == [
        ("field_unknown", "level"),
        ("field_not_a_choice", "重大"),
        ("field_not_money", None),
    ]


@pytest.mark.parametrize(
    ("held", "said", "taken"),
    [
        ({"cover": 1}, {"photos": "1,2"}, ("photos", "cover", [1])),
        ({"photos": "1,2"}, {"cover": "2"}, ("cover", "photos", [2])),
        ({}, {"photos": "2", "cover": "2"}, ("cover", "photos", [2])),
        ({"cover": 1}, {"photos": "3"}, ("photos", "cover", [3])),
    ],
)
def test_a_paper_counts_for_one_photo_field(
    held: dict[str, Any], said: dict[str, Any], taken: tuple[Any, ...]
) -> None:
    again = Evidence(3, "photo", "the same bytes.jpg", digest="aa")
    unmet = read_fields(RULES, said, TODAY, [*PAPERS, again], held).unmet
    assert [(row.code, *row.facts.values()) for row in unmet] == [("field_paper_taken", *taken)]


def test_a_paper_may_move_from_one_photo_field_to_another() -> None:
    reading = read_fields(RULES, {"photos": "2", "cover": "1"}, TODAY, PAPERS, {"photos": "1", "cover": 2})
    assert (dict(reading.fields), reading.unmet) == ({"photos": "2", "cover": 1}, ())


def test_free_text_is_no_fact() -> None:
    reading = read_fields(RULES, {"place": " 二楼东侧 "}, TODAY)
    assert (dict(reading.fields), dict(reading.texts)) == ({}, {"place": "二楼东侧"})


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("3,000元", "3000"),
        ("3万", "30000"),
        ("3.5万元", "35000.0"),
        ("￥３，０００", "3000"),
        ("1.2亿", "120000000.0"),
        ("人民币3万元整", "30000"),
        ("12 人", "12"),
        ("三万", "三万"),
        ("约3万", "约3万"),
    ],
)
def test_words_for_amounts_are_understood_and_never_guessed(said: str, plain: str) -> None:
    assert plain_amount(said, "人") == plain


def test_an_amount_is_shown_as_offices_write_it() -> None:
    assert [grouped(30000), grouped(12.5)] == ["30,000", "12.50"]
