"""The small readers of documents: numbers, marks, labels, status, dates, counts, joined lines."""

import datetime as dt

import pytest

from engine.documents.dates import full_date, inspection_dates, odd_dates
from engine.documents.deliverables import deliverables_of
from engine.documents.lines import cleaned, lines_of_text
from engine.documents.passages import Passage, joined, sentence_end
from engine.documents.signs import sign_of
from engine.documents.status import status_alone, take_claims
from engine.documents.totals import stated_totals
from engine.documents.vocabulary import number_of


def passage(text: str) -> Passage:
    return joined(lines_of_text(text, "x.txt"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("１２", 12),
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("三十三", 33),
        ("一百零五", 105),
        ("二〇二四", 2024),
        ("", None),
        ("甲", None),
    ],
)
def test_numbers_in_every_writing(text: str, number: int | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "kind", "number", "rest"),
    [
        ("第二方面：聚焦甲", "aspect", 2, "聚焦甲"),
        ("一、甲", "cn_comma", 1, "甲"),
        ("（十一）甲", "cn_paren", 11, "甲"),
        ("(三)甲", "cn_paren", 3, "甲"),
        ("3. 甲", "digit_point", 3, "甲"),
        ("3．甲", "digit_point", 3, "甲"),
        ("4.2017-2021 年甲", "digit_point", 4, "2017-2021 年甲"),
        ("（2）甲", "digit_paren", 2, "甲"),
        ("⑵甲", "circled_parenthesized", 2, "甲"),
        ("③甲", "circled_circled", 3, "甲"),
        ("问题7：甲", "issue_word", 7, "甲"),
    ],
)
def test_level_marks(text: str, kind: str, number: int, rest: str) -> None:
    sign = sign_of(cleaned(text, 1))
    assert sign.mark is not None
    assert (sign.mark.kind, sign.mark.number, sign.rest.text) == (kind, number, rest)


@pytest.mark.parametrize(
    "text", ["2021.6.18-2021.6.22", "1.5万元以上", "2017 年暑期", "三是甲", "一旦发现", "第三次会议"]
)
def test_what_only_looks_like_a_mark(text: str) -> None:
    assert sign_of(cleaned(text, 1)).mark is None


@pytest.mark.parametrize(
    ("text", "role", "rest"),
    [
        ("整改落实情况：做了", "progress", "做了"),
        ("**整改情况：**做了", "progress", "做了"),
        ("整改措施:", "measures", ""),
        ("整改情况", "progress", ""),
        ("【整改情况】做了", "progress", "做了"),
        ("责任领导：甲", "responsible", "甲"),
        ("整改情况汇报会开了", None, "整改情况汇报会开了"),
        ("学校的整改情况：好", None, "学校的整改情况：好"),
    ],
)
def test_labels_stand_at_the_start_of_a_line_only(text: str, role: str | None, rest: str) -> None:
    sign = sign_of(cleaned(text, 1))
    assert (sign.role, sign.rest.text) == (role, rest)


@pytest.mark.parametrize(
    ("text", "status", "flags"),
    [
        ("（整改完成）", "closed", ()),
        ("已销号", "closed", ()),
        ("基本完成", "stage_done", ()),
        ("正在整改", "in_progress", ()),
        ("尚未启动", "not_done", ()),
        ("（已完成，长期坚持）", "closed", ("long_term",)),
        ("立行立改", "unknown", ("at_once",)),
    ],
)
def test_status_words(text: str, status: str, flags: tuple[str, ...]) -> None:
    claim = status_alone(text)
    assert claim is not None
    assert (claim.status, claim.flags) == (status, flags)


@pytest.mark.parametrize("text", ["经督办已及时整改", "已完成方案", "（占全部教师的一成）"])
def test_what_is_no_status(text: str) -> None:
    assert status_alone(text) is None


def test_a_status_in_brackets_is_taken_out_of_the_problem() -> None:
    rest, claims = take_claims(passage("门坏了（东侧）。（整改完成）"))
    assert (rest.text, [claim.status for claim, _ in claims]) == ("门坏了（东侧）。", ["closed"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("完善了计划 1 项，强化落实了 2 项。", [("计划", 1), ("强化落实", 2)]),
        ("完善落实了计划、记录、纪实各1项", [("计划", 1), ("记录", 1), ("纪实", 1)]),
        ("完成了“开门”方案、制度及台账各 2 份", [("“开门”方案", 2), ("制度", 2), ("台账", 2)]),
        ("建立三项制度，修订2个方案", [("制度", 3), ("方案", 2)]),
        ("岗位分工调整了 1 人，强化了培训记录", [("岗位分工调整", 1), ("培训记录", None)]),
        ("成立了小组，完善方案1项", [("方案", 1)]),
        ("食堂管理更加规范。", [("食堂管理更加规范", None)]),
    ],
)
def test_deliverables_of_a_summing_up_sentence(text: str, expected: list[tuple[str, int | None]]) -> None:
    assert [(one.name, one.count) for one in deliverables_of(passage(text))] == expected


def test_one_each_takes_the_name_from_the_clause_before() -> None:
    [one] = deliverables_of(passage("完成了调研报告，每人1份。"))
    assert (one.name, one.count, one.unit, one.per_person) == ("调研报告", 1, "份", True)


def test_no_sentence_no_name() -> None:
    [one] = deliverables_of(None)
    assert (one.name, one.count) == (None, None)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("甲不实。乙。", "甲不实。"),
        ("对“甲。乙”不清。丙。", "对“甲。乙”不清。"),
        ("“甲没有说完。乙。", "“甲没有说完。"),
        ("没有句号", "没有句号"),
    ],
)
def test_the_first_sentence(text: str, first: str) -> None:
    assert text[: sentence_end(text)] == first


def test_joined_lines_know_their_source() -> None:
    text = passage("学校对新\n\n媒体\nabc\ndef\n\n- 3 -\n好。\n\n另一段")
    assert text.text == "学校对新媒体abc def好。另一段"
    assert [text.line_at(text.text.index(word)) for word in ("学", "媒", "abc", "好", "另")] == [
        1,
        3,
        4,
        8,
        10,
    ]
    assert text.paragraphs == (text.text.index("另"),)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023 年 6 月 25 日", dt.date(2023, 6, 25)),
        ("2023-06-25", dt.date(2023, 6, 25)),
        ("2023.6.25", dt.date(2023, 6, 25)),
        ("二〇二三年六月二十五日", dt.date(2023, 6, 25)),
        ("2023年2月30日", None),
        ("2024919日", None),
        ("6月25日", None),
    ],
)
def test_a_line_that_is_a_date(text: str, day: dt.date | None) -> None:
    assert full_date(text) == day


def test_a_range_and_a_feedback_in_one_sentence() -> None:
    dates = inspection_dates(passage("2022年9月18日至30日，检查组进驻，并于2022年11月2日反馈意见。"))
    assert [found.day for found in (dates.first, dates.last, dates.feedback) if found] == [
        dt.date(2022, 9, 18),
        dt.date(2022, 9, 30),
        dt.date(2022, 11, 2),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2024919日反馈", "date_mutilated"),
        ("20239月18日", "date_mutilated"),
        ("2023年918日", "date_mutilated"),
        ("2023年13月5日", "date_impossible"),
    ],
)
def test_odd_dates_are_flagged(text: str, code: str) -> None:
    assert [odd.code for odd in odd_dates(passage(text))] == [code]


def test_whole_dates_are_not_flagged() -> None:
    assert list(odd_dates(passage("2023年1月19日，2021.6.18-2021.6.22，2019-2020学年"))) == []


@pytest.mark.parametrize(
    ("text", "total", "parts", "measures", "rate"),
    [
        (
            "反馈25个问题,已完成整改19个、正在整改6个,整改完成率76%",
            25,
            {"closed": 19, "in_progress": 6},
            None,
            76.0,
        ),
        ("35个具体问题,整改完成28个,阶段性完成7个", 35, {"closed": 28, "stage_done": 7}, None, None),
        ("33项问题，制定措施97项", 33, {}, 97, None),
        ("共有三个方面33个问题", 33, {}, None, None),
        ("三个方面问题33个", 33, {}, None, None),
        ("没有数字", None, {}, None, None),
    ],
)
def test_stated_totals(
    text: str, total: int | None, parts: dict[str, int], measures: int | None, rate: float | None
) -> None:
    stated = stated_totals(passage(text), [])
    assert (stated.total, stated.parts, stated.measures, stated.rate) == (total, parts, measures, rate)
