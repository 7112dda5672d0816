"""What holds for every command that writes: a trial leaves nothing behind, and one key is one act."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from engine.cli.grammar import COMMANDS
from engine.cli.keeping import content_of
from engine.cli.options import Command
from engine.cli.rules import (
    FILES,
    READING,
    UNTOLD,
    WITHOUT_DRY_RUN,
    WITHOUT_KEY,
    has_dry_run,
    has_key,
    options_of,
)
from tests.kit.cli import CommandLine, ok
from tests.kit.commands import EXAMPLES, Words, ready
from tests.kit.databases import Databases
from tests.kit.machine_words import machine_words

TRIED = [command.words for command in COMMANDS if has_dry_run(command)]
KEYED = [command.words for command in COMMANDS if has_key(command)]
PATH_LIKE = {"FILE", "SCAN", "PATH", "FOLDER"}


def named(words: Words) -> str:
    return "-".join(words)


@pytest.fixture
def cli(command_line: CommandLine) -> CommandLine:
    return command_line


def files_of(home: CommandLine) -> dict[str, bytes]:
    """Every file of the home but the database, whose rows are compared."""
    found = (path for path in home.home.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in found if not path.name.startswith("zhenggai.db")}


def state_of(home: CommandLine) -> tuple[str, dict[str, bytes]]:
    return home.holds(), files_of(home)


@pytest.mark.parametrize("words", TRIED, ids=named)
def test_a_trial_answers_and_leaves_nothing_behind(cli: CommandLine, tmp_path: Path, words: Words) -> None:
    cli, given = ready(cli, tmp_path, words)
    before = state_of(cli)
    shown = ok(cli(*given, "--dry-run", "--json")).data
    assert shown["dry_run"] is True
    lines = ok(cli(*given, "--dry-run")).out.splitlines()
    assert (lines[-1], machine_words(lines)) == ("以上只是试算，没有保存。", [])
    assert state_of(cli) == before
    real = ok(cli(*given, "--json")).data
    assert (real["dry_run"], real.keys() - {"imported"}) == (False, shown.keys())


@pytest.mark.parametrize("words", KEYED, ids=named)
def test_one_key_is_one_act_with_one_answer(cli: CommandLine, tmp_path: Path, words: Words) -> None:
    cli, given = ready(cli, tmp_path, words)
    first = ok(cli(*given, "--key", "k", "--json"))
    before = state_of(cli)
    again = ok(cli(*given, "--key", "k", "--json"))
    assert (again.data, state_of(cli)) == (first.data, before)
    assert ok(cli(*given, "--key", "k")).out != ""
    assert ok(cli(*given, "--key", "k", "--dry-run", "--json")).data == {**first.data, "dry_run": True}


@pytest.mark.parametrize("words", KEYED, ids=named)
def test_every_word_that_matters_makes_it_another_act(tmp_path: Path, words: Words) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    command = next(row for row in COMMANDS if row.words == words)
    said = plainly(command, str(tmp_path / "a"))
    first = content_of(said, tmp_path / "home.db")
    for option in command.options:
        other = plainly(command, str(tmp_path / "a"))
        is_file = option.dest in FILES
        setattr(other, option.dest, str(tmp_path / "b") if is_file else "another")
        assert (content_of(other, tmp_path / "home.db") == first) is (option.dest in UNTOLD), option.dest


def plainly(command: Command, path: str) -> Namespace:
    values = {option.dest: path if option.dest in FILES else "word" for option in command.options}
    return Namespace(command=command, **values)


def test_a_file_counts_by_what_is_in_it(cli: CommandLine, tmp_path: Path) -> None:
    cli, given = ready(cli, tmp_path, ("evidence", "add"))
    ok(cli(*given, "--key", "k"))
    paper = tmp_path / "paper.txt"
    moved = paper.rename(tmp_path / "moved.txt")
    again = ("evidence", "add", "2026-1", "--file", str(moved), "--key", "k")
    ok(cli(*again))
    assert len(cli("evidence", "list", "2026-1", "--json").data["evidence"]) == 1
    moved.write_text("别的内容", encoding="utf-8")
    assert cli(*again).code == 4


def test_every_writing_command_takes_both_or_stands_in_the_list_of_those_that_do_not() -> None:
    known = {command.words for command in COMMANDS}
    assert READING | WITHOUT_DRY_RUN.keys() | WITHOUT_KEY.keys() <= known
    assert READING.isdisjoint(WITHOUT_DRY_RUN.keys() | WITHOUT_KEY.keys())
    assert all(WITHOUT_DRY_RUN.values()) and all(WITHOUT_KEY.values())
    assert set(EXAMPLES) >= set(TRIED) | set(KEYED)


def test_every_word_for_a_file_is_known_as_one() -> None:
    named = {
        (command.words, option.dest)
        for command in COMMANDS
        if has_key(command)
        for option in options_of(command)
        if option.how.get("metavar") in PATH_LIKE or option.flag in PATH_LIKE
    }
    assert {row for row in named if row[1] not in FILES} == set()


def test_a_reader_takes_neither(cli: CommandLine) -> None:
    assert [cli("issues", word).code for word in ("--dry-run", "--key=k")] == [2, 2]


def test_two_at_once_are_one_act_with_one_answer(databases: Databases, tmp_path: Path, backend: str) -> None:
    cli = CommandLine(tmp_path / "home")
    with databases.fresh_url(backend, is_migrated=False) as url:
        where = {"ZHENGGAI_DATABASE_URL": url}
        assert cli.run("init", **where).code == 0
        words = ("people", "add", "钱五", "--key", "k", "--json")
        begun = [cli.start(*words, **where) for _ in range(2)]
        ended = [process.communicate(timeout=120)[0] for process in begun]
        assert [process.returncode for process in begun] == [0, 0]
        assert len(set(ended)) == 1
        assert len(cli.run("people", "list", "--json", **where).data["people"]) == 1
