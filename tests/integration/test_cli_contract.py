"""The contract of the command line: exit codes, one JSON document, keys that make things happen once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.cli import COMMISSIONER, LEADER, PINS, SECRETARY, SPRING, CommandLine, Said, new_home, ok
from tests.kit.databases import SERVER, Databases

ISSUE = "2026-1"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


# -- the shape of a preview (design.md, section 6)


def test_a_preview_has_the_documented_shape(tmp_path: Path, report: str) -> None:
    empty = CommandLine(tmp_path / "empty")
    ok(empty("init"))
    shown = ok(empty("import", report, "--dry-run", "--json")).data
    documented = {name: shown[name] for name in ("schema", "inspection", "issues", "reconciliation")}
    documented["inspection"].pop("lines")
    documented["issues"] = [_documented(row) for row in shown["issues"][:1]]
    assert documented == {
        "schema": 1,
        "inspection": {
            "unit": "青石桥小学",
            "inspected_from": "2025-09-01",
            "inspected_to": "2025-10-10",
            "feedback_on": "2026-01-19",
            "published_on": "2026-02-20",
        },
        "issues": [
            {
                "number": 1,
                "aspect": {"number": 1, "title": "党的建设"},
                "section": {"number": 1, "title": "学习不经常"},
                "title": "学习次数少",
                "problem": "学习次数少。全年只学一次。",
                "claimed_status": "closed",
                "measures": [{"text": "制定学习计划"}, {"text": "每月集中学习"}],
                "deliverables": [{"name": "计划", "count": 1}],
                "source_line": 5,
            }
        ],
        "reconciliation": {
            "stated_total": 3,
            "parsed_total": 3,
            "by_aspect": [
                {"aspect": 1, "stated": 2, "parsed": 2},
                {"aspect": 2, "stated": 1, "parsed": 1},
            ],
            "problems": [],
        },
    }


def _documented(issue: dict[str, object]) -> dict[str, object]:
    names = ("number", "aspect", "section", "title", "problem", "claimed_status")
    measures, deliverables = issue["measures"], issue["deliverables"]
    assert isinstance(measures, list) and isinstance(deliverables, list)
    return {
        **{name: issue[name] for name in names},
        "measures": [{"text": row["text"]} for row in measures],
        "deliverables": [{"name": row["name"], "count": row["count"]} for row in deliverables],
        "source_line": issue["source_line"],
    }


def test_what_the_text_does_not_give_is_null_or_unknown_and_never_a_guess(tmp_path: Path) -> None:
    bare = tmp_path / "bare.txt"
    bare.write_text("一、学习不够\n整改情况：加强学习。\n", encoding="utf-8")
    empty = CommandLine(tmp_path / "empty")
    ok(empty("init"))
    shown = ok(empty("import", str(bare), "--feedback", "2026-01-19", "--dry-run", "--json")).data
    assert (shown["inspection"]["unit"], shown["inspection"]["published_on"]) == (None, None)
    (issue,) = shown["issues"]
    assert (issue["aspect"], issue["section"], issue["claimed_status"]) == (None, None, "unknown")
    assert shown["reconciliation"]["stated_total"] is None


# -- one document


COMMANDS_THAT_PRINT = (
    ("claims",),
    ("issues",),
    ("show", ISSUE),
    ("people", "list"),
    ("requests",),
    ("evidence", "list", ISSUE),
    ("duties",),
    ("duties", "plan", "--from", "2026-03-01", "--to", "2026-05-31"),
    ("messages",),
    ("check",),
    ("status",),
    ("tick",),
    ("assign", ISSUE, "--leader", LEADER),
    ("duties", "on", "branch_committee"),
    ("people", "add", "钱五"),
    ("evidence", "add", ISSUE, "--offline", "会议记录"),
    ("inspection", "add", "--feedback", "2025-05-06"),
)


@pytest.mark.parametrize("words", COMMANDS_THAT_PRINT, ids=" ".join)
def test_json_is_one_document_and_nothing_else_is_on_stdout(cli: CommandLine, words: tuple[str, ...]) -> None:
    said = cli(*words, "--json")
    assert (said.code, said.data["schema"]) == (0, 1)
    assert next(iter(said.data)) == "schema"


@pytest.mark.parametrize("words", COMMANDS_THAT_PRINT, ids=" ".join)
def test_without_json_people_get_lines_and_no_braces(cli: CommandLine, words: tuple[str, ...]) -> None:
    said = cli(*words)
    assert said.code == 0
    assert said.out.strip() and "{" not in said.out and "None" not in said.out


def test_an_error_is_one_document_too_and_a_sentence_on_stderr(cli: CommandLine) -> None:
    said = cli("do", ISSUE, "close", "--as", LEADER, "--json")
    error = said.data["error"]
    assert (said.code, said.data["schema"], error["code"]) == (3, 1, "refused")
    assert [row["code"] for row in error["refusals"]["unmet"]][:2] == ["wrong_state", "wrong_role"]
    assert error["sentences"] == said.sentences


def test_messages_to_the_console_leave_on_stderr(cli: CommandLine) -> None:
    """A tick that sends prints letters; the document on stdout stays alone."""
    ok(cli("assign", ISSUE, "--leader", LEADER))
    said = cli("tick", "--json")
    assert said.code == 0
    assert said.data["schema"] == 1


# -- exit codes


def usage(cli: CommandLine) -> Said:
    return cli("assign", ISSUE, "--leader", LEADER, "--due", "31.12.2026")


def refused(cli: CommandLine) -> Said:
    return cli("do", ISSUE, "close", "--as", LEADER)


def conflict(cli: CommandLine) -> Said:
    return cli("assign", ISSUE, "--leader", LEADER, "--revision", "1")


def bad_file(cli: CommandLine) -> Said:
    empty = cli.home.parent / "empty.txt"
    empty.touch()
    return cli("import", str(empty))


def not_found(cli: CommandLine) -> Said:
    return cli("show", "2026-99")


def unavailable(cli: CommandLine) -> Said:
    return CommandLine(cli.home / "nowhere")("issues")


def succeeded(cli: CommandLine) -> Said:
    return cli("issues")


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (succeeded, 0),
        (usage, 2),
        (refused, 3),
        (conflict, 4),
        (bad_file, 5),
        (not_found, 6),
        (unavailable, 8),
    ],
)
def test_the_exit_code_says_what_kind_of_answer_it_is(
    cli: CommandLine, act: Callable[[CommandLine], Said], code: int
) -> None:
    before = cli.holds()
    said = act(cli)
    assert said.code == code
    assert cli.holds() == before
    if code:
        assert said.out == ""
        assert_sentences(said)


def assert_sentences(said: Said) -> None:
    """Words for a person: no traceback, no code, no general sentence."""
    assert said.sentences
    assert "Traceback" not in said.err and "没有办成" not in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("do", ISSUE),
        ("assign", ISSUE, "--revision", "one", "--leader", LEADER),
        ("evidence", "add", ISSUE, "--level", "secret", "--offline", "x"),
        (),
    ],
    ids=str,
)
def test_words_that_do_not_fit_show_the_usage_and_exit_2(cli: CommandLine, words: tuple[str, ...]) -> None:
    said = cli(*words)
    assert (said.code, said.out) == (2, "")
    assert "用法" in said.err and "Traceback" not in said.err


# -- one issue, all the way, and every refusal on it


def test_one_issue_goes_by_hand_from_assignment_to_the_last_signature(
    cli: CommandLine, tmp_path: Path
) -> None:
    paper = tmp_path / "plan.txt"
    paper.write_text("学习计划", encoding="utf-8")
    signed = ("--as", SECRETARY, "--pin", PINS[SECRETARY])
    ok(cli("assign", ISSUE, "--leader", "张三", "--due", SPRING))
    ok(cli("do", ISSUE, "plan", "--as", LEADER))
    assert cli("approve", f"{ISSUE}-R1", "--as", SECRETARY).code == 3
    assert cli("approve", f"{ISSUE}-R1", "--as", SECRETARY, "--pin", "000000").code == 3
    ok(cli("return", f"{ISSUE}-R1", *signed, "--comment", "请补充每条措施的完成时限"))
    ok(cli("do", ISSUE, "plan", "--as", LEADER))
    ok(cli("approve", f"{ISSUE}-R2", *signed))
    ok(cli("do", ISSUE, "start", "--as", LEADER))
    assert cli("do", ISSUE, "submit_evidence", "--as", LEADER).code == 3
    ok(cli("measure", "done", ISSUE, "1", "2", "--as", LEADER))
    ok(cli("evidence", "add", ISSUE, "--as", LEADER, "--file", str(paper), "--deliverable", "1"))
    ok(cli("do", ISSUE, "submit_evidence", "--as", LEADER))
    assert cli("do", ISSUE, "verify", "--as", LEADER).code == 3
    ok(cli("do", ISSUE, "verify", "--as", COMMISSIONER, "--pin", PINS[COMMISSIONER]))
    ok(cli("do", ISSUE, "close", "--as", LEADER))
    ok(cli("approve", f"{ISSUE}-R3", *signed))
    shown = ok(cli("show", ISSUE, "--json")).data
    assert shown["state"] == "closed"
    assert [row["status"] for row in shown["requests"]] == ["returned", "approved", "approved"]


@pytest.mark.postgres
@pytest.mark.skipif(SERVER not in os.environ, reason=f"{SERVER} names no server")
def test_the_same_commands_work_on_a_server(databases: Databases, tmp_path: Path, report: str) -> None:
    cli = CommandLine(tmp_path / "home")
    with databases.fresh_url("postgresql", is_migrated=False) as url:
        for words in (
            ("init", "--go-live", "2026-01-01"),
            ("people", "add", "王一", "--post", "secretary"),
            ("people", "add", "张三", "--post", "vice_principal_teaching"),
            ("people", "pin", SECRETARY, "--pin", PINS[SECRETARY]),
            ("import", report),
            ("assign", ISSUE, "--leader", "张三", "--due", SPRING),
            ("do", ISSUE, "plan", "--as", "p2"),
            ("approve", f"{ISSUE}-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]),
            ("tick",),
            ("status",),
        ):
            said = cli.run(*words, ZHENGGAI_DATABASE_URL=url)
            assert said.code == 0, (words, said)
        shown = cli.run("show", ISSUE, "--json", ZHENGGAI_DATABASE_URL=url).data
    assert shown["state"] == "planned"
    assert not cli.database.exists()
