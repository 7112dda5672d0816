"""Tokens and sessions: made, listed, revoked, and the principal of whoever brings one.

The secret is 256 random bits, shown once; what is kept is its SHA-256, which needs no salt for such a secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine.core.history import Stamp
from engine.core.principal import Credential, Principal, Via
from engine.core.record import CLERKS
from engine.core.refusal import Unmet, refused
from engine.errors import NotFound, WrongUsage
from engine.services.clerks import Desk, is_operator, open_desk
from engine.services.departed import departed, refuse_departed
from engine.services.lent import tell_of_token
from engine.services.people import checked_name
from engine.services.resolving import resolve
from engine.store.access import (
    SESSION,
    TOKEN,
    Access,
    NewAccess,
    add_access,
    confirm_access,
    ended,
    find_access,
    list_access,
    note_use,
    organisation_of_access,
    revoke_access,
)
from engine.store.database import Database
from engine.store.people import people_of, person_by_id
from engine.store.places import load_place
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork

SCOPES = ("read", "act", "decide")
DEFAULT_SCOPES = ("read", "act")
DEFAULT_DAYS, MOST_DAYS = 90, 3660
SESSION_LASTS = timedelta(hours=12)
_PREFIX = {TOKEN: "zgt", SESSION: "zgs"}
_SHAPE = re.compile(r"zg[ts]_(?P<id>[1-9][0-9]{0,8})_(?P<secret>[0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be made; `person` None is for another program, which in nobody's name only reads."""

    person: str | None
    label: str
    days: int = DEFAULT_DAYS
    scopes: tuple[str, ...] = DEFAULT_SCOPES


@dataclass(frozen=True, slots=True)
class Handed:
    """What was made, with the word that proves it: it is shown this once and kept nowhere."""

    access: Access
    word: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody who brings a token, perhaps naming a person; `via` is the door they came through."""

    organisation: int
    word: str
    person: str | None = None
    operator: str | None = None
    via: Via = Via.CLI


def make_token(uow: UnitOfWork, principal: Principal, new: NewToken, now: datetime) -> Handed:
    """A token for oneself, or by the operator for anybody, who is told, or for another program.

    Raises Refused `not_your_token`, `token_scope` where one token would make a stronger one, what `departed` says;
    WrongUsage `days_wrong`.
    """
    confirm_access(uow, principal.credential, principal.credential_id, now)
    who = resolve(uow, principal.organisation, new.person) if new.person else None
    today = load_place(uow, principal.organisation).local_day(now)
    unmet = list(departed(who, today)) if who else []
    is_self = who is not None and principal.person == who.id and principal.has_proof
    if not (is_self or is_operator(principal)):
        # Whoever holds a token acts in that name: nobody makes one for somebody else.
        unmet.append(Unmet("not_your_token", {"person": who.key if who else None}, "let_them_do_it"))
    unmet += [
        Unmet("token_scope", {"scope": scope}, "use_another_token")
        for scope in new.scopes
        if not principal.may(scope)
    ]
    if unmet:
        raise refused("", "people_token", *unmet)
    if not 1 <= new.days <= MOST_DAYS:
        raise WrongUsage("days_wrong", most=MOST_DAYS)
    row = NewAccess(
        TOKEN,
        who.id if who else None,
        checked_name(new.label),
        "",
        frozenset((*new.scopes, "read")),
        now + timedelta(days=new.days),
        _maker(principal),
    )
    made = _handed(uow, principal, row, now)
    if who is not None and made.access.is_lent:
        tell_of_token(uow, principal, who.id, made.access.id, now)
    return made


def open_session(uow: UnitOfWork, principal: Principal, now: datetime) -> Handed:
    """A session of twelve hours for whoever gave their PIN. Raises Refused `login_needs_pin`."""
    if principal.person is None or principal.credential not in (Credential.PIN, Credential.DEMO):
        raise refused("", "login", Unmet("login_needs_pin", {}, "set_a_pin"))
    row = NewAccess(
        SESSION, principal.person, "", "", frozenset(SCOPES), now + SESSION_LASTS, _maker(principal)
    )
    return _handed(uow, principal, row, now)


def _maker(principal: Principal) -> int | None:
    """Whose work a session or token is: with a proof that others know, it is not surely the person's own."""
    return None if principal.is_lent else principal.person


def revoke(uow: UnitOfWork, principal: Principal, number: int, now: datetime) -> Access:
    """End a session or token at once: one's own, or any by the office, the secretary and the operator.

    Raises NotFound `access_not_found`, Refused `not_your_token`.
    """
    desk = open_desk(uow, principal.organisation, now)
    found = find_access(uow, principal.organisation, number)
    if found is None:
        raise NotFound("access_not_found", number=number)
    if not (_keeps_files(desk, principal) or found.person == principal.person):
        raise refused("", "people_revoke", Unmet("not_your_token", {}, "ask_those_who_may", CLERKS))
    uow.sign(Stamp.of(principal), now)
    revoke_access(uow, number, now)
    return found


def list_tokens(uow: UnitOfWork, principal: Principal, now: datetime) -> list[dict[str, Any]]:
    """All of them for who keeps the files, one's own for others; never a secret or its digest."""
    desk = open_desk(uow, principal.organisation, now)
    keys = {person.id: person.key for person in people_of(uow, principal.organisation)}
    return [
        access_facts(row, keys.get(row.person or 0), desk, now)
        for row in list_access(uow, principal.organisation)
        if may_list(desk, principal, row.person)
    ]


def may_list(desk: Desk, principal: Principal, person: int | None) -> bool:
    """Whether the principal may see what proofs of identity that person has."""
    return _keeps_files(desk, principal) or (person is not None and person == principal.person)


def access_facts(row: Access, person: str | None, desk: Desk, now: datetime) -> dict[str, Any]:
    """One session or token in keys and local days."""
    end = row.end(now)
    return {
        "id": row.id,
        "kind": row.kind,
        "person": person,
        "label": row.label,
        "scopes": [scope for scope in SCOPES if scope in row.scopes],
        "made_on": desk.place.local_day(row.made_at).isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "expires_on": desk.place.local_day(row.expires_at).isoformat() if row.expires_at else None,
        "last_used_on": row.last_used_on.isoformat() if row.last_used_on else None,
        "state": end or "standing",
        "is_lent": row.is_lent,
    }


def principal_of(database: Database, bearer: Bearer, now: datetime) -> Principal:
    """The principal that a token or session proves, before the command's own unit of work begins.

    Raises Refused `token_wrong`, `token_expired`, `token_revoked` (or `session_…`), `not_your_token` where it is
    somebody else's than the one named, what `departed` says of its person.
    """
    scope = Scope.one(bearer.organisation)
    with database.begin(scope, writing=False) as uow:
        found = _standing(uow, bearer, now)
        today = load_place(uow, bearer.organisation).local_day(now)
        named = resolve(uow, bearer.organisation, bearer.person) if bearer.person else None
        holder = person_by_id(uow, found.person) if found.person else None
    if holder is not None:
        refuse_departed(holder, today, "identify")
    if found.person is not None and named is not None and named.id != found.person:
        raise refused("", "identify", Unmet("not_your_token", {"person": named.key}, "let_them_do_it"))
    if found.last_used_on != today:
        _note_use(database, scope, found.id, today)
    if found.person is None:
        named_id = named.id if named else None
        kind = Credential.SYSTEM_TOKEN
        return Principal(
            bearer.organisation, named_id, Via.API, kind, found.label, found.id, scopes=found.scopes
        )
    kind = Credential.SESSION if found.kind == SESSION else Credential.TOKEN
    return Principal(
        bearer.organisation,
        found.person,
        bearer.via,
        kind,
        bearer.operator,
        found.id,
        scopes=found.scopes,
        is_lent=found.is_lent,
    )


def organisation_of_token(uow: UnitOfWork, word: str) -> str:
    """The key of the organisation that a token is of, whether or not it still stands. Raises Refused `token_wrong`."""
    said = _SHAPE.fullmatch(word.strip())
    number = int(said["id"]) if said else 0
    organisation = organisation_of_access(uow, number)
    _fitting(uow, organisation or 0, said)
    return load_place(uow, organisation or 0).key


def _standing(uow: UnitOfWork, bearer: Bearer, now: datetime) -> Access:
    found = _fitting(uow, bearer.organisation, _SHAPE.fullmatch(bearer.word.strip()))
    why = found.end(now)
    if why is not None:
        raise ended(found.kind, why)
    return found


def _fitting(uow: UnitOfWork, organisation: int, said: re.Match[str] | None) -> Access:
    """The row that a secret fits. Raises Refused `token_wrong`."""
    found = find_access(uow, organisation, int(said["id"])) if said else None
    # Compared also where there is nothing to compare with, so that the time tells nothing.
    fits = hmac.compare_digest(_digest(said["secret"] if said else ""), found.digest if found else "-" * 64)
    if found is None or not fits:
        raise ended(TOKEN, "wrong")
    return found


def _note_use(database: Database, scope: Scope, number: int, today: date) -> None:
    with database.begin(scope) as uow:
        note_use(uow, number, today)
        uow.commit()


def _handed(uow: UnitOfWork, principal: Principal, new: NewAccess, now: datetime) -> Handed:
    uow.sign(Stamp.of(principal), now)
    secret = secrets.token_hex(32)
    row = NewAccess(new.kind, new.person, new.label, _digest(secret), new.scopes, new.expires_at, new.made_by)
    kept = add_access(uow, principal.organisation, row, now)
    return Handed(kept, f"{_PREFIX[kept.kind]}_{kept.id}_{secret}")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _keeps_files(desk: Desk, principal: Principal) -> bool:
    if is_operator(principal):
        return True
    if principal.person is None or not principal.may("act"):
        return False
    return any(post.key in CLERKS for post in desk.posts.posts_of(principal.person, desk.today))
