"""Homes in trouble: a database locked, newer, damaged or read-only, bad definitions, a full disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.cli import LEADER, CommandLine, Said, new_home
from tests.kit.source_tree import ROOT

MEGABYTE = 1 << 20
ISSUE = "2026-1"
WRITES = ("assign", ISSUE, "--leader", LEADER)
LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
LIMITED = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from engine.cli.entry import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def one_sentence(said: Said, code: int = 8) -> str:
    """The only line of an error; it says what is wrong in words, without a code of ours."""
    assert (said.code, said.out) == (code, ""), said
    (line,) = said.sentences
    assert line.endswith("。") and "没有办成" not in line and "Traceback" not in line
    return line


# -- the database


def test_a_home_that_was_never_set_up_says_init_and_creates_nothing(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path / "home")
    for words in (("issues",), WRITES, ("tick",), ("status",)):
        assert "zhenggai init" in one_sentence(cli(*words))
    assert not cli.home.exists()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the database."""
    other = subprocess.Popen(
        [sys.executable, "-c", LOCKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "locked\n"
        yield
    finally:
        other.communicate("")


def test_a_locked_database_is_busy_for_writers_and_open_to_readers(cli: CommandLine) -> None:
    before = cli.holds()
    with locked(cli.database):
        assert "稍后再试" in one_sentence(cli(*WRITES))
        assert cli("show", ISSUE).code == 0
    assert cli.holds() == before
    assert cli(*WRITES).code == 0


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("words", [("init",), ("issues",), WRITES, ("tick",)], ids=lambda words: words[0])
def test_the_database_of_a_later_program_is_left_alone(cli: CommandLine, words: tuple[str, ...]) -> None:
    change(cli.database, "UPDATE alembic_version SET version_num = '9999_of_next_year'")
    before = cli.database.read_bytes()
    assert "新版程序" in one_sentence(cli(*words))
    assert cli.database.read_bytes() == before


def test_a_database_without_our_tables_is_not_taken_for_ours(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path)
    change(cli.database, "CREATE TABLE somebody (name TEXT)")
    one_sentence(cli("issues"))


@pytest.mark.parametrize("words", [("init",), ("show", ISSUE), WRITES, ("tick",)], ids=lambda words: words[0])
def test_a_damaged_database_is_named_and_not_written_to(cli: CommandLine, words: tuple[str, ...]) -> None:
    change(cli.database, "PRAGMA wal_checkpoint(TRUNCATE)")
    whole = cli.database.read_bytes()
    cli.database.write_bytes(whole[:8192] + b"\xaa" * (len(whole) - 8192))
    damaged = cli.database.read_bytes()
    assert "zhenggai.db" in one_sentence(cli(*words))
    assert cli.database.read_bytes() == damaged


def test_a_text_file_in_its_place_is_not_a_database(tmp_path: Path) -> None:
    cli = CommandLine(tmp_path)
    cli.database.write_text("somebody renamed this\n" * 100, encoding="utf-8")
    for words in (("issues",), ("init",)):
        assert "已损坏" in one_sentence(cli(*words))
    assert cli.database.read_text(encoding="utf-8").startswith("somebody renamed this")


def test_a_read_only_database_is_read_and_never_written(cli: CommandLine) -> None:
    url = f"sqlite:///{cli.database.as_posix()}?mode=ro"
    before = cli.holds()
    assert cli("show", ISSUE, DATABASE_URL=url).code == 0
    assert "只能读" in one_sentence(cli(*WRITES, DATABASE_URL=url))
    assert cli.holds() == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows write where they may not")
def test_a_folder_that_nobody_may_write_is_read_only_too(cli: CommandLine) -> None:
    cli.home.chmod(0o555)
    try:
        one_sentence(cli(*WRITES))
    finally:
        cli.home.chmod(0o755)


@pytest.mark.parametrize("url", ["mysql://root@localhost/x", "not a url", "sqlite://"])
def test_a_database_address_that_cannot_be_meant_is_wrong_usage(cli: CommandLine, url: str) -> None:
    one_sentence(cli("issues", DATABASE_URL=url), 2)


def test_a_server_that_is_not_there_is_unreachable_and_its_password_stays_secret(cli: CommandLine) -> None:
    said = cli("issues", DATABASE_URL="postgresql+psycopg://clerk:s3cret@127.0.0.1:1/home")
    assert "127.0.0.1:1" in one_sentence(said)
    assert "s3cret" not in said.err


# -- definitions


def duty_file(cli: CommandLine, text: str) -> Path:
    path = cli.home / "workflows" / "duties" / "own.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


GOOD = """family: own
version: 1
duties:
  own_duty:
    label: 自己的事
    post: office
    frequency: monthly
"""
MALFORMED = {
    "a tab": (GOOD.replace("    label", "\tlabel"), 5),
    "a key twice": (GOOD + "    post: secretary\n", 8),
    "an unknown key": (GOOD + "    poste: secretary\n", 8),
    "a full-width colon": (GOOD.replace("label: ", "label："), 5),
    "a word read as no": (GOOD.replace("post: office", "post: no"), 6),
    "an unclosed bracket": (GOOD + "    evidence: [\n", 9),
    "an alias": (GOOD.replace("自己的事", "&a 自己的事").replace("post: office", "post: *a"), 6),
    "an unknown frequency": (GOOD.replace("monthly", "montly"), 7),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_definition_is_named_with_its_line_and_nothing_is_published(
    cli: CommandLine, name: str
) -> None:
    text, line = MALFORMED[name]
    duty_file(cli, text)
    before = cli.holds()
    for words in (("init",), ("check",)):
        said = cli(*words)
        assert (said.code, said.out) == (5, "")
        assert f"own.yaml:{line}: " in said.err
        assert "Traceback" not in said.err and "没有办成" not in said.err
    assert cli.holds() == before


def test_a_definition_in_another_encoding_is_said_to_be_so(cli: CommandLine) -> None:
    duty_file(cli, "").write_bytes(GOOD.encode("gb18030"))
    said = cli("init")
    assert said.code == 5
    assert "UTF-8" in said.err


def test_a_home_goes_on_while_a_definition_file_is_broken(cli: CommandLine) -> None:
    """Definitions are rows at run time: a file that somebody is editing stops nobody's work (law 12)."""
    duty_file(cli, "family: [")
    assert cli(*WRITES).code == 0
    assert cli("tick").code == 0


def test_a_good_one_is_published_by_init(cli: CommandLine) -> None:
    duty_file(cli, GOOD)
    assert cli("init", "--json").data["published"] == ["duty/own"]
    assert cli("duties", "on", "own_duty").code == 0


# -- a full disk


def big_file(folder: Path) -> str:
    path = folder / "scan.bin"
    path.write_bytes(os.urandom(4 * MEGABYTE))
    return str(path)


def nothing_is_half_written(cli: CommandLine, said: Said, before: str) -> None:
    assert "磁盘已满" in one_sentence(said)
    assert cli.holds() == before
    assert cli("evidence", "list", ISSUE, "--json").data["evidence"] == []
    left = [path for path in (cli.home / "blobs").rglob("*") if path.is_file()]
    assert left == []


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX alone")
def test_a_full_disk_while_evidence_is_stored(cli: CommandLine, tmp_path: Path) -> None:
    """The kernel refuses to let any file grow beyond two megabytes, as a full disk would."""
    file, before = big_file(tmp_path), cli.holds()
    words = ("evidence", "add", ISSUE, "--file", file)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(2 * MEGABYTE), *words],
        cwd=ROOT,
        env=cli.variables(PYTHONIOENCODING="utf-8"),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    nothing_is_half_written(cli, Said(done.returncode, done.stdout, done.stderr), before)
    assert cli(*words).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited by POSIX alone")
def test_a_database_that_may_not_grow_says_that_the_disk_is_full(cli: CommandLine) -> None:
    """The kernel refuses to let the log of the database grow: SQLite calls that an input/output error."""
    before = cli.holds()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "16384", *WRITES],
        cwd=ROOT,
        env=cli.variables(PYTHONIOENCODING="utf-8"),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "磁盘已满" in one_sentence(Said(done.returncode, done.stdout, done.stderr))
    assert cli.holds() == before
    assert cli(*WRITES).code == 0


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    folder.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("no file systems can be mounted here")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a mountable tmpfs")
def test_a_really_full_disk_while_evidence_is_stored(cli: CommandLine, tmp_path: Path) -> None:
    file, before = big_file(tmp_path), cli.holds()
    with small_disk(cli.home / "blobs", MEGABYTE):
        nothing_is_half_written(cli, cli("evidence", "add", ISSUE, "--file", file), before)
        # The same with the files of a move, which are stored before it.
        nothing_is_half_written(cli, cli("do", ISSUE, "plan", "--as", LEADER, "--file", file), before)
    assert cli("evidence", "add", ISSUE, "--file", file).code == 0


def test_evidence_beyond_the_limit_of_the_home_is_refused_by_its_size(
    cli: CommandLine, tmp_path: Path
) -> None:
    file, before = big_file(tmp_path), cli.holds()
    said = cli("evidence", "add", ISSUE, "--file", file, LARGEST_FILE_MB="1")
    assert "1MB" in one_sentence(said, 5)
    assert cli.holds() == before


def test_an_empty_file_is_no_evidence(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "nothing.pdf").touch()
    before = cli.holds()
    one_sentence(cli("evidence", "add", ISSUE, "--file", str(tmp_path / "nothing.pdf")), 5)
    assert cli.holds() == before
