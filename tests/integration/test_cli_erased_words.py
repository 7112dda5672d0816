"""What was erased is shown as erased, and never as what was not written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.cli import LEADER, CommandLine, Said, new_home
from tests.kit.commands import CLERK, SECOND, SIGNED

GONE = "（已抹去）"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


@pytest.fixture
def issue(cli: CommandLine) -> str:
    """An issue with one measure and a deliverable, whose plan waits in a bundle."""
    made = cli("issue", "add", "2026", "--title", "巡课没有记全", "--measure", "当天记", "--json")
    key: str = made.data["case"]
    ok(cli("deliverable", "count", key, "--name", "巡课记录", "--count", "2"))
    ok(cli("assign", key, "--leader", LEADER))
    ok(cli("do", key, "plan", "--as", LEADER))
    ok(cli("bundle", "make", "2026", "plan", "--as", CLERK))
    return key


def ok(said: Said) -> list[str]:
    assert (said.code, said.err) == (0, "")
    return said.out.splitlines()


def erases(cli: CommandLine, case: str, text: str, said: str) -> None:
    """Both steps, of the text that says so."""
    history = cli("show", case, "--json").data["history"]
    seq = next(str(row["seq"]) for row in history if row["texts"].get(text) == said)
    for signed in (SIGNED, SECOND):
        ok(cli("erase", case, "--seq", seq, "--text", text, *signed, "--reason", "写有学生姓名"))


def line(lines: list[str], start: str) -> str:
    return next(each.strip() for each in lines if each.strip().startswith(start))


def test_erased_words_are_told_in_the_case_and_in_its_bundle(cli: CommandLine, issue: str) -> None:
    for text, said in (("title", "巡课没有记全"), ("text", "当天记"), ("name", "巡课记录")):
        erases(cli, issue, text, said)
    shown, bundle = ok(cli("show", issue)), ok(cli("bundle", "show", "2026-B1"))
    assert line(shown, issue).startswith(f"{issue} {GONE}｜")
    assert line(shown, f"1. {GONE}｜")
    assert line(shown, f"1. {GONE}，2份")
    assert line(bundle, f"{issue}-R1").startswith(f"{issue}-R1 {GONE}｜")
    assert line(bundle, "措施1").startswith(f"措施1：{GONE}")
    assert line(bundle, "成果1") == f"成果1：{GONE}，2份"
    assert "？" not in "".join([*shown, *bundle])


def test_an_erased_text_keeps_its_head_and_one_never_written_has_none(cli: CommandLine, issue: str) -> None:
    assert not [each for each in ok(cli("show", issue)) if each.startswith("问题：")]
    ok(cli("issue", "edit", issue, "--problem", "只记了半个月"))
    erases(cli, issue, "problem", "只记了半个月")
    assert line(ok(cli("show", issue)), "问题") == "问题：已抹去"
