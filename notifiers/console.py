"""The console as a way out: the default channel, and what a demo shows."""

from __future__ import annotations

import sys
from typing import ClassVar, TextIO

from engine.core.ports import Answer, Letter
from notifiers.verdicts import accepted, address_wrong, give_up, scheme_of, try_again

_RULE = "-" * 60


class Console:
    """Prints a letter to `stream` (default: whatever `sys.stdout` is when the letter leaves).

    Characters that the console cannot show come out as backslash escapes, and so do control characters:
    a letter carries text of strangers, which must not steer the terminal.
    """

    schemes: ClassVar[tuple[str, ...]] = ("console",)

    def __init__(self, *, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, letter: Letter) -> Answer:
        scheme = scheme_of(letter.address)
        if scheme not in self.schemes:
            return address_wrong("scheme_unknown")
        stream = self._stream or sys.stdout
        if stream is None:  # a Windows process without a console
            return give_up("console_missing", scheme)
        try:
            stream.write(_shown(letter, stream.encoding))
            stream.flush()
        except (OSError, ValueError):  # a closed pipe, a closed stream
            return try_again("console_closed", scheme)
        return accepted(scheme)


def _shown(letter: Letter, encoding: str | None) -> str:
    """One block, written at once, so that two senders do not mix their lines."""
    lines = (_RULE, f"-> {letter.recipient}", letter.subject, "", letter.text, _RULE, "")
    text = "".join(_harmless(character) for character in "\n".join(lines))
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _harmless(character: str) -> str:
    is_control = ord(character) < ord(" ") or "\x7f" <= character <= "\x9f"
    if is_control and character not in "\n\t":
        return f"\\x{ord(character):02x}"
    return character
