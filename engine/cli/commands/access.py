"""`people token`, `people tokens`, `people revoke`, `login`, `logout`: what proves who acts, beside the PIN."""

from __future__ import annotations

from argparse import Namespace

from engine.cli.answer import Answer, answer
from engine.cli.home import Home, at_home, token_of
from engine.core.principal import Credential
from engine.errors import WrongUsage
from engine.services.access import (
    DEFAULT_SCOPES,
    Handed,
    NewToken,
    access_facts,
    list_tokens,
    make_token,
    open_session,
    revoke,
)
from engine.services.clerks import open_desk
from engine.services.credentials import list_pins
from engine.store.people import person_by_id
from engine.store.unit_of_work import UnitOfWork
from engine.text.sentences import done


def people_token(said: Namespace) -> Answer:
    """`people token [PERSON] --label L`: the secret is printed this once; without PERSON for another program."""
    home = at_home(said)
    principal = home.principal(said)
    new = NewToken(said.person, said.label, said.days, tuple(said.scope) or DEFAULT_SCOPES)
    with home.writing() as uow:
        made = make_token(uow, principal, new, home.now)
        facts = _facts(uow, home, made)
    return _secret(said, facts, [done("token_made", facts, home.names)], made)


def login(said: Namespace) -> Answer:
    """`login --as PERSON`: twelve hours without the PIN, for as long as nobody ends it."""
    home = at_home(said, proved=False)
    if said.actor is None:
        raise WrongUsage("login_as_whom")
    principal = home.principal(said)
    with home.writing() as uow:
        made = open_session(uow, principal, home.now)
        facts = _facts(uow, home, made)
    return _secret(said, facts, [done("logged_in", facts, home.names)], made)


def logout(said: Namespace) -> Answer:
    """`logout`: the session that was given ends at once."""
    home = at_home(said)
    if not token_of(said, home.application.settings):
        raise WrongUsage("token_missing")
    principal = home.principal(said)
    if principal.credential is not Credential.SESSION or principal.credential_id is None:
        raise WrongUsage("not_a_session")
    with home.writing() as uow:
        revoke(uow, principal, principal.credential_id, home.now)
    facts = {"id": principal.credential_id}
    return answer(facts, [done("logged_out", facts)])


def people_revoke(said: Namespace) -> Answer:
    """`people revoke ID`: a token or session ends at once."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        found = revoke(uow, principal, said.id, home.now)
    facts = {"id": found.id, "kind": found.kind, "label": found.label}
    return answer(facts, [done("access_revoked", facts)])


def people_tokens(said: Namespace) -> Answer:
    """`people tokens`: all of them and the PINs, or one's own; never a secret."""
    home = at_home(said)
    with home.reading() as uow:
        principal = home.principal(said)
        rows, pins = list_tokens(uow, principal, home.now), list_pins(uow, principal, home.now)
    lines = [done("access_line", row, home.names) for row in rows] or [done("no_access", {})]
    lines += [done("pin_line", row, home.names) for row in pins]
    return answer({"tokens": rows, "pins": pins}, lines)


def _secret(said: Namespace, facts: dict[str, object], lines: list[str], made: Handed) -> Answer:
    """With the secret, this once; a trial has none that would be good."""
    if said.dry_run:
        return answer({**facts, "token": None}, lines)
    return answer({**facts, "token": made.word}, [*lines, made.word])


def _facts(uow: UnitOfWork, home: Home, made: Handed) -> dict[str, object]:
    desk = open_desk(uow, home.organisation, home.now)
    person = person_by_id(uow, made.access.person) if made.access.person is not None else None
    return access_facts(made.access, person.key if person else None, desk, home.now)
