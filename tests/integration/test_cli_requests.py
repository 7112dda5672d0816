"""Requests on the command line: bundles, papers and minutes as a secretary and a clerk meet them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.kit.cli import CLERK, COMMISSIONER, LEADER, PINS, SECRETARY, CommandLine, Said, new_home, ok

FIRST, SECOND = "2026-1", "2026-2"
REASON = "请补充每项措施的具体完成时限"
SIGNED = ("--as", SECRETARY, "--pin", PINS[SECRETARY])
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    """A home where two plans wait for the secretary, and a scan lies beside it."""
    cli = new_home(tmp_path / "home")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4 signed")
    (tmp_path / "notes.pdf").write_bytes(b"just text")
    for case in (FIRST, SECOND):
        ok(cli("assign", case, "--leader", LEADER))
        ok(cli("do", case, "plan", "--as", LEADER))
    return cli


def waiting(cli: CommandLine, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ok(cli("requests", *words, "--json")).data["requests"]
    return rows


def refusals(said: Said) -> list[str]:
    assert said.code == 3
    return [row["code"] for row in said.data["error"]["refusals"]["unmet"]]


def test_a_request_is_shown_with_everything_that_matters_for_deciding_it(cli: CommandLine) -> None:
    row = waiting(cli)[0]
    named = {name: row[name] for name in ("request", "asked_by", "decider", "needed", "votes", "may_vote")}
    assert named == {
        "request": f"{FIRST}-R1",
        "asked_by": LEADER,
        "decider": "secretary",
        "needed": 1,
        "votes": 0,
        "may_vote": [SECRETARY],
    }
    empty = {
        name: row[name] for name in ("expires_on", "bundle", "follows", "changes", "words", "added_since")
    }
    assert empty == {
        "expires_on": None,
        "bundle": None,
        "follows": None,
        "changes": None,
        "words": [],
        "added_since": [],
    }


def test_what_was_returned_comes_back_with_what_was_asked_and_what_changed(cli: CommandLine) -> None:
    ok(cli("return", f"{FIRST}-R1", *SIGNED, "--comment", REASON))
    ok(cli("measure", "add", FIRST, "--text", "再加一条", "--as", LEADER))
    ok(cli("do", FIRST, "plan", "--as", LEADER))
    (row,) = [each for each in waiting(cli) if each["case"] == FIRST]
    assert (row["request"], row["follows"], row["asked_for"]) == (f"{FIRST}-R2", f"{FIRST}-R1", [REASON])
    assert row["changes"] == {"added": ["measure:3"], "removed": [], "changed": []}
    assert "和上次相比，新增措施3" in ok(cli("requests")).out
    assert ok(cli("show", FIRST, "--json")).data["requests"][0]["asked_for"] == [REASON]


def test_a_bundle_is_made_shown_and_decided_once_per_key(cli: CommandLine) -> None:
    made = ok(cli("bundle", "make", "2026", "plan", "--as", CLERK, "--title", "整改方案", "--json")).data
    assert [row["bundle"] for row in made["bundles"]] == ["2026-B1"]
    digest = ok(cli("bundle", "show", "2026-B1", "--json")).data["digest"]
    assert cli("approve", "2026-B1", *SIGNED, "--digest", "0" * 64).code == 4
    words = ("approve", "2026-B1", *SIGNED, "--digest", digest, "--key", "k")
    answers = [ok(cli(*words, "--except", SECOND, "--comment", REASON, "--json")).data for _ in range(2)]
    assert answers[0] == answers[1]
    decided = {row["case"]: row["verdict"] for row in answers[0]["decided"]}
    assert decided == {FIRST: "approve", SECOND: "return"}
    assert cli(*words).code == 4
    assert ok(cli("bundle", "list", "--json")).data["bundles"][0]["pending"] == 0
    assert "2个申请，都不再待审批" in ok(cli("bundle", "list")).out
    assert cli("bundle", "show", "2026-B7").code == 6


@pytest.mark.parametrize("verb", [("approve",), ("return", "--comment", REASON)])
def test_a_request_is_decided_only_as_it_was_seen(cli: CommandLine, verb: tuple[str, ...]) -> None:
    seals = {row["request"]: row["seal"] for row in waiting(cli)}
    one, other = seals
    before = cli.holds()
    words = (verb[0], one, *verb[1:], *SIGNED, "--digest")
    for wrong in (seals[other], "0" * 64, ""):
        said = cli(*words, wrong, "--json")
        assert (said.code, said.data["error"]["code"]) == (4, "request_changed")
    assert "申请 2026-1-R1 和您看过的不一样，请重新查看后再办。" in cli(*words, "0" * 64).err
    both = cli(verb[0], one, other, *verb[1:], *SIGNED, "--digest", seals[one], "--json")
    assert (both.code, both.data["error"]["code"], cli.holds()) == (2, "digest_of_one", before)
    assert ok(cli(*words, seals[one], "--json")).data["decided"][0]["request"] == one


def test_minutes_are_about_what_was_seen(cli: CommandLine, tmp_path: Path) -> None:
    meeting = ("--held-on", TODAY.isoformat(), "--of", "5", "--present", "5", "--in-favour", "5")
    words = ("approve", f"{FIRST}-R1", "--as", CLERK, "--minutes", str(tmp_path / "scan.pdf"), *meeting)
    said = cli(*words, "--digest", "0" * 64, "--json")
    assert (said.code, said.data["error"]["code"]) == (4, "request_changed")


def test_a_key_that_is_empty_is_no_key(cli: CommandLine) -> None:
    before = cli.holds()
    for key in ("", "  "):
        said = cli("approve", f"{FIRST}-R1", *SIGNED, "--key", key, "--json")
        assert (said.code, said.data["error"]["code"], cli.holds()) == (2, "key_empty", before)
    assert cli("approve", f"{FIRST}-R1", *SIGNED, "--key", "").err == (
        "--key 后面是空的，请写自己定的一串字，或不写 --key。\n"
    )


def test_a_refused_bundle_names_every_item_and_changes_nothing(cli: CommandLine) -> None:
    ok(cli("bundle", "make", "2026", "plan", "--as", CLERK))
    before = cli.holds()
    said = cli("approve", "2026-B1", "--as", COMMISSIONER, "--pin", PINS[COMMISSIONER], "--json")
    assert [row["case"] for row in said.data["error"]["every"]] == [FIRST, SECOND]
    assert (said.code, cli.holds()) == (3, before)


def test_a_bundle_is_shown_with_what_is_asked_for_in_each_item(cli: CommandLine) -> None:
    ok(cli("measure", "add", FIRST, "--text", "另加一条", "--as", LEADER))
    ok(cli("do", FIRST, "plan", "--as", LEADER))
    ok(cli("bundle", "make", "2026", "plan", "--as", CLERK))
    item = ok(cli("bundle", "show", "2026-B1", "--json")).data["items"][0]
    case = ok(cli("show", FIRST, "--json")).data
    asked = {row["number"]: row["text"] for row in case["measure_list"]}
    assert (item["request"], item["title"], item["owner"], item["owners"]) == (
        f"{FIRST}-R2",
        case["title"],
        "vice_principal_teaching",
        [LEADER],
    )
    assert {row["number"]: row["text"] for row in item["measures"]} == asked
    lines = ok(cli("bundle", "show", "2026-B1")).out
    assert f"{FIRST}-R2 {case['title']}｜责任领导：教学副校长（张三）｜待审批" in lines
    assert "措施3：另加一条" in lines


def test_what_was_changed_after_a_bundle_was_decided_is_not_shown_as_decided(cli: CommandLine) -> None:
    ok(cli("bundle", "make", "2026", "plan", "--as", CLERK))
    ok(cli("return", "2026-B1", *SIGNED, "--comment", REASON))
    ok(cli("measure", "edit", FIRST, "1", "--text", "改成别的", "--as", LEADER))
    item = ok(cli("bundle", "show", "2026-B1", "--json")).data["items"][0]
    assert item["changed_since"] == ["measure:1"]
    assert "改成别的" not in ok(cli("bundle", "show", "2026-B1")).out


def test_an_item_taken_out_of_a_bundle_is_decided_alone(cli: CommandLine) -> None:
    ok(cli("bundle", "make", "2026", "plan", "--as", CLERK))
    ok(cli("bundle", "remove", "2026-B1", SECOND, "--as", CLERK))
    assert {row["case"]: row["bundle"] for row in waiting(cli)} == {FIRST: "2026-B1", SECOND: None}


def test_a_paper_is_registered_listed_and_confirmed(cli: CommandLine, tmp_path: Path) -> None:
    refused = cli(
        "approve", f"{FIRST}-R1", "--as", SECRETARY, "--paper", str(tmp_path / "notes.pdf"), "--json"
    )
    assert (refused.code, refused.data["error"]["code"]) == (5, "scan_unreadable")
    ok(cli("people", "pin", CLERK, "--pin", "975310"))
    signed = ("approve", f"{FIRST}-R1", "--as", SECRETARY, "--paper", str(tmp_path / "scan.pdf"))
    assert refusals(cli(*signed, "--recorder", CLERK, "--json")) == ["recorder_needs_proof"]
    assert refusals(cli(*signed, "--recorder", CLERK, "--pin", "000001", "--json")) == ["pin_wrong"]
    assert refusals(cli(*signed, "--recorder", LEADER, "--json")) == [
        "recorder_is_party",
        "recorder_not_allowed",
        "recorder_needs_proof",
    ]
    ok(cli(*signed, "--recorder", CLERK, "--pin", "975310"))
    (row,) = waiting(cli, "--unconfirmed")
    word = row["words"][0]
    assert (row["request"], row["unconfirmed"], word["recorded_by"]) == (f"{FIRST}-R1", [SECRETARY], CLERK)
    assert refusals(cli("confirm", f"{FIRST}-R1", "--as", SECRETARY, "--json")) == ["needs_proof"]
    ok(cli("confirm", f"{FIRST}-R1", *SIGNED))
    assert waiting(cli, "--unconfirmed") == []
    assert "王一（纸质签批）" in ok(cli("requests", "--decided")).out


def test_a_paper_is_denied_with_words(cli: CommandLine, tmp_path: Path) -> None:
    ok(cli("approve", f"{FIRST}-R1", "--as", SECRETARY, "--paper", str(tmp_path / "scan.pdf")))
    assert refusals(cli("confirm", f"{FIRST}-R1", *SIGNED, "--deny", "--json")) == ["comment_too_short"]
    ok(cli("confirm", f"{FIRST}-R1", *SIGNED, "--deny", "--comment", "这份签批单不是我签的，请核对"))
    history = ok(cli("show", FIRST, "--json")).data["history"]
    assert "decision_denied" in [row["type"] for row in history]
    shown = ok(cli("show", FIRST)).out.splitlines()
    assert shown[1] == (
        f"请注意：“报整改方案”的审批（{FIRST}-R1）有争议，登记的纸质签批王一本人不认可；已办的没有撤销，请先由办公室核对。"
    )
    assert shown[shown.index("下一步") + 1].startswith(f"  先核对 {FIRST}-R1 的纸质签批：")
    (row,) = waiting(cli, "--unconfirmed")
    assert (row["unconfirmed"], row["denied"]) == ([], [SECRETARY])
    assert "纸质签批王一本人不认可，待办公室核对" in ok(cli("requests", "--unconfirmed")).out
    ok(cli("confirm", f"{FIRST}-R1", *SIGNED))
    assert waiting(cli, "--unconfirmed") == []
    assert "争议" not in ok(cli("show", FIRST)).out


def test_minutes_are_told_whole_or_not_at_all(cli: CommandLine, tmp_path: Path) -> None:
    scan = str(tmp_path / "scan.pdf")
    part = cli("approve", f"{FIRST}-R1", "--as", CLERK, "--minutes", scan, "--of", "5", "--json")
    assert (part.code, part.data["error"]["code"]) == (2, "minutes_in_part")


def test_minutes_decide_for_the_committee_what_the_secretary_owns(cli: CommandLine, tmp_path: Path) -> None:
    for person in (SECRETARY, COMMISSIONER, CLERK):
        ok(cli("people", "link", person, "--post", "party_committee"))
    ok(cli("people", "pin", CLERK, "--pin", "975310"))
    ok(cli("withdraw", f"{FIRST}-R1", "--as", LEADER))
    ok(cli("assign", FIRST, "--leader", SECRETARY))
    ok(cli("do", FIRST, "plan", "--as", SECRETARY))
    meeting = ("--minutes", str(tmp_path / "scan.pdf"), "--held-on", TODAY.isoformat(), "--of", "2")
    recorder = ("--as", CLERK, "--pin", "975310")
    words = ("approve", f"{FIRST}-R2", *recorder, *meeting)
    few = cli(*words, "--present", "1", "--in-favour", "1", "--json")
    assert refusals(few) == ["minutes_no_quorum", "minutes_no_majority"]
    early = (TODAY - timedelta(days=1)).isoformat()
    assert "minutes_before_request" in refusals(
        cli(*words, "--present", "2", "--in-favour", "2", "--held-on", early, "--json")
    )
    done = ok(cli(*words, "--present", "2", "--in-favour", "2", "--json")).data["decided"][0]
    assert (done["state"], done["is_decided"]) == ("planned", True)
    # The secretary withdrew: two of the three were due.
    told = ok(cli("show", FIRST)).out
    assert "应到2人" in told and "回避1人" in told
    line = ok(cli("requests", "--decided")).out
    assert "党总支委员会（" in line and "会议决定）" in line and "赵四" not in line
    (word,) = ok(cli("requests", "--decided", "--json")).data["requests"][0]["words"]
    assert word["decider"] == "party_committee"
