"""`bulk` as the office uses it: look first, then all at once or each as it can."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.cli import LEADER, PINS, SECRETARY, CommandLine, new_home, ok

CASES = ["2026-1", "2026-2", "2026-3"]


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def states(cli: CommandLine) -> list[str]:
    return [row["state"] for row in cli("issues", "--json").data["issues"]]


def test_many_are_assigned_by_one_command_and_planned_by_their_owner(cli: CommandLine) -> None:
    done = ok(cli("bulk", "assign", *CASES, "--leader", LEADER, "--json")).data
    assert (done["done"], done["refused"]) == (3, 0)
    asked = ok(cli("bulk", "plan", "--owner", LEADER, "--as", LEADER, "--json")).data
    assert [row["request"] for row in asked["items"]] == [f"{case}-R1" for case in CASES]
    assert {row["outcome"] for row in asked["items"]} == {"requested"}


def test_nothing_is_done_where_one_is_refused_and_all_are_told(cli: CommandLine) -> None:
    ok(cli("bulk", "assign", *CASES[:1], "--leader", LEADER))
    held = cli.holds()
    said = cli("bulk", "plan", *CASES, "--as", LEADER, "--json")
    assert (said.code, [row["case"] for row in said.data["error"]["every"]]) == (3, CASES[1:])
    assert cli.holds() == held
    assert (said.data["error"]["nothing_done"], said.data["error"]["stopped_by"]) == (True, CASES[1:])
    assert "3件里，2026-2、2026-3不能办，所以一件也没有办" in said.sentences[-1]


def test_of_one_case_alone_nothing_is_said_of_others(cli: CommandLine) -> None:
    said = cli("bulk", "plan", "2026-2", "--as", LEADER)
    assert (said.code, "2026-2 现在不能办理" in said.err, "一件也没有办" in said.err) == (3, True, False), (
        said
    )


def test_each_keeps_what_could_be_done_and_repeats_its_answer(cli: CommandLine) -> None:
    ok(cli("bulk", "assign", *CASES[:1], "--leader", LEADER))
    words = ("bulk", "plan", *CASES, "--as", LEADER, "--each", "--key", "k", "--json")
    said = cli(*words)
    assert (said.code, said.data["done"], said.data["refused"]) == (3, 1, 2)
    held = cli.holds()
    assert (cli(*words).code, cli(*words).data, cli.holds()) == (3, said.data, held)


def test_what_was_refused_altogether_may_be_tried_again_with_its_key(cli: CommandLine) -> None:
    words = ("bulk", "plan", "2026-2", "--as", LEADER, "--each", "--key", "k")
    assert cli(*words).code == 3
    ok(cli("assign", "2026-2", "--leader", LEADER))
    ok(cli(*words))


def test_a_trial_shows_what_each_would_become(cli: CommandLine) -> None:
    ok(cli("bulk", "assign", *CASES[:2], "--leader", LEADER))
    held = cli.holds()
    said = cli("bulk", "plan", *CASES, "--as", LEADER, "--dry-run", "--json")
    assert (said.code, said.data["dry_run"]) == (3, True)
    assert [row["outcome"] for row in said.data["items"]] == ["requested", "requested", "refused"]
    assert said.data["items"][2]["unmet"]
    assert cli.holds() == held


def test_cases_are_named_or_chosen_never_both_or_neither(cli: CommandLine) -> None:
    assert cli("bulk", "plan", "--as", LEADER).code == 2
    assert cli("bulk", "plan", "2026-1", "--late", "--as", LEADER).code == 2


def test_nothing_chosen_is_said_so(cli: CommandLine) -> None:
    said = ok(cli("bulk", "close", "--state", "verified", "--as", SECRETARY, "--pin", PINS[SECRETARY]))
    assert said.out == "没有符合条件的事项。\n"


def test_a_state_is_called_as_its_line_shows_it_and_an_unknown_one_is_refused(cli: CommandLine) -> None:
    ok(cli("bulk", "assign", *CASES[:2], "--leader", LEADER))
    for words in (("issues",), ("bulk", "plan", "--as", LEADER, "--dry-run")):
        wrong = cli(*words, "--state", "已分配")
        assert (wrong.code, wrong.out) == (2, "")
        assert "没有“已分配”这个状态，您是不是想写 已分派，可以写：" in wrong.err
        assert all(word in wrong.err for word in ("已定方案", "已交办", "待复查"))
    assert chosen(cli, "已分派") == CASES[:2]
    assert chosen(cli, "待分派") == CASES[2:]
    assert chosen(cli, "assigned") == CASES
    asked = ok(cli("bulk", "报整改方案", "--state", "已分派", "--as", LEADER, "--json")).data
    assert [row["case"] for row in asked["items"]] == CASES[:2]


def chosen(cli: CommandLine, state: str) -> list[str]:
    return [row["case"] for row in cli("issues", "--state", state, "--json").data["issues"]]


def test_what_nobody_knows_is_named_in_full(cli: CommandLine) -> None:
    said = cli("bulk", "plan", "2026-1", "2030-1", "2030-2", "--as", LEADER)
    assert (said.code, said.err) == (6, "没有找到事项2030-1、2030-2。\n")
