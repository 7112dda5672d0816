"""Proof of identity: setting a PIN, trying one, and the principal that comes of it.

A try is counted and committed *before* it is compared, in small units of work of their own: the count
survives the refusal of the command, a kill in between counts as a failed try, and no lock is held while
the key is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.core.authority import scope_requirements
from engine.core.history import Stamp
from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused, Unmet, refused
from engine.errors import WrongUsage
from engine.services.access import Bearer, may_list, principal_of
from engine.services.clerks import is_operator, open_desk
from engine.services.departed import departed, refuse_departed
from engine.services.lent import tell_of_pin
from engine.services.pin import LONGEST_PIN, SHORTEST_PIN, fits, has_form, hashed, is_weak
from engine.services.resolving import resolve
from engine.store.access import SESSION, confirm_access, revoke_access_of
from engine.store.credentials import (
    HOLDER,
    OPERATOR,
    NewCredential,
    StoredCredential,
    count_tries,
    credentials_of,
    keep_credential,
    stored_credential,
)
from engine.store.database import Database
from engine.store.people import Someone, people_of
from engine.store.places import hold_places, load_place
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork

PIN = "pin"
MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who is said to act: a word for the person (None: the operator in no one's name), and what proves it.

    `operator` is the login at the machine; `is_demo` whether the home takes a bare name as proof (law 4). A PIN goes
    before a `token`.
    """

    organisation: int
    person: str | None
    pin: str | None = None
    operator: str | None = None
    via: Via = Via.CLI
    is_demo: bool = False
    token: str | None = None


@dataclass(frozen=True, slots=True)
class _Try:
    """One counted try: what to compare with, and how many tries are left if it fails."""

    person: Someone
    credential: StoredCredential
    left: int


def set_pin(uow: UnitOfWork, principal: Principal, person: str, pin: str, now: datetime) -> Someone:
    """Give a person a new PIN; it unlocks, too, and ends their sessions. Only the operator or that person may.

    Where it is not surely the person's own doing, they are told.

    Raises WrongUsage `pin_no_digits` or `pin_too_weak`, Refused `not_your_pin`, what `departed` says.
    """
    hold_places(uow, {principal.organisation})
    desk = open_desk(uow, principal.organisation, now)
    who = resolve(uow, principal.organisation, person)
    # Two at once wait here: each would hold the session by which it came, and wait for the other's.
    stored_credential(uow, principal.organisation, who.id, PIN)
    confirm_access(uow, principal.credential, principal.credential_id, now)
    is_self = principal.person == who.id and principal.has_proof
    if not (is_self or is_operator(principal)):
        # Whoever sets a PIN can decide in that name: the office may not do it for the secretary.
        raise refused("", "set_pin", Unmet("not_your_pin", {"person": who.key}, "set_a_pin"))
    unmet = (*departed(who, desk.today), *scope_requirements(principal, "decide"))
    if unmet:
        raise refused("", "set_pin", *unmet)
    if not has_form(pin):
        raise WrongUsage("pin_no_digits", shortest=SHORTEST_PIN, longest=LONGEST_PIN)
    if is_weak(pin):
        raise WrongUsage("pin_too_weak")
    uow.sign(Stamp.of(principal), now)
    revoke_access_of(uow, principal.organisation, who.id, [SESSION], now)
    # Whoever proves it with a token that another made may be that other; an old PIN is how one's own begins.
    is_own = is_self and not (principal.is_lent and principal.credential is Credential.TOKEN)
    new = NewCredential(PIN, who.id, hashed(pin), HOLDER if is_own else OPERATOR)
    keep_credential(uow, principal.organisation, new, now)
    kept = stored_credential(uow, principal.organisation, who.id, PIN)
    if kept is not None and (principal.is_lent or not is_self):
        tell_of_pin(uow, principal, who.id, kept.id, now)
    return who


def list_pins(uow: UnitOfWork, principal: Principal, now: datetime) -> list[dict[str, Any]]:
    """Whose PIN was set when and by whom, for whoever `list_tokens` shows them to; never what it was made into."""
    desk = open_desk(uow, principal.organisation, now)
    found = credentials_of(uow, principal.organisation, PIN)
    return [
        {
            "person": person.key,
            "set_on": desk.place.local_day(pin.set_at).isoformat(),
            "set_by": pin.set_by or None,
            "is_lent": pin.is_lent,
        }
        for person in people_of(uow, principal.organisation)
        if (pin := found.get(person.id)) is not None
        and not pin.is_revoked
        and may_list(desk, principal, person.id)
    ]


def principal_for(database: Database, acting: Acting, now: datetime) -> Principal:
    """The principal of a command, before its own unit of work begins: by PIN, by token or session, by name alone.

    Raises NotFound and WrongUsage as `resolve` does; Refused `pin_wrong` with the tries left,
    `pin_locked` with the minutes, `pin_not_set`, `pin_revoked`, what `departed` says and
    `access.principal_of` refuses.
    """
    if acting.token and acting.pin is None:
        bearer = Bearer(acting.organisation, acting.token, acting.person, acting.operator, acting.via)
        return principal_of(database, bearer, now)
    if acting.person is None:
        return Principal(acting.organisation, None, acting.via, Credential.NONE, acting.operator)
    if acting.pin is not None:
        return check_pin(database, acting, now)
    with database.begin(Scope.one(acting.organisation), writing=False) as uow:
        person = resolve(uow, acting.organisation, acting.person)
        if acting.is_demo:
            _refuse_departed(uow, person, now)
    credential = Credential.DEMO if acting.is_demo else Credential.NONE
    return Principal(acting.organisation, person.id, acting.via, credential, acting.operator)


def check_pin(database: Database, acting: Acting, now: datetime) -> Principal:
    """The principal whose PIN was right. Commits the count of tries by itself, whatever comes of it."""
    with database.begin(Scope.one(acting.organisation)) as uow:
        counted = _count_one_try(uow, acting, now)
        uow.commit()
    if not fits(acting.pin or "", counted.credential.digest):
        raise _wrong(counted, now)
    with database.begin(Scope.one(acting.organisation)) as uow:
        count_tries(uow, counted.credential.id, 0, None)
        uow.commit()
    return Principal(
        acting.organisation,
        counted.person.id,
        acting.via,
        Credential.PIN,
        acting.operator,
        counted.credential.id,
        is_lent=counted.credential.is_lent,
    )


def _count_one_try(uow: UnitOfWork, acting: Acting, now: datetime) -> _Try:
    person = resolve(uow, acting.organisation, acting.person or "")
    _refuse_departed(uow, person, now)
    stored = stored_credential(uow, acting.organisation, person.id, PIN)
    if stored is None:
        raise _refusal("pin_not_set", {"person": person.key}, "set_a_pin")
    if stored.is_revoked:
        raise _refusal("pin_revoked", {"person": person.key}, "ask_the_office")
    if stored.locked_until is not None and now < stored.locked_until:
        raise _locked(person, stored.locked_until, now)
    # A lock that ran out begins a new count.
    failed = (0 if stored.locked_until is not None else stored.failed) + 1
    count_tries(uow, stored.id, failed, now + LOCKED_FOR if failed >= MOST_TRIES else None)
    return _Try(person, stored, MOST_TRIES - failed)


def _refuse_departed(uow: UnitOfWork, person: Someone, now: datetime) -> None:
    refuse_departed(person, load_place(uow, person.organisation).local_day(now), "identify")


def _wrong(counted: _Try, now: datetime) -> Refused:
    if counted.left <= 0:
        return _locked(counted.person, now + LOCKED_FOR, now)
    return _refusal("pin_wrong", {"person": counted.person.key, "left": counted.left}, "try_again")


def _locked(person: Someone, until: datetime, now: datetime) -> Refused:
    minutes = -((now - until) // timedelta(minutes=1))
    return _refusal("pin_locked", {"person": person.key, "minutes": minutes}, "wait")


def _refusal(code: str, facts: dict[str, str | int], cure: str) -> Refused:
    return refused("", "identify", Unmet(code, dict(facts), cure))
