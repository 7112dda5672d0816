"""Reports of our own in several skeletons: the tree comes from the order of the marks, whatever they are."""

import io
from pathlib import Path

import docx
import pytest

from engine.documents.reading import read_report
from engine.documents.report import Report, ReportedIssue

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "reports"


def read(name: str) -> Report:
    return read_report((FOLDER / name).read_bytes(), name)


def text_of(issue: ReportedIssue) -> list[str]:
    return [measure.text for measure in issue.measures]


def problems(report: Report) -> list[str]:
    return [problem.code for problem in report.reconciliation.problems]


def from_text(*lines: str) -> Report:
    return read_report("\n".join(lines).encode(), "report.txt")


def test_aspect_section_issue() -> None:
    report = read("aspects.md")
    places = [
        (issue.number, issue.aspect and issue.aspect.number, issue.section and issue.section.title)
        for issue in report.issues
    ]
    assert places == [
        (1, 1, "备课不实"),
        (2, 1, "备课不实"),
        (3, 1, "课堂巡查少"),
        (4, 2, "食堂台账不全"),
        (5, 2, "食堂台账不全"),
    ]


def test_a_title_ends_at_the_first_stop_outside_quotes() -> None:
    assert read("aspects.md").issues[1].title == "备课组讨论“走过场。没有分工”的问题突出，记录简单"


def test_a_list_inside_the_problem_stays_there() -> None:
    issue = read("aspects.md").issues[2]
    assert issue.problem == "巡查留痕不够。一是没有巡查表；二是巡查 2024.9.3-2024.9.6 只有签名。"
    assert text_of(issue) == ["重新设计表格", "值班领导当天填写。还在9月10日公布了结果"]
    assert issue.lead == "召开了专门会议，听取了各年级意见。"


def test_a_stray_ordinal_before_a_title_goes() -> None:
    assert read("aspects.md").issues[3].title == "入库验收没有双人签字"


def test_a_remark_about_rectifying_is_no_status() -> None:
    issue = read("aspects.md").issues[4]
    assert (issue.title, issue.claimed_status) == ("维修不及时，经提醒已及时整改", "closed")


def test_every_field_knows_its_lines() -> None:
    issue = read("aspects.md").issues[2]
    assert issue.lines == {
        "title": (31, 31),
        "problem": (31, 31),
        "claimed_status": (33, 33),
        "measures": (35, 36),
    }


def test_contacts_are_dropped_with_all_that_follows() -> None:
    told = str(read("aspects.md").as_json())
    assert [word for word in ("000-0000000", "example.invalid", "某某某", "欢迎") if word in told] == []


def test_the_range_may_cross_the_year_and_the_date_stands_below() -> None:
    told = read("aspects.md").inspection.as_json()
    assert [told[key] for key in ("inspected_from", "inspected_to", "feedback_on", "published_on")] == [
        "2024-11-20",
        "2025-01-09",
        "2025-02-18",
        "2025-08-05",
    ]


def test_restarting_numbers_become_running_ones() -> None:
    report = read("restarting_states.txt")
    assert [(issue.number, issue.mark, issue.aspect and issue.aspect.title) for issue in report.issues] == [
        (1, "1.", "制度执行不严"),
        (2, "2.", "制度执行不严"),
        (3, "1.", "资料保管不善"),
        (4, "2.", "资料保管不善"),
    ]


def test_a_status_label_gives_status_and_flags() -> None:
    report = read("restarting_states.txt")
    assert [(issue.claimed_status, issue.flags) for issue in report.issues] == [
        ("closed", ()),
        ("in_progress", ("long_term",)),
        ("closed", ()),
        ("in_progress", ()),
    ]


def test_marked_measures_are_measures_and_not_issues() -> None:
    issue = read("restarting_states.txt").issues[1]
    assert (text_of(issue), issue.deadline, issue.progress) == (
        ["会前点名", "会后通报迟到情况"],
        "2025年12月底前",
        "已经点名三次。",
    )


def test_a_wrong_rate_is_told() -> None:
    assert problems(read("restarting_states.txt")) == ["rate_differs"]


def test_flat_titles_have_no_level_above() -> None:
    report = read("flat_titles.txt")
    assert [(issue.title, issue.aspect, issue.section) for issue in report.issues] == [
        ("关于“校门口早高峰拥堵，家长意见大。没有疏导方案”的问题", None, None),
        ("关于“图书室开放少”的问题", None, None),
        ("关于“操场围栏生锈”的问题", None, None),
    ]


def test_the_opening_words_of_an_answer_are_its_status() -> None:
    report = read("flat_titles.txt")
    assert [issue.claimed_status for issue in report.issues] == ["closed", "stage_done", "unknown"]
    assert text_of(report.issues[0]) == ["错峰上学", "设立志愿岗", "画了停车线"]


def test_a_date_in_chinese_digits_and_the_signature_are_read() -> None:
    inspection = read("flat_titles.txt").inspection
    assert (inspection.unit, str(inspection.published_on)) == ("云杉小学", "2024-03-08")


def test_numbered_questions_with_measures_and_progress() -> None:
    report = read("questions.txt")
    assert [(issue.number, issue.claimed_status, text_of(issue)) for issue in report.issues] == [
        (1, "closed", ["补编号", "建立合同台账"]),
        (2, "not_done", ["付款单增加复核栏"]),
        (4, "in_progress", ["设立钥匙登记本"]),
    ]


def test_a_missing_number_and_a_mutilated_date_are_told_and_not_guessed() -> None:
    report = read("questions.txt")
    assert problems(report) == ["issue_number_missing", "date_mutilated"]
    assert report.inspection.published_on is None


def test_details_below_a_title_belong_to_its_problem() -> None:
    report = read("details.txt")
    assert [(issue.number, issue.title, issue.aspect and issue.aspect.title) for issue in report.issues] == [
        (1, "关于“晨检流于形式”问题的整改", "在“安全管理”方面"),
        (2, "关于“接送卡管理松”问题的整改", "在“安全管理”方面"),
        (3, "关于“家长会次数少”问题的整改", "在“家园联系”方面"),
    ]
    assert report.issues[0].problem == "（1）体温记录漏填。（2）消毒没有时间。"


def test_a_feedback_date_without_year_is_completed_and_marked() -> None:
    report = read("details.txt")
    assert (str(report.inspection.feedback_on), problems(report)) == (
        "2024-04-16",
        ["issue_without_status", "date_completed"],
    )


def test_totals_that_differ_are_told() -> None:
    report = from_text(
        "共有两个方面4个问题，其中聚焦甲事方面1个、聚焦乙事方面2个。",
        "第一方面：聚焦甲事",
        "1.门坏了。（整改完成）",
        "整改情况：修了门。",
        "第二方面：聚焦乙事",
        "2.窗坏了。（整改完成）",
        "整改情况：修了窗。",
    )
    assert problems(report) == ["total_differs", "aspect_total_differs", "aspect_totals_do_not_add_up"]


def test_doubled_and_unordered_numbers_are_told() -> None:
    report = from_text(
        *(line for number in (1, 3, 3, 2) for line in (f"{number}.灯坏了。（已完成）", "整改情况：换了灯。"))
    )
    assert problems(report) == ["issue_number_doubled", "issue_number_out_of_order"]


def test_an_issue_without_answer_is_kept_and_told() -> None:
    report = from_text(
        "1.灯坏了。（整改完成）",
        "整改情况：换灯。",
        "2.水管漏。",
        "3.墙裂了。（整改完成）",
        "整改情况：补墙。",
    )
    assert [issue.number for issue in report.issues] == [1, 2, 3]
    assert problems(report) == ["issue_without_measures", "issue_without_status"]


def test_ascii_words_keep_one_blank_over_a_line_break() -> None:
    report = from_text("1.系统里的 Open", "Office 版本过旧。（整改完成）", "整改情况：升级。")
    assert report.issues[0].title == "系统里的 Open Office 版本过旧"


def test_a_feedback_letter_has_findings_without_answers() -> None:
    report = from_text(
        "关于检查情况的反馈意见",
        "一、主要问题",
        "（一）值班表不全。",
        "（二）门卫登记少。",
        "二、整改建议",
        "（一）补齐值班表。",
    )
    assert [(issue.title, issue.claimed_status, issue.measures) for issue in report.issues] == [
        ("值班表不全", "unknown", ()),
        ("门卫登记少", "unknown", ()),
    ]


def word_file(*paragraphs: str, table: list[list[str]] | None = None) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    for at, row in enumerate(table or []):
        if at == 0:
            grid = document.add_table(rows=0, cols=len(row))
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_a_word_file_reads_like_its_text() -> None:
    text = (FOLDER / "aspects.md").read_text(encoding="utf-8")
    lines = [line for line in text.split("\n") if line.strip()]
    shown = [
        (issue.title, issue.problem, text_of(issue))
        for issue in read_report(word_file(*lines), "x.docx").issues
    ]
    assert shown == [(issue.title, issue.problem, text_of(issue)) for issue in read("aspects.md").issues]


def test_a_table_in_a_word_file_is_read_by_its_headers() -> None:
    data = word_file(
        "整改情况一览",
        table=[
            ["序号", "具体问题", "整改措施", "整改时限", "完成状态"],
            ["1", "锅炉房无人值守", "一是排班；二是装监控", "立行立改", "已完成"],
            ["2", "电梯未年检", "申请年检", "2025年6月底前", "正在整改"],
        ],
    )
    report = read_report(data, "table.docx")
    assert [
        (issue.number, issue.title, text_of(issue), issue.claimed_status, issue.deadline)
        for issue in report.issues
    ] == [
        (1, "锅炉房无人值守", ["排班", "装监控"], "closed", "立行立改"),
        (2, "电梯未年检", ["申请年检"], "in_progress", "2025年6月底前"),
    ]


def test_marks_that_word_counts_by_itself_are_worked_out() -> None:
    document = docx.Document()
    for title in ("灯坏了。（整改完成）", "窗坏了。（已销号）"):
        document.add_paragraph(title, style="List Number")
        document.add_paragraph("整改情况：换了新的。")
    stream = io.BytesIO()
    document.save(stream)
    report = read_report(stream.getvalue(), "counted.docx")
    assert [(issue.number, issue.mark, issue.title) for issue in report.issues] == [
        (1, "1.", "灯坏了"),
        (2, "2.", "窗坏了"),
    ]


def test_the_content_decides_and_not_the_name() -> None:
    assert len(read_report(word_file("1.灯坏了。（整改完成）", "整改情况：换灯。"), "report.txt").issues) == 1


def test_the_json_has_the_keys_of_the_contract() -> None:
    told = read("aspects.md").as_json()
    assert list(told) == ["inspection", "issues", "reconciliation"]
    assert {
        "number",
        "aspect",
        "section",
        "title",
        "problem",
        "claimed_status",
        "measures",
        "deliverables",
        "source_line",
    } <= set(told["issues"][0])
    assert told["issues"][0]["aspect"] == {"number": 1, "title": "聚焦课堂管理"}


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_every_fixture_reads_the_same_in_gb18030(name: str) -> None:
    data = (FOLDER / name).read_text(encoding="utf-8").encode("gb18030")
    assert read_report(data, name) == read(name)
