"""Commands that die at a chosen step: before their nth statement or commit, or between the commit and the answer.

Run as a program it is a nursery: every line on its stdin is one command, born by a fork of a process that has
imported everything already, so that a kill costs milliseconds and a command can be killed at every step.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from tests.kit.source_tree import ROOT

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True, slots=True)
class Nursery:
    """The running program."""

    process: subprocess.Popen[str]

    def run(self, words: tuple[str, ...], *, allowed: int, from_write: bool = False) -> int | None:
        """The exit code of a command that may take `allowed` steps; None where it was killed before the next.

        `from_write`: steps are counted from its first writing statement on.
        """
        assert self.process.stdin is not None and self.process.stdout is not None
        order = {"words": words, "allowed": allowed, "from_write": from_write}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), (words, allowed, code)
        return None if code == -signal.SIGKILL else code


@contextmanager
def nursery(environment: Mapping[str, str]) -> Iterator[Nursery]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kit.doomed"],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=60)


def main() -> None:
    """One fork per order; what the command says is nobody's concern here, its exit status is."""
    import engine.cli.commands.decisions
    import engine.cli.commands.evidence
    import engine.cli.commands.handover
    import engine.cli.commands.moves  # noqa: F401
    from engine.cli.entry import main as command

    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            silence(sys.stdout)
            doom(order["allowed"], from_write=order["from_write"])
            os._exit(command(order["words"]))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def silence(stream: IO[str]) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def doom(allowed: int, *, from_write: bool) -> None:
    """Kill this process just before the step after the allowed ones."""
    from sqlalchemy import Engine, Pool, event

    done, has_begun = 0, not from_write

    def count(*_rest: object) -> None:
        nonlocal done
        done += has_begun
        if done > allowed:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        nonlocal has_begun
        has_begun = has_begun or sql.lstrip().upper().startswith(WRITES)
        count()

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", count)
    event.listen(Pool, "checkin", count)


if __name__ == "__main__":
    main()
