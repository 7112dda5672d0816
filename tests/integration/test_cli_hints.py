"""What the command line says when something is missing: whom to ask, how to give a photo, how a value is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.fold import EVENT_TYPES
from tests.kit.cli import COMMISSIONER, LEADER, PINS, CommandLine, Said, new_home
from tests.kit.source_tree import ROOT

HAZARD = ("--set", "level=一般", "--set", "place=食堂", "--set", "immediate_measures=停用")
PHOTO = b"\xff\xd8\xff\xe0before"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    (tmp_path / "before.jpg").write_bytes(PHOTO)
    return new_home(tmp_path / "home")


@pytest.fixture
def hazard(cli: CommandLine) -> str:
    key: str = cli("open", "safety_hazard", "--title", "灭火器压力不够", *HAZARD, "--json").data["case"]
    return key


def ok(said: Said) -> str:
    assert (said.code, said.err) == (0, "")
    return said.out


def test_whoever_owns_a_step_is_named_by_their_post(cli: CommandLine) -> None:
    ok(cli("inspection", "plan", "2026"))
    shown = ok(cli("show", "2026@plan"))
    assert "责任领导" not in shown
    assert "佐证材料（方案）不够，至少1份，现在0份。请补交佐证材料。（可找：办公室）" in shown


def test_where_nobody_holds_the_post_the_office_is_named(cli: CommandLine) -> None:
    ok(cli("inspection", "plan", "2026"))
    vacant = ok(cli("show", "2026@democratic_life"))
    assert "由组织委员（现在没有人）、办公室办理" in vacant
    assert "（可找：办公室）" in vacant and "可找：组织委员" not in vacant
    ok(cli("people", "add", "孙五", "--post", "organisation_commissioner"))
    held = ok(cli("show", "2026@democratic_life"))
    assert "由组织委员、办公室办理" in held and "（可找：组织委员）" in held


def test_the_owner_in_json_stays_a_role(cli: CommandLine) -> None:
    ok(cli("assign", "2026-1", "--leader", LEADER))
    moves = cli("show", "2026-1", "--json").data["moves"]
    (plan,) = [row for row in moves if row["move"] == "plan"]
    assert plan["by"] == ["owner"]


def test_only_who_is_there_is_named_as_somebody_who_could(cli: CommandLine) -> None:
    ok(cli("people", "add", "李六", "--post", "teaching_director", "--person", "p60"))
    said = cli("do", "2026-1", "verify", "--as", "p60")
    may = "应由纪检委员、督导组、副书记、上级党组织办理。"
    assert f"您不是这一步的办理人，{may}请转告他们办理。（可找：纪检委员）" in said.err


def test_a_missing_photo_says_how_to_give_one(cli: CommandLine, hazard: str) -> None:
    said = cli("assign", hazard, "--leader", LEADER)
    assert said.code == 3
    assert "还没有填“整改前照片（photo_before）”" in said.err
    assert "如 --file 照片.jpg --set photo_before=照片.jpg" in said.err


def test_assigning_takes_the_photo_as_it_was_told(cli: CommandLine, hazard: str, tmp_path: Path) -> None:
    told = cli("assign", hazard, "--leader", LEADER, "--set", "photo_before=before.jpg")
    assert (told.code, "照片请用 --file 一起交" in told.err) == (3, True)
    photo = ("--file", str(tmp_path / "before.jpg"), "--set", "photo_before=before.jpg")
    said = ok(cli("assign", hazard, "--leader", LEADER, *photo))
    assert "责任领导是教学副校长" in said
    assert "治理时限" in said  # as its workflow calls it, not as others do
    assert "整改前照片：佐证1" in ok(cli("show", hazard))


def test_a_file_that_was_given_before_is_told_of_the_move_it_came_with(
    cli: CommandLine, hazard: str, tmp_path: Path
) -> None:
    photo = ("--file", str(tmp_path / "before.jpg"))
    ok(cli("assign", hazard, "--leader", LEADER, *photo, "--set", "photo_before=before.jpg"))
    ok(cli("do", hazard, "start", "--as", LEADER))
    again = cli("do", hazard, "报请复查", "--as", LEADER, *photo, "--set", "photo_after=before.jpg")
    assert (again.code, again.sentences) == (
        3,
        [
            f"{hazard} 现在不能办理“报请复查”，还差：",
            "1. 同一份材料已经交过：before.jpg（佐证1）。请去掉这个文件再办；这一步要交新的材料，请换一份。",
        ],
    )
    (tmp_path / "after.jpg").write_bytes(PHOTO + b"after")
    other = ("--file", str(tmp_path / "after.jpg"), "--set", "photo_after=after.jpg")
    ok(cli("do", hazard, "submit", "--as", LEADER, *other))


def test_handing_on_asks_to_whom_and_then_says_it(cli: CommandLine) -> None:
    ok(cli("assign", "2026-1", "--leader", LEADER))
    reason = ("--comment", "分工调整，改由书记负责这一项")
    asked = cli("do", "2026-1", "reassign", *reason)
    assert asked.code == 3 and "请用 --leader 写明交给谁" in asked.err
    assert "责任领导是书记" in ok(cli("do", "2026-1", "reassign", "--leader", "secretary", *reason))


def test_what_a_case_was_given_to_is_a_key_in_json(cli: CommandLine) -> None:
    said = cli("assign", "2026-1", "--leader", LEADER, "--json").data
    assert said["owner"] == "vice_principal_teaching"


@pytest.mark.parametrize("sign", ["=", "＝"])
def test_a_sign_of_either_width_separates_name_and_value(cli: CommandLine, hazard: str, sign: str) -> None:
    ok(cli("issue", "edit", hazard, "--set", f"cost{sign}300"))
    assert cli("show", hazard, "--json").data["values"]["cost"] == 300
    dry = cli("do", "2026-1", "extend", "--as", LEADER, "--set", f"kind{sign}rectify", "--dry-run", "--json")
    assert "name_value_wrong" not in dry.out
    made = cli("issue", "add", "2026", "--title", "新问题", "--deliverable", f"记录{sign}2", "--json").data
    assert cli("show", made["case"], "--json").data["deliverables"][0]["count"] == 2


def test_a_value_without_a_sign_is_refused_in_one_sentence(cli: CommandLine) -> None:
    said = cli("do", "2026-1", "extend", "--as", LEADER, "--set", "kind：rectify")
    assert (said.code, said.sentences) == (2, ["“kind：rectify”写法不对，请写成 名称=内容。"])


def test_trying_to_begin_makes_nothing(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "nowhere")
    said = cli("init", "--dry-run", "--json").data
    assert (said["is_new"], said["migrates"], said["dry_run"]) == (True, True, True)
    assert "workflow/rectification" in said["published"]
    assert not cli.home.exists()
    ok(cli("init"))
    assert cli("init", "--dry-run", "--json").data["published"] == []


def test_trying_again_says_what_would_be_published_and_keeps_the_home(cli: CommandLine) -> None:
    before = cli.holds()
    ladder = cli.home / "workflows" / "ladders" / "default.yaml"
    ladder.parent.mkdir(parents=True)
    shipped = (ROOT / "workflows" / "ladders" / "default.yaml").read_text("utf-8")
    ladder.write_text(shipped.replace("days: 10", "days: 9", 1).replace("version: 1", "version: 7"), "utf-8")
    said = ok(cli("init", "--dry-run"))
    assert "会更新1份定义：" in said and "  ladder/default" in said
    assert cli.holds() == before
    assert cli("init", "--demo", "--dry-run").code == 2


def test_what_says_only_what_differs_is_told_how_to_be_checked(cli: CommandLine, tmp_path: Path) -> None:
    overlay = tmp_path / "three_days.yaml"
    overlay.write_text("moves:\n  plan:\n    approval:\n      within_workdays: 3\n", "utf-8")
    said = cli("check", str(overlay))
    assert (said.code, len(said.sentences)) == (5, 2)
    how = said.sentences[1].split("zhenggai ", 1)[1].split(" 检查")[0]
    assert ok(cli(*how.split())).startswith("流程“rectification”")


def test_a_paper_for_few_says_how_to_prove_that_one_may_see_it(cli: CommandLine) -> None:
    hidden = ("--offline", "谈话记录", "--level", "verifier")
    ok(cli("assign", "2026-1", "--leader", LEADER))
    ok(cli("evidence", "add", "2026-1", "--as", LEADER, *hidden))
    for words in (("show", "2026-1"), ("evidence", "list", "2026-1")):
        told = ok(cli(*words, "--as", COMMISSIONER))
        assert "谈话记录" not in told and "加上 --as 本人编号 --pin 口令" in told and "zhenggai login" in told
        proved = ok(cli(*words, "--as", COMMISSIONER, "--pin", PINS[COMMISSIONER]))
        assert "谈话记录" in proved and "--pin" not in proved


def test_a_time_limit_is_called_as_it_is_shown(cli: CommandLine) -> None:
    ok(cli("assign", "2026-1", "--leader", LEADER))
    extend = ("do", "2026-1", "extend", "--as", LEADER, "--due", "2027-12-31", "--dry-run", "--set")
    wrong = cli(*extend, "kind=整改")
    assert (
        "没有这样在计时的时限（整改），在计时的有：报整改方案时限（plan）、整改时限（rectify）" in wrong.err
    )
    for word in ("整改时限", "rectify"):
        assert "没有这样在计时的时限" not in cli(*extend, f"kind={word}").err


def test_a_post_is_given_by_its_name_and_never_as_a_number(cli: CommandLine) -> None:
    for word in ("11", "abc", "9999"):
        said = cli("do", "2026-1", "assign", "--set", f"post={word}")
        assert (said.code, said.out) == (3, "")
        assert f"“{word}”不是本单位的岗位。请用 --leader 写明交给谁" in said.err
    assert cli("verify").code == 0


def test_the_values_of_an_option_are_listed_where_they_are_asked_for(cli: CommandLine) -> None:
    helped = "".join(ok(cli("webhook", "add", "--help")).split())
    assert all(name in helped for name in EVENT_TYPES)
    papers = ok(cli("evidence", "add", "--help"))
    assert "会议记录（minutes）" in papers and "签到表（sign_in）" in papers
    wrong = cli("webhook", "add", "desk", "https://example.org", "--type", "moves")
    assert wrong.code == 2 and "您是不是想写 moved，可以写：case_opened、" in wrong.err


def test_a_kind_of_paper_is_written_by_its_key_or_its_name(cli: CommandLine) -> None:
    ok(cli("assign", "2026-1", "--leader", LEADER))
    paper = ("evidence", "add", "2026-1", "--as", LEADER, "--offline")
    wrong = cli(*paper, "会议", "--kind", "minuts")
    assert wrong.code == 2 and "您是不是想写 minutes，可以写：会议记录（minutes）、" in wrong.err
    ok(cli(*paper, "会议", "--kind", "会议记录"))
    (row,) = cli("evidence", "list", "2026-1", "--json").data["evidence"]
    assert row["kind"] == "minutes"
