"""Commands say when they could not look at the people, and what a change of people leaves undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import onward
from engine.errors import Unavailable
from engine.store.database import Database
from engine.store.scope import Scope
from tests.kit.cli import CLERK, LEADER, SECRETARY, CommandLine, new_home
from tests.kit.source_tree import ROOT

CASE = "2026-1"
AUDIT = str(ROOT / "workflows/definitions/audit_finding.yaml")
LADDER = str(ROOT / "workflows/ladders/default.yaml")


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


ENDED = ("people", "end", SECRETARY, "--post", "secretary")


def test_nobody_waits_for_a_look_at_what_a_change_leaves_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = new_home(tmp_path / "home")
    looked = []

    def somebody_writes(*_: object, **__: object) -> list[object]:
        database = Database.open(home.url)
        with database.begin(Scope.whole()) as uow:
            uow.commit()
        database.close()
        looked.append(True)
        return []

    monkeypatch.setattr(onward, "gaps_after_change", somebody_writes)
    assert (home(*ENDED).code, looked) == (0, [True])


@pytest.mark.parametrize("key", [(), ("--key", "k1")])
def test_what_is_done_is_told_as_done_where_the_rest_cannot_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: tuple[str, ...]
) -> None:
    home = new_home(tmp_path / "home")
    before = home.holds()

    def busy(*_: object, **__: object) -> list[object]:
        raise Unavailable("database_locked", place="here")

    monkeypatch.setattr(onward, "gaps_after_change", busy)
    ended = home(*ENDED, *key, "--json")
    assert (ended.code, ended.data["warnings"], home.holds() == before) == (0, None, False)


def test_a_stand_in_is_listed_beside_the_holder_and_not_as_one(tmp_path: Path) -> None:
    cli = new_home(tmp_path / "home")
    assert 0 == cli("people", "link", LEADER, "--post", "secretary", "--substitute-for", SECRETARY).code
    lines = cli("people", "list").out.splitlines()
    assert "岗位“书记”（secretary）：王一，代理 张三" in lines
    (line,) = [line for line in lines if line.startswith(f"{LEADER} ")]
    assert ("｜代理书记" in line, "*" in line) == (True, False)


def test_checking_counts_the_sentences_that_it_says_and_each_names_its_workflow(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert 0 == cli("init", "--name", "青石桥小学").code
    assert 0 == cli("people", "add", "张三", "--post", "vice_principal_teaching").code
    lines = cli("check", AUDIT).out.splitlines()
    told = [line for line in lines if line.startswith("请注意：流程“audit_finding”")]
    assert lines == [*told, f"检查了1个文件，没有错误，有{len(told)}处请留意。"]
    assert len(told) > 1


def test_publishing_speaks_of_what_is_published_and_of_nothing_that_was_so_before(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    assert 0 == cli("init", "--name", "青石桥小学").code
    assert 0 == cli("people", "add", "张三", "--post", "vice_principal_teaching").code
    assert [] == cli("publish", LADDER, "--json").data["warnings"]
    told = cli("publish", AUDIT, "--json").data["warnings"]
    assert {"audit_finding"} == {row["workflow"] for row in told}
