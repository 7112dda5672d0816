"""Definitions for all and for one organisation: published, overlaid, laid again, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.overlay import merged, text_of
from engine.core.yaml_text import load
from engine.services.overriding import Overlay, drop_override, lay_again, override, publish_for
from engine.services.publishing import check_definitions
from engine.store.database import Database
from engine.store.definitions import FOR_ALL, current, own_versions, publish, published
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from tests.kit.cli import LEADER, CommandLine, new_home
from tests.kit.databases import MONDAY
from tests.kit.source_tree import ROOT
from tests.kit.stories import shipped
from tests.kit.worlds import vocabulary

SHIPPED = (ROOT / "workflows/definitions/rectification.yaml").read_text("utf-8")
VERSION = load(SHIPPED, "f").data["version"]  # type: ignore[index,call-overload]
OVERLAY = "moves:\n  plan:\n    approval: {within_workdays: 3}\n"
OCCURRENCE = (ROOT / "workflows/definitions/occurrence.yaml").read_text("utf-8")


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def file(folder: Path, text: str, name: str = "own.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def site(cli: CommandLine, text: str) -> None:
    folder = cli.home / "workflows" / "definitions"
    folder.mkdir(parents=True, exist_ok=True)
    file(folder, text, "rectification.yaml")


def test_an_overlay_rules_new_cases_and_old_ones_keep_theirs(cli: CommandLine, tmp_path: Path) -> None:
    path, before = file(tmp_path, OVERLAY), cli.holds()
    planned = cli("override", "workflow", "rectification", path, "--dry-run", "--json").data
    assert cli.holds() == before
    done = cli("override", "workflow", "rectification", path, "--json").data
    assert {**planned, "dry_run": False} == done
    (row,) = done["published"]
    assert ("moves.plan.approval.within_workdays", "3", 3) == (
        row["changes"][0]["path"],
        row["changes"][0]["new"],
        row["older"],
    )
    assert 0 == cli("issue", "add", "2026", "--title", "新问题", "--problem", "问题").code
    shown = cli("draw", "rectification", "--case", "2026-4", "--json")
    assert 0 == shown.code
    assert 3 == len(cli("migrate-cases", "rectification", "--dry-run", "--json").data["moved"])


def test_an_overlay_is_shown_as_it_was_written_and_taken_back(cli: CommandLine, tmp_path: Path) -> None:
    assert 6 == cli("override", "workflow", "rectification", "--show").code
    assert 0 == cli("override", "workflow", "rectification", file(tmp_path, OVERLAY)).code
    assert OVERLAY == cli("override", "workflow", "rectification", "--show").out
    assert 0 == cli("override", "workflow", "rectification", "--drop").code
    assert (6, 6) == (
        cli("override", "workflow", "rectification", "--show").code,
        cli("override", "workflow", "rectification", "--drop").code,
    )
    assert 0 == cli("override", "workflow", "rectification", file(tmp_path, OVERLAY)).code


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("workflow", "rectification"), 2),
        (("workflow", "rectification", "own.yaml", "--drop"), 2),
        (("workflow", "rectification", "nowhere.yaml"), 6),
        (("workflow", "nothing", "own.yaml"), 6),
        (("nothing", "rectification", "own.yaml"), 6),
    ],
)
def test_what_is_not_there_or_said_twice(
    cli: CommandLine, tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    path = file(tmp_path, OVERLAY)
    before = cli.holds()
    assert code == cli("override", *(path if word == "own.yaml" else word for word in words)).code
    assert cli.holds() == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("moves:\n  plan: {too: planned}\n", ("unknown_key", 2)),
        ("moves:\n  plan:\n    by: [nobody]\n", ("move_by_nobody", 3)),
        ("states:\n  lost: {label: 遗失}\n", ("state_unreachable", 2)),
        ("moves:\n  plan:\n    guards: [has_ownr]\n", ("unknown_guard", 3)),
        ("workflow: other\n", ("overlay_renames", 1)),
        ("moves: &m {plan: null}\nother: *m\n", ("yaml_alias", 2)),
    ],
)
def test_what_comes_out_is_checked_like_any_file(
    cli: CommandLine, tmp_path: Path, text: str, problem: tuple[str, int]
) -> None:
    before = cli.holds()
    said = cli("override", "workflow", "rectification", file(tmp_path, text), "--json")
    problems = [(row["code"], row["line"]) for row in said.data["error"]["problems"]]
    assert (5, True) == (said.code, problem in problems)
    assert cli.holds() == before


@pytest.mark.parametrize(
    ("kind", "name", "text", "meant"),
    [
        ("workflow", "rectification", "moves:\n  plann: {approval: {within_workdays: 3}}\n", "plan"),
        ("workflow", "rectification", "states:\n  asigned: {label: 新}\n", "assigned"),
        ("workflow", "rectification", "moves:\n  plan: {aproval: null, by: [owner]}\n", "approval"),
        ("duty", "party_meetings", "duties:\n  branch_comittee: {grace: {days: 3}}\n", "branch_committee"),
        ("duty", "party_meetings", "duties:\n  branch_committee: {grace: {day: 3}}\n", "days"),
        ("calendar", "china", "years:\n  2026: {closd: [03-03]}\n", "closed"),
        ("calendar", "china", "years:\n  2026: {status: confirmd}\n", "confirmed"),
    ],
)
def test_a_misspelt_name_in_an_overlay_is_told_with_the_right_one(
    cli: CommandLine, tmp_path: Path, kind: str, name: str, text: str, meant: str
) -> None:
    said = cli("override", kind, name, file(tmp_path, text))
    assert (5, True) == (said.code, f"您是不是想写“{meant}”？" in said.err.splitlines()[1])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("moves:\n  plan: {approval: null}\n", ("overlay_drops_decision", 2)),
        ("moves:\n  verify: {by: [owner, upper_party], decision: false}\n", ("overlay_drops_decision", 2)),
        ("moves:\n  extend: {approval: null}\n", ("overlay_drops_decision", 2)),
        ("moves:\n  close: {guards: []}\n", ("overlay_drops_guard", 2)),
        (
            "moves:\n  finish: {label: 自结, from: [assigned], to: closed, by: [owner]}\n",
            ("overlay_skips_decision", 2),
        ),
        (
            "moves:\n  plan: null\n  promise: {label: 自定, from: [assigned], to: planned, by: [owner]}\n"
            "deadlines:\n  plan: {met_by: [promise, settle_claim]}\n",
            ("overlay_skips_decision", 3),
        ),
        (
            "states:\n  between: {label: 中间}\nmoves:\n"
            "  aside: {label: 绕, from: [evidence_submitted], to: between, by: [owner]}\n"
            "  back: {label: 回, from: [between], to: verified, by: [owner]}\n",
            ("overlay_skips_decision", 4),
        ),
        ("version: 1\n", ("overlay_version_older", 1)),
        (
            "moves:\n  redate:\n    guards: [{deadline_is_running: {kinds: [plan]}}, is_overdue, due_is_given,\n"
            "      {due_within: {months: 100}}, part_within_whole, {comment_at_least: {length: 10}}]\n",
            ("overlay_loosens", 3),
        ),
        ("moves:\n  close: {approval: {expires_after_workdays: 9, returns: 2}}\n", ("overlay_loosens", 2)),
        ("deadlines:\n  rectify: {months: 7}\n", ("overlay_loosens", 2)),
        ("deadlines:\n  rectify: {months: 0, workdays: 60}\n", ("overlay_not_comparable", 2)),
    ],
)
def test_one_organisation_asks_for_no_less_by_overlay_or_by_file(
    cli: CommandLine, tmp_path: Path, text: str, problem: tuple[str, int]
) -> None:
    before = cli.holds()
    said = cli("override", "workflow", "rectification", file(tmp_path, text), "--json")
    problems = [(row["code"], row["line"]) for row in said.data["error"]["problems"]]
    assert (5, [problem]) == (said.code, problems)
    # The same as a whole file: no way round the rule.
    laid = merged("workflow", load(SHIPPED, "base"), load(text, "over"))
    said = cli("publish", file(tmp_path, text_of(laid), "whole.yaml"), "--org", "main", "--json")
    assert (5, [problem[0]]) == (said.code, [row["code"] for row in said.data["error"]["problems"]])
    assert cli.holds() == before


def test_an_overlay_may_ask_for_more(cli: CommandLine, tmp_path: Path) -> None:
    text = (
        "moves:\n  start: {approval: {by: [secretary]}}\n  return_plan: null\n"
        "  take_back: {label: 撤回佐证, from: [evidence_submitted], to: in_progress, by: [owner]}\n"
    )
    said = cli("override", "workflow", "rectification", file(tmp_path, text))
    assert 0 == said.code, said


def test_a_new_base_takes_the_overlay_along_or_says_that_it_no_longer_fits(
    cli: CommandLine, tmp_path: Path
) -> None:
    overlay = OVERLAY + "  return_plan: null\n"
    assert 0 == cli("override", "workflow", "rectification", file(tmp_path, overlay)).code
    site(cli, SHIPPED.replace(f"version: {VERSION}\n", f"version: {VERSION + 1}\n", 1))
    assert [] == cli("init", "--json").data["unfit"]
    shown = cli("override", "workflow", "rectification", "--show", "--json").data
    assert (VERSION + 1, False) == (shown["version"], shown["is_older"])
    # The next version has no such move any more: the overlay takes away what is not there.
    text = SHIPPED.replace(f"version: {VERSION}\n", f"version: {VERSION + 2}\n", 1)
    start = text.index("  return_plan:\n")
    site(cli, text[:start] + text[text.index("  submit_evidence:\n", start) :])
    said = cli("publish", "--json").data
    assert [("main", ["overlay_removes_nothing"])] == [
        (row["organisation"], row["problems"]) for row in said["unfit"]
    ]
    kept = cli("override", "workflow", "rectification", "--show", "--json").data
    assert (VERSION + 1, True, shown["definition"]) == (kept["version"], kept["is_older"], kept["definition"])
    assert "另作的规定和新版不合" in cli("publish").out


def test_a_stricter_base_tells_whose_own_whole_file_asks_for_less(cli: CommandLine, tmp_path: Path) -> None:
    assert 0 == cli("publish", file(tmp_path, SHIPPED), "--org", "main").code
    before = cli("override", "workflow", "rectification", "--show", "--json").data["definition"]
    newer = SHIPPED.replace("- due_within: {months: 12}", "- due_within: {months: 6}")
    path = file(tmp_path, newer, "newer.yaml")
    said = cli("publish", path, "--json")
    (unfit,) = said.data["unfit"]
    assert (0, "main", True) == (said.code, unfit["organisation"], unfit["is_whole"])
    assert {"overlay_loosens"} == set(unfit["problems"])
    lines = cli("publish", path).out.splitlines()
    told = next(
        at for at, line in enumerate(lines) if "main 自己发布的流程“rectification”和新的通用定义不合" in line
    )
    assert "moves.reopen.guards.due_within.months" in lines[told + 1]
    shown = cli("override", "workflow", "rectification", "--show", "--json").data
    assert before == shown["definition"], "the organisation keeps its own"
    assert 0 == cli("publish", file(tmp_path, newer, "own.yaml"), "--org", "main").code
    assert [] == cli("publish", path, "--json").data["unfit"]


def test_files_are_published_for_all_or_for_one(cli: CommandLine, tmp_path: Path) -> None:
    assert 2 == cli("publish").code
    path = file(
        tmp_path, OCCURRENCE.replace("version: 1\n", "version: 7\n").replace("length: 10", "length: 12")
    )
    before = cli.holds()
    planned = cli("publish", path, "--dry-run", "--json").data
    assert cli.holds() == before
    assert {**planned, "dry_run": False} == cli("publish", path, "--json").data
    assert ["version", "moves.return.guards", "moves.return.guards"] == [
        row["path"] for row in planned["published"][0]["changes"]
    ]
    own = cli("publish", path, "--org", "main", "--json").data["published"][0]
    assert ("main", []) == (own["organisation"], own["changes"])
    bad = file(tmp_path, OCCURRENCE.replace("to: accepted", "to: acepted"), "bad.yaml")
    before = cli.holds()
    assert (5, 6) == (cli("publish", path, bad).code, cli("publish", "nowhere.yaml").code)
    assert cli.holds() == before


def test_publishing_says_how_many_cases_stay_behind(cli: CommandLine, tmp_path: Path) -> None:
    assert cli("assign", "2026-1", "--leader", LEADER).code == 0
    path = file(
        tmp_path, SHIPPED.replace("- measures_at_least: {count: 1}", "- measures_at_least: {count: 2}", 1)
    )
    said = cli("publish", path)
    assert "还有3件事项按其他版本办理" in said.out
    assert 3 == cli("publish", path, "--json").data["published"][0]["older"]


def test_another_meaning_under_a_number_that_is_taken_is_told_with_the_next_free_one(
    cli: CommandLine, tmp_path: Path
) -> None:
    text = OCCURRENCE.replace("length: 10", "length: 12")
    path, same = file(tmp_path, text), file(tmp_path, OCCURRENCE, "same.yaml")
    words = OCCURRENCE.replace("label: 例行事项\n", "label: 例行\n")
    new = file(tmp_path, text.replace("version: 1\n", "version: 2\n"), "new.yaml")
    other = file(tmp_path, text.replace("length: 12", "length: 13"), "other.yaml")
    tried = [
        (same,),
        (file(tmp_path, words, "words.yaml"),),
        (path, "--dry-run"),
        (path,),
        (path,),
        (path, "--org", "main"),
        (other, "--org", "main"),
        (new,),
    ]
    rows = [cli("publish", *said, "--json").data["published"][0]["warnings"] for said in tried]
    told = [[(row["code"], row["line"], row["facts"]["next"]) for row in found] for found in rows]
    taken = [("version_taken", 3, 2)]
    assert [[], [], taken, taken, [], [], taken, []] == told
    site = file(tmp_path, text.replace("length: 12", "length: 14"))
    assert "第1版已经发布过，内容不同，两份容易弄混，请把版本号改成 3。" in cli("publish", site).out


def test_words_of_one_organisation_never_show_at_another(database: Database) -> None:
    """An overlay that only changes wording has a digest of its own."""
    words = "states:\n  {name}:\n    label: 本校叫法\n"
    first = next(iter(load(SHIPPED, "f").data["states"]))  # type: ignore[index,call-overload,arg-type]
    with database.begin(Scope.whole()) as uow:
        publish_for(uow, FOR_ALL, check_definitions(shipped(), vocabulary()), vocabulary(), MONDAY)
        laid = Overlay("workflow", "rectification", words.format(name=first), "own.yaml")
        outcome = override(uow, "one", laid, vocabulary(), MONDAY)
        theirs, others = (current(uow, key, "workflow", "rectification") for key in ("one", "two"))
        assert (outcome.checked.digest, True) == (theirs.digest, theirs.digest != others.digest)
        labels = [
            uow.database.workflow(uow, row.digest).definition.states[str(first)].label
            for row in (theirs, others)
        ]
        assert "本校叫法" == labels[0] != labels[1]
        drop_override(uow, "one", "workflow", "rectification", MONDAY)
        assert others == current(uow, "one", "workflow", "rectification")


def test_every_kind_can_be_overlaid_and_is_laid_again(database: Database) -> None:
    overlays = {
        ("ladder", "default"): "label: 本校的提醒安排\n",
        ("calendar", "china"): "years:\n  2026: null\n",
        ("duty", "party_meetings"): "duties:\n  branch_committee: {grace: {days: 3}}\n",
    }
    with database.begin(Scope.whole()) as uow:
        checked = check_definitions(shipped(), vocabulary())
        publish_for(uow, FOR_ALL, checked, vocabulary(), MONDAY)
        for (kind, name), text in overlays.items():
            override(uow, "one", Overlay(kind, name, text, "own.yaml"), vocabulary(), MONDAY)
            assert [text] == [row.overlay for row in own_versions(uow, kind, name)]
        before = {key: published(uow, "one", *key) for key in overlays}
        assert () == lay_again(uow, [f"{kind}/{name}" for kind, name in overlays], vocabulary(), MONDAY)
        assert before == {key: published(uow, "one", *key) for key in overlays}


def test_words_are_read_anew_once_it_is_sure_which_hold(database: Database) -> None:
    """Others go on reading while somebody publishes, and what is undone was never said."""
    digest, said = "d" * 64, []

    def store(uow: UnitOfWork, label: str) -> None:
        text = OCCURRENCE.replace("label: 例行事项\n", f"label: {label}\n")
        publish(uow, FOR_ALL, "workflow", "occurrence", 1, digest, text, MONDAY)

    def read() -> None:
        with database.begin(Scope.whole(), writing=False) as uow:
            said.append(database.workflow(uow, digest).definition.label)

    for label, is_kept in (("甲", True), ("乙", True), ("丙", False)):
        with database.begin(Scope.whole()) as uow:
            store(uow, label)
            if label == "乙":
                read()
            if is_kept:
                uow.commit()
            else:
                database.forget_definitions()
                database.workflow(uow, digest)
        read()
    assert ["甲", "甲", "乙", "乙"] == said
