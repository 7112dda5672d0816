"""One example for every command that writes, with the home that it needs: what holds for all is tried on each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.kit.cli import CLERK, COMMISSIONER, LEADER, PINS, SECRETARY, CommandLine
from tests.kit.reports import TEXT
from tests.kit.source_tree import ROOT

Words = tuple[str, ...]
ISSUE, OTHER = "2026-1", "2026-2"
REQUEST = f"{ISSUE}-R1"
HAZARD = ("--set", "level=ordinary", "--set", "place=东楼", "--set", "immediate_measures=专人值守")
HOOK = ("webhook", "add", "desk", "https://desk.example/hook")
SIGNED = ("--as", SECRETARY, "--pin", PINS[SECRETARY])
SECOND = ("--as", COMMISSIONER, "--pin", PINS[COMMISSIONER])


@dataclass(frozen=True)
class Example:
    """Words that succeed in a home after `before`; with `login` given with the token of a session."""

    words: Words
    before: tuple[Words, ...] = ()
    login: bool = False


def assigned(case: str = ISSUE) -> tuple[Words, ...]:
    return (("assign", case, "--leader", LEADER),)


def planned(case: str = ISSUE) -> tuple[Words, ...]:
    """A plan that waits for the secretary."""
    return (*assigned(case), ("do", case, "plan", "--as", LEADER))


def started(case: str = ISSUE) -> tuple[Words, ...]:
    return (*planned(case), ("approve", f"{case}-R1", *SIGNED), ("do", case, "start", "--as", LEADER))


def bundled() -> tuple[Words, ...]:
    return (*planned(), *planned(OTHER), ("bundle", "make", "2026", "plan", "--as", CLERK))


EXAMPLES: dict[Words, Example] = {
    ("inspection", "add"): Example(("inspection", "add", "--feedback", "2026-03-02", "--total", "2")),
    ("inspection", "plan"): Example(("inspection", "plan", "2026")),
    ("open",): Example(
        ("open", "safety_hazard", "--title", "楼道灯不亮", "--file", "@paper.txt", *HAZARD),
    ),
    ("issue", "add"): Example(("issue", "add", "2026", "--title", "记录不全", "--measure", "补记")),
    ("issue", "edit"): Example(("issue", "edit", ISSUE, "--title", "另一个题目")),
    ("issue", "split"): Example(("issue", "split", ISSUE, "--title", "一", "--problem", "二")),
    ("measure", "add"): Example(("measure", "add", ISSUE, "--text", "每周检查")),
    ("measure", "edit"): Example(("measure", "edit", ISSUE, "1", "--text", "每周检查")),
    ("measure", "done"): Example(("measure", "done", ISSUE, "1", "--as", LEADER), started()),
    ("deliverable", "count"): Example(("deliverable", "count", ISSUE, "--name", "记录", "--count", "2")),
    ("import",): Example(("import", "@report.txt")),
    ("claims", "accept"): Example(("claims", "accept", ISSUE, "--basis", "看过材料", *SIGNED)),
    ("claims", "reject"): Example(("claims", "reject", ISSUE, "--basis", "没有材料", *SIGNED)),
    ("people", "add"): Example(("people", "add", "钱五", "--post", "union_chair", "--person", "qian")),
    ("people", "post"): Example(("people", "post", "cook", "--label", "食堂管理员")),
    ("people", "link"): Example(("people", "link", CLERK, "--post", "union_chair")),
    ("people", "end"): Example(("people", "end", CLERK, "--post", "office")),
    ("people", "handover"): Example(
        ("people", "handover", "office", "--from", CLERK, "--to", LEADER, *SIGNED)
    ),
    ("people", "leave"): Example(("people", "leave", CLERK)),
    ("people", "pin"): Example(("people", "pin", CLERK, "--pin", "864209")),
    ("people", "token"): Example(("people", "token", CLERK, "--label", "办公系统")),
    ("people", "revoke"): Example(("people", "revoke", "1"), (("people", "token", CLERK, "--label", "甲"),)),
    ("login",): Example(("login", *SIGNED)),
    ("logout",): Example(("logout",), login=True),
    ("assign",): Example(assigned()[0]),
    ("do",): Example(("do", ISSUE, "plan", "--as", LEADER, "--file", "@paper.txt"), assigned()),
    ("bulk",): Example(("bulk", "assign", ISSUE, OTHER, "--leader", LEADER)),
    ("approve",): Example(("approve", REQUEST, *SIGNED), planned()),
    ("return",): Example(("return", REQUEST, *SIGNED, "--comment", "措施要写得更具体一些"), planned()),
    ("withdraw",): Example(("withdraw", REQUEST, "--as", LEADER), planned()),
    ("confirm",): Example(
        ("confirm", REQUEST, *SIGNED),
        (*planned(), ("approve", REQUEST, "--as", SECRETARY, "--paper", "@scan.pdf")),
    ),
    ("bundle", "make"): Example(("bundle", "make", "2026", "plan", "--as", CLERK), planned()),
    ("bundle", "remove"): Example(("bundle", "remove", "2026-B1", ISSUE, "--as", CLERK), bundled()),
    ("evidence", "add"): Example(("evidence", "add", ISSUE, "--file", "@paper.txt"), assigned()),
    ("evidence", "purge"): Example(
        ("evidence", "purge", ISSUE, "1", *SECOND, "--reason", "写有学生姓名"),
        (
            *assigned(),
            ("evidence", "add", ISSUE, "--file", "@paper.txt"),
            ("evidence", "purge", ISSUE, "1", *SIGNED, "--reason", "写有学生姓名"),
        ),
    ),
    ("duties", "on"): Example(("duties", "on", "branch_committee")),
    ("duties", "off"): Example(
        ("duties", "off", "branch_committee"), (("duties", "on", "branch_committee"),)
    ),
    ("duties", "sign"): Example(
        ("duties", "sign", "ethics_pledge@2026-2027", LEADER),
        (("duties", "on", "ethics_pledge", "--from", "2026-09-01"), ("tick",)),
    ),
    ("webhook", "add"): Example(("webhook", "add", "desk", "https://desk.example/hook")),
    ("webhook", "drop"): Example(("webhook", "drop", "desk"), (HOOK,)),
    ("webhook", "resend"): Example(("webhook", "resend", "desk"), (HOOK,)),
    ("seal",): Example(("seal",)),
    ("erase",): Example(
        ("erase", ISSUE, "--seq", "1", "--text", "problem", *SIGNED, "--reason", "写有学生姓名")
    ),
    ("issue", "link"): Example(
        ("issue", "link", ISSUE, "2025-1"),
        (
            ("inspection", "add", "--feedback", "2025-03-02"),
            ("issue", "add", "2025", "--title", "学习次数少"),
        ),
    ),
    ("publish",): Example(("publish", "@local.yaml")),
    ("override",): Example(("override", "workflow", "rectification", "@overlay.yaml")),
    ("init",): Example(("init",)),
    ("migrate-cases",): Example(("migrate-cases", "rectification")),
}


def ready(cli: CommandLine, folder: Path, words: Words) -> tuple[CommandLine, Words]:
    """The home with everything that the example of a command needs, and its words with files that are there."""
    (folder / "report.txt").write_text(TEXT.replace("2026", "2025"), encoding="utf-8")
    (folder / "paper.txt").write_text("一次会议的记录", encoding="utf-8")
    (folder / "overlay.yaml").write_text("states:\n  planned:\n    label: 已有方案\n", encoding="utf-8")
    shutil.copy(ROOT / "workflows" / "ladders" / "default.yaml", folder / "local.yaml")
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 scan")
    found = EXAMPLES[words]
    for step in found.before:
        said = cli(*_there(step, folder))
        assert said.code == 0, (step, said)
    token: Words = ()
    if found.login:
        token = ("--token", cli("login", *SIGNED, "--json").data["token"])
        cli("people", "tokens", *token)  # the day of its first use is noted, and may be
    return cli, (*_there(found.words, folder), *token)


def _there(words: Words, folder: Path) -> Words:
    return tuple(str(folder / word[1:]) if word.startswith("@") else word for word in words)
