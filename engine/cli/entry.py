"""The way in: words → command → exit code; one document on stdout, everything else on stderr."""

from __future__ import annotations

import importlib
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from engine.cli.answer import Answer, show, show_error
from engine.cli.grammar import COMMANDS, EVERYWHERE
from engine.cli.options import Command, Option
from engine.cli.rules import options_of
from engine.cli.usage import Formatter, usage_error
from engine.core.plain_text import is_unkeepable
from engine.errors import Conflict, EngineError, Unavailable, WrongUsage
from engine.text.words import help_text

INTERRUPTED = 130
# What a command has before it begins: not every one takes a key or can be tried.
_NOTHING = {"application": None, "keeping": None, "key": None, "dry_run": False}
# The facts of an error that are keys of the organisation.
_NAMING = frozenset({"person", "post", "move", "possible", "winner"})


class _Parser(ArgumentParser):
    """argparse with the sentences of `engine.text` and the exit code of the contract."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"formatter_class": Formatter, **how, "add_help": False})
        self._positionals.title = help_text("arguments")
        self._optionals.title = help_text("options")
        self.add_argument("-h", "--help", action="help", help=help_text("help"))

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise WrongUsage("usage_wrong", detail=usage_error(message))


class _WordParser(_Parser):
    """The parser behind one word of a command, made when that word is said: of all others only the line of help
    is ever asked.
    """

    def __init__(self, *, words: tuple[str, ...], **how: Any) -> None:
        self._words, self._how = words, how

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        super().__init__(**self._how)
        self.set_defaults(parser=self)
        for command in COMMANDS:
            if command.words == self._words:
                _add_options(self, command)
        _add_words(self, self._words)
        return super().parse_known_args(args, namespace)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code of the contract (design.md §6)."""
    _survive_any_console()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        said = build_parser().parse_args(_readable(words))
    except WrongUsage as error:
        return show_error(error, {}, as_json="--json" in words)
    command: Command | None = getattr(said, "command", None)
    if command is None:
        said.parser.print_help(sys.stderr)
        return 2
    try:
        return _told(command, said)
    finally:
        if said.keeping is not None:
            said.keeping.close()
        if said.application is not None:
            said.application.close()


def _told(command: Command, said: Namespace) -> int:
    """Run the command and print what it answers, or why it did not; never a traceback."""
    try:
        return show(_run(command, said), as_json=said.json)
    except EngineError as stopped:
        told = _with_winner(said, stopped)
        return show_error(told, _names(said, told), as_json=said.json)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`head`, a closed pager) has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        # A defect of ours: people get one sentence, whoever mends it asks for the rest.
        if os.environ.get("ZHENGGAI_DEBUG"):
            raise
        defect = Unavailable("defect", what=type(error).__name__)
        return show_error(defect, {}, as_json=said.json)


def _readable(words: list[str]) -> list[str]:
    """Raises WrongUsage for a word that the console handed over in another encoding than it names."""
    if is_unkeepable(words):
        raise WrongUsage("argument_unreadable")
    return words


def _run(command: Command, said: Namespace) -> Answer:
    module = importlib.import_module(f"engine.cli.commands.{command.module}")
    from engine.cli.keeping import Keeping
    from engine.services.once import Answered

    keeping = said.keeping = Keeping(said)
    try:
        answer: Answer = getattr(module, command.function)(said)
        return keeping.settle(answer)
    except Answered as before:
        return keeping.told_before(before.answer)


def _with_winner(said: Namespace, error: EngineError) -> EngineError:
    """A lost race names who was quicker, for those who had come far enough to be somebody (law 4)."""
    if not isinstance(error, Conflict) or said.keeping.principal is None:
        return error
    from engine.services.winners import naming_winner

    said.keeping.close()
    return naming_winner(said.application.database, said.keeping.principal, error)


def _names(said: Namespace, error: EngineError) -> Mapping[str, str]:
    """What this home calls its posts, people and moves, for the sentences that name any; none without a home."""
    from engine.core.refusal import Refused

    if not isinstance(error, Refused) and _NAMING.isdisjoint(error.facts):
        return {}
    from engine.cli.home import at_home

    try:
        return dict(at_home(said, proved=False).names)  # read here, where what fails is caught
    except EngineError:
        return {}


def _survive_any_console() -> None:
    """A console that cannot say a character shows its number instead of stopping the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def build_parser() -> ArgumentParser:
    """The parser of the whole grammar; it imports no command, and makes options only for the one that is named."""
    parser = _Parser(prog="zhenggai", description=help_text("program"))
    parser.set_defaults(parser=parser, json=False, org=None, token=None, **_NOTHING)
    _add_words(parser, ())
    return parser


def _add_words(parser: _Parser, said: tuple[str, ...]) -> None:
    """The words that may follow those already said, with one line of help each."""
    at = len(said)
    following = dict.fromkeys(row.words[at] for row in COMMANDS if row.words[:at] == said and row.words[at:])
    if not following:
        return
    into = parser.add_subparsers(metavar=help_text("metavar"), parser_class=_WordParser)
    for word in following:
        words = (*said, word)
        described = help_text("command." + "_".join(words))
        into.add_parser(word, help=described, description=described, words=words)


def _option_help(command: Command, option: Option) -> str:
    """The words of an option; a command may have its own (`own.import.file`) before the shared ones."""
    own = ".".join(("own", "_".join(command.words), option.name))
    said = help_text(own)
    return said if said != own else help_text("option." + option.name)


def _add_options(parser: _Parser, command: Command) -> None:
    parser.set_defaults(command=command)
    for option in (*options_of(command), *EVERYWHERE):
        how = dict(option.how)
        if not option.flag.startswith("-"):
            how.setdefault("metavar", option.flag)
        flag = option.flag if option.flag.startswith("-") else option.flag.lower()
        parser.add_argument(flag, help=_option_help(command, option), **how)
