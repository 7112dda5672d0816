"""Plays a page of the documentation: its commands in one home, one process, and at one fixed moment.

Run as `python -m tests.kit.page_session` in the folder of the home: it reads `{"now": …, "commands": […]}` on
stdin and answers `[{"code": …, "lines": […]}, …]` on stdout.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from typing import Any

import engine.clock


def play(commands: list[str]) -> list[dict[str, Any]]:
    """What each command prints (both streams, as a console shows them) and its exit code."""
    said: list[dict[str, Any]] = []
    for command in commands:
        words = shlex.split(command)
        if words == ["echo", "$?"]:
            said.append({"code": 0, "lines": [str(said[-1]["code"])]})
        elif words[0] == "export":
            name, _, value = words[1].partition("=")
            os.environ[name] = value
            said.append({"code": 0, "lines": []})
        else:
            said.append(_one(_arguments(words)))
    return said


def _arguments(words: list[str]) -> list[str]:
    """`zhenggai …` and `python3 run.py …` mean the same program; the bootstrap itself has tests of its own."""
    match words:
        case ["zhenggai", *rest] | ["python3", "run.py", "start", *rest]:
            return rest
        case ["python3", "run.py", "demo"]:
            return ["demo"]
        case _:
            raise ValueError(f"not a command of ours: {' '.join(words)}")


def _one(arguments: list[str]) -> dict[str, Any]:
    from engine.cli.entry import main

    console = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(console), redirect_stderr(console):
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
    console.seek(0)
    return {"code": code, "lines": console.read().splitlines()}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    moment = datetime.fromisoformat(asked["now"])
    # Before any command is imported: the commands take the function itself.
    engine.clock.now = lambda: moment
    json.dump(play(asked["commands"]), sys.stdout)
