"""What waits for a decision, alone or in bundles, and the words on it."""

from __future__ import annotations

from engine.cli.grammar.shared_options import AS, COMMENT, PIN
from engine.cli.options import Command, Option, whole
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

MEETING = (
    _value("--minutes", metavar="SCAN"),
    _value("--held-on", metavar="DATE"),
    _value("--of", type=whole),
    _value("--present", type=whole),
    _value("--in-favour", type=whole),
)
DECISION = (
    Option("REQUEST", {"nargs": "+"}),
    AS,
    PIN,
    COMMENT,
    _value("--paper", metavar="SCAN"),
    _value("--recorder", metavar="PERSON"),
    *MEETING,
    _value("--digest"),
)

DECIDING = (
    Command(
        ("requests",),
        "decisions",
        (
            _flag("--unconfirmed"),
            _flag("--decided"),
            _value("--from", dest="since", metavar="DATE"),
            _value("--to", dest="until", metavar="DATE"),
        ),
    ),
    Command(
        ("approve",),
        "decisions",
        (*DECISION, _value("--except", dest="exceptions", action="append", default=[], metavar="CASE")),
    ),
    Command(("return",), "decisions", DECISION),
    Command(("withdraw",), "decisions", (Option("REQUEST"), AS, PIN)),
    Command(("confirm",), "decisions", (Option("REQUEST"), AS, PIN, _flag("--deny"), COMMENT)),
    Command(
        ("bundle", "make"),
        "bundles",
        (
            Option("INSPECTION"),
            Option("MOVE"),
            Option("CASE", {"nargs": "*"}),
            AS,
            PIN,
            _value("--title", default=""),
        ),
    ),
    Command(
        ("bundle", "remove"),
        "bundles",
        (Option("BUNDLE"), Option("CASE", {"nargs": "+"}), AS, PIN),
    ),
    Command(("bundle", "show"), "bundles", (Option("BUNDLE"),)),
    Command(("bundle", "list"), "bundles"),
)
