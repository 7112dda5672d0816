"""Another kind of rectification is one YAML file: an invented one lives from its first day to its last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.cli import CommandLine, Said
from tests.kit.databases import Databases
from tests.kit.source_tree import ROOT

FAULT = """
workflow: equipment_fault
version: 1
case: equipment_fault
label: 设备故障处置
case_label: 设备故障
key_prefix: fault
opened_with: [rectify]
initial: reported
final: [repaired]
fields:
  device: {label: 设备, type: text, required: true, in_message: true}
  stopped: {label: 停用, type: choice, choices: {yes_stopped: 已停用, still_used: 仍在使用}, required: true}
  cost: {label: 修理费, type: money, required_from: repaired, most: 5000}
  repaired_on: {label: 修好日期, type: date, required_from: repaired}
states:
  reported: {label: 已报修, waits_for: [office]}
  repairing: {label: 修理中}
  repaired: {label: 已修好, waits_for: [nobody]}
moves:
  assign:
    label: 派修
    from: [reported]
    to: repairing
    by: [office]
    guards: [post_is_held]
    effects: [set_owner, arm_deadlines]
    tells:
      - {who: owner, notice: assigned}
  repair:
    label: 报修好
    act: 修好设备
    from: [repairing]
    to: repaired
    by: [owner]
    sets: [cost, repaired_on]
deadlines:
  rectify: {label: 修理时限, workdays: 2, met_by: [repair], ladder: safety}
"""
SHIPPED = ("audit_finding", "safety_hazard", "audit-", "safety-")


def done(said: Said) -> Said:
    assert said.code == 0, said.err
    return said


@pytest.fixture
def cli(databases: Databases, backend: str, tmp_path: Path) -> Iterator[CommandLine]:
    """A home with a workflow file of its own, an office and a logistics director."""
    folder = tmp_path / "home" / "workflows" / "definitions"
    folder.mkdir(parents=True)
    (folder / "equipment_fault.yaml").write_text(FAULT, encoding="utf-8")
    with databases.fresh_url(backend) as url:
        cli = CommandLine(tmp_path / "home", url)
        done(cli("init", "--demo", "--name", "示例小学"))
        done(cli("people", "add", "赵四", "--post", "office"))
        done(cli("people", "add", "钱五", "--post", "logistics_director"))
        yield cli


def test_an_invented_kind_goes_from_opened_to_closed(cli: CommandLine) -> None:
    wrong = cli(
        "open", "设备故障", "--title", "直饮水机漏水", "--set", "停用=停了", "--set", "价=1", "--json"
    )
    codes = [row["code"] for row in wrong.data["error"]["refusals"]["unmet"]]
    assert (wrong.code, codes) == (3, ["field_not_a_choice", "field_unknown", "fields_missing"])
    opened = done(
        cli(
            "open",
            "设备故障",
            "--title",
            "直饮水机漏水",
            "--set",
            "设备=直饮水机",
            "--set",
            "停用=已停用",
            "--json",
        )
    )
    key = str(opened.data["case"])
    assert re.fullmatch(r"fault-20\d\d-1", key)
    done(cli("assign", key, "--leader", "logistics_director"))
    early = cli("do", key, "repair", "--as", "p2")
    assert (early.code, "还没有填“修理费（cost）、修好日期（repaired_on）”" in early.err) == (3, True)
    done(cli("do", key, "repair", "--as", "p2", "--set", "cost=320元", "--set", "修好日期=2026-11-20"))
    shown = done(cli("show", key)).out
    assert [
        word in shown for word in ("已修好", "修理费：320元", "设备：直饮水机", "修理时限", "报修好")
    ] == [True] * 5


def test_the_ledger_has_its_columns_and_only_its_kind(cli: CommandLine) -> None:
    done(
        cli(
            "open",
            "equipment_fault",
            "--title",
            "直饮水机漏水",
            "--set",
            "device=直饮水机",
            "--set",
            "stopped=已停用",
        )
    )
    rows = done(cli("issues", "--kind", "设备故障", "--json")).data["issues"]
    assert [(row["kind"], row["values"]) for row in rows] == [
        ("equipment_fault", {"device": "直饮水机", "stopped": "yes_stopped"})
    ]
    assert "设备：直饮水机" in done(cli("issues")).out
    assert done(cli("issues", "--kind", "safety_hazard", "--json")).data["issues"] == []
    assert cli("issues", "--kind", "safty_hazard").code == 6


def test_a_dry_run_takes_no_number(cli: CommandLine) -> None:
    words = (
        "open",
        "equipment_fault",
        "--title",
        "漏水",
        "--set",
        "device=a",
        "--set",
        "stopped=yes_stopped",
    )
    first = done(cli(*words, "--dry-run", "--json")).data["case"]
    assert done(cli(*words, "--json")).data["case"] == first


def test_a_key_opens_only_one(cli: CommandLine) -> None:
    words = (
        "open",
        "equipment_fault",
        "--title",
        "漏水",
        "--set",
        "device=a",
        "--set",
        "stopped=yes_stopped",
    )
    keys = [done(cli(*words, "--key", "once", "--json")).data["case"] for _ in range(2)]
    assert keys[0] == keys[1]


def test_no_python_was_written_for_the_kinds_that_are_shipped() -> None:
    sources = [path for top in ("engine", "workflows", "notifiers") for path in (ROOT / top).rglob("*.py")]
    named = {
        f"{path.relative_to(ROOT)}: {word}"
        for path in sources
        for word in SHIPPED
        for line in path.read_text("utf-8").splitlines()
        if re.search(rf"['\"]{word}", line)
    }
    assert named == set()


def test_a_list_says_each_state_in_the_words_of_its_own_kind(cli: CommandLine) -> None:
    """`assign` and `repairing` are words of this kind alone, `assign` also one of the usual workflow."""
    said = ("--set", "device=a", "--set", "stopped=still_used", "--json")
    key = str(done(cli("open", "equipment_fault", "--title", "漏水", *said)).data["case"])
    done(cli("assign", key, "--leader", "logistics_director"))
    done(cli("people", "add", "孙六"))
    handed = done(cli("people", "handover", "logistics_director", "--from", "p2", "--to", "p3", "--dry-run"))
    assert f"{key} 漏水｜修理中" in handed.out
