"""The real report: its structure in numbers and digests; its sentences stay out of the repository."""

import hashlib
import os
from pathlib import Path

import pytest

from engine.documents.reading import read_report
from engine.documents.report import Report

PATH = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "report.txt"

TITLES = [
    "e196c82e55",
    "cbedd4e628",
    "8b54d5e961",
    "b72361788b",
    "80faf57e40",
    "6b8c6ecc0b",
    "498ec75e8b",
    "d90006fa86",
    "e9b0522d32",
    "c80261d45c",
    "0588164d1c",
    "3de0ddb0c3",
    "114ba83b00",
    "14daa1e363",
    "87bf8b2a44",
    "ec5d123b5f",
    "d6e825a2f0",
    "59881d3615",
    "d638efc7e4",
    "8ce2fc01c8",
    "0094b68eb9",
    "32eaee3c59",
    "9703a35c0d",
    "dab9a832b5",
    "f5ccd40760",
    "9c3b13634a",
    "e4d3413abf",
    "e2e7840086",
    "a8b5dd4c43",
    "0bbdd37b27",
    "86ea085dd3",
    "22f1b49a88",
    "e78518f0dc",
]
SECTIONS = [1, 1, 1, 2, 2, 2, 3, 4, 5, 5, 1, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 6, 1, 2, 2, 3, 3, 3, 4, 5, 6, 6]
MEASURES = [4, 1, 1, 1, 2, 3, 2, 2, 5, 3, 2, 1, 1, 3, 3, 5, 2, 1, 1, 2, 2, 2, 3, 2, 3, 2, 3, 1, 1, 2, 3, 2, 3]
PROBLEM_LENGTHS = [
    98,
    36,
    106,
    34,
    68,
    71,
    123,
    195,
    102,
    70,
    88,
    81,
    98,
    53,
    118,
    54,
    42,
    38,
    26,
    54,
    69,
    75,
    83,
    81,
    55,
    61,
    51,
    42,
    80,
    102,
    95,
    66,
    25,
]
SOURCE_LINES = [
    23,
    27,
    33,
    39,
    43,
    47,
    55,
    61,
    69,
    73,
    81,
    85,
    91,
    103,
    114,
    124,
    130,
    138,
    144,
    148,
    156,
    160,
    164,
    172,
    180,
    186,
    192,
    198,
    202,
    208,
    216,
    222,
    228,
]
COUNTS = {
    1: [1, 2],
    2: [2],
    3: [1],
    4: [1],
    5: [1, 1],
    6: [1],
    7: [1],
    8: [1, 1],
    9: [1, 1, 1],
    10: [1, 1],
    12: [1, 1, 1],
    13: [1],
    14: [2, 1, 1],
    15: [1, 1],
    16: [1, 1],
    23: [1, None],
    31: [6, 6, None],
    32: [1, 2],
    33: [1, 1],
}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


@pytest.fixture(scope="module")
def report() -> Report:
    if not PATH.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{PATH.name} must be there in CI")
        pytest.skip("the real report lies beside the repository and is not there")
    return read_report(PATH.read_bytes(), PATH.name)


def test_all_33_issues_keep_their_numbers_and_places(report: Report) -> None:
    assert [issue.number for issue in report.issues] == list(range(1, 34))
    assert [issue.source_line for issue in report.issues] == SOURCE_LINES
    assert [issue.aspect.number for issue in report.issues if issue.aspect] == [1] * 10 + [2] * 13 + [3] * 10
    assert [issue.section.number for issue in report.issues if issue.section] == SECTIONS


def test_the_levels_above_are_the_reports(report: Report) -> None:
    aspects = dict.fromkeys(issue.aspect for issue in report.issues if issue.aspect)
    assert [(len(aspect.title), aspect.source_line) for aspect in aspects] == [(19, 19), (26, 77), (9, 168)]
    sections = dict.fromkeys(issue.section for issue in report.issues if issue.section)
    assert len(sections) == 17


def test_titles_are_first_sentences_without_stray_marks(report: Report) -> None:
    assert [digest(issue.title) for issue in report.issues] == TITLES


def test_problems_are_joined_over_line_and_page_breaks(report: Report) -> None:
    assert [len(issue.problem) for issue in report.issues] == PROBLEM_LENGTHS
    assert digest("\n".join(issue.problem for issue in report.issues)) == "ad24a39e30"


def test_nothing_of_the_markdown_or_the_status_is_left(report: Report) -> None:
    told = [
        text
        for issue in report.issues
        for text in (issue.title, issue.problem, *(measure.text for measure in issue.measures))
    ]
    assert [
        text for text in told if any(mark in text for mark in ("*", "#", "\n", "整改完成", "整改落实情况"))
    ] == []


def test_the_ordinal_inside_a_problem_stays_and_the_stray_one_goes(report: Report) -> None:
    assert ["一是" in report.issues[31].problem, "二是" in report.issues[32].problem] == [True, False]


def test_every_issue_claims_to_be_closed(report: Report) -> None:
    assert {issue.claimed_status for issue in report.issues} == {"closed"}


def test_there_are_74_measures(report: Report) -> None:
    assert [len(issue.measures) for issue in report.issues] == MEASURES
    assert sum(MEASURES) == 74
    assert (
        digest("\n".join(measure.text for issue in report.issues for measure in issue.measures))
        == "835b5bcf8a"
    )


def test_text_before_a_list_that_sums_up_nothing_is_kept_aside(report: Report) -> None:
    assert [issue.number for issue in report.issues if issue.lead] == [25]


def test_deliverables_are_counted_where_the_report_counts(report: Report) -> None:
    counted = {
        issue.number: [one.count for one in issue.deliverables]
        for issue in report.issues
        if any(one.count is not None for one in issue.deliverables)
    }
    assert counted == COUNTS


def test_the_others_promise_one_thing_of_unknown_count(report: Report) -> None:
    uncounted = [issue for issue in report.issues if issue.number not in COUNTS]
    assert [issue.number for issue in uncounted] == [11, 17, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30]
    assert {len(issue.deliverables) for issue in uncounted} == {1}
    assert all(issue.deliverables[0].name == issue.summary for issue in uncounted)


def test_one_each_is_marked_as_per_person(report: Report) -> None:
    assert [issue.number for issue in report.issues if any(one.per_person for one in issue.deliverables)] == [
        13
    ]
    assert report.issues[12].as_json()["deliverables"][0]["per_person"] is True


def test_the_inspection_has_its_dates(report: Report) -> None:
    assert {
        name: value
        for name, value in report.inspection.as_json().items()
        if name.endswith(("from", "to", "on"))
    } == {
        "inspected_from": "2022-09-18",
        "inspected_to": "2022-10-19",
        "feedback_on": "2023-01-19",
        "published_on": "2023-06-25",
    }
    assert digest(report.inspection.unit or "") == "39a1da0b5d"


def test_the_totals_agree_and_the_two_claims_do_not(report: Report) -> None:
    reconciliation = report.reconciliation
    assert (reconciliation.stated_total, reconciliation.parsed_total) == (33, 33)
    assert [(one.aspect, one.stated, one.parsed) for one in reconciliation.by_aspect] == [
        (1, 10, 10),
        (2, 13, 13),
        (3, 10, 10),
    ]
    assert [(problem.code, problem.line) for problem in reconciliation.problems] == [
        ("claims_contradict", 234)
    ]


def test_contact_data_is_nowhere(report: Report) -> None:
    told = str(report.as_json())
    assert [word for word in ("联系方式", "邮政信箱", "电子邮箱", "欢迎广大") if word in told] == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_reads_the_same(report: Report, encoding: str) -> None:
    data = PATH.read_text(encoding="utf-8").encode(encoding)
    assert read_report(data, "report.txt") == report
