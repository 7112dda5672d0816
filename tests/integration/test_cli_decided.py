"""`requests --decided`: what was approved or returned, when and by whom; and what is no key of a request."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from engine.services.decided import USUAL_DAYS
from engine.store.database import Database
from engine.store.requests import decided_cases
from engine.store.scope import Scope
from engine.store.tables import DeadlineRow, VoteRow, table_of
from tests.kit.cli import COMMISSIONER, LEADER, PINS, SECRETARY, CommandLine, new_home, ok

FIRST, SECOND, THIRD = "2026-1", "2026-2", "2026-3"
SIGNED = ("--as", SECRETARY, "--pin", PINS[SECRETARY])
REASON = "请写明每条措施由谁在什么时候检查"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    """One plan approved, one returned, one withdrawn, one that waits."""
    cli = new_home(tmp_path / "home")
    for case in (FIRST, SECOND, THIRD):
        ok(cli("assign", case, "--leader", LEADER))
        ok(cli("do", case, "plan", "--as", LEADER))
    ok(cli("approve", f"{FIRST}-R1", *SIGNED))
    ok(cli("return", f"{SECOND}-R1", *SIGNED, "--comment", REASON))
    ok(cli("withdraw", f"{THIRD}-R1", "--as", LEADER))
    ok(cli("do", THIRD, "plan", "--as", LEADER))
    return cli


def decided(cli: CommandLine, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ok(cli("requests", "--decided", *words, "--json")).data["requests"]
    return rows


def test_what_somebody_decided_is_listed_and_nothing_else(cli: CommandLine) -> None:
    rows = [(row["request"], row["status"], row["decided_on"]) for row in decided(cli)]
    today = TODAY.isoformat()
    assert rows == [(f"{FIRST}-R1", "approved", today), (f"{SECOND}-R1", "returned", today)]
    assert [row["request"] for row in cli("requests", "--json").data["requests"]] == [f"{THIRD}-R2"]


def test_it_is_told_with_who_decided_and_what_they_said(cli: CommandLine) -> None:
    lines = ok(cli("requests", "--decided")).out.splitlines()
    assert lines[1].startswith(f"{SECOND}-R1 报整改方案：") and "，已退回，" in lines[1]
    assert lines[1].endswith("，王一")
    assert lines[2] == f"  王一已退回，说明：{REASON}"


@pytest.mark.parametrize(
    ("since", "until", "count"), [(0, 0, 2), (-7, 0, 2), (-7, -1, 0), (0, 7, 2), (1, 7, 0)]
)
def test_the_days_choose_by_the_day_of_the_decision(
    cli: CommandLine, since: int, until: int, count: int
) -> None:
    days = [(TODAY + timedelta(days=days)).isoformat() for days in (since, until)]
    assert len(decided(cli, "--from", days[0], "--to", days[1])) == count


def test_without_a_day_the_last_thirty_are_listed_and_it_says_so(cli: CommandLine) -> None:
    first = TODAY - timedelta(days=29)
    for case, on in ((1, first), (2, first - timedelta(days=1))):
        _move_decision(cli, case, on)
    document = ok(cli("requests", "--decided", "--json")).data
    assert [row["request"] for row in document["requests"]] == [f"{FIRST}-R1"]
    assert (document["from"], document["to"]) == (first.isoformat(), None)
    said = ok(cli("requests", "--decided")).out.splitlines()[-1]
    assert said == f"只列最近30天（{first.year}年{first.month}月{first.day}日起）的，更早的请写 --from。"
    assert f"最近{USUAL_DAYS}天" in cli("requests", "--help").out


def test_an_older_decision_is_listed_with_its_days_and_nothing_is_said_of_others(cli: CommandLine) -> None:
    long_ago = TODAY - timedelta(days=400)
    _move_decision(cli, 1, long_ago)
    for days in (("--from", long_ago.isoformat()), ("--to", long_ago.isoformat())):
        assert f"{FIRST}-R1" in [row["request"] for row in decided(cli, *days)]
        assert "最近" not in ok(cli("requests", "--decided", *days)).out


def _move_decision(cli: CommandLine, case: int, on: date) -> None:
    """As if it had been decided at noon of that day."""
    noon = datetime.combine(on, time(4), UTC)
    database = Database.open(cli.url)
    try:
        with database.begin(Scope.one(1)) as uow:
            votes, deadlines = table_of(VoteRow), table_of(DeadlineRow)
            uow.execute(update(votes).where(votes.c.case_id == case).values(at=noon))
            met = (deadlines.c.case_id == case, deadlines.c.kind == "request")
            uow.execute(update(deadlines).where(*met).values(met_on=on))
            uow.commit()
    finally:
        database.close()


def test_days_without_decided_are_refused(cli: CommandLine) -> None:
    said = cli("requests", "--from", "2026-01-01")
    assert (said.code, "--decided" in said.err) == (2, True)
    assert cli("requests", "--decided", "--unconfirmed").code == 2
    assert cli("requests", "--decided", "--from", "2026-02-01", "--to", "2026-01-01").code == 2


def test_the_decisions_of_another_organisation_are_not_listed(cli: CommandLine) -> None:
    long_ago, ahead = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    database = Database.open(f"sqlite:///{cli.database.as_posix()}")
    try:
        for organisation, count in ((1, 2), (2, 0)):
            with database.begin(Scope.one(organisation), writing=False) as uow:
                assert len(decided_cases(uow, 1, long_ago, ahead)) == count
    finally:
        database.close()


def test_a_paper_for_few_is_not_named_in_what_was_decided(cli: CommandLine) -> None:
    ok(cli("do", FIRST, "start", "--as", LEADER))
    hidden = ("--offline", "谈话记录", "--level", "verifier", "--keeper", "赵四")
    ok(cli("evidence", "add", FIRST, "--as", LEADER, *hidden))
    assert "谈话记录" not in cli("requests", "--decided", "--json").out


@pytest.mark.parametrize("verb", ["approve", "return", "confirm", "withdraw"])
def test_a_case_given_for_a_request_is_answered_with_its_request(cli: CommandLine, verb: str) -> None:
    said = cli(verb, THIRD, *SIGNED)
    assert (said.code, len(said.sentences)) == (6, 1)
    assert f"“{THIRD}”是事项编号" in said.err and f"{THIRD}-R2" in said.err
    assert "没有待审批的申请" in cli(verb, FIRST, *SIGNED).err


def test_a_word_that_is_no_key_is_answered_with_the_nearest(cli: CommandLine) -> None:
    said = cli("approve", f"{THIRD}-r2", "--as", COMMISSIONER, "--pin", PINS[COMMISSIONER])
    assert (said.code, f"您是不是想写 {THIRD}-R2" in said.err) == (6, True)


def test_what_lapsed_is_told_with_its_day_and_its_rule(tmp_path: Path) -> None:
    demo, rule = CommandLine(tmp_path / "demo"), tmp_path / "own.yaml"
    rule.write_text("moves: {plan: {approval: {expires_after_workdays: 6}}}\n", encoding="utf-8")
    later = (TODAY + timedelta(days=30)).isoformat()
    for words in (
        ("init", "--demo"),
        ("people", "add", "王一", "--post", "secretary"),
        ("people", "add", "张三", "--post", "vice_principal_teaching"),
        ("override", "workflow", "rectification", str(rule)),
        ("inspection", "add", "--feedback", TODAY.isoformat(), "--no-milestones"),
        ("issue", "add", str(TODAY.year), "--title", "甲", "--measure", "乙"),
        ("assign", f"{TODAY.year}-1", "--leader", "p2"),
        ("do", f"{TODAY.year}-1", "plan", "--as", "p2"),
        ("tick", "--as-of", later),
    ):
        said = demo(*words)
        assert said.code == 0, (words, said)
    why = "到期未批，提出后6个工作日内不批就失效，最晚"
    assert why in demo("requests", "--decided", "--to", later).out
    assert why in demo("show", f"{TODAY.year}-1").out
    assert "申请到期未批" in demo("messages").out
    last = re.findall(f"{why}(.*?)，过后失效", demo("show", f"{TODAY.year}-1").out)
    days = [(TODAY + timedelta(days=ahead)).isoformat() for ahead in range(31, 36)]
    letters = "".join(demo("tick", "--as-of", each).err for each in days)
    assert f"“报整改方案”到期未批（最晚{last[0]}），申请已失效，请重新申请。" in letters
