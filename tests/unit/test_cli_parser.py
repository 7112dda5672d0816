"""The parser: the help of the whole is complete, and a command pays for its own options alone."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from types import FrameType

import pytest

from engine.cli.entry import build_parser
from engine.cli.grammar import COMMANDS, EVERYWHERE
from engine.cli.rules import options_of
from engine.text.words import help_text


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What `… --help` prints, without the breaks of its lines."""
    with pytest.raises(SystemExit):
        build_parser().parse_args([*words, "--help"])
    return "".join(capsys.readouterr().out.split())


def test_the_help_of_the_whole_has_a_line_for_every_first_word(capsys: pytest.CaptureFixture[str]) -> None:
    told = help_of(capsys=capsys)
    lines = {word: word + help_text(f"command.{word}") for word in (row.words[0] for row in COMMANDS)}
    assert [word for word, line in lines.items() if "".join(line.split()) not in told] == []


def test_the_help_of_a_word_has_a_line_for_every_word_that_may_follow(
    capsys: pytest.CaptureFixture[str],
) -> None:
    untold = []
    for group, word in (row.words for row in COMMANDS if len(row.words) == 2):
        line = word + help_text(f"command.{group}_{word}")
        if "".join(line.split()) not in help_of(group, capsys=capsys):
            untold.append((group, word))
    assert untold == []


def test_the_help_of_a_command_tells_all_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    untold = []
    for command in COMMANDS:
        told = help_of(*command.words, capsys=capsys)
        options = (*options_of(command), *EVERYWHERE)
        untold += [(command.words, row.flag) for row in options if row.flag not in told]
    assert untold == []


def test_only_the_options_of_the_command_that_is_named_are_made() -> None:
    made = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal made
        made += event == "call" and frame.f_code is ArgumentParser.add_argument.__code__

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        said = build_parser().parse_args(["status"])
    finally:
        sys.setprofile(before)
    helps = 2  # that of the whole and that of the command
    assert made == helps + len((*options_of(said.command), *EVERYWHERE))
