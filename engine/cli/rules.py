"""What holds for whole kinds of commands: who only reads, and who takes `--dry-run` and `--key`, or why not."""

from __future__ import annotations

from engine.cli.options import Command, Option, flag, value

Words = tuple[str, ...]
KEY, DRY = value("--key"), flag("--dry-run")

READING: frozenset[Words] = frozenset(
    {
        ("claims",),
        ("inspection", "show"),
        ("issues",),
        ("show",),
        ("people", "tokens"),
        ("people", "list"),
        ("requests",),
        ("bundle", "show"),
        ("bundle", "list"),
        ("evidence", "list"),
        ("duties",),
        ("duties", "plan"),
        ("messages",),
        ("webhook", "list"),
        ("status",),
        ("export",),
        ("verify",),
        ("check",),
        ("schema",),
        ("draw",),
    }
)
"""They change nothing in the home."""

WITHOUT_DRY_RUN: dict[Words, str] = {
    ("demo",): "it works in a folder of its own, which it makes",
    ("tick",): "what would be sent is asked of `duties plan` and `messages`; a tick commits piece by piece",
    ("serve",): "it runs until it is stopped",
}
"""Writing commands that take no `--dry-run`, with the reason."""

WITHOUT_KEY: dict[Words, str] = {
    **{words: "again is harmless, and means the time at which it is said" for words in WITHOUT_DRY_RUN},
    ("init",): "again it is harmless, and the place where keys are kept is what it makes",
    ("publish",): "again it publishes nothing: a definition is known by its digest",
    ("login",): "its answer is a secret, which is never stored",
    ("logout",): "the session that would ask again has ended",
    ("people", "token"): "its answer is a secret, which is never stored",
    ("people", "pin"): "what it says is a secret, of which no digest is stored",
    ("webhook", "add"): "its answer is a secret, which is never stored",
}
"""Writing commands that take no `--key`, with the reason."""

FILES = frozenset({"file", "paper", "minutes"})
"""Words that name files of the caller: what counts is what is in them."""
UNTOLD = frozenset({"key", "dry_run", "pin", "actor", "revision"})
"""Words that say how a command is given, not what it means; whose it is belongs to the key itself."""


def is_writing(command: Command) -> bool:
    return command.words not in READING


def has_dry_run(command: Command) -> bool:
    return is_writing(command) and command.words not in WITHOUT_DRY_RUN


def has_key(command: Command) -> bool:
    return is_writing(command) and command.words not in WITHOUT_KEY


def options_of(command: Command) -> tuple[Option, ...]:
    """The options of a command with those that it takes for its kind."""
    own = tuple(option for option in command.options if option not in (DRY, KEY))
    return (*own, *([KEY] if has_key(command) else []), *([DRY] if has_dry_run(command) else []))
