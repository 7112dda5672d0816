"""Where a page claims to name everything of a kind, it does, and it names nothing that is not there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Any

import pytest

from engine.bootstrap import Application
from engine.cli.entry import build_parser
from engine.cli.grammar import COMMANDS
from engine.cli.rules import options_of
from engine.core.definition import Approval, DeadlineRule, FieldRule, Move, WorkflowDefinition
from engine.core.duty import AUDIENCES, DutyDefinition, DutyFamily, LadderDefinition, RungDefinition
from engine.core.fold import EVENT_TYPES
from engine.core.ladder import Level
from engine.core.periods import Frequency
from engine.core.yaml_text import load
from engine.settings import Settings
from engine.store.tables import metadata
from engine.text.labels import labels
from tests.kit.pages import read_page
from tests.kit.source_tree import ROOT, python_files

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/users/*.md"))
)
SETTING = re.compile(r"ZHENGGAI_[A-Z_]+[A-Z]")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
CALL = re.compile(
    r"(?:`|^\$ |^)(?:zhenggai|python3 run\.py start|py run\.py start) ([a-z][^`#\n|）]*)", re.MULTILINE
)
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([^`]+)`")


def code_in(page: str, heading: str) -> set[str]:
    """What stands in backquotes in the first column of the tables under a heading."""
    section = read_page(page).text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [row.split("|")[1] for row in section.splitlines() if row.startswith("|")]
    return {word for cell in cells for word in NAMED.findall(cell)}


def words_in(page: str) -> set[str]:
    return set(NAMED.findall(BLOCK.sub("", read_page(page).text)))


def keys_of(*models: Any) -> set[str]:
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def vocabulary_of(kind: str) -> set[str]:
    return set(getattr(Application(Settings.from_environment({})).vocabulary, kind))


def test_every_setting_is_in_the_table() -> None:
    read = set(re.findall(r'said\("([A-Z_]+)"', (ROOT / "engine/settings.py").read_text("utf-8")))
    named = {name for path in python_files() for name in SETTING.findall(path.read_text("utf-8"))} | {
        f"ZHENGGAI_{name}" for name in read
    }
    assert code_in("README.md", "Settings") == named | {"ZHENGGAI_TEST_DATABASE_URL"}


def test_the_template_of_settings_names_only_settings_of_the_table() -> None:
    template = set(SETTING.findall((ROOT / ".env.example").read_text("utf-8")))
    assert template - code_in("README.md", "Settings") == set()


def test_every_command_is_in_the_table() -> None:
    assert code_in("README.md", "Operating a real home") == {" ".join(row.words) for row in COMMANDS}


def test_every_exit_code_is_in_the_table() -> None:
    section = read_page("README.md").text.split("| exit code |", 1)[1]
    assert [int(code) for code in re.findall(r"^\| (\d) \|", section, re.MULTILINE)] == [
        0,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
    ]


def test_every_event_type_is_in_the_table() -> None:
    assert code_in("docs/architecture.md", "Events") == set(EVENT_TYPES)


def test_every_table_is_in_the_table() -> None:
    assert code_in("docs/architecture.md", "Tables") == set(metadata.tables)


@pytest.mark.parametrize(("heading", "kind"), [("Guards", "guards"), ("Effects", "effects")])
def test_every_guard_and_effect_is_in_its_table(heading: str, kind: str) -> None:
    named = {word.split(":")[0] for word in code_in("docs/writing-a-workflow.md", heading)}
    assert named == vocabulary_of(kind)


def test_every_key_of_a_workflow_is_told() -> None:
    keys = keys_of(WorkflowDefinition, Move, Approval, DeadlineRule, FieldRule)
    assert code_in("docs/writing-a-workflow.md", "Keys") == keys


def test_every_key_of_a_duty_and_a_ladder_is_told() -> None:
    page = "docs/writing-a-duty.md"
    places = {row for row in code_in(page, "Keys of a duty file") if not row.startswith("{")}
    assert places == keys_of(DutyFamily, DutyDefinition)
    assert code_in(page, "Keys of a ladder file") == keys_of(LadderDefinition, RungDefinition)


def test_every_choice_of_a_duty_and_a_ladder_is_told() -> None:
    choices = {row.value for row in (*Frequency, *Level)} | AUDIENCES | set(labels("evidence_kind"))
    assert choices - words_in("docs/writing-a-duty.md") == set()


def test_every_shipped_notice_is_told() -> None:
    found: set[str] = set()
    for path in sorted((ROOT / "workflows/definitions").glob("*.yaml")):
        data: Any = load(path.read_text("utf-8"), path.name).data
        found |= {tell["notice"] for move in data["moves"].values() for tell in move.get("tells", [])}
    text = read_page("docs/writing-a-workflow.md").text
    (told,) = re.findall(r"^`notice` is one of (.+)\.$", text, re.MULTILINE)
    assert set(NAMED.findall(told)) == found


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file(name: str) -> None:
    folder = (ROOT / name).parent
    links = LINK.findall(read_page(name).text)
    assert [link for link in links if not (folder / link).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_is_named_exists(name: str) -> None:
    assert [call for call in CALL.findall(read_page(name).text) if not is_command(call)] == []


def is_command(call: str) -> bool:
    """Whether the first words of a call are a command with options of ours; values may be left out."""
    words = shlex.split(call.replace("…", ""))
    known = [row for row in COMMANDS if words[: len(row.words)] == list(row.words)]
    if not known:
        return words[0] in {row.words[0] for row in COMMANDS} and len(words) == 1
    command = max(known, key=lambda row: len(row.words))
    flags = {option.flag for option in options_of(command)} | {"--json", "--org", "--token", "--help"}
    return all(word in flags for word in words if word.startswith("--"))


def test_a_command_that_does_not_exist_is_noticed() -> None:
    calls: Iterable[str] = ("issues --late", "issues --latest", "vanish", "issue remove 2026-1")
    assert [is_command(call) for call in calls] == [True, False, False, False]
    assert build_parser().prog == "zhenggai"
