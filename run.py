#!/usr/bin/env python3
"""Bootstrap of zhenggai: make a private environment from the locked files, then run something in it.

Standard library only. Each environment is built under a name of its own and becomes current by one atomic
rename of a small pointer file, so a kill at any moment leaves either a whole environment or none.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

# Older Pythons must get this far, so this file keeps to the grammar and the imports of 3.6.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(f"zhenggai needs Python 3.11 or newer; this is {sys.version.split()[0]}.\n")
    sys.exit(2)

USAGE = """\
usage: python3 run.py COMMAND

  demo                    an example school goes through half a year (nothing is sent)
  start [COMMAND ...]     operate a real home: create it if new, then serve; or run one zhenggai command
  test [--long] [...]     install the test tools and run the tests; what follows goes to pytest
  bench [--issues N ...]  measure moves beside the driver alone, bare SQL and other engines
  bundle [DIR] [--platform win_amd64] [--python 3.12]
                          a folder to carry to a machine without internet

ZHENGGAI_VENV names the folder of the private environments (default: .venv beside this file).
"""
ROOT = Path(__file__).resolve().parent
LOCKS = {
    "run": ROOT / "requirements.lock",
    "test": ROOT / "requirements-dev.lock",
    "bench": ROOT / "requirements-bench.lock",
}
ENVIRONMENTS = Path(os.environ.get("ZHENGGAI_VENV") or ROOT / ".venv").absolute()
WHEELS = ROOT / "wheels"
PROGRAM = (
    *("engine", "workflows", "notifiers", "docs"),
    *("run.py", "pyproject.toml", "requirements.lock", "requirements-dev.lock", "LICENSE", ".env.example"),
)
LOG = ENVIRONMENTS / "install.log"
HEARTBEAT_SECONDS = 5.0
UNAVAILABLE = 8

NO_INDEX = (
    "No package index could be reached. Check the network or the proxy; without internet, run "
    "'python3 run.py bundle' on a machine that has it and carry the folder over."
)
UNTRUE = "A downloaded package is not the one that was locked; nothing was installed."
TROUBLES = {
    r"No space left": "The disk is full: make room for about 300 MB and start again.",
    r"MATCH THE HASHES|Hash mismatch": UNTRUE,
    r"Connect(ion|Timeout)|name resolution|getaddrinfo|dns error|timed out|ProxyError": NO_INDEX,
}
BUNDLE_TEXT = """\
zhenggai with everything it needs, for Python {version} on {place}. No internet is needed.

  python3 run.py demo     an example school goes through half a year
  python3 run.py start    operate a real home in the folder var

On Windows write "py run.py ...". Python {version} itself must be installed (it is not in this folder).
"""


class Stop(Exception):
    """One sentence for the person at the keyboard: why it does not go on, and what to do."""


class Environment(NamedTuple):
    folder: Path

    @property
    def packages(self) -> Path:
        """Where packages lie if this Python can make no virtual environment."""
        return self.folder / "packages"

    @property
    def python(self) -> Path:
        if self.packages.is_dir():
            return Path(sys.executable)
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def variables(self) -> dict[str, str]:
        path = [str(ROOT), str(self.packages)] if self.packages.is_dir() else [str(ROOT)]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}

    def command(self, *arguments: str) -> list[str]:
        """`-P` keeps a folder named engine in the user's working directory from being taken for ours."""
        return [str(self.python), "-P", *arguments]


def main(arguments: Sequence[str]) -> int:
    commands = {"demo": demo, "start": start, "test": test, "bench": bench, "bundle": bundle}
    if not arguments or arguments[0] not in commands:
        is_asked = bool(arguments) and arguments[0] in ("-h", "--help", "help")
        print(USAGE, end="", file=sys.stdout if is_asked else sys.stderr)
        return 0 if is_asked else 2
    try:
        return commands[arguments[0]](list(arguments[1:]))
    except Stop as reason:
        say(str(reason))
    except OSError as error:
        say(f"{error.strerror or error}: {error.filename or ENVIRONMENTS}")
    except KeyboardInterrupt:
        say("Stopped. Nothing is left half done; the next start begins again.")
        return 130
    return UNAVAILABLE


def demo(arguments: list[str]) -> int:
    return become(prepared("run"), "-m", "engine", "demo", *arguments)


def start(arguments: list[str]) -> int:
    """The home is `var` beside this file, wherever it is called from: a service manager has odd folders."""
    environment = prepared("run")
    home = Path(os.environ.get("ZHENGGAI_HOME") or ROOT / "var")
    os.environ["ZHENGGAI_HOME"] = str(home)
    if arguments:
        return become(environment, "-m", "engine", *arguments)
    if os.environ.get("ZHENGGAI_DATABASE_URL") or not (home / "zhenggai.db").exists():
        code = subprocess.call(environment.command("-m", "engine", "init"), env=environment.variables())
        if code:
            return code
    return become(environment, "-m", "engine", "serve")


def test(arguments: list[str]) -> int:
    """Everything in parallel; a chosen part in one process, where output and debugger are plain."""
    environment = prepared("test")
    os.chdir(str(ROOT))
    is_all = all(argument == "--long" for argument in arguments)
    parallel = ["-n", "auto"] if is_all and (os.cpu_count() or 1) > 1 else []
    return become(environment, "-m", "pytest", *parallel, *arguments)


def bench(arguments: list[str]) -> int:
    """With the other engines beside ours where they can be installed; else the table says which are missing."""
    try:
        environment = prepared("bench")
    except Stop as reason:
        say(f"Other engines are left out: {reason}")
        environment = prepared("test")
    found = sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py"))
    codes = [0]
    for path in found:
        say("== " + path.name)
        codes.append(
            subprocess.call(
                environment.command(str(path), *arguments), env=environment.variables(), cwd=str(ROOT)
            )
        )
    say(f"{len(found)} benchmark files")
    return max(codes, key=abs)


def prepared(kind: str) -> Environment:
    """The environment of this lock file under this Python, built if there is none."""
    seed = LOCKS[kind].read_bytes() + b"%d.%d" % sys.version_info[:2]
    pointer = ENVIRONMENTS / f"{kind}-{hashlib.sha256(seed).hexdigest()[:16]}.ready"
    found = pointed(pointer)
    if found:
        return found
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with alone():
        return pointed(pointer) or build(kind, pointer)


def pointed(pointer: Path) -> Environment | None:
    try:
        environment = Environment(pointer.parent / pointer.read_text("ascii"))
    except FileNotFoundError:
        return None
    return environment if environment.folder.is_dir() and environment.python.exists() else None


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One builder at a time. SQLite's file lock works everywhere and a kill frees it."""
    connection = sqlite3.connect(str(ENVIRONMENTS / "lock"), timeout=1, isolation_level=None)
    is_told = False
    try:
        while True:
            try:
                connection.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise Stop(f"{ENVIRONMENTS} cannot be locked ({error}); set ZHENGGAI_VENV.") from error
                if not is_told:
                    say("Another start is preparing the environment; waiting for it.")
                is_told = True
        yield
    finally:
        connection.close()


def build(kind: str, pointer: Path) -> Environment:
    """A new environment, then the pointer to it. The one before stays for programs still running in it."""
    kept = {old.read_text("ascii") for old in ENVIRONMENTS.glob(kind + "-*.ready")}
    for folder in ENVIRONMENTS.glob(kind + ".*"):
        if folder.name not in kept:
            shutil.rmtree(str(folder), ignore_errors=True)
    environment = Environment(ENVIRONMENTS / f"{kind}.{uuid.uuid4().hex[:8]}")
    began = time.monotonic()
    say(f"Preparing a private environment in {ENVIRONMENTS} (once).")
    fill(environment, LOCKS[kind])
    fresh = pointer.with_suffix(".new")
    fresh.write_text(environment.folder.name, "ascii")
    os.replace(str(fresh), str(pointer))
    for old in ENVIRONMENTS.glob(kind + "-*.ready"):
        if old != pointer:
            old.unlink()
    say(f"Ready after {time.monotonic() - began:.0f} s.")
    return environment


def fill(environment: Environment, lock: Path) -> None:
    """With uv if it is here and succeeds; else venv and this Python's pip; else a folder of packages."""
    offline = ["--no-index", "--find-links", str(WHEELS)] if WHEELS.is_dir() else []
    wanted = [*offline, "--require-hashes", "-r", str(lock)]
    title = f"Installing {lock.read_bytes().count(b'==')} packages{' from wheels/' if offline else ''} with"
    uv = shutil.which("uv")
    if uv:
        into = ["--python", str(environment.python)]
        if is_done([uv, "venv", "--quiet", "--python", sys.executable, str(environment.folder)]) and is_done(
            [uv, "pip", "install", *into, *wanted], f"{title} uv"
        ):
            return
        say(f"uv could not{clause(LOG.read_text('utf-8', 'replace'))}; trying pip.")
        shutil.rmtree(environment.folder, ignore_errors=True)
    if not is_done([*installer(environment), *wanted], f"{title} pip"):
        raise Stop(explained(LOG.read_text("utf-8", "replace")))


def installer(environment: Environment) -> list[str]:
    """The pip command that fills the environment: the outer pip, as python3-venv may be missing."""
    options = ["--no-compile", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    is_made = is_done([sys.executable, "-m", "venv", "--without-pip", str(environment.folder)])
    has_pip = importlib.util.find_spec("pip") is not None
    if is_made and has_pip:
        return [sys.executable, "-m", "pip", "--python", str(environment.python), "install", *options]
    if is_made and is_done([str(environment.python), "-m", "ensurepip"]):
        return [str(environment.python), "-m", "pip", "install", *options]
    if not has_pip:
        raise Stop(
            "This Python has neither pip nor ensurepip; install pip (Debian: apt install python3-pip)."
        )
    shutil.rmtree(environment.folder, ignore_errors=True)
    environment.packages.mkdir(parents=True)
    return [sys.executable, "-m", "pip", "install", *options, "--target", str(environment.packages)]


def is_done(command: list[str], title: str = "") -> bool:
    """Run one step of an installation, its output into the log; with a title, tell that it still runs."""
    began = time.monotonic()
    variables = {**os.environ, "PIP_USER": "0", "PIP_TARGET": "", "PIP_PREFIX": ""}
    if title:
        say(f"  {title} ...")
    with LOG.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=variables, cwd=str(ROOT))
        try:
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(HEARTBEAT_SECONDS)
                if title and process.returncode is None:
                    say(f"  ... {time.monotonic() - began:3.0f} s  {last_line(LOG)}")
        except BaseException:
            process.kill()
            raise
    return process.returncode == 0


def clause(log: str) -> str:
    """Why uv failed, in one short clause without addresses: the innermost cause it names, else its error."""
    causes = re.findall(r"(?m)^\s*Caused by: (.+)$", log) or re.findall(r"(?m)^\s*error: (.+)$", log)[:1]
    if not causes:
        return ""
    shown = re.sub(
        r"`?\w+://[^\s`)]+`?|\b(?:[\w-]+\.)+[A-Za-z][\w-]*\b(?::\d+)?|\b\d+(?:\.\d+){3}\b", "...", causes[-1]
    )
    return f" ({shown.strip()[:70]})"


def last_line(path: Path) -> str:
    lines = path.read_text("utf-8", "replace").split("\n")
    return next((line.strip()[:70] for line in reversed(lines) if line.strip()), "")


def explained(log: str) -> str:
    """One sentence for an installation that failed."""
    for sign, sentence in TROUBLES.items():
        if re.search(sign, log):
            return sentence
    if "No matching distribution" in log or "No solution found" in log:
        if not WHEELS.is_dir() and "from versions: none" in log:
            return NO_INDEX
        which = f"Python {sys.version_info[0]}.{sys.version_info[1]} on {sysconfig.get_platform()}"
        return f"{'wheels/' if WHEELS.is_dir() else 'The package index'} lacks packages for {which}."
    return f"The installation failed ({last_line(LOG)}); all of it is in {LOG}."


def become(environment: Environment, *arguments: str) -> int:
    """Hand over to the program. On Windows, where a process cannot become another, wait for it instead."""
    sys.stdout.flush()
    command, variables = environment.command(*arguments), environment.variables()
    if os.name != "nt":
        os.execve(command[0], command, variables)
    with subprocess.Popen(command, env=variables) as process:
        while process.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):  # the program got it too and ends in its own way
                process.wait()
    return process.returncode


def bundle(arguments: list[str]) -> int:
    """The program and its wheels in one folder, complete or absent."""
    parser = argparse.ArgumentParser(prog="run.py bundle")
    parser.add_argument("folder", nargs="?", default=ROOT / "dist" / "zhenggai", type=Path)
    parser.add_argument("--platform", help="of the other machine, such as win_amd64 (default: as this one)")
    parser.add_argument(
        "--python", help="version of the other machine's Python, such as 3.12 (default: as this one)"
    )
    options = parser.parse_args(arguments)
    folder: Path = options.folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Stop(f"{folder} is not empty; name a new folder.")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    copy_program(partial)
    version = options.python or f"{sys.version_info[0]}.{sys.version_info[1]}"
    download(partial / "wheels", options.platform, version)
    place = options.platform or sysconfig.get_platform()
    (partial / "BUNDLE.txt").write_text(BUNDLE_TEXT.format(version=version, place=place), "ascii")
    if folder.exists():
        folder.rmdir()
    os.replace(partial, folder)
    say(f"Carry {folder} to the other machine; BUNDLE.txt in it says how to start.")
    return 0


def copy_program(folder: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    folder.mkdir(parents=True)
    for path in [ROOT / name for name in PROGRAM] + sorted(ROOT.glob("*.md")):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=ignore)
        elif path.is_file():
            shutil.copy2(path, folder / path.name)


def download(wheels: Path, platform: str | None, version: str) -> None:
    """Wheels alone, each checked against the lock; `--no-deps` because the lock is complete."""
    if importlib.util.find_spec("pip") is None:
        raise Stop("bundle needs pip in this Python (Debian: apt install python3-pip).")
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", str(LOCKS["run"]), "-d", str(wheels)]
    command += ["--python-version", version, "--implementation", "cp"]
    command += ["--platform", platform] if platform else []
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with alone():
        if not is_done(command, f"Downloading wheels for Python {version} on {platform or 'this platform'}"):
            raise Stop(explained(LOG.read_text("utf-8", "replace")))


def say(line: str) -> None:
    """To stderr: what the program itself prints stays alone on stdout."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
