"""Telling a person of a proof of identity that somebody else set for them: when it is, and whether it still holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from engine.core.deadlines import PERSON
from engine.core.principal import Principal
from engine.services.audience import LEFT, person_told
from engine.services.letters import Personal, Rechecked
from engine.store.access import Access, find_access
from engine.store.credentials import credential_set_at
from engine.store.notice_rows import About
from engine.store.offices import Office
from engine.store.outbox import NoticeFacts, tell_person
from engine.store.places import load_place
from engine.store.unit_of_work import UnitOfWork
from engine.text.labels import label
from engine.text.messages import Item
from engine.text.sentences import done

PIN_SET, PIN_SET_BY_LENT = "pin_set_for_you", "pin_set_by_lent"
TOKEN_MADE, TOKEN_MADE_BY_LENT = "token_made_for_you", "token_made_by_lent"
TOKENS = frozenset({TOKEN_MADE, TOKEN_MADE_BY_LENT})


def tell_of_pin(uow: UnitOfWork, principal: Principal, person: int, number: int, now: datetime) -> None:
    """The person hears that a PIN was set in their name; `number` is that of its row."""
    _tell(uow, principal, PIN_SET_BY_LENT if principal.is_lent else PIN_SET, person, number, now)


def tell_of_token(uow: UnitOfWork, principal: Principal, person: int, number: int, now: datetime) -> None:
    """The person hears that a token was made in their name; never the token itself."""
    _tell(uow, principal, TOKEN_MADE_BY_LENT if principal.is_lent else TOKEN_MADE, person, number, now)


def _tell(uow: UnitOfWork, principal: Principal, kind: str, person: int, number: int, now: datetime) -> None:
    today = load_place(uow, principal.organisation).local_day(now)
    tell_person(uow, About(principal.organisation, None, number), kind, f"{PERSON}{person}", today, now)


def is_over(uow: UnitOfWork, notice: NoticeFacts, departed: Collection[int]) -> str | None:
    """Why a person need not be told of it any more (a stable code), or None while it holds.

    None of the `departed` is told. What was set with a proof that others know is told to all else: whoever knew it
    may have set it anew since. So is a token that was used before it was revoked.
    """
    if person_told(notice.audience) in departed:
        return LEFT
    if notice.rung in TOKENS:
        found = find_access(uow, notice.organisation, notice.event_seq)
        is_gone = found is None or (found.revoked_at is not None and found.last_used_on is None)
        return "token_revoked" if is_gone else None
    set_at = credential_set_at(uow, notice.organisation, notice.event_seq)
    if set_at is None:  # it went when they left, on a day that is not over yet
        return LEFT
    if notice.rung == PIN_SET_BY_LENT:
        return None
    return None if set_at == notice.created_at else "pin_replaced"


def check_personal(
    uow: UnitOfWork, office: Office, notices: Iterable[NoticeFacts], departed: Collection[int]
) -> list[Rechecked]:
    """Each notice that is about no case with its verdict and its words."""
    return [
        Rechecked(Personal(notice, _item(uow, office, notice)), is_over(uow, notice, departed) or "")
        for notice in notices
    ]


def _item(uow: UnitOfWork, office: Office, notice: NoticeFacts) -> Item:
    on = office.place.local_day(notice.created_at)
    if notice.rung not in TOKENS:
        return Item(notice.rung, label("credential", "pin"), on=on)
    token = find_access(uow, notice.organisation, notice.event_seq)
    named = token.label if token else None
    told = (_limits(office, token),) if token else ()
    word = label("credential", "token")
    return Item(notice.rung, str(notice.event_seq), named, kind_label=word, told=told, on=on)


def _limits(office: Office, token: Access) -> str:
    expires = office.place.local_day(token.expires_at).isoformat() if token.expires_at else None
    return done("token_limits", {"scopes": sorted(token.scopes), "expires_on": expires})
