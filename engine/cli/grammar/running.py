"""The home itself: made, ticking, served, sealed and proved."""

from __future__ import annotations

from engine.cli.options import Command
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

RUNNING = (
    Command(("init",), "setup", (_flag("--demo"), _value("--name"), _value("--go-live", metavar="DATE"))),
    Command(("demo",), "demo"),
    Command(("tick",), "running", (_value("--as-of", metavar="TIME"),)),
    Command(("serve",), "running", (_flag("--no-scheduler"),)),
    Command(("status",), "running"),
    Command(("seal",), "proof"),
    Command(
        ("verify",), "proof", (_value("--case"), _value("--seal", metavar="FILE|TEXT"), _flag("--no-blobs"))
    ),
)
