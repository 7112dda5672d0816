"""Every group of labels is complete, and no forbidden or loud word stands anywhere in the words."""

import re
from pathlib import Path
from typing import Any

import pytest

from engine.cli.grammar import COMMANDS
from engine.core import definition_reader, fold, principal
from engine.core.ladder import Level
from engine.core.periods import Frequency
from engine.core.workdays import YearStatus
from engine.core.yaml_text import Plain, load
from engine.services.intake import kind_of
from engine.text.labels import event_phrase, label, labels
from engine.text.words import help_text

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "engine" / "text" / "zh"
FILES = sorted(WORDS.rglob("*.*"))
FORBIDDEN = (
    "警告",
    "处罚",
    "排名",
    "打卡",
    "积分",
    "！",
    "!",
    "问责",
    "未读",
    "截图",
    "通报批评",
    "死信",
    "积压",
)
WORKFLOWS = sorted((ROOT / "workflows" / "definitions").glob("*.yaml"))
# The words that hold where no case is at hand; every other file speaks for its own cases.
USUAL = [path for path in WORKFLOWS if path.stem in ("rectification", "occurrence")]


def workflow(path: Path) -> dict[str, Any]:
    data: Plain = load(path.read_text(encoding="utf-8"), path.name).data
    assert isinstance(data, dict)
    return data


def sentences(value: Plain) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in sentences(part)]
    return [value] if isinstance(value, str) else []


def test_there_are_words_to_look_at() -> None:
    assert {"errors.yaml", "refusals.yaml", "labels.yaml", "digest.txt"} <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_word_threatens_or_shouts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        text = re.sub(r"\{\w+!\}", "", "\n".join(sentences(load(text, path.name).data)))
    assert [word for word in FORBIDDEN if word in text] == []
    assert [character for character in text if ord(character) > 0xFFFF] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".yaml"], ids=lambda path: path.name
)
def test_brackets_and_braces_of_every_sentence_are_closed(path: Path) -> None:
    for text in sentences(load(path.read_text(encoding="utf-8"), path.name).data):
        assert (text.count("["), text.count("{")) == (text.count("]"), text.count("}")), text


def test_errors_are_one_sentence_that_ends() -> None:
    data = load((WORDS / "errors.yaml").read_text(encoding="utf-8"), "errors.yaml").data
    wrong = [text for text in sentences(data) if not text.endswith("。") or text.count("。") != 1]
    assert wrong == []


def test_every_event_type_has_a_phrase() -> None:
    assert {kind for kind in fold.EVENT_TYPES if event_phrase(kind, {}) == kind} == set()


@pytest.mark.parametrize("path", USUAL, ids=lambda path: path.name)
def test_states_moves_and_deadlines_of_a_workflow_have_the_labels_of_its_file(path: Path) -> None:
    said = workflow(path)
    assert {key: label("state", key) for key in said["states"]} == {
        key: state["label"] for key, state in said["states"].items()
    }
    assert {key: label("move", key) for key in said["moves"]} == {
        key: move["label"] for key, move in said["moves"].items()
    }
    assert said["deadlines"].keys() - labels("deadline").keys() == set()
    assert label("kind", said["case"]) != said["case"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_posts_that_a_workflow_names_have_labels(path: Path) -> None:
    roles = {role for move in workflow(path)["moves"].values() for role in move["by"]}
    assert roles - labels("post").keys() == set()


@pytest.mark.parametrize(
    ("group", "keys"),
    [
        ("frequency", {frequency.value for frequency in Frequency}),
        (
            "message_state",
            labels("notice_status").keys() | labels("delivery_status").keys(),
        ),
        ("via", {via.value for via in principal.Via}),
        ("credential", {credential.value for credential in principal.Credential}),
        ("level", {level.value for level in Level}),
        ("organisation_calendar", {status.value for status in YearStatus}),
        ("post", definition_reader.ROLES),
        ("waits_for", {"owner", "office", "nobody", "post"}),
        ("verdict", {"approve", "return"}),
        ("request_status", {"pending", "approved", "returned", "withdrawn", "stale"}),
        ("evidence_status", {"attached", "accepted", "withdrawn", "purged"}),
        ("evidence_level", {"public", "internal", "verifier"}),
        ("measure", {"open", "done", "dropped"}),
        ("deadline_ended", {"met", "replaced", "dropped", "missed"}),
        ("claimed", {"closed", "stage_done", "in_progress", "not_done", "unknown"}),
        ("claim_settled", {"open", "accepted", "rejected"}),
        ("notice_status", {"pending", "folded", "superseded", "suppressed", "paused"}),
        ("delivery_status", {"planned", "claimed", "sent", "failed", "undeliverable", "held", "empty"}),
        ("category", {"digest", "red", "prompt", "system"}),
        (
            "deadline",
            {"plan", "rectify", "measure", "request", "milestone", "review", "look_back", "occurrence"},
        ),
        ("act", {"plan", "rectify", "measure", "request", "milestone", "review", "look_back", "occurrence"}),
    ],
)
def test_a_group_of_labels_is_complete(group: str, keys: set[str]) -> None:
    assert keys - labels(group).keys() == set()


def test_every_rung_of_a_shipped_ladder_has_a_name() -> None:
    ladders = (ROOT / "workflows" / "ladders").glob("*.yaml")
    rungs = {
        name for path in ladders for name in re.findall(r"name: (\w+)", path.read_text(encoding="utf-8"))
    }
    assert rungs - labels("rung").keys() == set()


def test_an_unknown_label_is_its_key() -> None:
    assert label("state", "somewhere_else") == "somewhere_else"


def test_an_event_is_a_phrase_of_a_timeline() -> None:
    assert event_phrase("case_opened", {}) == "立项"
    assert event_phrase("moved", {"move": "plan", "to": "planned"}) == "报整改方案，现为已定方案"
    limit = {"kind": "measure", "subject": "2", "due_on": "2026-10-19", "armed": True}
    assert event_phrase("deadline_set", limit) == "措施时限（2）定为2026年10月19日"
    assert event_phrase("measure_changed", {"measure": 2, "state": "done"}) == "措施2有变动：已完成"
    assert event_phrase("owner_set", {"post": 3}, {"post:3": "书记"}) == "责任领导定为书记"


def test_the_demonstration_has_a_book_of_its_own() -> None:
    assert label("demo", "told") == labels("demo")["told"] != "told"


def test_every_command_group_and_option_has_one_line_of_help() -> None:
    commands = {"command." + "_".join(row.words) for row in COMMANDS}
    groups = {f"command.{row.words[0]}" for row in COMMANDS}
    options = {f"option.{option.name}" for row in COMMANDS for option in row.options} | {
        "option.org",
        "option.json",
    }
    keys = commands | groups | options
    assert {key for key in keys if help_text(key) == key} == set()
    # argparse reads a percent sign as a place for a value.
    assert {key for key in keys if "%" in help_text(key) or "\n" in help_text(key)} == set()


def test_every_kind_that_intake_guesses_has_a_word() -> None:
    kinds = {
        kind_of(f"x{suffix}") for suffix in (".pdf", ".jpg", ".xlsx", ".pptx", ".mp4", ".zip", ".strange", "")
    }
    assert kinds - set(labels("evidence_kind")) == set()
