"""What people and other programs are told."""

from __future__ import annotations

from engine.cli.options import Command, Option
from engine.cli.options import value as _value

TELLING = (
    Command(("messages",), "messages", (_value("--case"), _value("--person"))),
    Command(
        ("webhook", "add"),
        "webhooks",
        (Option("WEBHOOK"), Option("URL"), _value("--type", action="append", default=[])),
    ),
    Command(("webhook", "list"), "webhooks"),
    Command(("webhook", "drop"), "webhooks", (Option("WEBHOOK"),)),
    Command(("webhook", "resend"), "webhooks", (Option("WEBHOOK"),)),
)
