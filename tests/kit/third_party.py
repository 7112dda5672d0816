"""Somebody who has neither our program nor our database, and checks a bundle with the script that lies in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def check_bundle(folder: Path, *words: str) -> tuple[int, str]:
    """The exit code and what the script says in an unpacked bundle: no package of ours, no environment."""
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1"},
        timeout=60,
        check=False,
    )
    assert (done.stdout == "") == (done.returncode != 0)
    return done.returncode, (done.stdout or done.stderr).strip()
