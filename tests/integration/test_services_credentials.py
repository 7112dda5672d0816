"""PINs: set, tried, counted, locked; and the principal that comes of it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.errors import NotFound, WrongUsage
from engine.services.access import NewToken, make_token, open_session
from engine.services.credentials import Acting, list_pins, principal_for, set_pin
from engine.store.credentials import stored_credential
from tests.kit.databases import MONDAY, Home
from tests.kit.verbs import codes, do, operator

PIN = "482915"


def acting(home: Home, pin: str | None, *, is_demo: bool = False, person: str | None = "secretary") -> Acting:
    return Acting(home.organisation, person, pin, "clerk", Via.CLI, is_demo)


def try_pin(home: Home, pin: str, now: datetime = MONDAY) -> str:
    """`right`, or the code of the refusal with the tries left."""
    try:
        principal_for(home.database, acting(home, pin), now)
    except Refused as refused:
        (unmet,) = refused.refusals.unmet
        return f"{unmet.code} {unmet.facts.get('left', unmet.facts.get('minutes', ''))}".strip()
    return "right"


def test_a_right_pin_proves_the_person(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    principal = principal_for(home.database, acting(home, PIN), MONDAY)
    assert (principal.person, principal.credential) == (home.people["secretary"], Credential.PIN)
    assert principal.has_proof


def test_a_bare_name_is_operator_entry(home: Home) -> None:
    principal = principal_for(home.database, acting(home, None), MONDAY)
    assert (principal.credential, principal.operator, principal.has_proof) == (
        Credential.NONE,
        "clerk",
        False,
    )


def test_in_a_demo_home_a_bare_name_is_proof(home: Home) -> None:
    principal = principal_for(home.database, acting(home, None, is_demo=True), MONDAY)
    assert (principal.credential, principal.has_proof) == (Credential.DEMO, True)


def test_nobody_named_is_the_operator(home: Home) -> None:
    principal = principal_for(home.database, acting(home, None, person=None), MONDAY)
    assert (principal.person, principal.credential) == (None, Credential.NONE)


def test_wrong_tries_count_down_and_lock_for_a_quarter_of_an_hour(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    answers = [try_pin(home, "000000") for _ in range(5)]
    assert answers == ["pin_wrong 4", "pin_wrong 3", "pin_wrong 2", "pin_wrong 1", "pin_locked 15"]
    assert try_pin(home, PIN, MONDAY + timedelta(minutes=14)) == "pin_locked 1"
    assert try_pin(home, PIN, MONDAY + timedelta(minutes=15)) == "right"


def test_a_right_pin_forgets_the_wrong_ones(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    answers = [try_pin(home, pin) for pin in ("000000", "000000", PIN, "000000")]
    assert answers == ["pin_wrong 4", "pin_wrong 3", "right", "pin_wrong 4"]


def test_the_right_pin_on_the_last_try_does_not_lock(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    answers = [try_pin(home, pin) for pin in (*["000000"] * 4, PIN, PIN)]
    assert answers[4:] == ["right", "right"]


def test_after_the_lock_the_count_begins_anew(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    for _ in range(5):
        try_pin(home, "000000")
    assert try_pin(home, "000000", MONDAY + timedelta(minutes=16)) == "pin_wrong 4"


def test_a_new_pin_unlocks(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    for _ in range(5):
        try_pin(home, "000000")
    do(home, set_pin, operator(home), "secretary", "739164")
    assert [try_pin(home, PIN), try_pin(home, "739164")] == ["pin_wrong 4", "right"]


def test_without_a_pin_there_is_nothing_to_try(home: Home) -> None:
    assert try_pin(home, PIN) == "pin_not_set"


def test_an_unknown_person_is_not_found(home: Home) -> None:
    with pytest.raises(NotFound, match="person_not_found"):
        principal_for(home.database, acting(home, PIN, person="nobody"), MONDAY)


@pytest.mark.parametrize("pin", ["12345", "", "abcdef", "１２３４５６", "12 3456", "1" * 33])
def test_a_pin_has_six_digits_or_more(home: Home, pin: str) -> None:
    with pytest.raises(WrongUsage, match="pin_no_digits"):
        do(home, set_pin, operator(home), "secretary", pin)


@pytest.mark.parametrize("pin", ["777777", "123456", "654321", "890123"])
def test_the_first_ones_that_anybody_would_try_are_too_weak(home: Home, pin: str) -> None:
    with pytest.raises(WrongUsage, match="pin_too_weak"):
        do(home, set_pin, operator(home), "secretary", pin)


@pytest.mark.parametrize("who", ["office", "stranger", "deputy_secretary"])
def test_nobody_sets_the_pin_of_somebody_else(home: Home, who: str) -> None:
    with pytest.raises(Refused) as refused:
        do(home, set_pin, home.principal(who), "secretary", PIN)
    assert codes(refused.value) == ["not_your_pin"]


def test_a_bare_name_does_not_set_its_own_pin(home: Home) -> None:
    with pytest.raises(Refused):
        do(home, set_pin, home.principal("secretary", Credential.NONE), "secretary", PIN)


def lent(home: Home, **proof: str) -> Principal:
    """The secretary, with the PIN or token given."""
    person = "secretary" if "pin" in proof else None
    return principal_for(home.database, Acting(home.organisation, person, operator="clerk", **proof), MONDAY)


def test_a_pin_that_the_operator_set_is_lent_until_its_holder_changes_it(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    opened = do(home, open_session, lent(home, pin=PIN))
    before = (lent(home, pin=PIN).is_lent, lent(home, token=opened.word).is_lent)
    do(home, set_pin, lent(home, token=opened.word), "secretary", "739164")
    assert (*before, lent(home, pin="739164").is_lent) == (True, True, False)


@pytest.mark.parametrize("proof", ["pin", "session"])
def test_what_is_made_with_a_lent_proof_is_lent(home: Home, proof: str) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    maker = lent(home, pin=PIN)
    if proof == "session":
        maker = lent(home, token=do(home, open_session, maker).word)
    made = do(home, make_token, maker, NewToken("secretary", "script"))
    assert (made.access.is_lent, lent(home, token=made.word).is_lent) == (True, True)


def test_a_pin_set_with_a_token_that_another_made_is_lent(home: Home) -> None:
    made = do(home, make_token, operator(home), NewToken("secretary", "script", scopes=("act", "decide")))
    do(home, set_pin, lent(home, token=made.word), "secretary", PIN)
    assert lent(home, pin=PIN).is_lent


def test_the_list_says_who_set_a_pin_to_those_who_may_know(home: Home) -> None:
    do(home, set_pin, operator(home), "secretary", PIN)
    do(home, set_pin, home.principal("office"), "office", PIN)
    with home.begin(writing=False) as uow:
        found = [
            [(row["person"], row["set_by"], row["is_lent"]) for row in list_pins(uow, who, MONDAY)]
            for who in (operator(home), home.principal("office"), home.principal("stranger"))
        ]
    pins = [("office", "person", False), ("secretary", "operator", True)]
    assert [sorted(found[0]), sorted(found[1]), found[2]] == [pins, pins, []]


def test_the_pin_is_stored_salted_and_never_logged(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for person in ("secretary", "office"):
        do(home, set_pin, operator(home), person, PIN)
    try_pin(home, "000000")
    with home.begin() as uow:
        ids = (home.people["secretary"], home.people["office"])
        rows = [stored_credential(uow, home.organisation, person, "pin") for person in ids]
        stored = [row.digest for row in rows if row is not None]
    assert len(set(stored)) == 2
    assert [row.split("$")[:4] for row in stored] == [["scrypt", "16384", "8", "1"]] * 2
    assert PIN not in "".join(stored) + caplog.text
