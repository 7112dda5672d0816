"""A disk that is full, at once or in the middle of a write: one sentence, nothing lost, and afterwards it goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.cli import LEADER, PINS, SECRETARY, CommandLine, Said, new_home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a mountable tmpfs")

FIRST, SECOND = "2026-1", "2026-2"
PAGE = 4096
ROOM = [0, 9 * PAGE, 18 * PAGE]
"""Nothing at all, and too little for what a command adds to the log of the database."""
COMMANDS = {
    "assign": ("assign", "2026-3", "--leader", LEADER),
    "do": ("do", SECOND, "plan", "--as", LEADER),
    "approve": ("approve", f"{FIRST}-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]),
    "seal": ("seal",),
    "export": ("export", "CASE.zip", "--case", FIRST),
}


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[CommandLine]:
    """A home on a small disk of its own, with one plan that waits for the secretary."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("no file systems can be mounted here")
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small file system")
    try:
        cli = new_home(disk / "home")
        for words in (
            ("assign", FIRST, "--leader", LEADER),
            ("assign", SECOND, "--leader", LEADER),
            ("do", FIRST, "plan", "--as", LEADER),
        ):
            assert cli(*words).code == 0
        yield cli
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def filled(disk: Path, room: int) -> Path:
    """A file that leaves so many bytes."""
    found = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"\0" * max(found.f_bavail * found.f_frsize - room, 0))
    return filler


@pytest.mark.parametrize("name", COMMANDS)
def test_on_a_full_disk_a_command_says_so_and_loses_nothing(cli: CommandLine, name: str) -> None:
    disk = cli.home.parent
    words = tuple(str(disk / word) if word.endswith(".zip") else word for word in COMMANDS[name])
    said = []
    for room in ROOM:
        before = cli.holds()
        filler = filled(disk, room)
        answer = cli(*words)
        filler.unlink()
        said.append(answer)
        if answer.code == 0:
            break
        assert (told(answer), cli.holds()) == ((8, "", True), before), (room, answer)
        assert cli("verify").code == 0
        assert not (disk / "CASE.zip").exists()
    assert said[0].code == 8
    assert said[-1].code == 0 or cli(*words).code == 0
    assert cli("verify").code == 0


def told(said: Said) -> tuple[int, str, bool]:
    """Exit code, what stands on stdout, and whether there is one sentence about the disk."""
    return said.code, said.out, len(said.sentences) == 1 and "磁盘已满" in said.err
