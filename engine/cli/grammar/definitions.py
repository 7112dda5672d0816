"""Definition files: checked, published, overridden, drawn."""

from __future__ import annotations

from engine.cli.options import Command, Option
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

OVERLAY = (Option("KIND"), Option("NAME"), Option("FILE", {"nargs": "?"}))

DEFINITIONS = (
    Command(("check",), "checking", (Option("PATH", {"nargs": "*"}),)),
    Command(("publish",), "publishing", (Option("PATH", {"nargs": "*"}),)),
    Command(("override",), "publishing", (*OVERLAY, _flag("--show"), _flag("--drop"))),
    Command(("schema",), "checking", (Option("KIND", {"nargs": "?"}), _value("--out", metavar="FOLDER"))),
    Command(("draw",), "drawing", (Option("WORKFLOW"), _value("--case"))),
)
