"""What moves a case forward, as a secretary sees it: the way on, every move, and a warning before it is too late."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.core.history import Stamp
from engine.core.principal import system
from engine.core.register import HOME
from engine.services.post_catalogue import add_posts
from engine.store.database import Database
from engine.store.homes import NewOrganisation, add_organisation_row
from engine.store.scope import Scope
from tests.kit.cli import CLERK, COMMISSIONER, LEADER, CommandLine, Said, new_home
from tests.kit.databases import MONDAY

ISSUE = "2026-1"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def ok(said: Said) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


def section(shown: list[str], name: str) -> list[str]:
    begin = shown.index(name) + 1
    return shown[begin : shown.index("", begin) if "" in shown[begin:] else None]


def test_show_ends_with_the_way_to_the_end(cli: CommandLine) -> None:
    """Of an issue that no report calls done: there the shortest way would be to settle that."""
    issue = cli(
        "issue", "add", ISSUE.split("-", maxsplit=1)[0], "--title", "甲", "--measure", "一", "--json"
    ).data["case"]
    ok(cli("assign", issue, "--leader", LEADER))
    steps = [line for line in section(ok(cli("show", issue)), "还要几步") if not line.startswith("     ")]
    assert ["报整改方案", "报整改方案", "开始整改", "提交佐证", "核验", "申请销号", "申请销号"] == [
        line.split(". ")[1].split("：")[0] for line in steps
    ]
    way = cli("show", issue, "--json").data["way"]
    assert ("ask", "plan", [LEADER]) == tuple(way["steps"][0][key] for key in ("act", "move", "people"))
    assert (len(steps), False) == (len(way["steps"]), way["is_dead_end"])


def test_all_moves_are_there_for_those_who_ask_and_for_scripts(cli: CommandLine) -> None:
    ok(cli("assign", ISSUE, "--leader", LEADER))
    data = cli("show", ISSUE, "--as", LEADER, "--json").data["moves"]
    near = {row["move"] for row in data if row["begins_here"]}
    heads = [
        line.strip()
        for line in section(ok(cli("show", ISSUE, "--all-moves")), "下一步")
        if line[:4] != "    "
    ]
    assert (len(data), True) == (len(heads), near < {row["move"] for row in data})


def test_a_move_that_leaves_nobody_to_verify_warns_dry_and_real(cli: CommandLine) -> None:
    ok(cli("people", "add", "庚石", "--person", "gengshi", "--post", "discipline_commissioner"))
    command = ("assign", ISSUE, "--leader", "discipline_commissioner", "--as", CLERK)
    lines = [line for line in ok(cli(*command, "--dry-run")) if line.startswith("请注意：")]
    dry, real = cli(*command, "--dry-run", "--json").data, cli(*command, "--json").data
    assert [("only_verifier_owns", "verify")] == [
        (row["code"], row["facts"]["move"]) for row in real["warnings"]
    ]
    assert (1, dry["warnings"]) == (len(lines), real["warnings"])


def test_the_only_verifier_is_warned_where_they_work_on_it(cli: CommandLine) -> None:
    """They work in the office as well, and hear of it where they do it, as `check` says it afterwards."""
    ok(cli("assign", ISSUE, "--leader", LEADER))
    ok(cli("people", "link", COMMISSIONER, "--post", "office"))
    lines = ok(cli("evidence", "add", ISSUE, "--offline", "会议记录", "--as", COMMISSIONER))
    assert 1 == sum(line.startswith("请注意：") for line in lines)
    again = cli("evidence", "add", ISSUE, "--offline", "签到表", "--as", COMMISSIONER, "--json")
    assert (0, []) == (again.code, again.data["warnings"])
    assert (ISSUE, "only_verifier_owns") in {
        (row.get("case"), row["code"]) for row in cli("check", "--json").data["warnings"]
    }


def test_papers_that_come_with_a_move_warn_with_it(cli: CommandLine, tmp_path: Path) -> None:
    ok(cli("people", "link", COMMISSIONER, "--post", "office"))
    (tmp_path / "记录.txt").write_text("三月第一周", encoding="utf-8")
    command = ("assign", ISSUE, "--leader", LEADER, "--as", COMMISSIONER, "--json")
    assert [] == cli(*command, "--dry-run").data["warnings"]
    said = cli(*command, "--file", str(tmp_path / "记录.txt"))
    assert ["only_verifier_owns"] == [row["code"] for row in said.data["warnings"]]


def test_a_measure_for_the_only_verifier_is_warned_of(cli: CommandLine) -> None:
    ok(cli("assign", ISSUE, "--leader", LEADER))
    said = cli("measure", "add", ISSUE, "--text", "看一遍", "--leader", "discipline_commissioner", "--json")
    assert ["only_verifier_owns"] == [row["code"] for row in said.data["warnings"]]
    again = cli("measure", "edit", ISSUE, "1", "--leader", LEADER, "--json")
    assert [] == again.data["warnings"]


def test_check_without_people_says_what_it_says_of_files(tmp_path: Path) -> None:
    assert [] == CommandLine(tmp_path / "none")("check", "--json").data["warnings"]


def test_check_and_init_look_at_the_people(cli: CommandLine) -> None:
    """The home has a leader, a secretary and a clerk, and nobody who verifies."""
    checked = cli("check", "--json").data["warnings"]
    started = cli("init", "--json").data["warnings"]
    people = {row["move"] for row in started}
    assert people <= {row["facts"]["move"] for row in checked if "move" in row["facts"]}
    assert all(line.startswith("请注意：") for line in ok(cli("check"))[:-1])


def second_school(cli: CommandLine) -> None:
    """A second organisation, with somebody who could own a case and nobody who verifies."""
    database = Database.open(cli.url)
    with database.begin(Scope.whole()) as uow:
        uow.sign(Stamp.of(system(HOME)), MONDAY)
        new = NewOrganisation("second", "第二小学", "Asia/Shanghai", date(2026, 1, 1))
        add_posts(uow, add_organisation_row(uow, new), "second")
        uow.commit()
    database.close()
    ok(cli("people", "add", "刘七", "--post", "teaching_director", "--org", "second"))


def test_check_looks_at_every_organisation_and_says_which(cli: CommandLine) -> None:
    second_school(cli)
    all_of_them = cli("check", "--json").data["warnings"]
    named = cli("check", "--org", "second", "--json").data["warnings"]
    lines = ok(cli("check"))
    assert {"main", "second"} == {row["organisation"] for row in all_of_them if "organisation" in row}
    assert {"second"} == {row["organisation"] for row in named if "organisation" in row}
    assert ["main：", "second："] == [line for line in lines if line.endswith("：")]
    assert not any(line.endswith("：") for line in ok(cli("check", "--org", "second")))


def test_who_leaves_is_missed_at_once(cli: CommandLine) -> None:
    ok(cli("assign", ISSUE, "--leader", LEADER))
    said = cli("people", "leave", LEADER, "--json")
    assert [ISSUE] == sorted({row["case"] for row in said.data["warnings"]})
    assert {"nobody_can_act"} == {row["code"] for row in said.data["warnings"]}
