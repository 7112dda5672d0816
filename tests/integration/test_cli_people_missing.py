"""Commands say when they could not look at the people, and what a change of people leaves undone."""

from __future__ import annotations

from pathlib import Path

from tests.kit.cli import CLERK, LEADER, SECRETARY, new_home

CASE = "2026-1"


def test_a_home_whose_database_cannot_be_read_has_its_files_checked_and_says_so(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    before = home("check", "--json").data["is_home_read"]
    home.database.write_bytes(b"no database")
    checked = home("check")
    assert (before, checked.code, "只检查了文件" in checked.out) == (True, 0, True)
    assert home("check", "--json").data["is_home_read"] is False


def test_a_handover_warns_of_what_nobody_could_decide_afterwards(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    assert home("assign", CASE, "--leader", "vice_principal_teaching", "--as", CLERK).code == 0
    words = ("people", "handover", "secretary", "--from", SECRETARY, "--to", LEADER, "--dry-run")
    warned = home(*words, "--json").data["warnings"]
    assert ("close", "nobody_can_decide") in [(row["move"], row["code"]) for row in warned]
    assert "请注意" in home(*words).out


def test_a_stand_in_is_listed_beside_the_holder_and_not_as_one(tmp_path: Path) -> None:
    cli = new_home(tmp_path / "home")
    assert 0 == cli("people", "link", LEADER, "--post", "secretary", "--substitute-for", SECRETARY).code
    lines = cli("people", "list").out.splitlines()
    assert "岗位“书记”（secretary）：王一，代理 张三" in lines
    (line,) = [line for line in lines if line.startswith(f"{LEADER} ")]
    assert ("｜代理书记" in line, "*" in line) == (True, False)
