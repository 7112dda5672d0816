"""What a case tells of its past: one line for each act, what was changed, who typed it in; requests by their keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.cli import LEADER, PINS, SECRETARY, CommandLine, Said, new_home

CLAIMED = "2026-1"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


@pytest.fixture
def issue(cli: CommandLine) -> str:
    """An issue that no report calls finished, with a plan that waits for the secretary."""
    key: str = cli("issue", "add", "2026", "--title", "巡课本没有记全", "--measure", "当天记", "--json").data[
        "case"
    ]
    ok(cli("assign", key, "--leader", LEADER))
    ok(cli("do", key, "plan", "--as", LEADER))
    return key


def ok(said: Said) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


def section(cli: CommandLine, case: str, name: str, *more: str) -> list[str]:
    shown = [*ok(cli("show", case, *more)), ""]
    begin = shown.index(name) + 1
    return [line.strip() for line in shown[begin : shown.index("", begin)]]


def past(cli: CommandLine, case: str) -> list[str]:
    """The lines of the history without their day."""
    return [line.split("日 ", 1)[1] for line in section(cli, case, "经过")]


def test_the_history_shows_the_numbers_that_erase_takes(cli: CommandLine, issue: str) -> None:
    seqs = [row["seq"] for row in cli("show", issue, "--json").data["history"]]
    lines = section(cli, issue, "经过")
    shown = [[int(seq) for seq in line.split(". ", 1)[0].split("–")] for line in lines]
    assert seqs == [seq for row in shown for seq in range(row[0], row[-1] + 1)]
    said = cli("erase", issue, "--seq", "2", "--text", "title", "--reason", "写错了别人的姓名")
    assert any("“标题”在第1条" in line for line in said.sentences)


def test_what_followed_from_one_act_stands_in_its_line(cli: CommandLine, issue: str) -> None:
    opened, assigned, asked = past(cli, issue)
    assert opened == "经办人：立项；增加措施1"
    assert assigned.startswith("经办人：分派，现为已分派；责任领导定为教学副校长；报整改方案时限定为")
    assert asked.startswith("张三：提出“报整改方案”，待书记审批；")


def test_only_what_was_typed_in_for_somebody_is_called_so(cli: CommandLine, issue: str) -> None:
    assert [line.count("代录") for line in past(cli, issue)] == [0, 0, 1]
    ok(cli("approve", f"{issue}-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]))
    assert past(cli, issue)[3].startswith(
        f"王一：通过申请 {issue}-R1（用他人代办的口令）；报整改方案，现为已定方案；"
    )
    assert "代录" not in past(cli, issue)[3]


def test_a_decision_is_told_once(cli: CommandLine, issue: str) -> None:
    ok(cli("approve", f"{issue}-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]))
    (line,) = [line for line in past(cli, issue) if "通过" in line]
    assert (line.count("通过"), line.count("审批时限")) == (1, 0)


def test_a_correction_says_which_text_it_changed_and_no_book_keeping(cli: CommandLine, issue: str) -> None:
    ok(cli("withdraw", f"{issue}-R1", "--as", LEADER))
    ok(cli("issue", "edit", issue, "--problem", "六周的笔迹一样。"))
    assert past(cli, issue)[-1] == "经办人：修改问题"


def test_a_declared_field_is_told_with_its_label_and_value(cli: CommandLine) -> None:
    fields = ("--set", "level=一般", "--set", "place=食堂", "--set", "immediate_measures=停用")
    case = cli("open", "safety_hazard", "--title", "灭火器压力不够", *fields, "--json").data["case"]
    ok(cli("issue", "edit", case, "--set", "cost=3000", "--set", "place=后厨"))
    assert past(cli, case)[-1] == "经办人：修改部位；整改费用：3,000元"


def test_a_waiting_request_is_shown_by_its_key_with_the_way_to_take_it_back(
    cli: CommandLine, issue: str
) -> None:
    (line,) = section(cli, issue, "申请")
    assert line.startswith(f"{issue}-R1 报整改方案，待书记审批")
    assert line.endswith(f"要撤回，由申请人用 zhenggai withdraw {issue}-R1")
    assert any(line.startswith(f"审批时限（{issue}-R1）：") for line in section(cli, issue, "时限"))


def test_what_it_stands_in_the_way_of_names_it_and_how_to_end_it(cli: CommandLine, issue: str) -> None:
    said = cli("do", issue, "start", "--as", LEADER)
    wanted = f"申请 {issue}-R1（报整改方案）还在等审批。请等审批，或由申请人撤回：zhenggai withdraw {issue}-R1。（可找：书记）"
    assert said.code == 3 and said.sentences[-1].endswith(wanted)
    ok(cli("withdraw", f"{issue}-R1", "--as", LEADER))
    assert cli("do", issue, "plan", "--as", LEADER).code == 0


def test_a_refusal_names_the_request_by_its_key_in_json_too(cli: CommandLine, issue: str) -> None:
    error = cli("do", issue, "start", "--as", LEADER, "--json").data["error"]
    (row,) = [row for row in error["refusals"]["unmet"] if row["code"] == "request_pending"]
    assert row["facts"]["request"] == f"{issue}-R1"


def test_a_claim_is_settled_only_where_there_is_one(cli: CommandLine, issue: str) -> None:
    ok(cli("withdraw", f"{issue}-R1", "--as", LEADER))
    assert any(line.startswith("认定已完成") for line in section(cli, CLAIMED, "下一步"))
    assert not any(line.startswith("认定已完成") for line in section(cli, issue, "下一步"))
    assert any(line.startswith("认定已完成") for line in section(cli, issue, "下一步", "--all-moves"))


def test_what_a_waiting_request_forbids_is_not_offered_beside_the_way(cli: CommandLine, issue: str) -> None:
    assert not any(line.startswith("另外可以") for line in section(cli, issue, "下一步"))
    ok(cli("withdraw", f"{issue}-R1", "--as", LEADER))
    assert "另外可以：改派（reassign）、申请延期（extend）、申请中止（pause）" in section(
        cli, issue, "下一步"
    )
