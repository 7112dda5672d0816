"""Every command of the contract on one page: its words, its options, and the file that does it."""

from __future__ import annotations

from engine.cli.options import Command, Option, whole
from engine.cli.options import flag as _flag
from engine.cli.options import value as _value

CASE = Option("CASE")
AS = _value("--as", dest="actor", metavar="PERSON")
PIN = _value("--pin")
ON = _value("--on", metavar="DATE")
DUE = _value("--due", metavar="DATE")
COMMENT = _value("--comment")
REVISION = _value("--revision", type=whole)
FILES = _value("--file", action="append", default=[])
DESPITE = _value("--despite-conflict", dest="despite", metavar="REASON")
LEADER = _value("--leader", metavar="POST_OR_PERSON")
SET = _value("--set", action="append", default=[], metavar="NAME=VALUE")
TEXT = _value("--text", action="append", default=[], metavar="NAME=TEXT")
ISSUE_TEXTS = (_value("--title"), _value("--problem"), _value("--aspect"), _value("--section"))
PARAMETERS = (
    LEADER,
    DUE,
    _value("--held-on", metavar="DATE"),
    _value("--until", metavar="DATE"),
    _value("--progress"),
    SET,
    TEXT,
)
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

EVERYWHERE = (_value("--org"), _value("--token"), _flag("--json"))
VERSIONS = (
    Option("CASE", {"nargs": "*"}),
    _value("--to", default="current", metavar="VERSION"),
    _value("--map", action="append", default=[], metavar="OLD=NEW"),
)
OVERLAY = (Option("KIND"), Option("NAME"), Option("FILE", {"nargs": "?"}))

COMMANDS = (
    Command(("init",), "setup", (_flag("--demo"), _value("--name"), _value("--go-live", metavar="DATE"))),
    Command(("demo",), "demo"),
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
        (CASE, _value("NUMBER", type=whole), AS, _value("--text"), LEADER, DUE, _flag("--drop")),
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
    Command(
        ("issues",), "ledger", (_flag("--late"), _value("--state"), _value("--kind"), ON, _flag("--repeated"))
    ),
    Command(("show",), "ledger", (CASE, AS, PIN, ON, _flag("--all-moves"), _flag("--why-due"))),
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
    Command(("duties",), "duties"),
    Command(("duties", "on"), "duties", (Option("DUTY", {"nargs": "+"}), AS, _value("--from", dest="since"))),
    Command(("duties", "off"), "duties", (Option("DUTY", {"nargs": "+"}), AS, ON)),
    Command(
        ("duties", "plan"),
        "duties",
        (_value("--from", dest="since", metavar="DATE"), _value("--to", dest="until", metavar="DATE")),
    ),
    Command(("duties", "sign"), "duties", (CASE, Option("PERSON", {"nargs": "*"}), _flag("--all"), AS, ON)),
    Command(("messages",), "messages", (_value("--case"), _value("--person"))),
    Command(
        ("webhook", "add"),
        "webhooks",
        (Option("WEBHOOK"), Option("URL"), _value("--type", action="append", default=[])),
    ),
    Command(("webhook", "list"), "webhooks"),
    Command(("webhook", "drop"), "webhooks", (Option("WEBHOOK"),)),
    Command(("webhook", "resend"), "webhooks", (Option("WEBHOOK"),)),
    Command(("tick",), "running", (_value("--as-of", metavar="TIME"),)),
    Command(("serve",), "running", (_flag("--no-scheduler"),)),
    Command(("status",), "running"),
    Command(("seal",), "proof"),
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
            CASE,
            _value("--seq", type=whole, required=True),
            _value("--text", dest="name", required=True, metavar="NAME"),
            AS,
            PIN,
            _value("--reason", default=""),
        ),
    ),
    Command(
        ("verify",), "proof", (_value("--case"), _value("--seal", metavar="FILE|TEXT"), _flag("--no-blobs"))
    ),
    Command(("check",), "checking", (Option("PATH", {"nargs": "*"}),)),
    Command(("migrate-cases",), "migrating", (Option("WORKFLOW"), *VERSIONS, AS, PIN)),
    Command(("publish",), "publishing", (Option("PATH", {"nargs": "*"}),)),
    Command(("override",), "publishing", (*OVERLAY, _flag("--show"), _flag("--drop"))),
    Command(("schema",), "checking", (Option("KIND", {"nargs": "?"}), _value("--out", metavar="FOLDER"))),
    Command(("draw",), "drawing", (Option("WORKFLOW"), _value("--case"))),
)
