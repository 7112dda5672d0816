"""What argparse says in English, said in the words of `engine.text`."""

from __future__ import annotations

import re
from argparse import Action, HelpFormatter
from typing import Any

from engine.text.words import help_text, with_values

# argparse names no codes: its English sentences are the only thing to tell its errors apart by.
_SENTENCES = (
    (r"the following arguments are required: (?P<what>.+)", "missing"),
    (r"argument (?P<what>[^:]+): invalid choice: (?P<given>'[^']*').*", "choice"),
    (r"unrecognized arguments: (?P<what>.+)", "unknown"),
    (r"argument (?P<what>[^:]+): expected .+", "no_value"),
    (r"argument (?P<what>[^:]+): invalid whole value: (?P<given>.+)", "not_a_number"),
    (r"argument (?P<what>[^:]+): not allowed with .+", "not_together"),
)
_SECRET = re.compile(r"(zg[ts]_)[\w-]+", re.ASCII)


class Formatter(HelpFormatter):
    """argparse's own layout under our headings."""

    def _get_help_string(self, action: Action) -> str | None:
        said = super()._get_help_string(action)
        return with_values(said) if said else said

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        ours = f"{help_text('usage')}\uff1a" if prefix is None else prefix
        super().add_usage(usage, actions, groups, ours)


def usage_error(message: str) -> str:
    """One sentence for an argparse error; what we do not know is shown as argparse says it, but never a secret."""
    message = _SECRET.sub(r"\1***", message)
    for pattern, key in _SENTENCES:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return help_text(f"usage_{key}").format(**found.groupdict())
    return message
