"""No word of the code stands in what people read (law 14): every list and page of a home in which much happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.cli import LEADER, PINS, SECRETARY, CommandLine, new_home, ok
from tests.kit.commands import HAZARD
from tests.kit.machine_words import machine_words

FIRST, SECOND = "2026-1", "2026-2"
SIGNED = ("--as", SECRETARY, "--pin", PINS[SECRETARY])
READERS = (
    ("issues",),
    ("issues", "--late"),
    ("show", FIRST, "--all-moves"),
    ("show", FIRST, "--why-due"),
    ("show", SECOND),
    ("show", "safety-2026-1", "--as", LEADER),
    ("messages",),
    ("messages", "--case", SECOND),
    ("requests",),
    ("requests", "--decided"),
    ("requests", "--unconfirmed"),
    ("people", "list"),
    ("people", "tokens"),
    ("claims",),
    ("inspection", "show", "2026", "--why-due"),
    ("evidence", "list", FIRST),
    ("bundle", "list"),
    ("duties",),
    ("duties", "plan"),
    ("webhook", "list"),
    ("status",),
    ("check",),
    ("verify",),
)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A plan that was withdrawn and asked again, one that was signed on paper, work that began, and a period."""
    folder = tmp_path_factory.mktemp("lived-in")
    cli, scan, paper = new_home(folder / "home"), folder / "scan.pdf", folder / "paper.txt"
    scan.write_bytes(b"%PDF-1.4 signed")
    paper.write_text("一次会议的记录", encoding="utf-8")
    for case in (FIRST, SECOND):
        ok(cli("assign", case, "--leader", LEADER))
        ok(cli("do", case, "plan", "--as", LEADER))
    ok(cli("withdraw", f"{SECOND}-R1", "--as", LEADER))
    ok(cli("do", SECOND, "plan", "--as", LEADER))
    ok(cli("approve", f"{FIRST}-R1", "--as", SECRETARY, "--paper", str(scan)))
    ok(cli("approve", f"{SECOND}-R2", *SIGNED))
    ok(cli("do", SECOND, "start", "--as", LEADER))
    ok(cli("evidence", "add", FIRST, "--file", str(paper), "--as", LEADER))
    ok(cli("open", "safety_hazard", "--title", "楼道灯不亮", *HAZARD))
    ok(cli("inspection", "plan", "2026"))
    ok(cli("duties", "on", "branch_committee"))
    ok(cli("people", "token", LEADER, "--label", "甲"))
    ok(cli("webhook", "add", "desk", "https://desk.example/hook", "--type", "moved"))
    assert cli("tick").code == 0  # In sending hours the console shows on stderr what leaves.
    return cli


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_a_page_says_no_word_of_the_code(lived_in: CommandLine, words: tuple[str, ...]) -> None:
    said = lived_in(*words)
    assert (said.code, machine_words(said.out.splitlines())) == (0, [])


def test_what_a_system_is_told_of_is_said_in_words(lived_in: CommandLine) -> None:
    words = ("webhook", "add", "other", "https://desk.example/hook", "--type", "moved", "--type", "requested")
    (line,) = ok(lived_in(*words)).out.splitlines()
    assert "只通知办理、提出申请" in line


def test_a_catalogue_of_posts_is_called_one(lived_in: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    file.write_text("posts: company\nversion: 1\nroles:\n  cook: {label: 食堂管理员}\n", encoding="utf-8")
    lines = ok(lived_in("publish", str(file), "--dry-run")).out.splitlines()
    assert lines[0].startswith("岗位目录“company”第1版可以发布")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("纸质签批确认时限（2026-3-R2）：2026年3月10日，on_paper", ["on_paper"]),
        ("2026-3｜withdrawn｜温馨提示", ["withdrawn"]),
        ("只通知moved、requested。", ["moved", "requested"]),
        ("另外可以：申请延期（extend）。请用 zhenggai do 2026-3 extend", []),
    ],
)
def test_the_scan_finds_what_it_should(line: str, words: list[str]) -> None:
    assert [row.partition(":")[0] for row in machine_words([line])] == words
