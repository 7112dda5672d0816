"""Hostile definition files are refused in bounded time and memory, in sentences, and never executed."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.yaml_text import (
    DEEPEST_NESTING,
    LONGEST_TEXT,
    LONGEST_WORDS,
    MOST_ENTRIES,
    MOST_EVENTS,
    load,
)
from engine.errors import DefinitionError
from tests.kit.source_tree import ROOT

SECONDS, BYTES = 20, 1 << 30
SMALL = (ROOT / "workflows/definitions/occurrence.yaml").read_text("utf-8")


def laughs() -> str:
    rows = [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, 40)]
    return "\n".join(["a0: &a0 [x, x]", *rows])


def many_states() -> str:
    states = "".join(f"  s{at}: {{label: 第{at}个}}\n" for at in range(10_000))
    return SMALL.replace("moves:\n", states + "moves:\n")


def many_small_states() -> str:
    states = "".join(f"  s{at}: {{label: 第{at}个}}\n" for at in range(900))
    return SMALL.replace("moves:\n", states + "moves:\n")


def many_wrong_words() -> str:
    words = ", ".join(f"acceptedd{at}" for at in range(500))
    moves = "".join(f"  m{at}: {{label: 走, from: [{words}], to: opne, by: [ownr]}}\n" for at in range(40))
    return SMALL.replace("deadlines:\n", moves + "deadlines:\n")


HOSTILE = {
    "laughs": (laughs(), "yaml_alias"),
    "merge": ("base: &b {a: 1}\nchild:\n  <<: *b\n", "yaml_alias"),
    "deep": ("[" * 100_000, "yaml_too_deep"),
    "deep_mappings": ("{a: " * 50_000, "yaml_too_deep"),
    "deep_lines": ("\n".join("  " * at + "a:" for at in range(500)), "yaml_too_deep"),
    "states": (many_states(), "yaml_too_many"),
    "some_states": (many_small_states(), "too_many"),
    "parts": ("\n".join(f"k{at}: [{', '.join(['x'] * 900)}]" for at in range(99)), "yaml_too_long"),
    "word": ("a: " + "x" * (LONGEST_WORDS + 1), "yaml_words_too_long"),
    "length": ("# " + "x" * LONGEST_TEXT, "yaml_too_long"),
    "key": ("x" * 5_000 + ": 1", "yaml_syntax"),
    "wrong_words": (many_wrong_words(), "unknown_state"),
    "tag": ("workflow: !!python/object/apply:os.system ['touch pwned']\n", "yaml_tag"),
    "import": (SMALL.replace("- not_entered_by_self", "- os.system: {command: touch pwned}"), "unknown_guard"),
    "import_role": (SMALL.replace("[system, office]", "[office, engine.cli.entry]"), "name_not_plain"),
    "import_effect": (SMALL.replace("[note_held]", "['subprocess.run']"), "unknown_effect"),
    "expression": (SMALL.replace("- roster_is_ticked", '- "held_on > 3 or __import__(\'os\')"'), "unknown_guard"),
    "expression_in_state": (SMALL.replace("  upcoming:", "  \"{{ 7 * 7 }}\": {label: x}\n  upcoming:"), "name_not_plain"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_within_limits_and_runs_nothing(name: str, tmp_path: Path) -> None:
    text, code = HOSTILE[name]
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "engine", "check", "own.yaml", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "ZHENGGAI_HOME": str(tmp_path / "h")},
        preexec_fn=limit,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (5, False) == (done.returncode, b"Traceback" in done.stderr), done.stderr[-500:]
    problems = json.loads(done.stdout)["error"]["problems"]
    assert code in {row["code"] for row in problems}
    assert len(problems) <= 100
    assert all(len(line) < 1_000 for line in done.stderr.decode("utf-8").splitlines())
    assert ["own.yaml"] == [path.name for path in tmp_path.iterdir()]


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


@pytest.mark.parametrize(("kind", "limit"), [("devices", 2), ("folders", 0)])
def test_what_is_no_plain_file_is_not_read(kind: str, limit: int, tmp_path: Path) -> None:
    from tests.kit.cli import CommandLine

    cli = CommandLine(tmp_path)
    if kind == "folders":
        (tmp_path / "sub.yaml").mkdir()
        assert 2 == cli("check", str(tmp_path)).code
    else:
        assert limit == cli("check", "/dev/zero").code


def test_labels_may_say_anything_and_are_only_shown() -> None:
    said = SMALL.replace("label: 未到期", "label: \"__import__('os').system(1) {{7*7}} *x\"")
    data = load(said, "own.yaml").data
    assert isinstance(data, dict)
    assert "__import__('os').system(1) {{7*7}} *x" == data["states"]["upcoming"]["label"]  # type: ignore[index,call-overload]


@pytest.mark.parametrize("text", [many_states(), laughs(), "[" * 100_000])
def test_no_tree_is_made_of_what_is_too_much(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is counted in events of the parser: the refusal comes before any node exists."""
    from engine.core import yaml_text

    counted = []
    parse = yaml_text.yaml.parse

    def counting(*given: object, **named: object) -> object:
        for event in parse(*given, **named):  # type: ignore[no-untyped-call]
            counted.append(1)
            yield event

    monkeypatch.setattr(yaml_text.yaml, "parse", counting)
    monkeypatch.setattr(yaml_text.yaml, "compose", None)
    with pytest.raises(DefinitionError):
        load(text, "own.yaml")
    assert len(counted) <= min(MOST_EVENTS, 12 * MOST_ENTRIES) + DEEPEST_NESTING
