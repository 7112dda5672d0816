"""One key is one act, a trial is none, and who was quicker is named."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.kit.cli import LEADER, PINS, SECRETARY, SPRING, SUMMER, CommandLine, Said, new_home, ok

ISSUE = "2026-1"


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def assign_once(cli: CommandLine, due: str = SPRING) -> Said:
    return cli("assign", ISSUE, "--leader", LEADER, "--due", due, "--key", "k1", "--json")


def test_the_same_key_with_the_same_content_is_answered_again_and_done_once(cli: CommandLine) -> None:
    first = ok(assign_once(cli))
    held = cli.holds()
    again = ok(assign_once(cli))
    assert again.data == first.data
    assert cli.holds() == held


def test_the_same_key_with_another_content_is_a_conflict(cli: CommandLine) -> None:
    ok(assign_once(cli))
    held = cli.holds()
    other = assign_once(cli, SUMMER)
    assert (other.code, other.data["error"]["code"]) == (4, "idempotency_key_reused")
    assert cli.holds() == held


def test_a_refused_command_does_not_use_its_key_up(cli: CommandLine) -> None:
    wrong = cli("assign", ISSUE, "--leader", LEADER, "--due", "2020-01-01", "--key", "k1")
    assert wrong.code == 3
    ok(assign_once(cli))


def test_evidence_with_a_key_is_attached_once(cli: CommandLine, tmp_path: Path) -> None:
    paper = tmp_path / "minutes.txt"
    paper.write_text("会议记录", encoding="utf-8")
    ok(cli("assign", ISSUE, "--leader", LEADER))
    words = ("evidence", "add", ISSUE, "--as", LEADER, "--file", str(paper), "--key", "e1", "--json")
    first, again = ok(cli(*words)), ok(cli(*words))
    assert again.data == first.data
    assert len(ok(cli("evidence", "list", ISSUE, "--json")).data["evidence"]) == 1


def test_a_stale_revision_is_refused_and_the_present_one_is_taken(cli: CommandLine) -> None:
    seen = ok(cli("show", ISSUE, "--json")).data["revision"]
    words = ("assign", ISSUE, "--leader", LEADER, "--revision", str(seen))
    ok(cli(*words))
    held = cli.holds()
    late = cli(*words, "--json")
    assert (late.code, late.data["error"]["code"]) == (4, "case_changed")
    assert late.data["error"]["facts"]["expected"] == seen
    assert cli.holds() == held


def test_a_conflict_says_who_was_quicker_and_what_they_did(cli: CommandLine) -> None:
    ok(cli("assign", "2026-2", "--leader", LEADER))
    seen = str(ok(cli("show", "2026-2", "--json")).data["revision"])
    ok(cli("do", "2026-2", "plan", "--as", LEADER))
    late = cli("do", "2026-2", "plan", "--as", LEADER, "--revision", seen, "--json")
    facts = late.data["error"]["facts"]
    told = ok(cli("show", "2026-2", "--json")).data["history"]
    asked = next(row for row in told if row["type"] == "requested")
    winner = facts.pop("winner")
    assert (late.code, facts) == (
        4,
        {"case": "2026-2", "expected": int(seen), "revision": told[-1]["seq"]},
    )
    assert {name: winner[name] for name in ("person", "via", "type", "move", "seq")} == {
        "person": LEADER,
        "via": "cli",
        "type": "requested",
        "move": "plan",
        "seq": asked["seq"],
    }
    assert datetime.fromisoformat(winner["at"]) == datetime.fromisoformat(asked["recorded_at"])
    (line,) = late.sentences
    assert "张三提出“报整改方案”" in line


DRY = (
    ("assign", ISSUE, "--leader", LEADER),
    ("do", "2026-2", "plan", "--as", LEADER),
    ("approve", "2026-2-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]),
)


def test_a_dry_run_says_what_would_be_and_changes_nothing(cli: CommandLine, report: str) -> None:
    ok(cli("assign", "2026-2", "--leader", LEADER))
    held = cli.holds()
    for words in DRY[:2]:
        shown = ok(cli(*words, "--dry-run", "--json")).data
        assert (shown["dry_run"], bool(shown["events"])) == (True, True)
    ok(cli("import", report, "--dry-run"))
    assert cli.holds() == held
    ok(cli(*DRY[1]))
    held = cli.holds()
    shown = ok(cli(*DRY[2], "--dry-run", "--json")).data
    assert [row["state"] for row in shown["decided"]] == ["planned"]
    assert cli.holds() == held


def test_a_dry_run_uses_up_no_key_and_keeps_no_evidence(cli: CommandLine, tmp_path: Path) -> None:
    paper = tmp_path / "minutes.txt"
    paper.write_text("会议记录", encoding="utf-8")
    held = cli.holds()
    ok(cli("assign", ISSUE, "--leader", LEADER, "--due", SPRING, "--key", "k1", "--dry-run"))
    assert cli.holds() == held
    ok(assign_once(cli))
    held = cli.holds()
    ok(cli("do", ISSUE, "plan", "--as", LEADER, "--file", str(paper), "--dry-run"))
    assert cli.holds() == held


def test_a_dry_run_of_something_impossible_is_refused_like_the_real_thing(cli: CommandLine) -> None:
    words = ("do", ISSUE, "close", "--as", LEADER, "--json")
    assert cli(*words, "--dry-run").data == cli(*words).data
