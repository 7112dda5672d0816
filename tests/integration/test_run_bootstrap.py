"""run.py for real, without a network: a copy of it, a lock of one tiny wheel, and every bad day we know."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.source_tree import ROOT

# The Python that a person starts run.py with: ours is inside a private environment and may hold no pip.
OUTER_PYTHON = sys._base_executable  # type: ignore[attr-defined]
NOWHERE = "127.0.0.1:9"
PROGRAM = """
import json, os, sys, tiny
print(json.dumps({"got": sys.argv[1:], "home": os.environ.get("ZHENGGAI_HOME")}))
"""


@dataclass(frozen=True)
class Checkout:
    """A copy of run.py in a folder with a program of three lines."""

    folder: Path

    @property
    def environments(self) -> Path:
        return self.folder / ".venv"

    def command(self, *arguments: str) -> list[str]:
        return [OUTER_PYTHON, str(self.folder / "run.py"), *arguments]

    def variables(self, **more: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "UV_", "ZHENGGAI_"))
        }
        kept.pop("PYTHONPATH", None)
        return {**kept, "PATH": os.defpath, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", **more}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder.parent,
            env=self.variables(**more),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    def start(self, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command("start", "issues"),
            env=self.variables(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def built(self) -> set[str]:
        return {path.name for path in self.environments.glob("run.*")}


def tiny_wheel(folder: Path) -> Path:
    files = {
        "tiny.py": "",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{name},sha256={_digest(text)},{len(text)}" for name, text in files.items()]
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr("tiny-1.0.dist-info/RECORD", "\n".join([*rows, "tiny-1.0.dist-info/RECORD,,"]) + "\n")
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """In a folder whose name no console code page but UTF-8 can print."""
    folder = tmp_path / "整改 é"
    (folder / "wheels").mkdir(parents=True)
    (folder / "engine").mkdir()
    (folder / "engine" / "__main__.py").write_text(PROGRAM, "utf-8")
    shutil.copy(ROOT / "run.py", folder)
    digest = hashlib.sha256(tiny_wheel(folder / "wheels").read_bytes()).hexdigest()
    (folder / "requirements.lock").write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n", "ascii")
    return Checkout(folder)


def broken_modules(folder: Path, *names: str) -> str:
    """A PYTHONPATH under which these modules of the standard library cannot be imported."""
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise ImportError('not on this machine')\n", "ascii")
    return str(folder)


def test_older_pythons_can_read_far_enough_to_be_told() -> None:
    ast.parse((ROOT / "run.py").read_text("utf-8"), feature_version=(3, 6))


def test_without_a_command_it_says_what_there_is(checkout: Checkout) -> None:
    result = checkout.run()
    assert (result.returncode, result.stdout, result.stderr[:6]) == (2, "", "usage:")


def test_the_first_start_installs_and_the_second_only_runs(checkout: Checkout) -> None:
    first, second = checkout.run("start", "issues", "--json"), checkout.run("start", "issues", "--json")
    assert "Ready after" in first.stderr
    assert second.stderr == ""
    assert json.loads(second.stdout) == {
        "got": ["issues", "--json"],
        "home": str(checkout.folder / "var"),
    }


def test_a_new_home_is_made_before_it_is_served(checkout: Checkout) -> None:
    lines = checkout.run("start").stdout.splitlines()
    assert [json.loads(line)["got"] for line in lines] == [["init"], ["serve"]]


def test_a_folder_named_engine_where_it_is_called_from_is_not_ours(checkout: Checkout) -> None:
    (checkout.folder.parent / "engine").mkdir()
    (checkout.folder.parent / "engine" / "__main__.py").write_text(
        "raise SystemExit('the wrong one')", "ascii"
    )
    assert checkout.run("demo").returncode == 0


@pytest.mark.parametrize("missing", [("ensurepip",), ("ensurepip", "venv")])
def test_it_works_where_python3_venv_is_missing(
    checkout: Checkout, tmp_path: Path, missing: tuple[str, ...]
) -> None:
    result = checkout.run("demo", PYTHONPATH=broken_modules(tmp_path / "broken", *missing))
    assert (result.returncode, json.loads(result.stdout)["got"]) == (0, ["demo"])


UV_FAILURES = {
    "error: Request failed after 3 retries\n"
    "  Caused by: Failed to fetch: `https://index.example.org/simple/tiny/`\n"
    "  Caused by: invalid peer certificate: UnknownIssuer\n": "(invalid peer certificate: UnknownIssuer)",
    "error: Failed to fetch: `https://index.example.org/simple/`\n": "(Failed to fetch: ...)",
    "  Caused by: no answer from index.example.org:443 at 10.0.0.1\n": "(no answer from ... at ...)",
}


@pytest.mark.skipif(os.name == "nt", reason="the stand-in of uv is a shell script")
@pytest.mark.parametrize("log", UV_FAILURES, ids=UV_FAILURES.get)
def test_why_uv_failed_is_said_in_a_clause_without_addresses(
    checkout: Checkout, tmp_path: Path, log: str
) -> None:
    (tmp_path / "bin").mkdir()
    uv = tmp_path / "bin" / "uv"
    uv.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{log}END\nexit 2\n", "ascii")
    uv.chmod(0o755)
    result = checkout.run("demo", PATH=os.pathsep.join((str(uv.parent), os.defpath)))
    assert result.returncode == 0
    assert f"uv could not {UV_FAILURES[log]}; trying pip." in result.stderr


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_plain_console_can_show_its_words(checkout: Checkout, encoding: str) -> None:
    result = checkout.run("demo", LC_ALL="C", PYTHONIOENCODING=encoding)
    assert (result.returncode, "Ready after" in result.stderr) == (0, True)


def test_a_start_after_a_kill_in_the_installation_is_whole(checkout: Checkout) -> None:
    killed = checkout.start()
    assert killed.stderr is not None
    while "Installing" not in killed.stderr.readline():
        assert killed.poll() is None
    killed.kill()
    killed.communicate()
    result = checkout.run("demo")
    assert (result.returncode, "Ready after" in result.stderr) == (0, True)


def test_what_a_kill_left_behind_is_cleared(checkout: Checkout) -> None:
    (checkout.environments / "run.dead").mkdir(parents=True)
    checkout.run("demo")
    assert "run.dead" not in checkout.built()


def test_of_two_starts_at_once_one_installs_and_both_run(checkout: Checkout) -> None:
    starts = [checkout.start(), checkout.start()]
    said = [start.communicate(timeout=60)[1] for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    assert sum("Installing" in words for words in said) == 1


def test_a_new_lock_makes_a_new_environment_and_spares_the_running_one(checkout: Checkout) -> None:
    checkout.run("demo")
    before = checkout.built()
    with (checkout.folder / "requirements.lock").open("a", encoding="ascii") as lock:
        lock.write("# a newer lock\n")
    checkout.run("demo")
    assert before < checkout.built()


def test_a_package_that_is_not_the_locked_one_is_refused(checkout: Checkout) -> None:
    with zipfile.ZipFile(checkout.folder / "wheels" / "tiny-1.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("extra.py", "")
    result = checkout.run("demo")
    assert result.returncode == 8
    assert result.stderr.splitlines()[-1].startswith("A downloaded package is not the one that was locked")


def test_without_a_network_one_sentence_says_so(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / "wheels")
    result = checkout.run("demo", PIP_INDEX_URL=f"http://{NOWHERE}/", PIP_RETRIES="0")
    assert result.returncode == 8
    assert result.stderr.splitlines()[-1].startswith("No package index could be reached.")


def test_a_bundle_runs_on_a_machine_without_a_network(checkout: Checkout, tmp_path: Path) -> None:
    index = tmp_path / "index"
    (checkout.folder / "wheels").rename(index)
    made = checkout.run("bundle", str(tmp_path / "carried"), PIP_NO_INDEX="1", PIP_FIND_LINKS=str(index))
    assert (made.returncode, made.stdout) == (0, ""), made.stderr
    result = Checkout(tmp_path / "carried").run("demo", PIP_INDEX_URL=f"http://{NOWHERE}/")
    assert (result.returncode, json.loads(result.stdout)["got"]) == (0, ["demo"])


def test_a_bundle_never_overwrites(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", "ascii")
    result = checkout.run("bundle", str(tmp_path / "full"))
    assert (result.returncode, "is not empty" in result.stderr) == (8, True)
