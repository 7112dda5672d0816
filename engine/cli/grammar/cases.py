"""Cases at hand: the ledger, moves, evidence, what is taken out of them or given away."""

from __future__ import annotations

from engine.cli.grammar.shared_options import AS, CASE, COMMENT, DUE, FILES, LEADER, ON, PIN, SET
from engine.cli.options import Command, Option, whole
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

REVISION = _value("--revision", type=whole)
PARAMETERS = (
    LEADER,
    DUE,
    _value("--held-on", metavar="DATE"),
    _value("--until", metavar="DATE"),
    _value("--progress"),
    SET,
    _value("--text", action="append", default=[], metavar="NAME=TEXT"),
)

CASES = (
    Command(
        ("issues",), "ledger", (_flag("--late"), _value("--state"), _value("--kind"), ON, _flag("--repeated"))
    ),
    Command(("show",), "ledger", (CASE, AS, PIN, ON, _flag("--all-moves"), _flag("--why-due"))),
    Command(
        ("assign",),
        "moves",
        (
            CASE,
            _value("--leader", required=True, metavar="POST_OR_PERSON"),
            AS,
            DUE,
            _value("--in-charge", metavar="POST_OR_PERSON"),
            _value("--from", dest="since", metavar="DATE"),
            SET,
            FILES,
            COMMENT,
            REVISION,
        ),
    ),
    Command(
        ("do",),
        "moves",
        (
            CASE,
            Option("MOVE"),
            AS,
            PIN,
            COMMENT,
            FILES,
            *PARAMETERS,
            REVISION,
        ),
    ),
    Command(
        ("bulk",),
        "bulk",
        (
            Option("MOVE"),
            Option("CASE", {"nargs": "*"}),
            AS,
            PIN,
            _value("--kind"),
            _value("--state"),
            _value("--inspection"),
            _value("--owner", metavar="POST_OR_PERSON"),
            _flag("--late"),
            _flag("--each"),
            COMMENT,
            *PARAMETERS,
        ),
    ),
    Command(
        ("evidence", "add"),
        "evidence",
        (
            CASE,
            AS,
            FILES,
            _value("--offline", metavar="NAME"),
            _value("--kind"),
            _value("--copies", type=whole, default=1),
            _value("--box", default=""),
            _value("--keeper", default=""),
            _value("--inspector", default=""),
            _value("--inspected-on", metavar="DATE"),
            _value("--deliverable", type=whole),
            _value("--measure", type=whole),
            _value("--proves", metavar="DATE"),
            _value("--until", metavar="DATE"),
            _value("--level", choices=("public", "internal", "verifier"), default="internal"),
        ),
    ),
    Command(("evidence", "list"), "evidence", (CASE, AS, PIN)),
    Command(
        ("evidence", "purge"),
        "removing",
        (CASE, _value("NUMBER", type=whole), AS, PIN, _value("--reason", default="")),
    ),
    Command(
        ("export",),
        "exporting",
        (
            Option("FILE"),
            _value("--case"),
            _value("--level", choices=("public", "internal", "verifier"), default="internal"),
            AS,
            PIN,
        ),
    ),
    Command(
        ("erase",),
        "removing",
        (
            Option("CASE", {"nargs": "?"}),
            _value("--seq", type=whole),
            _value("--text", dest="name", metavar="NAME"),
            _value("--person", metavar="PERSON"),
            AS,
            PIN,
            _value("--reason", default=""),
        ),
    ),
    Command(
        ("migrate-cases",),
        "migrating",
        (
            Option("WORKFLOW"),
            Option("CASE", {"nargs": "*"}),
            _value("--to", default="current", metavar="VERSION"),
            _value("--map", action="append", default=[], metavar="OLD=NEW"),
            AS,
            PIN,
        ),
    ),
)
