"""The home that a program embeds: opened, asked, and acted in one unit of work at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.bootstrap import Application
from engine.clock import now as wall
from engine.core.history import Event, digest_of
from engine.core.refusal import Refused
from engine.embed.desk import Desk
from engine.errors import EngineError
from engine.services.credentials import Acting, principal_for
from engine.services.decisions import Waiting, list_requests
from engine.services.keepable import refuse_unkeepable
from engine.services.names import names_for_case, names_of
from engine.services.once import Answered, once
from engine.services.sealing import keep_seals
from engine.services.setup import HomePlan, HomeState, init_home, is_demo_home
from engine.services.tick import Ticked, tick
from engine.services.views import CaseView, LedgerRow, ledger, show_case
from engine.services.winners import winner_named
from engine.settings import DATABASE_FILE, Settings
from engine.store.places import find_organisation, load_place
from engine.store.scope import Scope
from engine.text.sentences import error_lines

Clock = Callable[[], datetime]


def open_home(folder: str | Path, *, database_url: str | None = None, clock: Clock = wall) -> EmbeddedHome:
    """Take hold of a home; nothing is connected or created before `init` or the first question.

    `database_url` as in `ZHENGGAI_DATABASE_URL`, SQLite in the folder without one. `clock` answers with aware
    instants. The environment is not read.
    """
    home = Path(folder)
    url = database_url or f"sqlite:///{(home / DATABASE_FILE).as_posix()}"
    return EmbeddedHome(Application(Settings(home=home, database_url=url)), clock)


@refuse_unkeepable
@dataclass(frozen=True, slots=True)
class EmbeddedHome:
    """One home and, of several organisations, the one that is meant (`of`). Close it when done."""

    application: Application
    clock: Clock
    organisation: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.application.close()

    def of(self, organisation: str) -> EmbeddedHome:
        """The same home, for one of its organisations."""
        return replace(self, organisation=organisation)

    def init(self, name: str = "", *, key: str = "main", is_demo: bool = False) -> HomeState:
        """Create or migrate the database and publish the definitions; again is harmless."""
        files = (*self.application.shipped_definitions(), *self.application.site_definitions())
        plan = HomePlan(is_demo=is_demo, key=key, name=name)
        return init_home(self.application.database, self.clock(), files, self.application.vocabulary, plan)

    @contextmanager
    def acting(
        self,
        person: str | None = None,
        *,
        pin: str | None = None,
        token: str = "",
        dry_run: bool = False,
    ) -> Iterator[Desk]:
        """Act as `person` (a key or name), proved by `pin` or `token`; without any as the operator in nobody's name.

        Committed at the end, unless something was raised or it is a dry run.
        """
        now, database = self.clock(), self.application.database
        organisation, is_demo = self._organisation()
        acting = Acting(organisation, person, pin, operator="embedded", is_demo=is_demo, token=token)
        principal = principal_for(database, acting, now)
        with winner_named(database, principal), database.begin(Scope.one(organisation)) as uow:
            yield Desk(uow, principal, now, self.application, is_trial=dry_run)
            if not dry_run:
                uow.commit()

    def once(
        self,
        key: str,
        content: Mapping[str, Any],
        act: Callable[[Desk], Mapping[str, Any]],
        *,
        person: str | None = None,
        pin: str | None = None,
        token: str = "",
    ) -> Mapping[str, Any]:
        """Do `act` once per key and answer with what it answered (JSON), also when it is asked again.

        Raises Conflict where the key was used with another content; what raises may be tried again.
        """
        try:
            with self.acting(person, pin=pin, token=token) as desk:
                kept = once(desk.uow, desk.principal, key, digest_of(dict(content)), desk.now)
                desk.uow.settle_question()  # `act` is not ours: it is not even called where there is an answer
                answer = act(desk)
                kept.remember(answer)
                return answer
        except Answered as before:
            return before.answer

    def show(self, case: str, person: str | None = None) -> CaseView:
        """One case with its past, its deadlines, and every move open or refused, as `person` sees it."""
        with self._reading(person) as desk:
            return show_case(desk.uow, desk.principal, case, desk.now)

    def history(self, case: str, person: str | None = None) -> tuple[Event, ...]:
        """What happened to a case, hash-chained, as `person` may see it."""
        return self.show(case, person).history

    def ledger(self, *, kind: str = "issue", state: str | None = None, late: bool = False) -> list[LedgerRow]:
        """The cases of one kind in the order of their numbers."""
        with self._reading() as desk:
            today = load_place(desk.uow, desk.principal.organisation).local_day(desk.now)
            return ledger(desk.uow, desk.principal.organisation, today, kind=kind, state=state, late=late)

    def waiting(self) -> list[Waiting]:
        """The requests that wait for a decision, the oldest first."""
        with self._reading() as desk:
            return list_requests(desk.uow, desk.principal.organisation)

    def sentences(self, error: EngineError) -> list[str]:
        """What people read of an error: of a refusal everything that is missing, one line each."""
        with self._reading() as desk:
            organisation = desk.principal.organisation
            names = names_of(desk.uow, organisation)
            if isinstance(error, Refused):
                names = names_for_case(desk.uow, organisation, error.refusals.case, names, desk.now)
        return error_lines(error, names)

    def tick(self) -> Ticked:
        """Spawn, sweep, seal, fold and send everything that is due now."""
        app = self.application
        ticked = tick(app.database, app.notifiers(), self.clock(), sealing=True, outside=app)
        if ticked.sealed.sealed:
            keep_seals(app.database, app.settings.home)
        return ticked

    @contextmanager
    def _reading(self, person: str | None = None) -> Iterator[Desk]:
        now, database = self.clock(), self.application.database
        organisation, _ = self._organisation()
        principal = principal_for(database, Acting(organisation, person, operator="embedded"), now)
        with database.begin(Scope.one(organisation), writing=False) as uow:
            yield Desk(uow, principal, now, self.application)

    def _organisation(self) -> tuple[int, bool]:
        with self.application.database.begin(Scope.whole(), writing=False) as uow:
            found = find_organisation(uow, self.organisation)
            assert found.id is not None
            return found.id, is_demo_home(uow)
