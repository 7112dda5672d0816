"""One unit of work for a command: opened once, kept or undone at the door when its answer is there (law 2).

So `--dry-run` and `--key` mean the same for every command that writes, and no command has to know of them.
"""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.cli.answer import Answer
from engine.cli.files import opened
from engine.cli.rules import FILES, UNTOLD, has_key, is_writing
from engine.core.history import digest_of
from engine.core.principal import Principal
from engine.errors import Unavailable
from engine.services.once import Once, once
from engine.store.unit_of_work import UnitOfWork
from engine.text.sentences import done

DRY_RUN = "dry_run"
PIECE = 1 << 20


class Keeping:
    """What one command does, until it is settled: committed with its answer under the key, or undone."""

    def __init__(self, said: Namespace) -> None:
        self.said = said
        self.uow: UnitOfWork | None = None
        self.principal: Principal | None = None
        self._once: Once | None = None
        self._afterwards: list[Callable[[], object]] = []

    @property
    def is_dry(self) -> bool:
        return bool(self.said.dry_run)

    @property
    def key(self) -> str | None:
        """The idempotency key, where the command takes one."""
        return self.said.key if has_key(self.said.command) else None

    def begin(self, uow: UnitOfWork) -> UnitOfWork:
        self.uow = uow
        return uow

    def look_up(self, uow: UnitOfWork, principal: Principal, database: Path, now: datetime) -> None:
        """Before anything else is done (law 2): whatever the command sends first raises Answered, or Conflict."""
        self._once = once(uow, principal, self.key, digest_of(content_of(self.said, database)), now)

    def afterwards(self, act: Callable[[], object]) -> None:
        """Do something outside the database once all is committed; never in a dry run."""
        self._afterwards.append(act)

    @contextmanager
    def undone_if_raised(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    def settle(self, answer: Answer) -> Answer:
        """Commit, with the answer under the key if there is one; a dry run, or what did nothing, is undone."""
        if not is_writing(self.said.command):
            return answer
        if self._once is not None or self.is_dry:
            # What a key keeps is kept whole, and a trial leaves nothing to look at afterwards.
            answer = _warned(answer)
        told = self.marked(answer)
        if self.uow is not None and answer.keeps and not self.is_dry:
            if self._once is not None:
                self._once.remember(
                    {"data": told.data, "lines": list(told.lines), "exit_code": told.exit_code}
                )
            self.uow.commit()
            self.close()
            for act in self._afterwards:
                act()
        return self.marked(_warned(answer))

    def told_before(self, stored: Mapping[str, Any]) -> Answer:
        """The answer that was kept under the key."""
        return self.marked(Answer(stored["data"], tuple(stored["lines"]), stored["exit_code"]))

    def marked(self, answer: Answer) -> Answer:
        """The answer saying whether it was only a trial."""
        lines = (*answer.lines, done(DRY_RUN, {})) if self.is_dry else answer.lines
        return replace(answer, data={**answer.data, DRY_RUN: self.is_dry}, lines=lines)

    def close(self) -> None:
        """Undo what was not committed; again is nothing."""
        if self.uow is not None:
            uow, self.uow = self.uow, None
            uow.__exit__(None, None, None)


def _warned(answer: Answer) -> Answer:
    """The answer with its warnings. What was done is done, also where nobody can look at the rest now."""
    if answer.warns is None:
        return answer
    try:
        facts, lines = answer.warns()
    except Unavailable:
        facts, lines = None, [done("warnings_unread", {})]
    data = {**answer.data, "warnings": facts}
    return replace(answer, data=data, lines=(*answer.lines, *lines), warns=None)


def content_of(said: Namespace, database: Path) -> dict[str, object]:
    """What a command means: its words as they were typed, files by their digests, without how it was proved."""
    content: dict[str, object] = {"command": " ".join(said.command.words)}
    for option in said.command.options:
        value = getattr(said, option.dest)
        if option.dest in UNTOLD or not value or value == option.how.get("default"):
            continue
        if option.dest in FILES:
            paths = value if isinstance(value, list) else [value]
            value = [_digest(path, database) for path in paths]
        content[option.dest] = value
    return content


def _digest(path: str, database: Path) -> str:
    with opened(path, database) as source:
        digest = hashlib.sha256()
        while piece := source.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
