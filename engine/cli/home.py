"""The home that a command works in: settings, clock, organisation and the person who acts."""

from __future__ import annotations

import getpass
import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from engine.bootstrap import Application
from engine.cli.keeping import Keeping
from engine.clock import now as wall
from engine.core.principal import Principal
from engine.core.workdays import typed_day
from engine.errors import WrongUsage
from engine.services.access import Bearer, organisation_of_token, principal_of
from engine.services.credentials import Acting, principal_for
from engine.services.names import CaseNames, labels_of, names_by_case, names_for_case, names_on_demand
from engine.services.setup import is_demo_home
from engine.settings import DATABASE_FILE, Settings
from engine.store.places import find_organisation, organisation_keys
from engine.store.scope import Scope
from engine.store.tables import Organisation
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Home:
    """One opened home. `now` was read once, at the door (law 9)."""

    application: Application
    now: datetime
    organisation: int
    organisation_key: str
    is_demo: bool
    keeping: Keeping
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def database_file(self) -> Path:
        """Where an SQLite database of this home lies, or would."""
        return self.application.database.path or self.application.settings.home / DATABASE_FILE

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A unit of work that writes nothing; what the command did already is seen in it."""
        with _reading(self.application, self.keeping, self.organisation) as uow:
            yield uow

    @contextmanager
    def writing(self, scope: Scope | None = None) -> Iterator[UnitOfWork]:
        """The one unit of work of the command: `main` commits it with the answer, or undoes a dry run.

        With a `--key` that was answered before, nothing is done a second time. `scope`: this organisation without one.
        """
        with self.keeping.undone_if_raised():
            yield self.keeping.uow or self._begun(scope or Scope.one(self.organisation))

    def afterwards(self, act: Callable[[], object]) -> None:
        """Do something outside the database once all is committed; never in a dry run."""
        self.keeping.afterwards(act)

    def _begun(self, scope: Scope) -> UnitOfWork:
        # Proved before the unit of work is open: a wrong PIN is counted in one of its own.
        principal = self.principal(self.keeping.said) if self.keeping.key is not None else None
        uow = self.keeping.begin(self.application.database.begin(scope))
        if principal is not None:
            self.keeping.look_up(uow, principal, self.database_file, self.now)
        return uow

    def keys_asked_about(self, said: Namespace) -> list[str]:
        """The organisations of a command about all of them: the one that `--org` names or a token is of, or every
        one.
        """
        if said.org or self.has_token(said):
            return [self.organisation_key]
        return self.every_organisation()

    def every_organisation(self) -> list[str]:
        with self.application.database.begin(Scope.whole(), writing=False) as uow:
            return list(organisation_keys(uow))

    def has_token(self, said: Namespace) -> bool:
        """Whether the command was given a token or session, which is of one organisation."""
        return bool(token_of(said, self.application.settings))

    def is_held_to_one(self, said: Namespace) -> bool:
        """Whether a token is given where there are other organisations than its own."""
        return self.has_token(said) and len(self.every_organisation()) > 1

    def words_of(self, uow: UnitOfWork, cases: Iterable[str]) -> CaseNames:
        """What several cases call their states and moves, each in the words of its own workflow."""
        return names_by_case(uow, self.organisation, cases, self.names)

    def principal(self, said: Namespace) -> Principal:
        """Who acts: `--as`, proved by `--pin` or a token; without either the operator at the machine."""
        if self.keeping.principal is not None:
            return self.keeping.principal
        acting = Acting(
            self.organisation,
            getattr(said, "actor", None),
            getattr(said, "pin", None),
            operator=_login(),
            is_demo=self.is_demo,
            token=token_of(said, self.application.settings),
        )
        if getattr(said, "recorder", None):
            # The paper proves who signed it; PIN and token are those of whoever registers it.
            acting = replace(acting, pin=None, token=None)
        self.keeping.principal = principal_for(self.application.database, acting, self.now)
        return self.keeping.principal

    def recorder(self, said: Namespace) -> Principal | None:
        """Who registers a signed paper (`--recorder`), proved by `--pin` or a token; None where nobody is named."""
        if said.recorder is None:
            return None
        token = token_of(said, self.application.settings)
        acting = Acting(
            self.organisation, said.recorder, said.pin, _login(), is_demo=self.is_demo, token=token
        )
        return principal_for(self.application.database, acting, self.now)


def at_home(said: Namespace, *, whole: bool = False, proved: bool = True) -> Home:
    """Open the home. Raises Unavailable when there is none yet, NotFound for an unknown `--org`, Refused for a
    token that is given and no longer good, whatever the command (`proved` False leaves that out).

    With `whole` the command is about all organisations, and none has to be named; a token names its own.
    """
    settings = Settings.from_environment(os.environ)
    # `main` closes it when the command is done, however it ended.
    application = said.application = said.application or Application(settings, is_rehearsal=said.dry_run)
    with application.database.begin(Scope.whole(), writing=False) as uow:
        key = said.org or settings.organisation
        if key is None and proved and token_of(said, settings):
            key = organisation_of_token(uow, token_of(said, settings))
        found = _organisation(uow, key, whole=whole)
        assert found.id is not None
        labels = partial(_labels, application, said.keeping, found.id)
        names, now = names_on_demand(uow, found.id, labels), wall()
        case = getattr(said, "case", None)
        if isinstance(case, str):
            # One case at hand: states, moves and fields are called as its own workflow calls them.
            names = names_for_case(uow, found.id, case, names, now)
        home = Home(application, now, found.id, found.key, is_demo_home(uow), said.keeping, names)
    if proved and token_of(said, settings):
        principal_of(application.database, Bearer(home.organisation, token_of(said, settings)), home.now)
    return home


def at_whole_home(said: Namespace) -> Home:
    """The home for a command that does something for all organisations. Raises WrongUsage `token_not_for_all` where
    a token is of one of several, and as `at_home` does.
    """
    home = at_home(said, whole=True)
    if home.is_held_to_one(said):
        raise WrongUsage("token_not_for_all", organisation=home.organisation_key)
    return home


@contextmanager
def _reading(application: Application, keeping: Keeping, organisation: int) -> Iterator[UnitOfWork]:
    if keeping.uow is not None:
        yield keeping.uow
        return
    with application.database.begin(Scope.one(organisation), writing=False) as uow:
        yield uow


def _labels(application: Application, keeping: Keeping, organisation: int) -> Mapping[str, str]:
    with _reading(application, keeping, organisation) as uow:
        return labels_of(uow, organisation)


def token_of(said: Namespace, settings: Settings) -> str:
    """The token or session that the command was given, "" for none."""
    return str(getattr(said, "token", None) or settings.token)


def _organisation(uow: UnitOfWork, key: str | None, *, whole: bool) -> Organisation:
    if whole and key is None:
        key = next(iter(organisation_keys(uow)), None)
    return find_organisation(uow, key)


def day(word: str | None) -> date | None:
    """A date as people type it: year, month and day in this order, with anything between them.

    Raises WrongUsage `date_wrong`.
    """
    if word is None:
        return None
    given = typed_day(word)
    if given is None:
        raise WrongUsage("date_wrong", given=word)
    return given


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        # No login name in this environment (a service, a bare container): the uid is not ours to guess.
        return "unknown"
