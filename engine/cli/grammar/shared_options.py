"""Options and arguments that commands of several subjects take."""

from __future__ import annotations

from engine.cli.options import Option
from engine.cli.options import value as _value

CASE = Option("CASE")
AS = _value("--as", dest="actor", metavar="PERSON")
PIN = _value("--pin")
ON = _value("--on", metavar="DATE")
DUE = _value("--due", metavar="DATE")
COMMENT = _value("--comment")
FILES = _value("--file", action="append", default=[])
LEADER = _value("--leader", metavar="POST_OR_PERSON")
SET = _value("--set", action="append", default=[], metavar="NAME=VALUE")
