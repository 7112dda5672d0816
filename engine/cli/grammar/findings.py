"""What an inspection found, and what is promised: rounds, issues, measures, deliverables, imports, claims."""

from __future__ import annotations

from engine.cli.grammar.shared_options import AS, CASE, DUE, FILES, LEADER, ON, PIN, SET
from engine.cli.options import Command, Option, whole
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

ISSUE_TEXTS = (_value("--title"), _value("--problem"), _value("--aspect"), _value("--section"))

FINDINGS = (
    Command(
        ("inspection", "add"),
        "findings",
        (
            AS,
            _value("--feedback", required=True, metavar="DATE"),
            _value("--unit", default=""),
            _value("--group", default=""),
            _value("--from", dest="since", metavar="DATE"),
            _value("--to", dest="until", metavar="DATE"),
            _value("--total", type=whole),
            _value("--workflow"),
            _flag("--no-milestones"),
        ),
    ),
    Command(
        ("inspection", "plan"),
        "milestones",
        (Option("INSPECTION", {"nargs": "?"}), AS, _value("--milestones", metavar="NAME")),
    ),
    Command(("inspection", "show"), "milestones", (Option("INSPECTION", {"nargs": "?"}), _flag("--why-due"))),
    Command(
        ("open",),
        "opening",
        (
            Option("KIND"),
            AS,
            _value("--title", required=True),
            _value("--problem"),
            SET,
            _value("--measure", action="append", default=[]),
            _value("--deliverable", action="append", default=[], metavar="NAME=COUNT"),
            FILES,
        ),
    ),
    Command(
        ("issue", "add"),
        "findings",
        (
            Option("INSPECTION"),
            AS,
            *ISSUE_TEXTS,
            SET,
            _value("--number", type=whole),
            _value("--measure", action="append", default=[]),
            _value("--deliverable", action="append", default=[], metavar="NAME=COUNT"),
        ),
    ),
    Command(("issue", "edit"), "findings", (CASE, AS, *ISSUE_TEXTS, SET)),
    Command(("issue", "link"), "repeats", (CASE, Option("EARLIER"), AS)),
    Command(
        ("issue", "split"),
        "findings",
        (
            CASE,
            AS,
            _value("--title", required=True),
            _value("--problem", required=True),
            _value("--measure", type=whole, action="append", default=[]),
            _value("--remaining-title"),
            _value("--remaining-problem"),
        ),
    ),
    Command(("measure", "add"), "findings", (CASE, _value("--text", required=True), AS, LEADER, DUE)),
    Command(
        ("measure", "edit"),
        "findings",
        (CASE, _value("NUMBER", type=whole), AS, PIN, _value("--text"), LEADER, DUE, _flag("--drop")),
    ),
    Command(("measure", "done"), "findings", (CASE, _value("NUMBER", type=whole, nargs="+"), AS, ON)),
    Command(
        ("deliverable", "count"),
        "findings",
        (
            CASE,
            AS,
            _value("--number", type=whole, default=0),
            _value("--name"),
            _value("--count", type=whole, required=True),
        ),
    ),
    Command(
        ("import",),
        "importing",
        (
            Option("FILE"),
            AS,
            _value("--feedback", metavar="DATE"),
            _value("--workflow"),
            _value("--inspection"),
            _value("--seen", metavar="DIGEST"),
        ),
    ),
    Command(("claims",), "claims", (_flag("--all"),)),
    Command(
        ("claims", "accept"),
        "claims",
        (Option("CASE", {"nargs": "+"}), AS, PIN, _value("--basis", required=True), ON),
    ),
    Command(
        ("claims", "reject"),
        "claims",
        (Option("CASE", {"nargs": "+"}), AS, PIN, _value("--basis", required=True), ON),
    ),
)
