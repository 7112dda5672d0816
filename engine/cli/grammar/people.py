"""People, their posts, and how they prove who they are."""

from __future__ import annotations

from engine.cli.grammar.shared_options import AS, ON, PIN
from engine.cli.options import Command, Option, whole
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

DESPITE = _value("--despite-conflict", dest="despite", metavar="REASON")

PEOPLE = (
    Command(
        ("people", "add"),
        "people",
        (
            Option("NAME"),
            _value("--post", action="append", default=[]),
            _value("--title", default=""),
            _value("--channel", default=""),
            _value("--person"),
            _value("--since", metavar="DATE"),
            _flag("--external"),
            DESPITE,
        ),
    ),
    Command(
        ("people", "post"), "people", (Option("POST"), _value("--label", required=True), _flag("--body"))
    ),
    Command(
        ("people", "link"),
        "people",
        (
            Option("PERSON"),
            _value("--post"),
            _value("--channel"),
            _value("--name", dest="unresolved"),
            _value("--since", metavar="DATE"),
            _value("--until", metavar="DATE"),
            _value("--substitute-for", metavar="PERSON"),
            DESPITE,
        ),
    ),
    Command(("people", "end"), "people", (Option("PERSON"), _value("--post", required=True), ON)),
    Command(
        ("people", "handover"),
        "handover",
        (
            Option("POST"),
            _value("--from", dest="leaver", required=True, metavar="PERSON"),
            _value("--to", dest="successor", required=True, metavar="PERSON"),
            ON,
            _flag("--withdraw"),
            DESPITE,
            AS,
            PIN,
        ),
    ),
    Command(("people", "leave"), "people", (Option("PERSON"), ON)),
    Command(("people", "pin"), "people", (Option("PERSON"), PIN)),
    Command(
        ("people", "token"),
        "access",
        (
            Option("PERSON", {"nargs": "?"}),
            AS,
            PIN,
            _value("--label", required=True),
            _value("--days", type=whole, default=90),
            _value("--scope", action="append", default=[], choices=("read", "act", "decide")),
        ),
    ),
    Command(("people", "tokens"), "access", (AS, PIN)),
    Command(("people", "revoke"), "access", (_value("ID", type=whole), AS, PIN)),
    Command(("login",), "access", (AS, PIN)),
    Command(("logout",), "access"),
    Command(("people", "list"), "people"),
)
