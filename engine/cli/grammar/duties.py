"""Recurring duties: which are on, what comes, who signed."""

from __future__ import annotations

from engine.cli.grammar.shared_options import AS, CASE, ON
from engine.cli.options import Command, Option
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

DUTIES = (
    Command(("duties",), "duties"),
    Command(("duties", "on"), "duties", (Option("DUTY", {"nargs": "+"}), AS, _value("--from", dest="since"))),
    Command(("duties", "off"), "duties", (Option("DUTY", {"nargs": "+"}), AS, ON)),
    Command(
        ("duties", "plan"),
        "duties",
        (_value("--from", dest="since", metavar="DATE"), _value("--to", dest="until", metavar="DATE")),
    ),
    Command(("duties", "sign"), "duties", (CASE, Option("PERSON", {"nargs": "*"}), _flag("--all"), AS, ON)),
)
