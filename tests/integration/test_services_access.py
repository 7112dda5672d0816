"""Tokens and sessions: what they prove, what they are good for, and how they end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.errors import NotFound, WrongUsage
from engine.services.access import (
    Handed,
    NewToken,
    list_tokens,
    make_token,
    open_session,
    revoke,
)
from engine.services.credentials import Acting, principal_for, set_pin
from engine.services.people import NewPerson, add_person, leave
from engine.store.access import find_access
from tests.kit.databases import MONDAY, Home
from tests.kit.verbs import codes, do, operator, see

PIN = "482915"
ALL = ("read", "act", "decide")


def token(
    home: Home, person: str | None = "secretary", *, scopes: tuple[str, ...] = ALL, days: int = 90
) -> Handed:
    return do(home, make_token, operator(home), NewToken(person, "script", days, scopes))


def session(home: Home, person: str = "secretary") -> Handed:
    return do(home, open_session, home.principal(person))


def come(home: Home, word: str, person: str | None = None, now: datetime = MONDAY) -> Principal:
    acting = Acting(home.organisation, person, None, "clerk", Via.CLI, token=word)
    return principal_for(home.database, acting, now)


def turned_away(home: Home, word: str, person: str | None = None, now: datetime = MONDAY) -> list[str]:
    with pytest.raises(Refused) as refused:
        come(home, word, person, now)
    return codes(refused.value)


def test_a_token_proves_its_person(home: Home) -> None:
    made = token(home, scopes=("act",))
    principal = come(home, made.word)
    assert (principal.person, principal.credential, principal.credential_id, principal.scopes) == (
        home.people["secretary"],
        Credential.TOKEN,
        made.access.id,
        frozenset({"read", "act"}),
    )
    assert come(home, made.word, "secretary") == principal


def test_a_session_proves_its_person_for_twelve_hours(home: Home) -> None:
    made = session(home)
    last = MONDAY + timedelta(hours=12) - timedelta(seconds=1)
    principal = come(home, made.word, now=last)
    assert (principal.credential, principal.has_proof, principal.may("decide")) == (
        Credential.SESSION,
        True,
        True,
    )
    assert turned_away(home, made.word, now=MONDAY + timedelta(hours=12)) == ["session_expired"]


def test_in_another_name_a_token_is_refused(home: Home) -> None:
    assert turned_away(home, token(home).word, "office") == ["not_your_token"]


def test_a_token_ends_on_its_day_or_when_somebody_revokes_it(home: Home) -> None:
    made = token(home, days=2)
    assert come(home, made.word, now=MONDAY + timedelta(days=2, seconds=-1)).has_proof
    assert turned_away(home, made.word, now=MONDAY + timedelta(days=2)) == ["token_expired"]
    do(home, revoke, home.principal("office"), made.access.id)
    assert turned_away(home, made.word) == ["token_revoked"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda word: word[:-1] + ("0" if word[-1] != "0" else "1"),
        lambda word: "zgt_999_" + word.split("_")[2],
        lambda word: word[:-2],
        lambda word: word + "0",
        lambda _: "",
        lambda _: "zgt_１_" + "0" * 64,
    ],
    ids=["secret", "number", "short", "long", "empty", "full width"],
)
def test_what_is_not_quite_a_token_is_wrong(home: Home, spoil: Callable[[str], str]) -> None:
    word = spoil(token(home).word) or "zgt_"
    assert turned_away(home, word) == ["token_wrong"]


def test_a_token_of_the_neighbour_is_none_here(home: Home) -> None:
    there = Principal(home.neighbour, None, Via.CLI, Credential.NONE, "clerk")
    made = do(home, make_token, there, NewToken("neighbour_secretary", "script", 90, ALL))
    assert turned_away(home, made.word) == ["token_wrong"]


def test_another_program_proves_nobody_and_is_no_operator(home: Home) -> None:
    made = token(home, None)
    alone, named = come(home, made.word), come(home, made.word, "secretary")
    assert (alone.person, alone.credential, alone.via) == (None, Credential.SYSTEM_TOKEN, Via.API)
    assert (named.person, named.has_proof, named.operator) == (home.people["secretary"], False, "script")
    with pytest.raises(Refused) as refused:
        do(home, add_person, alone, NewPerson("somebody"))
    assert codes(refused.value) == ["wrong_role"]


@pytest.mark.parametrize(
    ("who", "whose", "answer"),
    [
        ("secretary", "secretary", None),
        ("office", "secretary", "not_your_token"),
        ("deputy_secretary", "secretary", "not_your_token"),
        ("office", None, "not_your_token"),
        ("secretary", None, "not_your_token"),
        (None, "secretary", None),
        (None, None, None),
    ],
)
def test_who_makes_a_token_for_whom(
    home: Home, who: str | None, whose: str | None, answer: str | None
) -> None:
    principal = home.principal(who) if who else operator(home)
    if answer is None:
        assert do(home, make_token, principal, NewToken(whose, "script")).access.id > 0
        return
    with pytest.raises(Refused) as refused:
        do(home, make_token, principal, NewToken(whose, "script"))
    assert codes(refused.value) == [answer]


def test_a_bare_name_makes_neither_token_nor_session(home: Home) -> None:
    bare = home.principal("secretary", Credential.NONE)
    with pytest.raises(Refused) as made:
        do(home, make_token, bare, NewToken("secretary", "script"))
    with pytest.raises(Refused) as opened:
        do(home, open_session, bare)
    assert (codes(made.value), codes(opened.value)) == (["not_your_token"], ["login_needs_pin"])


def test_a_token_makes_no_stronger_one_and_no_session(home: Home) -> None:
    weak = come(home, token(home, scopes=("act",)).word)
    with pytest.raises(Refused) as stronger:
        do(home, make_token, weak, NewToken("secretary", "script", 90, ALL))
    with pytest.raises(Refused) as opened:
        do(home, open_session, weak)
    with pytest.raises(Refused) as pin:
        do(home, set_pin, weak, "secretary", PIN)
    answers = [codes(each.value) for each in (stronger, opened, pin)]
    assert answers == [["token_scope"], ["login_needs_pin"], ["token_scope"]]


@pytest.mark.parametrize("days", [0, -1, 3661])
def test_days_that_cannot_be_meant(home: Home, days: int) -> None:
    with pytest.raises(WrongUsage, match="days_wrong"):
        token(home, days=days)


def test_a_new_pin_ends_sessions_and_no_tokens(home: Home) -> None:
    opened, made = session(home), token(home)
    do(home, set_pin, operator(home), "secretary", PIN)
    assert turned_away(home, opened.word) == ["session_revoked"]
    assert come(home, made.word).has_proof


def test_whoever_leaves_leaves_their_credentials(home: Home) -> None:
    opened, made = session(home), token(home)
    do(home, leave, home.principal("office"), "secretary")
    answers = [turned_away(home, word) for word in (opened.word, made.word)]
    assert answers == [["session_revoked"], ["token_revoked"]]


@pytest.mark.parametrize(
    ("who", "may"),
    [("secretary", True), ("office", True), ("discipline_commissioner", True), ("stranger", False)],
)
def test_who_revokes(home: Home, who: str, may: bool) -> None:
    made = token(home, "discipline_commissioner")
    if may:
        do(home, revoke, home.principal(who), made.access.id)
        assert turned_away(home, made.word) == ["token_revoked"]
        return
    with pytest.raises(Refused) as refused:
        do(home, revoke, home.principal(who), made.access.id)
    assert codes(refused.value) == ["not_your_token"]


def test_what_is_not_there_is_not_revoked(home: Home) -> None:
    with pytest.raises(NotFound, match="access_not_found"):
        do(home, revoke, operator(home), 999)


def test_the_list_is_ones_own_or_the_keepers(home: Home) -> None:
    token(home, "secretary")
    token(home, "stranger")
    token(home, None)
    people = [
        [row["person"] for row in see(home, list_tokens, home.principal(who), MONDAY)]
        for who in ("office", "stranger", "member")
    ]
    assert people == [["secretary", "stranger", None], ["stranger"], []]


def test_the_use_is_noted_once_a_day(home: Home) -> None:
    made = token(home)
    used = []
    for now in (MONDAY, MONDAY + timedelta(hours=3), MONDAY + timedelta(days=1)):
        come(home, made.word, now=now)
        with home.begin(writing=False) as uow:
            found = find_access(uow, home.organisation, made.access.id)
            used.append(str(found.last_used_on) if found else None)
    assert used == ["2026-03-02", "2026-03-02", "2026-03-03"]


def test_the_secret_is_neither_kept_nor_logged(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = token(home)
    come(home, made.word)
    secret = made.word.split("_")[2]
    with home.begin(writing=False) as uow:
        found = find_access(uow, home.organisation, made.access.id)
    assert found is not None
    assert (len(found.digest), found.digest == secret) == (64, False)
    assert secret not in caplog.text
