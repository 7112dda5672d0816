"""What the commands say to people: names with the key to type, who may do what, and nothing twice."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.kit.cli import CLERK, LEADER, SECRETARY, CommandLine, Said, new_home

ISSUE = "2026-1"
FEEDBACK = (date.today() - timedelta(days=10)).isoformat()
SPRING = date.today() + timedelta(days=120)


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


@pytest.fixture
def bare(tmp_path: Path) -> CommandLine:
    """A home with nobody and nothing in it."""
    cli = CommandLine(tmp_path / "bare")
    ok(cli("init"))
    return cli


def ok(said: Said) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


def moves(shown: list[str]) -> list[str]:
    begin = shown.index("下一步") + 1
    return [line for line in shown[begin : shown.index("", begin)] if not line.startswith("    ")]


def person(cli: CommandLine, key: str) -> str:
    (line,) = [row for row in ok(cli("people", "list")) if row.startswith(f"{key} ")]
    return line


# -- people


def test_who_has_left_is_marked_and_who_came_from_outside_is_not(cli: CommandLine) -> None:
    ok(cli("people", "add", "钱五", "--person", "qian", "--external"))
    ok(cli("people", "leave", CLERK))
    assert person(cli, CLERK).startswith(f"{CLERK} 赵四（已离开）")
    assert "没有登记通知方式" not in person(cli, CLERK)
    assert "已离开" not in person(cli, "qian")
    assert "已离开" not in person(cli, LEADER)


def test_a_channel_is_shown_by_its_kind_and_its_address_never(cli: CommandLine) -> None:
    ok(cli("people", "link", LEADER, "--channel", "mailto://school:hidden@smtp.example.org/zhang"))
    assert person(cli, LEADER) == "p3 张三｜教学副校长｜通知方式 mailto"
    said = cli("people", "list", "--json")
    (row,) = [row for row in said.data["people"] if row["key"] == LEADER]
    assert (row["channel"], row["has_address"], row["left_on"]) == ("mailto", True, None)
    assert "hidden" not in said.out and "smtp" not in said.out


def test_a_pin_that_nobody_typed_is_not_called_weak(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = cli("people", "pin", LEADER)
    assert (said.code, said.sentences) == (2, ["没有输入口令，请重新运行，按提示输入，或用 --pin 写明。"])


def test_somebody_without_a_pin_is_called_by_name(cli: CommandLine) -> None:
    said = cli("do", ISSUE, "settle_claim", "--as", LEADER, "--pin", "135790")
    assert said.sentences[1].startswith("1. 张三（p3）还没有设口令。")


def test_several_posts_are_offered_by_label_and_key(cli: CommandLine) -> None:
    ok(cli("people", "link", LEADER, "--post", "logistics_director"))
    (line,) = cli("assign", ISSUE, "--leader", LEADER).sentences
    assert line.startswith("张三（p3）有几个岗位，请写明是哪一个：")
    assert "总务主任（logistics_director）" in line and "教学副校长（vice_principal_teaching）" in line


def test_a_stand_in_is_not_said_to_hold_the_post(cli: CommandLine) -> None:
    words = ("people", "link", LEADER, "--post", "secretary")
    assert ok(cli(*words, "--substitute-for", SECRETARY)) == ["已更新 张三，代理书记（代王一）。"]
    assert ok(cli("people", "link", CLERK, "--post", "union_chair")) == ["已更新 赵四，任工会主席。"]


# -- a round by hand


def test_an_issue_beyond_the_stated_total_is_pointed_out(bare: CommandLine) -> None:
    ok(bare("inspection", "add", "--feedback", FEEDBACK, "--total", "1"))
    key = FEEDBACK[:4]
    first = ok(bare("issue", "add", key, "--title", "甲"))
    second = ok(bare("issue", "add", key, "--title", "乙"))
    assert first == [f"已登记问题 {key}-1：甲"]
    assert second[1:] == ["请核对：反馈写明共1个问题，已登记2个。"]


def test_the_ledger_ends_with_what_does_not_add_up(bare: CommandLine) -> None:
    ok(bare("inspection", "add", "--feedback", FEEDBACK, "--total", "2"))
    key = FEEDBACK[:4]
    ok(bare("issue", "add", key, "--title", "甲"))
    assert ok(bare("issues"))[1:] == [f"巡察 {key}：写明2个，已登记1个。"]
    assert ok(bare("issues", "--late")) == ["没有符合条件的问题。"]
    ok(bare("issue", "add", key, "--title", "乙"))
    ok(bare("issue", "split", f"{key}-2", "--title", "丙", "--problem", "丁"))
    assert [line for line in ok(bare("issues")) if line.startswith("巡察")] == []
    assert bare("issues", "--json").data["inspections"] == [{"inspection": key, "stated": 2, "registered": 2}]


@pytest.mark.parametrize(("promised", "left"), [((), 0), (("--deliverable", "会议年历=1"), 1)])
def test_what_is_split_off_owes_nothing_where_nothing_was_promised(
    bare: CommandLine, promised: tuple[str, ...], left: int
) -> None:
    ok(bare("inspection", "add", "--feedback", FEEDBACK))
    key = FEEDBACK[:4]
    ok(bare("issue", "add", key, "--title", "甲", "--measure", "一", "--measure", "二", *promised))
    ok(bare("issue", "split", f"{key}-1", "--title", "乙", "--problem", "乙", "--measure", "2"))
    assert len(bare("show", f"{key}-1b", "--json").data["deliverables"]) == left


# -- one issue


def test_the_state_of_a_measure_is_set_apart_from_its_text(cli: CommandLine) -> None:
    ok(cli("measure", "edit", ISSUE, "1", "--due", SPRING.isoformat()))
    shown = ok(cli("show", ISSUE))
    assert "  2. 每月集中学习｜未完成" in shown
    assert f"  1. 制定学习计划｜{SPRING.year}年{SPRING.month}月{SPRING.day}日前｜未完成" in shown


def test_without_anybody_the_moves_say_who_may_make_them(cli: CommandLine) -> None:
    shown = ok(cli("show", ISSUE))
    assert moves(shown) == [
        "  分派（assign）：由办公室、书记办理",
        "  报整改方案（plan）：由责任领导办理，要审批",
        "  认定已完成（settle_claim）：由书记、副书记、上级党组织办理，要本人口令",
        "  另外可以：改派（reassign）",
    ]
    assert "您" not in "".join(shown[shown.index("下一步") :])


def test_with_somebody_the_moves_are_theirs(cli: CommandLine) -> None:
    ok(cli("assign", ISSUE, "--leader", LEADER))
    assert moves(ok(cli("show", ISSUE, "--as", LEADER))) == [
        "  报整改方案（plan），要审批",
        "  另外可以：申请延期（extend）、申请中止（pause）",
    ]


def test_the_history_says_that_it_was_typed_in_and_not_under_which_login(cli: CommandLine) -> None:
    ok(cli("assign", ISSUE, "--leader", LEADER, "--as", CLERK))
    shown = ok(cli("show", ISSUE))
    opened, assigned = shown[shown.index("经过") + 1 : shown.index("下一步") - 1]
    assert " 经办人：" in opened and not opened.endswith("，代录")
    assert " 赵四：" in assigned and assigned.endswith("，代录")
    assert all(row["operator"] for row in cli("show", ISSUE, "--json").data["history"])


def test_an_unknown_move_is_answered_with_those_that_are_possible(cli: CommandLine) -> None:
    ok(cli("assign", ISSUE, "--leader", LEADER))
    said = cli("do", ISSUE, "fly", "--as", LEADER)
    assert (said.code, said.sentences) == (
        6,
        [
            f"事项 {ISSUE} 没有“fly”这个操作，现在可以写：报整改方案（plan）、申请延期（extend）、申请中止（pause）、恢复整改（resume）。"
        ],
    )
    near = cli("do", ISSUE, "plann", "--as", LEADER, "--json").data["error"]["facts"]
    assert (near["nearest"], near["possible"]) == ("plan", ["plan", "extend", "pause", "resume"])


def test_assigning_says_which_time_limits_began(cli: CommandLine) -> None:
    words = ("assign", ISSUE, "--leader", LEADER, "--due", SPRING.isoformat())
    tried = cli(*words, "--dry-run", "--json").data
    (line,) = ok(cli(*words))
    assert line.startswith(f"{ISSUE} 已办理“分派”，现在是“已分派”，责任领导是教学副校长，报整改方案时限")
    assert line.endswith(f"、整改时限{SPRING.year}年{SPRING.month}月{SPRING.day}日。")
    shown = cli("show", ISSUE, "--json").data["deadlines"]
    armed = {row["kind"]: row["due_on"] for row in shown if row["armed"]}
    assert {row["kind"]: row["due_on"] for row in tried["deadlines"]} == armed
    assert [] == cli(*words, "--json").data["deadlines"]


def test_a_message_that_was_sent_is_said_to_be_sent_once(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "demo")
    ok(cli("init", "--demo"))
    ok(cli("people", "add", "张三", "--person", LEADER, "--post", "vice_principal_teaching"))
    ok(cli("inspection", "add", "--feedback", FEEDBACK))
    ok(cli("issue", "add", FEEDBACK[:4], "--title", "甲", "--measure", "一"))
    ok(cli("assign", f"{FEEDBACK[:4]}-1", "--leader", LEADER))
    for ahead in range(1, 12):
        assert cli("tick", "--as-of", (date.today() + timedelta(days=ahead)).isoformat()).code == 0
    sent = [line for line in ok(cli("messages")) if "已发出" in line]
    assert sent and [line.count("已发出") for line in sent] == [1] * len(sent)
    assert {
        row["reason"] for row in cli("messages", "--json").data["messages"] if row["state"] == "sent"
    } == {"accepted"}


# -- usage


def test_a_usage_sentence_has_no_stray_spaces(cli: CommandLine) -> None:
    said = cli("people", "end", LEADER)
    assert said.sentences[0].startswith("用法：zhenggai people end ")
    assert said.sentences[-1] == "命令写得不对，请看上面的用法，还要写：--post。"


def test_an_end_that_is_not_there_names_person_and_post(cli: CommandLine) -> None:
    said = cli("people", "end", LEADER, "--post", "secretary")
    assert said.sentences == ["张三（p3）现在不任书记（secretary），没有可以结束的任职。"]


def test_a_move_is_made_by_the_word_that_its_workflow_has_for_it(cli: CommandLine) -> None:
    ok(cli("assign", "2026-1", "--leader", "vice_principal_teaching", "--as", CLERK))
    asked = cli("do", "2026-1", "报整改方案", "--as", LEADER, "--json")
    assert (asked.code, asked.data["move"]) == (0, "plan"), asked


def test_a_time_limit_is_called_as_its_own_workflow_calls_it(cli: CommandLine) -> None:
    ok(cli("assign", "2026-1", "--leader", "vice_principal_teaching", "--as", CLERK))
    for words in (("show", "2026-1", "--why-due"), ("show", "2026-1")):
        shown = cli(*words).out
        assert ("整改时限" in shown, "治理" in shown) == (True, False), shown


def test_an_unassigned_case_of_another_kind_stands_in_its_own_state(cli: CommandLine) -> None:
    given = ("--set", "level=一般", "--set", "place=三楼", "--set", "immediate_measures=已围挡")
    opened = cli("open", "安全隐患", "--title", "扶手松动", *given, "--as", CLERK, "--json")
    shown = cli("show", str(opened.data["case"])).out
    assert ("｜已登记" in shown, "待分派" in shown, "开始整改：现在办不下去" in shown) == (
        True,
        False,
        False,
    ), shown
    assert "待分派" in cli("show", "2026-1").out


def test_a_command_that_tells_of_no_workflow_reads_none(cli: CommandLine) -> None:
    read = kinds_read(cli, "people", "list")
    assert ("workflow" in read, "workflow" in kinds_read(cli, "issues", "--state", "closed")) == (False, True)


def kinds_read(cli: CommandLine, *words: str) -> set[object]:
    """What the statements of a command were given, the kinds of definitions among it."""
    given: set[object] = set()

    def note(_connection: object, _cursor: object, _said: str, values: Iterable[object], *_: object) -> None:
        given.update(values)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ok(cli(*words))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return given
