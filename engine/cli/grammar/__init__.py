"""Every command of the contract, subject by subject: its words, its options, and the file that does it."""

from __future__ import annotations

from engine.cli.grammar.cases import CASES
from engine.cli.grammar.deciding import DECIDING
from engine.cli.grammar.definitions import DEFINITIONS
from engine.cli.grammar.duties import DUTIES
from engine.cli.grammar.findings import FINDINGS
from engine.cli.grammar.people import PEOPLE
from engine.cli.grammar.running import RUNNING
from engine.cli.grammar.telling import TELLING
from engine.cli.options import flag, value

EVERYWHERE = (value("--org"), value("--token"), flag("--json"))

COMMANDS = (*RUNNING, *FINDINGS, *PEOPLE, *CASES, *DECIDING, *DUTIES, *TELLING, *DEFINITIONS)
