"""`draw` on the command line: with a home, without one, and with a case."""

from __future__ import annotations

from pathlib import Path

from tests.kit.cli import LEADER, CommandLine, new_home
from tests.kit.source_tree import ROOT


def test_a_workflow_is_drawn_with_and_without_a_home(tmp_path: Path) -> None:
    home, nowhere = new_home(tmp_path / "home"), CommandLine(tmp_path / "nowhere")
    drawn = nowhere("draw", "rectification")
    assert (0, home("draw", "rectification").out) == (drawn.code, drawn.out)
    assert home("draw", "rectification", "--json").data["mermaid"] == drawn.out
    assert (6, 6) == (nowhere("draw", "rectificaton").code, home("draw", "rectificaton").code)
    assert 8 == nowhere("draw", "rectification", "--case", "2026-1").code


def test_the_state_of_a_case_is_marked(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    assert home("assign", "2026-1", "--leader", LEADER).code == 0
    assert (
        home("draw", "rectification", "--case", "2026-1").out.splitlines()[-1].strip()
        == "class s_assigned now"
    )
    assert 6 == home("draw", "occurrence", "--case", "2026-1").code


def test_the_page_shows_the_shipped_workflow_as_it_is(tmp_path: Path) -> None:
    page = (ROOT / "docs/writing-a-workflow.md").read_text("utf-8")
    shown = page.split("```mermaid\n", 1)[1].split("```", 1)[0]
    assert shown == CommandLine(tmp_path / "nowhere")("draw", "rectification").out
